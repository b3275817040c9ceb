"""Pretrained weights see one RGB image; a pose net shows its encoder two."""

import torch
from torch import Tensor, nn


def adapt_input_channels(weight: Tensor, in_channels: int) -> Tensor:
    """Let a stem convolution see several RGB images as it saw one.

    The weight is repeated over the images and divided by their number, so
    that the same image given n times has the response that it had once.

    Args:
        weight (Tensor): (out, 3, k, k).
        in_channels (int): A multiple of 3.

    Returns:
        Tensor: (out, in_channels, k, k).

    Raises:
        ValueError: If ``in_channels`` is not a multiple of the weight's.
    """
    num_images, rest = divmod(in_channels, weight.shape[1])
    if rest:
        raise ValueError(
            f'Cannot adapt a stem of {weight.shape[1]} input channels to {in_channels}: '
            'expected a multiple.')
    return weight.repeat(1, num_images, 1, 1) / num_images


def adapt_stem_on_load(module: nn.Module) -> None:
    """Make ``module`` accept checkpoints whose first convolution sees fewer images.

    Installs a hook that runs before each ``load_state_dict``; weights that
    fit already are left as they are.
    """
    name, stem = next((n, m) for n, m in module.named_modules() if isinstance(m, nn.Conv2d))

    def adapt(state_dict, prefix, *_):
        key = f'{prefix}{name}.weight'
        weight = state_dict.get(key)
        if isinstance(weight, torch.Tensor) and weight.shape[1] < stem.in_channels:
            state_dict[key] = adapt_input_channels(weight, stem.in_channels)

    module._register_load_state_dict_pre_hook(adapt)
