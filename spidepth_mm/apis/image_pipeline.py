"""A config's test pipeline for images that are in memory, and the way back to their size."""

from __future__ import annotations

from typing import Callable, List, Tuple

import numpy as np
from mmengine.config import Config
from mmengine.dataset import Compose

from spidepth_mm.registry import TRANSFORMS
from spidepth_mm.structures import DepthDataSample

from .input_images import InputImage

_LOADING = ('LoadFrames', 'LoadDepthMap')


def image_pipeline(cfg: Config) -> Callable[[InputImage], dict]:
    """The test pipeline without its loading, from an :class:`InputImage` to the model's input.

    Raises:
        ValueError: If the config has no such pipeline.
    """
    steps = [step for step in _test_pipeline(cfg)
             if str(step.get('type')).rpartition('.')[2] not in _LOADING]
    return Compose([_as_sample, *map(TRANSFORMS.build, steps)])


def depth_of_image(sample: DepthDataSample, shape: Tuple[int, int]) -> np.ndarray:
    """The prediction at the size of the whole image.

    Args:
        sample (DepthDataSample): Predicted; packed by :func:`image_pipeline`.
        shape (tuple): (H, W) of the image.

    Returns:
        np.ndarray: (H, W) float32, 0 where the pipeline cropped the image.

    Raises:
        ValueError: If a depth is NaN or infinite.
    """
    depth = sample.pred_depth_map.data[0].float().cpu().numpy()
    bad = np.count_nonzero(~np.isfinite(depth))
    if bad:
        raise ValueError(f'{bad} of {depth.size} predicted depths are NaN or infinite: the weights '
                         'are damaged, or their training had diverged.')
    if depth.shape == tuple(shape):
        return depth
    # net_from_image maps pixel u of the image to s (u - left + 0.5) - 0.5.
    net_from_image = np.asarray(sample.cam2img)
    scales = np.diag(net_from_image)[:2]
    left, top = (int(v) for v in np.rint((0.5 * scales - 0.5 - net_from_image[:2, 2]) / scales))
    whole = np.zeros(shape, np.float32)
    whole[top:top + depth.shape[0], left:left + depth.shape[1]] = depth
    return whole


def _test_pipeline(cfg: Config) -> List[dict]:
    for part in ('test', 'val'):
        dataset = (cfg.get(f'{part}_dataloader') or {}).get('dataset') or {}
        while not dataset.get('pipeline') and (dataset.get('dataset') or dataset.get('datasets')):
            dataset = dataset.get('dataset') or dataset['datasets'][0]
        steps = dataset.get('pipeline')
        if steps:
            if not str(steps[-1].get('type')).endswith('PackDepthInputs'):
                raise ValueError(f"The config's {part} pipeline ends with "
                                 f"{steps[-1].get('type')!r}, expected 'PackDepthInputs'.")
            return steps
    raise ValueError('The config has no test_dataloader.dataset.pipeline, which says the size of '
                     "the model's images.")


def _as_sample(item: InputImage) -> dict:
    """What ``LoadFrames`` would make of it."""
    shape = item.image.shape[:2]
    # The identity becomes the transform from the image to the net's input.
    return dict(img_path=item.img_path or item.name, source_paths=[], frame_offsets=[],
                frames=[item.image], cam2img=np.eye(3), stored_shape=shape, ori_shape=shape,
                img_shape=shape)
