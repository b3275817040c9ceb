"""Batch norms into the convolutions before them."""

from typing import Iterator, Tuple

from mmcv.cnn import ConvModule
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_NORMS = (nn.BatchNorm2d, nn.SyncBatchNorm)


def fold_batch_norms(model: nn.Module) -> nn.Module:
    """Make batch norms part of the convolutions before them, for inference alone.

    Only those are folded of which it is known that nothing comes in between:
    neighbours in an ``nn.Sequential`` and in mmcv's ``ConvModule``, and
    OpenMMLab's ResNets' ``conv1`` and ``norm1`` and so on.

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
    for module in list(model.modules()):
        for conv_name, norm_name in list(_neighbours(module)):
            conv, norm = getattr(module, conv_name), getattr(module, norm_name)
            if _can_fold(conv, norm):
                setattr(module, conv_name, fuse_conv_bn_eval(conv, norm))
                setattr(module, norm_name, nn.Identity())
    return model


def _neighbours(module: nn.Module) -> Iterator[Tuple[str, str]]:
    """Names of a module's parts of which the second gets the first one's output and nobody else."""
    if isinstance(module, nn.Sequential):
        names = list(module._modules)
        yield from zip(names, names[1:])
    elif isinstance(module, ConvModule):
        if module.with_norm and 'conv norm' in ' '.join(module.order):
            yield 'conv', module.norm_name
    else:
        for number in (1, 2, 3):
            norm_name = getattr(module, f'norm{number}_name', None)
            if norm_name is not None and hasattr(module, f'conv{number}'):
                yield f'conv{number}', norm_name


def _can_fold(conv: nn.Module, norm: nn.Module) -> bool:
    # Subclasses of a convolution may do something else with their weights, and so may hooks.
    return (type(conv) is nn.Conv2d and isinstance(norm, _NORMS)
            and not (conv.training or norm.training) and norm.running_mean is not None
            and not any((part._forward_hooks or part._forward_pre_hooks) for part in (conv, norm)))
