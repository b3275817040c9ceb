"""Cases of the stage ``data``: a worker's way from three JPEG files to a training sample."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from typing import List

import cv2
import numpy as np
from mmcv.transforms import Compose

from spidepth_mm.datasets.transforms import FlipFrames, LoadFrames, PackDepthInputs, ResizeFrames

from .baseline.data import PlainSample
from .timing import Case

SHAPE = (375, 1242)
SCALES = ((1024, 320), (640, 192))
FRAMES = 3


def cases(samples: int) -> List[Case]:
    """All cases of this stage on ``samples`` samples, every other one jittered by the baseline.

    Ours ships bytes and leaves the jitter to the device, where the training step pays for it.
    """
    if samples < 2:
        raise ValueError(f'--images must be at least 2, one to jitter and one not, got {samples}.')
    folder = tempfile.mkdtemp(prefix='benchmark_')
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    found = []
    for kind in ('jpg', 'png'):
        paths = [[_write(folder, f'{sample}_{frame}.{kind}', sample) for frame in range(FRAMES)]
                 for sample in range(samples)]
        found += [_case(kind, paths, scale) for scale in SCALES]
        if kind == 'jpg':
            found += [_case(kind, paths, scale, full_size=False) for scale in SCALES]
    return found


def draw_photo(seed: int) -> np.ndarray:
    """(H, W, 3) uint8 of KITTI's size, with noise at all scales as a photo has, BGR.

    As a JPEG of quality 92 it has about the 170 KB of KITTI's.
    """
    rng = np.random.default_rng(seed)
    photo = np.zeros((*SHAPE, 3))
    for level in range(1, 8):
        cells = rng.normal(0, 12, (2 + SHAPE[0] // 2**level, 2 + SHAPE[1] // 2**level, 3))
        photo += cv2.resize(cells, SHAPE[::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + photo, 0, 255).astype(np.uint8)


def _write(folder: str, name: str, seed: int) -> str:
    path = os.path.join(folder, name)
    cv2.imwrite(path, draw_photo(seed), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return path


def _case(kind: str, paths: List[list], scale, full_size: bool = True) -> Case:
    pipeline = Compose([LoadFrames(), ResizeFrames(scale), FlipFrames(0.5), PackDepthInputs()])
    plain = PlainSample(scale, full_size)

    def ours():
        return [pipeline(dict(img_path=target, source_paths=sources, frame_offsets=[-1, 1]))
                for target, *sources in paths]

    def baseline():
        return [plain(files, number % 2 == 0) for number, files in enumerate(paths)]

    def difference(*_):
        # Mirrored at random above, so compared once more without.
        pipe = Compose([LoadFrames(), ResizeFrames(scale), PackDepthInputs()])
        packed = pipe(dict(img_path=paths[0][0], source_paths=[], frame_offsets=[]))
        frame = packed['inputs'][0].float() / 255
        image = PlainSample(scale)(paths[0][:1], False)['0']
        return float(min((frame - other).abs().max() for other in (image, image.flip(-1))))

    title = f'data, {FRAMES} x {kind.upper()} to {scale[1]}x{scale[0]}'
    return Case(title if full_size else f'{title}, nothing at full size', ours, baseline,
                difference, len(paths), 'process')
