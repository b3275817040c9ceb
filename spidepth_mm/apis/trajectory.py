"""The camera's way through a sequence, from a model's pose net."""

from __future__ import annotations

import io
import os
from typing import Optional

import numpy as np
import torch
from torch import Tensor, nn

from spidepth_mm.utils.atomic_write import write_atomically

_STEPS = (1, -1)


@torch.no_grad()
def predict_trajectory(model: nn.Module, dataset, batch_size: int = 4) -> np.ndarray:
    """Chain a model's frame-to-frame motions along one sequence.

    Args:
        model (nn.Module): A :class:`SelfSupDepthEstimator` with a pose net,
            e.g. of :func:`init_model`.
        dataset: Targets in the order of the frames, each with the next frame
            (``frame_offsets=(1, )``) or the one before (``(-1, )``) among its
            sources; its pipeline ends with ``PackDepthInputs``.
        batch_size (int): Pairs at once.

    Returns:
        np.ndarray: (N + 1, 4, 4) float64 for N targets,
        ``world_from_camera``; the first camera is the world. The unit is that
        of the model's depth.

    Raises:
        ValueError: If the model has no pose net, or the frames are not
            consecutive.
    """
    if getattr(model, 'pose_net', None) is None:
        raise ValueError(f'{type(model).__name__} has no pose_net, so it predicts no motion.')
    step = _step_of(dataset)
    pairs = [_frame_pair(dataset.get_data_info(index), step) for index in range(len(dataset))]
    _check_consecutive(pairs)
    model.eval()
    world_from_camera = [np.eye(4)]
    for first in range(0, len(dataset), batch_size):
        items = [dataset[index] for index in range(first, min(first + batch_size, len(dataset)))]
        for motion in _next_from_this(model, items, step).double().cpu().numpy():
            # p_world = world_from_this @ this_from_next @ p_next.
            world_from_camera.append(world_from_camera[-1] @ np.linalg.inv(motion))
    return np.array(world_from_camera)


def true_trajectory(dataset) -> Optional[np.ndarray]:
    """Ground truth of a dataset's targets, in its order.

    Args:
        dataset: Made with ``frame_offsets=()``, so that it has every frame.

    Returns:
        np.ndarray, optional: (N, 4, 4) ``world_from_target``, metres; None
        where a frame has no pose.
    """
    poses = [dataset.get_data_info(index).get('world_from_target')
             for index in range(len(dataset))]
    return None if any(pose is None for pose in poses) else np.array(poses)


def write_kitti_trajectory(path: str, poses: np.ndarray) -> None:
    """Write (N, 4, 4) poses as KITTI does: a line of 12 numbers a frame; whole or not at all.

    Raises:
        OSError: If the folder cannot be written.
    """
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    text = io.BytesIO()
    np.savetxt(text, poses[:, :3].reshape(len(poses), 12), fmt='%.9e')
    write_atomically(path, text.getvalue())


def _step_of(dataset) -> int:
    offsets = tuple(dataset.get_data_info(0)['frame_offsets'])
    for step in _STEPS:
        if step in offsets:
            return step
    raise ValueError(f"A trajectory needs each frame's neighbour, but frame_offsets={offsets}. "
                     'Set frame_offsets=(1, ) in the dataset.')


def _frame_pair(info: dict, step: int) -> tuple:
    """Paths of a frame and the one after it."""
    source = info['source_paths'][list(info['frame_offsets']).index(step)]
    return (info['img_path'], source) if step > 0 else (source, info['img_path'])


def _check_consecutive(pairs: list) -> None:
    for (_, end), (start, _) in zip(pairs, pairs[1:]):
        if end != start:
            raise ValueError(f'The frames are not consecutive: after {end} comes {start}. '
                             'Use one sequence at a time, with all of its frames, in order.')


def _next_from_this(model: nn.Module, items: list, step: int) -> Tensor:
    """(B, 4, 4): the motions that take points from each frame into the next."""
    samples = [item['data_samples'] for item in items]
    offsets = tuple(samples[0].frame_offsets)
    preprocessor = model.data_preprocessor
    data = preprocessor.cast_data(dict(inputs=[item['inputs'] for item in items]))
    frames = preprocessor.normalize(preprocessor.stack(data['inputs'], samples).float() / 255)
    # The depth matters only where it is the unit of the translation.
    needs_depth = model.translation_scaling != 'none'
    depth = model.predict_depth(frames[:, 0]) if needs_depth else None
    motion, = model.predict_motions(dict(net_frames=frames), offsets, [step], depth)
    return motion if step > 0 else torch.linalg.inv(motion.double())
