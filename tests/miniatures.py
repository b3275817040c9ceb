"""The official layouts of the benchmarks in miniature, with their real formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, Iterable, Sequence, Tuple

import cv2
import numpy as np
from scipy.io import savemat

#: The camera file of aachen_000000_000019.
CITYSCAPES_CAMERA = {
    'extrinsic': {'baseline': 0.209313, 'pitch': 0.038, 'roll': 0.0, 'x': 1.7, 'y': 0.1,
                  'yaw': -0.0195, 'z': 1.22},
    'intrinsic': {'fx': 2262.52, 'fy': 2265.3017905988554, 'u0': 1096.98, 'v0': 513.137},
}
CITYSCAPES_SIZE = (128, 64)  # of (2048, 1024)
Snippet = Tuple[str, str, int]


def noise(size: Tuple[int, int], seed: int = 0) -> np.ndarray:
    """A random colour image of ``size`` = (W, H)."""
    return np.random.RandomState(seed).randint(0, 256, (size[1], size[0], 3), np.uint8)


def write_image(path: Path, size: Tuple[int, int], seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), noise(size, seed))


# Cityscapes ----------------------------------------------------------------------


def cityscapes_camera(scale: float) -> Dict[str, dict]:
    """The real camera file for images resized by ``scale``."""
    fx, fy, u0, v0 = (CITYSCAPES_CAMERA['intrinsic'][key] for key in ('fx', 'fy', 'u0', 'v0'))
    intrinsic = dict(fx=fx * scale, fy=fy * scale, u0=(u0 + 0.5) * scale - 0.5,
                     v0=(v0 + 0.5) * scale - 0.5)
    return dict(CITYSCAPES_CAMERA, intrinsic=intrinsic)


def cityscapes_disparity(size: Tuple[int, int], seed: int) -> np.ndarray:
    """16 bits: 0 = none, else 256 d + 1; a tenth has none."""
    generator = np.random.RandomState(seed)
    pixels = generator.uniform(0.1, 8, (size[1], size[0]))
    coded = np.rint(256 * pixels).astype(np.uint16) + 1
    coded[generator.rand(*coded.shape) < 0.1] = 0
    return coded


def write_cityscapes(root: Path, split: str, snippets: Sequence[Snippet], videos: bool = True,
                     stills: bool = True, right: bool = False, disparity: bool = True,
                     num_frames: int = 30, size: Tuple[int, int] = CITYSCAPES_SIZE) -> Path:
    """Snippets (city, sequence, first frame); the 20th frame has camera and disparity."""
    for city, sequence, first in snippets:
        def path(kind: str, frame: int, what: str, city=city, sequence=sequence) -> Path:
            return root / kind / split / city / f'{city}_{sequence}_{frame:06d}_{what}'

        key = first + min(19, num_frames - 1)
        camera = path('camera', key, 'camera.json')
        camera.parent.mkdir(parents=True, exist_ok=True)
        camera.write_text(json.dumps(cityscapes_camera(size[0] / 2048), indent=4))
        if disparity:
            target = path('disparity', key, 'disparity.png')
            target.parent.mkdir(parents=True, exist_ok=True)
            assert cv2.imwrite(str(target), cityscapes_disparity(size, key))
        if stills:
            write_image(path('leftImg8bit', key, 'leftImg8bit.png'), size, key)
        for seed, side in enumerate(('left', 'right')[:videos + right]):
            for frame in range(first, first + num_frames):
                write_image(path(f'{side}Img8bit_sequence', frame, f'{side}Img8bit.png'), size,
                            frame + 1000 * seed)
    return root


# Make3D --------------------------------------------------------------------------

MAKE3D_NAMES = ('10.21op2-p-046t000', '10.21op2-p-139t000', 'math11-p-220t0')


def write_make3d(root: Path, names: Iterable[str] = MAKE3D_NAMES,
                 size: Tuple[int, int] = (213, 284)) -> Path:
    """Upright pictures and grids of laser ranges, 3 to 81 m as the scanner gave them."""
    (root / 'Test134').mkdir(parents=True)
    (root / 'Gridlaserdata').mkdir()
    for seed, name in enumerate(names):
        write_image(root / 'Test134' / f'img-{name}.jpg', size, seed)
        grid = np.random.RandomState(seed).uniform(-5, 5, (55, 305, 4))
        rows = np.linspace(81, 3, 55)[:, None]
        grid[:, :, 3] = np.clip(rows * np.random.RandomState(seed).uniform(0.8, 1.2, (55, 305)),
                                3, 81)
        savemat(str(root / 'Gridlaserdata' / f'depth_sph_corr-{name}.mat'),
                dict(Position3DGrid=grid))
    return root


# KITTI raw -----------------------------------------------------------------------

KITTI_SIZE = (124, 37)  # of (1242, 375)
# As the official file has it: a date, then numbers of which the projections count here.
_CAM_TO_CAM = """calib_time: 09-Jan-2012 13:57:47
corner_dist: 9.950000e-02
S_{n}: 1.392000e+03 5.120000e+02
K_{n}: 9.597910e+02 0.000000e+00 6.960217e+02 0.000000e+00 9.569251e+02 2.241806e+02 0 0 1
D_{n}: -3.691481e-01 1.968681e-01 1.353473e-03 5.677587e-04 -6.770705e-02
R_rect_00: 9.999239e-01 9.837760e-03 -7.445048e-03 -9.869795e-03 9.999421e-01 -4.278459e-03 \
7.402527e-03 4.351614e-03 9.999631e-01
S_rect_02: {width:e} {height:e}
P_rect_02: {focal:e} 0 {cx:e} {tx2:e} 0 {focal:e} {cy:e} 2.163791e-02 0 0 1 2.745884e-03
S_rect_03: {width:e} {height:e}
P_rect_03: {focal:e} 0 {cx:e} {tx3:e} 0 {focal:e} {cy:e} 2.199936e-01 0 0 1 2.729905e-03
"""
_VELO_TO_CAM = """calib_time: 15-Mar-2012 11:37:16
R: 7.533745e-03 -9.999714e-01 -6.166020e-04 1.480249e-02 7.280733e-04 -9.998902e-01 9.998621e-01 \
7.523790e-03 1.480755e-02
T: -4.069766e-03 -7.631618e-02 -2.717806e-01
delta_f: 0.000000e+00 0.000000e+00
delta_c: 0.000000e+00 0.000000e+00
"""


def write_kitti_calibration(day: Path, size: Tuple[int, int] = KITTI_SIZE) -> None:
    """The official calibration of 2011_09_26 for images of another size."""
    scale = size[0] / 1242
    day.mkdir(parents=True, exist_ok=True)
    (day / 'calib_cam_to_cam.txt').write_text(_CAM_TO_CAM.format(
        n='02', width=size[0], height=size[1], focal=721.5377 * scale, cx=609.5593 * scale,
        cy=172.854 * scale, tx2=44.85728 * scale, tx3=-339.5242 * scale))
    (day / 'calib_velo_to_cam.txt').write_text(_VELO_TO_CAM)


def kitti_scan(count: int, seed: int = 0) -> np.ndarray:
    """(N, 4) points of a road and walls ahead of the scanner; a tenth lies behind it."""
    draw = np.random.RandomState(seed)
    x = draw.uniform(3, 60, count)
    y = draw.uniform(-0.8, 0.8, count) * x
    z = np.where(draw.rand(count) < 0.6, -1.7, draw.uniform(-1.7, 1, count))
    x[draw.rand(count) < 0.1] *= -1
    return np.stack([x, y, z, draw.rand(count)], axis=1).astype(np.float32)


def write_kitti(root: Path, entries: Iterable[Tuple[str, int, str]], scans: bool = True,
                size: Tuple[int, int] = KITTI_SIZE, num_points: int = 1500) -> Path:
    """Images (png), scans and calibration for ``(drive, frame, side)`` entries."""
    picture = cv2.imencode('.png', noise(size))[1].tobytes()
    for drive, frame, side in entries:
        day = root / drive.split('/')[0]
        if not day.is_dir():
            write_kitti_calibration(day, size)
        camera = dict(l='image_02', r='image_03')[side]
        path = root / drive / camera / 'data' / f'{frame:010d}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
        if scans:
            path = root / drive / 'velodyne_points' / 'data' / f'{frame:010d}.bin'
            path.parent.mkdir(parents=True, exist_ok=True)
            kitti_scan(num_points, frame).tofile(path)
    return root


def write_annotated_depth(root: Path, entries: Iterable[Tuple[str, int, str]],
                          size: Tuple[int, int] = KITTI_SIZE, part: str = 'val') -> Path:
    """The annotated depth archive: 16-bit PNG, value / 256 m, without the days."""
    generator = np.random.RandomState(0)
    rows = np.linspace(80, 4, size[1])[:, None] * generator.uniform(0.8, 1.2, size[::-1])
    rows[generator.rand(*rows.shape) < 0.7] = 0
    content = cv2.imencode('.png', np.rint(256 * rows).astype(np.uint16))[1].tobytes()
    for drive, frame, side in entries:
        camera = dict(l='image_02', r='image_03')[side]
        path = root / part / drive.split('/')[1] / 'proj_depth' / 'groundtruth' / camera / \
            f'{frame:010d}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root
