"""Metres for depth up to a factor, from the height of the camera above a flat road.

  python tools/infer.py 'street/*.jpg' --weights iter_600.pth --save-npy --out-dir outputs
  python tools/analysis_tools/scale_from_height.py outputs/depth_npy --camera-height 1.65 \\
      --intrinsics street/cam2img.json

prints the factor that turns the maps' unit into metres, and how well the maps agree on it.
"""

import argparse
import os
import sys

import numpy as np

from spidepth_mm.datasets.camera_check import check_cam2img, read_intrinsics
from spidepth_mm.datasets.converters.commands import OK, run_command
from spidepth_mm.evaluation.ground_plane import fit_ground_plane

# Less of the road in one plane than this: the map is not trusted.
_MIN_SHARE = 0.3
# Maps that disagree by more give no factor worth its name.
_LARGE_SPREAD = 0.1


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('depth', help='folder of .npy depth maps, as of tools/infer.py')
    parser.add_argument('--camera-height', type=float, required=True,
                        help='of the lens above the road, metres')
    parser.add_argument('--intrinsics', required=True, metavar='FILE',
                        help='3x3 matrix in pixels of the maps: .txt, .json or .yaml')
    return parser.parse_args(argv)


def factors_of(folder: str, intrinsics: str, camera_height: float) -> np.ndarray:
    """(N,) metres per unit, one for each map that shows a plane.

    Raises:
        ValueError: If there is no map, or none with a plane.
    """
    if not camera_height > 0:
        raise ValueError(f'--camera-height must be positive, but got {camera_height:g}.')
    cam2img = read_intrinsics(intrinsics)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f'No such folder: {folder}')
    names = sorted(name for name in os.listdir(folder) if name.endswith('.npy'))
    if not names:
        raise ValueError(f'{folder} has no .npy depth map. Write them with tools/infer.py '
                         '--save-npy.')
    factors = []
    for name in names:
        depth = np.load(os.path.join(folder, name), allow_pickle=False)
        check_cam2img(cam2img, depth.shape[::-1], name)
        try:
            plane = fit_ground_plane(depth, cam2img)
        except ValueError as error:
            print(f'{name}: left out. {error}')
            continue
        if plane.share < _MIN_SHARE:
            print(f'{name}: left out. Only {plane.share:.0%} of what should be road lies in one '
                  'plane.')
            continue
        factors.append(camera_height / plane.height)
    if not factors:
        raise ValueError(f'None of the {len(names)} depth maps shows a flat road.')
    return np.array(factors)


def report(args) -> int:
    factors = factors_of(args.depth, args.intrinsics, args.camera_height)
    low, middle, high = np.percentile(factors, [25, 50, 75])
    print(f'factor {middle:.4g}: multiply the depth by it to have metres (median of '
          f'{len(factors)} maps; half of them lie between {low:.4g} and {high:.4g})')
    if high - low > _LARGE_SPREAD * middle:
        print('WARNING: the maps disagree by more than 10 %. The road may not be flat, the '
              'training too short, or the scale drifts from image to image.')
    return OK


def main(argv=None) -> int:
    args = parse_args(argv)
    return run_command(lambda: report(args))


if __name__ == '__main__':
    sys.exit(main())
