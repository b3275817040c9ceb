"""A disparity at each scale of a decoder, as Monodepth2 predicts it."""

from typing import List, Optional, Sequence, Tuple, Union

from torch import Tensor, nn

from spidepth_mm.geometry import disparity_to_depth, sigmoid_to_disparity
from spidepth_mm.registry import MODELS

from .base_depth_head import BaseDepthHead


@MODELS.register_module()
class MultiScaleDisparityHead(BaseDepthHead):
    """A 3x3 convolution and a sigmoid on each of several feature maps.

    Godard et al., "Digging Into Self-Supervised Monocular Depth Estimation"
    (ICCV 2019), section 3.3. Training looks at all scales, see
    :meth:`forward_scales`; everything else at the finest alone.

    Args:
        in_channels (Sequence[int]): Channels of the feature maps, fine to coarse.
        depth_range (tuple[float, float]): Depth where the sigmoid is 1 and
            where it is 0; in between it is linear in disparity.
        in_index (Sequence[int], optional): Which of the given feature maps
            are read, fine to coarse; the first ones if None.
        loss_decode (dict | list[dict], optional): Supervised losses.
        init_cfg (dict, optional): mmengine's.

    Input: sequence of (B, C_i, h_i, w_i), fine to coarse. Output: depth of
    the finest, (B, 1, h_0, w_0), within ``depth_range``.

    Raises:
        ValueError: For an empty ``depth_range``, or as many indices as there
            are not channels.
    """

    # Parity: Monodepth2 resizes and blends disparity, where the self query layer's depth is.
    resized_quantity = 'disparity'

    def __init__(self,
                 in_channels: Sequence[int] = (16, 32, 64, 128),
                 depth_range: Tuple[float, float] = (0.1, 100.0),
                 in_index: Optional[Sequence[int]] = None,
                 loss_decode: Optional[Union[dict, List[dict]]] = None,
                 init_cfg: Optional[dict] = None):
        min_depth, max_depth = depth_range
        if not 0 < min_depth < max_depth:
            raise ValueError(
                f'depth_range must be (min, max) with 0 < min < max, got {depth_range}.')
        in_index = tuple(range(len(in_channels))) if in_index is None else tuple(in_index)
        if len(in_index) != len(in_channels):
            raise ValueError(
                f'MultiScaleDisparityHead got {len(in_channels)} in_channels '
                f'{tuple(in_channels)} and in_index={in_index}; expected one index for each.')
        super().__init__(in_index, loss_decode, init_cfg)
        self.min_depth, self.max_depth = min_depth, max_depth
        self.convs = nn.ModuleList(
            nn.Conv2d(channels, 1, 3, padding=1, padding_mode='reflect')
            for channels in in_channels)

    def forward(self, inputs: Union[Tensor, Sequence[Tensor]]) -> Tensor:
        return self._depth(0, self.select(inputs)[0])

    def forward_scales(self, inputs: Union[Tensor, Sequence[Tensor]]) -> List[Tensor]:
        """Depth at every scale, fine to coarse: list of (B, 1, h_i, w_i)."""
        return [self._depth(scale, x) for scale, x in enumerate(self.select(inputs))]

    def select(self, inputs: Union[Tensor, Sequence[Tensor]]) -> List[Tensor]:
        """The feature maps that the head reads, fine to coarse."""
        return [inputs] if isinstance(inputs, Tensor) else [inputs[i] for i in self.in_index]

    def _depth(self, scale: int, x: Tensor) -> Tensor:
        # float32: half precision has a thousand steps between the horizon and the camera.
        sigmoid = self.convs[scale](x).float().sigmoid()
        return disparity_to_depth(sigmoid_to_disparity(sigmoid, self.min_depth, self.max_depth))
