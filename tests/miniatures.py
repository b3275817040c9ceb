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
        for side in ('left', 'right')[:videos + right]:
            for frame in range(first, first + num_frames):
                write_image(path(f'{side}Img8bit_sequence', frame, f'{side}Img8bit.png'), size,
                            frame)
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
