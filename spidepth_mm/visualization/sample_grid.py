"""One training sample: its frames, its ground truth, and whether its geometry fits."""

from typing import Any, Dict, List, Optional, Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from spidepth_mm.geometry import project, synthesize

from .colorize import colorize_depth, disparity_range, thicken
from .depth_grid import label
from .training_grid import describe_motion, name_of_offset, source_panels

# An epipolar line is drawn between these depths.
_NEAR, _FAR, _STEPS = 1.5, 300., 200
_NUM_POINTS = 8
_IMAGE_SHARE = 0.5


def frame_row(frames: Sequence[np.ndarray], offsets: Sequence,
              depth: Optional[np.ndarray] = None, title: str = '') -> List[np.ndarray]:
    """The target, its sources, and the target with its ground truth over it.

    Args:
        frames (Sequence[np.ndarray]): (H, W, 3) uint8 RGB, target first.
        offsets (Sequence): Of the sources.
        depth (np.ndarray, optional): (H, W) metres, 0 where there is none.
        title (str): Put before the target's name.
    """
    size = f'{frames[0].shape[1]}x{frames[0].shape[0]}'
    names = [f'{title} target, {size}'.strip(), *map(name_of_offset, offsets)]
    row = [label(frame, name) for frame, name in zip(frames, names)]
    if depth is not None:
        known = depth[depth > 0]
        text = f'{known.min():.1f} to {known.max():.1f} m, {100 * (depth > 0).mean():.1f} % known' \
            if known.size else 'none known'
        row.append(label(overlay_depth(frames[0], depth), f'ground truth: {text}'))
    return row


def overlay_depth(image: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Ground truth (H, W) as colours over a darkened image (H, W, 3); points are thickened."""
    shown = thicken(depth) if (depth > 0).mean() < 0.2 else depth
    colors = colorize_depth(shown, disparity_range(depth))
    dark = (_IMAGE_SHARE * image).astype(np.uint8)
    return np.where((shown > 0)[..., None], colors, dark)


def geometry_rows(frames: Sequence[np.ndarray], offsets: Sequence, cam2img: np.ndarray,
                  motions: Dict[Any, np.ndarray],
                  depth: Optional[np.ndarray] = None) -> List[List[np.ndarray]]:
    """Whether images, intrinsics, motions and ground truth fit together.

    With ground truth a row for each source: it is warped into the target, and
    the difference must become small. Without, one row: points of the target,
    and in each source the lines on which they must lie.

    Args:
        frames (Sequence[np.ndarray]): (H, W, 3) uint8 RGB, target first.
        offsets (Sequence): Of the sources.
        cam2img (np.ndarray): (3, 3), pixels of the frames.
        motions (dict): ``source_from_target`` (4, 4), metres, by offset;
            sources without one are left out.
        depth (np.ndarray, optional): (H, W) metres, 0 where there is none.
    """
    known = [(name_of_offset(offset), source, motions[offset])
             for offset, source in zip(offsets, frames[1:]) if offset in motions]
    if depth is not None and (depth > 0).any():
        return [source_panels(
            frames[0], source, *warp(source, depth, cam2img, motion), name,
            describe_motion(motion)) for name, source, motion in known]
    points = distinct_points(frames[0])
    row = [label(draw_points(frames[0], points), 'points of the target')]
    row += [label(draw_epipolar_lines(source, points, cam2img, motion),
                  f'{name}: lines of the points') for name, source, motion in known]
    return [row] if known else []


def warp(source: np.ndarray, depth: np.ndarray, cam2img: np.ndarray, motion: np.ndarray):
    """A source (H, W, 3) uint8 seen from the target, and where that is known, (H, W) bool."""
    known = torch.from_numpy(depth > 0)
    filled = torch.where(known, torch.from_numpy(np.asarray(depth, np.float64)), 1.)
    image = torch.from_numpy(source).permute(2, 0, 1).double()
    warped, valid = synthesize(
        image[None, None], filled[None, None], _tensor(cam2img)[None],
        _tensor(motion)[None, None])
    picture = warped[0, 0].permute(1, 2, 0).round().to(torch.uint8).numpy()
    return picture, (valid[0, 0, 0] & known).numpy()


def draw_points(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (N, 2) marked in an image, each with a colour of its own."""
    marked = image.copy()
    for index, (u, v) in enumerate(points):
        cv2.circle(marked, (int(u), int(v)), _thickness(image), _color(index), -1, cv2.LINE_AA)
    return marked


def draw_epipolar_lines(source: np.ndarray, points: np.ndarray, cam2img: np.ndarray,
                        motion: np.ndarray) -> np.ndarray:
    """The lines in a source on which a target's points (N, 2) lie, in the points' colours."""
    lined = source.copy()
    for index, point in enumerate(points):
        line = np.round(epipolar_line(point, cam2img, motion)).astype(np.int32)
        cv2.polylines(lined, [line], False, _color(index), max(1, _thickness(source) // 2),
                      cv2.LINE_AA)
    return lined


def epipolar_line(point, cam2img: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Where a target's pixel can be in the source, (N, 2), from near to far."""
    depth = torch.logspace(np.log10(_NEAR), np.log10(_FAR), _STEPS, dtype=torch.float64)
    ray = torch.linalg.inv(_tensor(cam2img)) @ torch.tensor([*map(float, point), 1.]).double()
    points = _tensor(motion)[:3, :3] @ (ray[:, None] * depth) + _tensor(motion)[:3, 3:]
    pixels, z = project(points[None, :, None], _tensor(cam2img)[None])
    line = pixels[0, :, 0][:, z[0, 0, 0] > 0].T.numpy()
    return line.clip(-1e4, 1e4)


def distinct_points(image: np.ndarray) -> np.ndarray:
    """Up to 8 corners far apart from each other, (N, 2) as (u, v)."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    found = cv2.goodFeaturesToTrack(grey, _NUM_POINTS, 0.01, image.shape[1] / 8)
    return np.zeros((0, 2)) if found is None else found.reshape(-1, 2)


def _thickness(image: np.ndarray) -> int:
    return max(2, image.shape[1] // 160)


def _color(index: int) -> tuple:
    hue = np.uint8([[[180 * index // _NUM_POINTS, 255, 255]]])
    return tuple(map(int, cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0]))


def _tensor(matrix: np.ndarray) -> Tensor:
    return torch.from_numpy(np.asarray(matrix, np.float64))
