"""timm's ConvNeXt (V1 and V2) and mmpretrain's, which this package's encoders are."""

from .name_map import NameMap


def _names(joint: str) -> NameMap:
    """``joint`` is what timm puts between 'stages' and a number."""
    block, ours = f'stages{joint}{{i}}.blocks.{{j}}.', 'stages.{i}.{j}.'
    return NameMap([
        (f'stem{joint}0.{{leaf}}', 'downsample_layers.0.0.{leaf}'),
        (f'stem{joint}1.{{leaf}}', 'downsample_layers.0.1.{leaf}'),
        (f'stages{joint}{{i}}.downsample.{{j}}.{{leaf}}', 'downsample_layers.{i}.{j}.{leaf}'),
        (block + 'conv_dw.{leaf}', ours + 'depthwise_conv.{leaf}'),
        (block + 'norm.{leaf}', ours + 'norm.{leaf}'),
        (block + 'mlp.fc1.{leaf}', ours + 'pointwise_conv1.{leaf}'),
        (block + 'mlp.grn.weight', ours + 'grn.gamma'),
        (block + 'mlp.grn.bias', ours + 'grn.beta'),
        (block + 'mlp.fc2.{leaf}', ours + 'pointwise_conv2.{leaf}'),
        (block + 'gamma', ours + 'gamma'),  # layer scale, V1 only
    ])


#: As timm names an encoder that gives feature maps (``features_only=True``).
CONVNEXT = _names('_')
#: As timm names a classifier. The norm before its head is mmpretrain's norm of the last output.
CONVNEXT_CLASSIFIER = _names('.') + NameMap([('head.norm.{leaf}', 'norm3.{leaf}')])
