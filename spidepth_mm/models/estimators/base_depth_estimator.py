"""What all depth estimators share: from an image to depth, and mmengine's three modes."""

from abc import abstractmethod
from typing import List, Optional, Sequence, Union

import torch
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from mmengine.structures import PixelData
from torch import Tensor

from spidepth_mm.geometry import resize_depth
from spidepth_mm.registry import MODELS
from spidepth_mm.structures import DepthDataSample

from .flip_tta import predict_with_flip
from .restore_size import paste_into_image

SCALE_TYPES = ('metric', 'stereo', 'unknown')


class NonFiniteLossError(RuntimeError):
    """A loss became NaN or infinite; the message names the batch's files."""


class BaseDepthEstimator(BaseModel):
    """Backbone, neck and head; see the subclasses for how they are trained.

    Args:
        backbone (dict): Encoder config.
        neck (dict, optional): Decoder config.
        head (dict): Depth head config; maps features to (B, 1, h, w). A
            head's ``forward_scales`` gives training several, fine to coarse,
            and its ``resized_quantity`` says what is interpolated.
        data_preprocessor (dict, optional): Config.
        test_cfg (dict, optional): ``flip_tta`` (bool).
        size_divisor (int): Both image sides must be multiples of it. Images
            are not padded: a padded border is not part of the scene, yet it
            would take part in the queries and in the bins. Resize instead.
        scale_type (str): Unit of the predictions: 'metric', 'stereo' or 'unknown'.
        channels_last (bool): Keep convolution weights in channels_last; the
            depthwise convolutions' backward on a CPU is several times faster so.
        init_cfg (dict, optional): mmengine's.
    """

    def __init__(self,
                 backbone: dict,
                 head: dict,
                 neck: Optional[dict] = None,
                 data_preprocessor: Optional[dict] = None,
                 test_cfg: Optional[dict] = None,
                 size_divisor: int = 32,
                 scale_type: str = 'unknown',
                 channels_last: bool = True,
                 init_cfg: Optional[dict] = None):
        if isinstance(data_preprocessor, dict):
            data_preprocessor = dict(data_preprocessor)
            data_preprocessor.setdefault('type', 'spidepth_mm.DepthDataPreprocessor')
        super().__init__(data_preprocessor or dict(type='spidepth_mm.DepthDataPreprocessor'),
                         init_cfg)
        if scale_type not in SCALE_TYPES:
            raise ValueError(f"Unknown scale_type '{scale_type}'. Valid types are {SCALE_TYPES}.")
        self.backbone = MODELS.build(backbone)
        self.neck = None if neck is None else MODELS.build(neck)
        self.head = MODELS.build(head)
        self.test_cfg = dict(test_cfg or dict(flip_tta=False))
        self.size_divisor = size_divisor
        self.scale_type = scale_type
        self.channels_last = channels_last
        # NonFiniteGuardHook, which skips such steps and counts them, takes over while it trains.
        self.stop_on_non_finite_loss = True

    def use_memory_format(self) -> None:
        """Lay out the weights as ``channels_last`` says; call it once all parts are built."""
        if self.channels_last:
            self.to(memory_format=torch.channels_last)

    def forward(self, inputs, data_samples: Optional[List[DepthDataSample]] = None,
                mode: str = 'tensor') -> Union[Tensor, dict, list]:
        """mmengine's three modes.

        Args:
            inputs (Tensor | dict): Normalised images (B, 3, H, W); for
                'loss' the dict that the data preprocessor makes for training.
            data_samples (list[DepthDataSample], optional): One per image.
            mode (str): 'tensor' gives depth (B, 1, h, w) at the head's
                resolution, 'predict' data samples, 'loss' a dict of losses.

        Raises:
            ValueError: If the mode is unknown or an image side is not a
                multiple of ``size_divisor``.
        """
        if mode == 'tensor':
            return self.predict_depth(inputs)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        raise ValueError(f"Unknown mode '{mode}'. Valid modes are ('tensor', 'predict', 'loss').")

    @torch.compiler.disable(recursive=False)
    def train_step(self, data: Union[dict, tuple, list], optim_wrapper: OptimWrapper) -> dict:
        """mmengine's training step, of which its ``compile`` takes nets and losses.

        The jitter's random numbers stay outside, and the optimiser: it takes
        minutes to compile, and again at a new learning rate.
        """
        with optim_wrapper.optim_context(self):
            data = self.data_preprocessor(data, True)
            losses = self._run_forward(data, mode='loss')
        return self._update(losses, optim_wrapper)

    @torch.compiler.disable
    def _update(self, losses: dict, optim_wrapper: OptimWrapper) -> dict:
        total, log_vars = self.parse_losses(losses)
        optim_wrapper.update_params(total)
        return log_vars

    @abstractmethod
    def loss(self, inputs: dict, data_samples: List[DepthDataSample]) -> dict:
        """Losses of a training batch."""

    def extract_feat(self, images: Tensor):
        """Normalised images (B, 3, H, W) to the head's feature maps."""
        height, width = images.shape[-2:]
        if height % self.size_divisor or width % self.size_divisor:
            nearest = [max(1, round(s / self.size_divisor)) * self.size_divisor
                       for s in (width, height)]
            raise ValueError(
                f'Got images of {width}x{height} (width x height); both sides must be multiples '
                f'of {self.size_divisor}. Resize them, e.g. with '
                f"dict(type='ResizeFrames', scale=({nearest[0]}, {nearest[1]})).")
        features = self.backbone(images)
        return features if self.neck is None else self.neck(features)

    def predict_depth(self, images: Tensor) -> Tensor:
        """Normalised images (B, 3, H, W) to depth (B, 1, h, w) at the head's resolution."""
        return self.head(self.extract_feat(images))

    def predict_scales(self, images: Tensor) -> List[Tensor]:
        """What training looks at: depth at each of the head's scales, fine to coarse."""
        if not hasattr(self.head, 'forward_scales'):
            return [self.predict_depth(images)]
        return list(self.head.forward_scales(self.extract_feat(images)))

    def resize(self, depth: Tensor, size: Sequence[int]) -> Tensor:
        """(B, 1, h, w) to (B, 1, H, W), in terms of what the head's output is resized in."""
        return resize_depth(depth, size, self.resized_quantity)

    @property
    def resized_quantity(self) -> str:
        """'depth' or 'disparity': what is interpolated and blended."""
        return getattr(self.head, 'resized_quantity', 'depth')

    @torch.no_grad()
    def predict(self, inputs: Tensor,
                data_samples: Optional[List[DepthDataSample]] = None) -> List[DepthDataSample]:
        """Fill ``pred_depth_map`` at each image's original size.

        Args:
            inputs (Tensor): Normalised images, (B, 3, H, W).
            data_samples (list[DepthDataSample], optional): With ``ori_shape``
                (H, W), the input's size where they say nothing; and
                ``crop_window`` (top, left, h, w) where the net sees a part of
                the image only.

        Returns:
            list[DepthDataSample]: The given samples, or new ones.
        """
        if self.test_cfg.get('flip_tta', False):
            depth = predict_with_flip(self.predict_depth, inputs, self.resized_quantity)
        else:
            depth = self.predict_depth(inputs)
        if data_samples is None:
            data_samples = [DepthDataSample() for _ in depth]
        for sample, prediction in zip(data_samples, depth.float().split(1)):
            shape = tuple(sample.get('ori_shape', inputs.shape[-2:]))[:2]
            if sample.get('crop_window') is not None:
                top, left, *size = sample.crop_window
                whole = paste_into_image(self.resize(prediction, size)[0], (top, left), shape)
            else:
                whole = self.resize(prediction, shape)[0]
            sample.pred_depth_map = PixelData(data=whole)
            sample.set_metainfo(dict(scale_type=self.scale_type))
        return data_samples

    def check_finite(self, losses: dict, data_samples: Optional[list]) -> None:
        """Stop before a NaN reaches the weights, unless a hook sees to that.

        Raises:
            NonFiniteLossError: Naming the terms and the batch's files.
        """
        if not self.stop_on_non_finite_loss:
            return
        bad = [name for name, value in losses.items()
               if 'loss' in name and not torch.isfinite(value).all()]
        if bad:
            files = [sample.get('img_path', '?') for sample in data_samples or []]
            raise NonFiniteLossError(
                f'{", ".join(bad)} is not finite for the batch {files}. The weights were not '
                'updated and earlier checkpoints are kept. Usual causes: a learning rate that is '
                'too high, wrong intrinsics, or half precision without a loss scale.')
