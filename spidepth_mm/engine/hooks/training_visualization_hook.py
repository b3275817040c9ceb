"""A picture of what training sees, now and then."""

from typing import List, Optional

import cv2
import numpy as np
import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from torch import Tensor, nn

from spidepth_mm.geometry import median_scale
from spidepth_mm.registry import HOOKS
from spidepth_mm.structures import SynthesizedViews
from spidepth_mm.visualization.training_grid import (
    describe_motion,
    ground_truth_panels,
    name_of_offset,
    source_panels,
    stack_rows,
    target_panels,
    to_uint8,
)

from .loss_watcher import LossWatcher, detached, losses_of


@HOOKS.register_module()
class TrainingVisualizationHook(Hook):
    """Give the Visualizer a picture of a training batch, in the first and each n-th iteration.

    It shows the target, its depth, the photometric error, and the
    auto-mask; each source, the same warped into the target, and both
    differences; and, where the batch has ground truth, that and the relative
    error. Everything is what the loss saw in this very iteration. The
    Visualizer's backends decide where pictures go: files
    (``LocalVisBackend``), TensorBoard, WandB.

    Args:
        interval (int): Iterations between two pictures.
        num_samples (int): So many samples of the batch get a picture each.
        panel_width (int, optional): Largest width of one panel, pixels; None
            leaves the images' width.
        name (str): Of the pictures; the sample's number and the iteration follow.

    Raises:
        ValueError: If a number is not positive, or, when training begins, if
            the model has no losses that could be looked at.
    """

    def __init__(self, interval: int = 500, num_samples: int = 1,
                 panel_width: Optional[int] = 640, name: str = 'training'):
        for argument, value in (('interval', interval), ('num_samples', num_samples),
                                ('panel_width', panel_width or 1)):
            if value < 1:
                raise ValueError(f'{argument} must be at least 1, got {value}.')
        self.interval = interval
        self.num_samples = num_samples
        self.panel_width = panel_width
        self.name = name
        self._watcher: Optional[LossWatcher] = None

    def before_train(self, runner) -> None:
        losses_of(runner.model)

    def before_train_iter(self, runner, batch_idx: int, data_batch=None) -> None:
        is_due = runner.iter == 0 or self.every_n_train_iters(runner, self.interval)
        if is_due and is_main_process():
            self._watcher = LossWatcher(runner.model)

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is None:
            return
        watcher.close()
        for index in range(min(self.num_samples, len(watcher.depth))):
            sample = data_batch['data_samples'][index]
            target = watcher.target[index] if watcher.target is not None else \
                sample.gt_depth_map.data if 'gt_depth_map' in sample else None
            if watcher.views is not None:
                rows = self.rows_of_views(
                    detached(watcher.views, index), losses_of(runner.model), target)
            else:
                rows = self.rows_of_depth(
                    data_batch['inputs'][index], watcher.depth[index], target)
            runner.visualizer.add_image(
                f'{self.name}_{index}', stack_rows(rows, self.panel_width), step=runner.iter + 1)

    @torch.no_grad()
    def rows_of_views(self, views: SynthesizedViews, losses: nn.ModuleList,
                      target: Optional[Tensor] = None) -> List[List[np.ndarray]]:
        """Labelled pictures of one sample, row by row.

        Args:
            views (SynthesizedViews): Of one sample.
            losses (nn.ModuleList): The first with an ``error_map`` tells what pixels pay.
            target (Tensor, optional): (1, H, W), ground truth.
        """
        loss = next((module for module in losses if hasattr(module, 'error_map')), None)
        error, used = (None, None) if loss is None else loss.error_map(views)
        image = _image(views.target[0])
        rows = [target_panels(
            image, _map(views.depth[0]), None if loss is None else _map(error),
            _map(used) if getattr(loss, 'auto_mask', False) else None)]
        for index, (source, warped, valid) in enumerate(zip(
                views.sources[0], views.warped[0], views.valid[0])):
            name = name_of_offset(views.frame_offsets[index]) if views.frame_offsets else 'source'
            note = '' if views.source_from_target is None else \
                describe_motion(views.source_from_target[0, index].cpu().numpy())
            rows.append(source_panels(
                image, _image(source), _image(warped), _map(valid), name, note))
        if target is not None:
            rows.append(self._ground_truth(views.depth[0], target))
        return rows

    def rows_of_depth(self, frames: Tensor, depth: Tensor,
                      target: Tensor) -> List[List[np.ndarray]]:
        """The same of supervised training: image, depth, ground truth, error.

        Args:
            frames (Tensor): (F, 3, H, W) or (3, H, W) uint8, as packed.
            depth (Tensor): (1, H, W).
            target (Tensor): (1, H, W).
        """
        image = (frames if frames.ndim == 3 else frames[0]).permute(1, 2, 0).cpu().numpy()
        image = cv2.resize(image, tuple(depth.shape[:0:-1]), interpolation=cv2.INTER_AREA)
        panels = target_panels(image, _map(depth))
        return [panels + self._ground_truth(depth, target, scale=1.)]

    def _ground_truth(self, depth: Tensor, target: Tensor,
                      scale: Optional[float] = None) -> List[np.ndarray]:
        """Compared in the size of the prediction; its scale is free unless it is given."""
        depth, target = depth.float().cpu(), target.float().cpu()
        if target.shape != depth.shape:
            target = torch.nn.functional.interpolate(target[None], depth.shape[-2:])[0]
        if scale is None:
            valid = target > 0
            scale = median_scale(depth[valid], target[valid]).item() if valid.any() else 1.
        return ground_truth_panels(_map(depth), _map(target), scale)


def _image(image: Tensor) -> np.ndarray:
    return to_uint8(image.float().cpu().numpy())


def _map(values: Tensor) -> np.ndarray:
    """(1, H, W) to (H, W)."""
    return values[0].cpu().numpy()
