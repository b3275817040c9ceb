"""Batch norms into the convolutions before them."""

from mmcv.cnn import fuse_conv_bn
from torch import nn


def fold_batch_norms(model: nn.Module) -> nn.Module:
    """Make each batch norm part of the convolution before it, for inference alone.

    Args:
        model (nn.Module): In ``eval()`` mode; changed in place. It can then
            neither be trained nor saved for others: its weights have other
            names and values.

    Returns:
        nn.Module: The same model.

    Raises:
        ValueError: If the model is in training mode.
    """
    if model.training:
        raise ValueError('fold_batch_norms needs a model in evaluation mode, as its batch norms '
                         'must not change any more. Call model.eval() first.')
    return fuse_conv_bn(model)
