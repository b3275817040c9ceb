"""Batch, device, colour jitter, normalisation."""

from typing import Dict, List, Optional, Sequence, Union

import numpy as np
import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from spidepth_mm.registry import MODELS

from .color_jitter import ColorJitter


@MODELS.register_module()
class DepthDataPreprocessor(BaseDataPreprocessor):
    """uint8 frames to what the nets and the loss see.

    The loss compares clean frames; only the nets' copy is jittered and
    normalised.

    Args:
        mean (Sequence[float]): Per channel, on the [0, 1] scale. Parity: the
            reference feeds raw [0, 1] RGB to ConvNeXt (0 and 1 here) and
            (x - 0.45) / 0.225 to ResNet.
        std (Sequence[float]): Per channel, on the [0, 1] scale.
        color_jitter (dict, optional): ``brightness``, ``contrast``,
            ``saturation``, ``hue`` as of torchvision's ``ColorJitter``, and
            ``prob``, the share of samples that are jittered. One draw per
            sample, the same for all of its frames. None switches it off.

    For training, ``inputs`` becomes a dict of ``frames`` (B, F, 3, H, W) RGB
    in [0, 1], target first; ``net_frames``, the same jittered and normalised;
    ``cam2img`` (B, 3, 3); and ``source_from_target`` (B, 4, 4) of the stereo
    source where the samples have one. Otherwise it becomes the normalised
    targets, (B, 3, H, W).

    Raises:
        ValueError: If the images of a batch differ in size.
    """

    def __init__(self,
                 mean: Sequence[float] = (0., 0., 0.),
                 std: Sequence[float] = (1., 1., 1.),
                 color_jitter: Optional[dict] = None,
                 non_blocking: bool = False):
        super().__init__(non_blocking)
        self.register_buffer('mean', torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer('std', torch.tensor(std).view(-1, 1, 1), persistent=False)
        jitter = dict(color_jitter or dict(prob=0.))
        self.jitter_prob = jitter.pop('prob', 0.5)
        self.jitter = ColorJitter(**jitter)

    # Each draw of the jitter would be compiled anew.
    @torch.compiler.disable
    def forward(self, data: dict, training: bool = False) -> dict:
        data = self.cast_data(data)
        samples = data.get('data_samples')
        frames = self.stack(data['inputs'], samples).float() / 255
        if not training:
            return dict(inputs=self.normalize(frames[:, 0]), data_samples=samples)
        inputs = dict(frames=frames, net_frames=self.normalize(self.augment(frames)))
        inputs.update(self.cameras(samples, frames))
        return dict(inputs=inputs, data_samples=samples)

    def stack(self, inputs: Union[Tensor, List[Tensor]], samples: Optional[list]) -> Tensor:
        """Lists of (F, 3, H, W) or (3, H, W) to (B, F, 3, H, W)."""
        images = [image if image.ndim == 4 else image.unsqueeze(0) for image in inputs]
        sizes = {tuple(image.shape) for image in images}
        if len(sizes) > 1:
            names = [getattr(sample, 'img_path', '?') for sample in samples or []]
            raise ValueError(
                f'A batch needs images of one shape, got (frames, 3, H, W) = {sorted(sizes)} '
                f'from {names}. Add ResizeFrames to the pipeline, or use batch_size=1.')
        return torch.stack(images)

    def augment(self, frames: Tensor) -> Tensor:
        """Jitter some samples, each with one draw for all of its frames."""
        if self.jitter_prob == 0:
            return frames
        chosen = torch.rand(len(frames)) < self.jitter_prob
        # Copied into, so that the result's layout does not depend on the draw: what is compiled
        # holds for one layout.
        augmented = frames.clone()
        for sample in chosen.nonzero().flatten():
            augmented[sample] = self.jitter(frames[sample])
        return augmented

    def normalize(self, images: Tensor) -> Tensor:
        return (images - self.mean) / self.std

    def denormalize(self, images: Tensor) -> Tensor:
        return images * self.std + self.mean

    @staticmethod
    def cameras(samples: Optional[list], like: Tensor) -> Dict[str, Tensor]:
        """The samples' camera matrices as tensors of ``like``'s device and dtype."""
        matrices = {}
        for key in ('cam2img', 'source_from_target'):
            values = [s.get(key) for s in samples or []]
            if values and all(value is not None for value in values):
                matrices[key] = like.new_tensor(np.stack(values))
        return matrices
