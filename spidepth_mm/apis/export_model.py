"""An estimator as one function of an image, for runtimes that know nothing of this package."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import Dict, Iterator, Tuple

import torch
import torch.nn.functional as F
from mmengine.config import Config
from torch import Tensor, nn

from spidepth_mm.version import __version__

from .model_conversion import configured_size

INPUT_TYPES = {'float32': torch.float32, 'uint8': torch.uint8}
INPUT_NAME, OUTPUT_NAME = 'image', 'depth'


class ExportedEstimator(nn.Module):
    """Image in, depth out, at the image's size; the normalisation is inside.

    Args:
        model (nn.Module): An estimator. Flip augmentation stays outside.
        size (tuple[int, int]): (H, W) of the images.

    Input: (B, 3, H, W) RGB, float32 in [0, 1] or uint8 in 0..255.
    Output: (B, 1, H, W) float32, in the unit of the model's ``scale_type``.
    """

    def __init__(self, model: nn.Module, size: Tuple[int, int]) -> None:
        super().__init__()
        self.model = model
        self.size = tuple(size)

    def forward(self, image: Tensor) -> Tensor:
        image = image.float() / 255 if image.dtype == torch.uint8 else image
        depth = self.model.predict_depth(self.model.data_preprocessor.normalize(image))
        # As predict() resizes to the original image.
        return self.model.resize(depth.float(), self.size)


def prepare_export(model: nn.Module, size: Tuple[int, int],
                   input_type: str = 'float32') -> Tuple[ExportedEstimator, Tensor]:
    """The function to export, and an input that it has been tried with.

    Args:
        model (nn.Module): As from ``init_model``.
        size (tuple[int, int]): (H, W).
        input_type (str): ``'float32'`` or ``'uint8'``.

    Returns:
        tuple: The module in ``eval()`` mode, and a batch of two.

    Raises:
        ValueError: If the model cannot take images of this size, or the type is unknown.
    """
    if input_type not in INPUT_TYPES:
        raise ValueError(f"Unknown input type '{input_type}'. Valid types are "
                         f'{", ".join(INPUT_TYPES)}.')
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f'The size must be (H, W), two positive numbers, but got {size}.')
    module = ExportedEstimator(model, size).eval()
    # Two images: exporters take a batch of one for a constant.
    example = example_images(2, size, input_type)
    with torch.no_grad():
        module(example)
    return module, example


def without_training_parts(model: nn.Module) -> nn.Module:
    """The same model, changed in place, without what only training needs."""
    for name in ('pose_net', 'losses'):
        if hasattr(model, name):
            setattr(model, name, None)
    return model


def example_images(batch: int, size: Tuple[int, int], input_type: str, seed: int = 0) -> Tensor:
    """(B, 3, H, W): smooth colours with noise, the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(batch, 3, 4, 6, generator=generator)
    smooth = F.interpolate(coarse, tuple(size), mode='bicubic')
    images = (smooth + 0.1 * torch.randn(smooth.shape, generator=generator)).clamp(0, 1)
    return (255 * images).byte() if input_type == 'uint8' else images


def metadata_of(model: nn.Module, size: Tuple[int, int], input_type: str) -> Dict[str, str]:
    """What a user of the exported file has to know, as strings."""
    known = dict(
        spidepth_mm_version=__version__,
        scale_type=model.scale_type,
        input_height=size[0],
        input_width=size[1],
        input_layout='batch, channels RGB, height, width',
        input_range='0..255' if input_type == 'uint8' else '0..1')
    for name in ('min_depth', 'max_depth'):
        if hasattr(model.head, name):
            known[name] = getattr(model.head, name)
    return {name: str(value) for name, value in known.items()}


def size_from_config(config: Config) -> Tuple[int, int]:
    """(H, W) of the images that the config feeds its model.

    Raises:
        ValueError: If its pipelines do not say it.
    """
    size = configured_size(config)
    if not size:
        raise ValueError('The config has no ResizeFrames with a scale, so the size of the images '
                         'is not known. Give --shape H W.')
    return size['height'], size['width']


@contextmanager
def plain_operators() -> Iterator[None]:
    """While tracing: no fused transformer kernel, for which other runtimes have no operator.

    The warnings that are silenced are about sizes becoming constants, which is meant.
    """
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter('ignore', torch.jit.TracerWarning)
            warnings.filterwarnings('ignore', category=DeprecationWarning, module='torch')
            warnings.filterwarnings('ignore', category=DeprecationWarning,
                                    message='.*(torch.jit|torch.onnx|TorchScript).*')
            warnings.filterwarnings('ignore', category=UserWarning, module='torch')
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
