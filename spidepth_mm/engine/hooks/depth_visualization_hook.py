"""A picture of every test result: image, prediction, ground truth, error."""

import os
import os.path as osp
from typing import List, Optional, Sequence

import cv2
import numpy as np
from mmengine.hooks import Hook

from spidepth_mm.evaluation import evaluate_depth
from spidepth_mm.registry import HOOKS
from spidepth_mm.visualization import depth_panels, stack_grid, write_picture


@HOOKS.register_module()
class DepthVisualizationHook(Hook):
    """Write pictures while testing.

    Args:
        out_dir (str): Folder; made if absent.
        protocol (str): The evaluation protocol: its scaling is applied to
            what is drawn, and its abs_rel is written beside it.
        scaling (str, optional): Overrides the protocol's scaling.
        grid_rows (int): So many results, evenly spread over the test set,
            are also put into one picture, ``grid.png``.
    """

    def __init__(self, out_dir: str, protocol: str = 'kitti_eigen',
                 scaling: Optional[str] = None, grid_rows: int = 6):
        self.out_dir = out_dir
        self.protocol = protocol
        self.scaling = scaling
        self.grid_rows = grid_rows
        self._rows: List[Sequence[np.ndarray]] = []

    def before_test(self, runner) -> None:
        os.makedirs(self.out_dir, exist_ok=True)
        self._rows = []

    def after_test_iter(self, runner, batch_idx: int, data_batch: Optional[dict] = None,
                        outputs: Optional[Sequence] = None) -> None:
        every = max(1, len(runner.test_dataloader) // max(1, self.grid_rows))
        for index, (frames, sample) in enumerate(zip(data_batch['inputs'], outputs)):
            panels = self.draw(frames, sample)
            name = '_'.join(osp.splitext(sample.get('img_path', ''))[0].split(os.sep)[-4:])
            path = osp.join(self.out_dir, f'{name or f"{batch_idx}_{index}"}.png')
            write_picture(path, stack_grid([panels]))
            if index == 0 and batch_idx % every == every // 2 and len(self._rows) < self.grid_rows:
                self._rows.append(panels)

    def after_test(self, runner) -> None:
        rows = [row for row in self._rows if _shapes(row) == _shapes(self._rows[0])]
        if rows:
            path = osp.join(self.out_dir, 'grid.png')
            write_picture(path, stack_grid(rows))
            runner.logger.info(f'Pictures are in {self.out_dir}, {len(rows)} of them in {path}')

    def draw(self, frames, sample) -> List[np.ndarray]:
        """The labelled panels of one result; ``frames`` is its packed uint8 input."""
        pred = sample.pred_depth_map.data[0].cpu().numpy()
        image = (frames if frames.ndim == 3 else frames[0]).permute(1, 2, 0).cpu().numpy()
        image = cv2.resize(image, pred.shape[::-1], interpolation=cv2.INTER_LINEAR)
        if 'gt_depth_map' not in sample:
            return depth_panels(image, pred)
        target = sample.gt_depth_map.data[0].cpu().numpy()
        errors = evaluate_depth(pred, target, self.protocol, scaling=self.scaling)
        if not errors['num_valid']:
            return depth_panels(image, pred, target)
        note = f"(abs_rel {errors['abs_rel']:.3f}, scaled by {errors['scale']:.2f})"
        return depth_panels(image, pred, target, errors['scale'], note)


def _shapes(row: Sequence[np.ndarray]) -> list:
    return [panel.shape for panel in row]
