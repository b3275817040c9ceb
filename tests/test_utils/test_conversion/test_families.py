"""Names of each family, written out by hand: they hold where timm is not installed, too."""

import pytest

from spidepth_mm.utils.conversion import MONODEPTH2, SPIDEPTH
from spidepth_mm.utils.conversion.convnext import CONVNEXT, CONVNEXT_CLASSIFIER
from spidepth_mm.utils.conversion.pose_nets import POSE_CNN, STRENGTHENED_POSE_NET
from spidepth_mm.utils.conversion.resnet import RESNET


@pytest.mark.parametrize('names, theirs, ours', [
    (CONVNEXT, 'stem_0.weight', 'downsample_layers.0.0.weight'),
    (CONVNEXT, 'stem_1.bias', 'downsample_layers.0.1.bias'),
    (CONVNEXT, 'stages_3.downsample.1.weight', 'downsample_layers.3.1.weight'),
    (CONVNEXT, 'stages_2.blocks.26.gamma', 'stages.2.26.gamma'),
    (CONVNEXT, 'stages_2.blocks.26.conv_dw.bias', 'stages.2.26.depthwise_conv.bias'),
    (CONVNEXT, 'stages_0.blocks.0.norm.weight', 'stages.0.0.norm.weight'),
    (CONVNEXT, 'stages_0.blocks.0.mlp.fc1.weight', 'stages.0.0.pointwise_conv1.weight'),
    (CONVNEXT, 'stages_0.blocks.0.mlp.fc2.bias', 'stages.0.0.pointwise_conv2.bias'),
    (CONVNEXT, 'stages_0.blocks.0.mlp.grn.weight', 'stages.0.0.grn.gamma'),
    (CONVNEXT, 'stages_0.blocks.0.mlp.grn.bias', 'stages.0.0.grn.beta'),
    (CONVNEXT_CLASSIFIER, 'stem.0.weight', 'downsample_layers.0.0.weight'),
    (CONVNEXT_CLASSIFIER, 'stages.1.downsample.0.bias', 'downsample_layers.1.0.bias'),
    (CONVNEXT_CLASSIFIER, 'stages.1.blocks.2.gamma', 'stages.1.2.gamma'),
    (CONVNEXT_CLASSIFIER, 'head.norm.weight', 'norm3.weight'),
    (RESNET, 'bn1.num_batches_tracked', 'bn1.num_batches_tracked'),
    (RESNET, 'layer4.2.conv3.weight', 'layer4.2.conv3.weight'),
    (RESNET, 'layer2.0.downsample.1.running_var', 'layer2.0.downsample.1.running_var'),
    (STRENGTHENED_POSE_NET, 'encoder.stages_0.blocks.1.gamma', 'backbone.stages.0.1.gamma'),
    (STRENGTHENED_POSE_NET, 'encoder.conv1.weight', 'backbone.conv1.weight'),
    (STRENGTHENED_POSE_NET, 'squeeze.0.weight', 'squeeze.weight'),
    (STRENGTHENED_POSE_NET, 'decoder.0.0.weight', 'decoder.0.weight'),
    (STRENGTHENED_POSE_NET, 'decoder.1.0.bias', 'decoder.2.bias'),
    (STRENGTHENED_POSE_NET, 'decoder.2.weight', 'decoder.4.weight'),
    (POSE_CNN, 'net.6.weight', 'convs.6.weight'),
    (POSE_CNN, 'pose_conv.bias', 'pose_conv.bias'),
    (SPIDEPTH.rules['encoder'], 'encoder.stem_0.bias', 'backbone.downsample_layers.0.0.bias'),
    (SPIDEPTH.rules['encoder'], 'decoder.blocks.3.conv2.bn.running_mean',
     'neck.blocks.3.conv2.bn.running_mean'),
    (SPIDEPTH.rules['encoder'], 'decoder.final_conv.weight', 'neck.final_conv.weight'),
    (SPIDEPTH.rules['depth'], 'positional_encodings',
     'head.query_transformer.positional_encodings'),
    (SPIDEPTH.rules['depth'], 'transformer_encoder.layers.3.self_attn.in_proj_weight',
     'head.query_transformer.encoder.layers.3.self_attn.in_proj_weight'),
    (SPIDEPTH.rules['depth'], 'bins_regressor.4.weight', 'head.bin_mlp.4.weight'),
    (SPIDEPTH.rules['depth'], 'convert_to_prob.0.bias', 'head.bin_conv.bias'),
    (SPIDEPTH.rules['pose'], 'net.0.bias', 'pose_net.convs.0.bias'),
    (SPIDEPTH.rules['encoder'], 'encoder.encoder.layer3.5.bn2.weight',
     'backbone.layer3.5.bn2.weight'),
    (SPIDEPTH.rules['encoder'], 'decoder.conv2.bias', 'neck.bottleneck.bias'),
    (SPIDEPTH.rules['encoder'], 'decoder.up1._net.0.bias', 'neck.up_blocks.0.conv1.conv.bias'),
    (SPIDEPTH.rules['encoder'], 'decoder.up2._net.1.running_var',
     'neck.up_blocks.1.conv1.bn.running_var'),
    (SPIDEPTH.rules['encoder'], 'decoder.up3._net.3.weight', 'neck.up_blocks.2.conv2.conv.weight'),
    (SPIDEPTH.rules['encoder'], 'decoder.up4._net.4.weight', 'neck.up_blocks.3.conv2.bn.weight'),
    (SPIDEPTH.rules['encoder'], 'decoder.conv3.weight', 'neck.out_conv.weight'),
    (MONODEPTH2.rules['encoder'], 'encoder.layer4.1.conv2.weight',
     'backbone.layer4.1.conv2.weight'),
    (MONODEPTH2.rules['depth'], 'decoder.0.conv.conv.weight', 'neck.blocks.0.conv1.conv.weight'),
    (MONODEPTH2.rules['depth'], 'decoder.9.conv.conv.bias', 'neck.blocks.4.conv2.conv.bias'),
    (MONODEPTH2.rules['depth'], 'decoder.10.conv.weight', 'head.convs.0.weight'),
    (MONODEPTH2.rules['depth'], 'decoder.13.conv.bias', 'head.convs.3.bias'),
    (MONODEPTH2.rules['pose_encoder'], 'encoder.conv1.weight', 'pose_net.backbone.conv1.weight'),
    (MONODEPTH2.rules['pose'], 'net.0.weight', 'pose_net.squeeze.weight'),
    (MONODEPTH2.rules['pose'], 'net.1.bias', 'pose_net.decoder.0.bias'),
    (MONODEPTH2.rules['pose'], 'net.2.bias', 'pose_net.decoder.2.bias'),
    (MONODEPTH2.rules['pose'], 'net.3.weight', 'pose_net.decoder.4.weight'),
])
def test_names(names, theirs, ours):
    assert names.to_ours(theirs) == ours
    assert names.to_theirs(ours) == theirs


@pytest.mark.parametrize('names, theirs', [
    (CONVNEXT, 'stem_2.weight'), (CONVNEXT, 'norm_pre.weight'), (CONVNEXT, 'head.fc.weight'),
    (RESNET, 'fc.weight'), (RESNET, 'conv1.0.weight'), (STRENGTHENED_POSE_NET, 'decoder.1.weight'),
    (SPIDEPTH.rules['encoder'], 'decoder.center.conv1.conv.weight'),
    (SPIDEPTH.rules['depth'], 'summary_layer.weight'),
    (SPIDEPTH.rules['encoder'], 'decoder.up1._net.2.weight'),
    (SPIDEPTH.rules['encoder'], 'decoder.up5._net.0.weight'),
    (MONODEPTH2.rules['encoder'], 'encoder.fc.weight'),
    (MONODEPTH2.rules['depth'], 'decoder.10.conv.conv.weight'),
    (MONODEPTH2.rules['depth'], 'decoder.14.conv.weight'),
    (MONODEPTH2.rules['pose'], 'net.4.weight')])
def test_names_without_a_place(names, theirs):
    assert names.to_ours(theirs) is None
