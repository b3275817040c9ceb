"""What a depth head owes to the estimators, and to MMSegmentation's."""

from typing import List, Optional, Sequence, Union

import torch
from mmengine.model import BaseModule
from torch import Tensor

from spidepth_mm.geometry import resize_depth
from spidepth_mm.registry import MODELS


class BaseDepthHead(BaseModule):
    """A head whose ``forward`` maps features to depth, with mmseg's decode-head contract.

    Args:
        in_index (int): Which of the given feature maps the head reads.
        loss_decode (dict | list[dict], optional): Supervised losses, called
            as ``loss(pred, target)`` on (B, 1, H, W) with target 0 where there
            is no ground truth. Needed for :meth:`loss` only.
        init_cfg (dict, optional): mmengine's.
    """

    # mmseg's segmentors read these off their head; depth is one channel.
    num_classes = 1
    out_channels = 1
    # What is interpolated when the output is resized, and blended with that of the mirrored
    # image: 'depth', or 'disparity'. Parity: depth in SQLdepth and SPIdepth.
    resized_quantity = 'depth'

    def __init__(self, in_index: int = -1, loss_decode: Optional[Union[dict, List[dict]]] = None,
                 init_cfg: Optional[dict] = None):
        super().__init__(init_cfg)
        self.in_index = in_index
        self.align_corners = False
        cfgs = [] if loss_decode is None else \
            loss_decode if isinstance(loss_decode, (list, tuple)) else [loss_decode]
        self.loss_decode = torch.nn.ModuleList(MODELS.build(cfg) for cfg in cfgs)

    def select(self, inputs: Union[Tensor, Sequence[Tensor]]) -> Tensor:
        """The feature map that the head reads, (B, C, h, w)."""
        return inputs if isinstance(inputs, Tensor) else inputs[self.in_index]

    def forward_scales(self, inputs: Union[Tensor, Sequence[Tensor]]) -> List[Tensor]:
        """Depth at each scale that training looks at, fine to coarse: list of (B, 1, h_i, w_i)."""
        return [self.forward(inputs)]

    def loss(self, inputs: Sequence[Tensor], data_samples: list,
             train_cfg: Optional[dict] = None) -> dict:
        """Supervised losses at the ground truth's size.

        Args:
            inputs (Sequence[Tensor]): Feature maps.
            data_samples (list): Each with ``gt_depth_map.data``, (1, H, W) or
                (H, W), metres, 0 where there is none.
            train_cfg (dict, optional): Unused; part of mmseg's contract.

        Returns:
            dict[str, Tensor]: One scalar for each of ``loss_decode``.

        Raises:
            ValueError: If the head was built without ``loss_decode``.
        """
        if not self.loss_decode:
            raise ValueError(
                f'{type(self).__name__}.loss() needs a supervised loss, but loss_decode is None. '
                "Set e.g. loss_decode=dict(type='spidepth_mm.SILogLoss').")
        target = torch.stack([sample.gt_depth_map.data for sample in data_samples])
        target = target.reshape(len(target), 1, *target.shape[-2:])
        pred = self.resize(self.forward(inputs), target.shape[-2:])
        losses = {}
        for module in self.loss_decode:
            name = getattr(module, 'loss_name', 'loss_depth')
            losses[name] = losses.get(name, 0) + module(pred, target)
        return losses

    def predict(self, inputs: Sequence[Tensor], batch_img_metas: List[dict],
                test_cfg: Optional[dict] = None) -> Tensor:
        """Depth at the network's input size.

        Args:
            inputs (Sequence[Tensor]): Feature maps.
            batch_img_metas (list[dict]): ``pad_shape`` or ``img_shape`` (H, W) of the inputs.
            test_cfg (dict, optional): Unused; part of mmseg's contract.

        Returns:
            Tensor: (B, 1, H, W).
        """
        meta = batch_img_metas[0]
        size = meta.get('pad_shape', meta['img_shape'])[:2]
        return self.resize(self.forward(inputs), size)

    def resize(self, depth: Tensor, size: Sequence[int]) -> Tensor:
        """Bilinear to ``size`` (H, W), in terms of ``resized_quantity``."""
        return resize_depth(depth, size, self.resized_quantity, self.align_corners)
