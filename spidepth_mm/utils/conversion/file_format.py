"""Which files an implementation publishes, and what its parameters are called in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Mapping, Tuple

from .convnext import CONVNEXT
from .dense_depth_decoder import DENSE_DEPTH_DECODER
from .monodepth2 import DEPTH_DECODER, POSE_DECODER
from .name_map import NameMap
from .pose_nets import POSE_CNN, STRENGTHENED_POSE_NET
from .resnet import RESNET
from .sql_head import SQL_HEAD
from .unet_decoder import UNET_DECODER


@dataclass(frozen=True)
class FileFormat:
    """An implementation's files.

    Attributes:
        name (str): Its name.
        rules (Mapping): From each file's names to an estimator's. A file is
            ``<key>.pth`` in a folder.
        pose_files (tuple[str]): Which of them are the pose net's: all are
            there or none.
        classifiers (Mapping): Files with a whole ResNet classifier, and what
            its parameters' names begin with. Nothing looks at its last layer.
        spare_outputs (Mapping): Files with a pose net that predicts more
            motions than the one that is used, and the convolution that does.
    """

    name: str
    rules: Mapping[str, NameMap]
    pose_files: Tuple[str, ...]
    classifiers: Mapping[str, str] = field(default_factory=dict)
    spare_outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> Tuple[str, ...]:
        return tuple(self.rules)

    @property
    def depth_files(self) -> Tuple[str, ...]:
        return tuple(name for name in self.rules if name not in self.pose_files)


_RULES: Dict[str, NameMap] = dict(
    encoder=(CONVNEXT.under('encoder.', 'backbone.') + UNET_DECODER.under('decoder.', 'neck.')
             + RESNET.under('encoder.encoder.', 'backbone.')
             + DENSE_DEPTH_DECODER.under('decoder.', 'neck.')),
    depth=SQL_HEAD.under('', 'head.'),
    pose=(STRENGTHENED_POSE_NET + POSE_CNN).under('', 'pose_net.'))

#: SPIdepth's and SQLdepth's.
SPIDEPTH = FileFormat(
    'SPIdepth', _RULES, pose_files=('pose', ), classifiers=dict(encoder='encoder.encoder.'))

MONODEPTH2 = FileFormat(
    'Monodepth2',
    dict(
        encoder=RESNET.under('encoder.', 'backbone.'),
        depth=DEPTH_DECODER,
        pose_encoder=RESNET.under('encoder.', 'pose_net.backbone.'),
        pose=POSE_DECODER.under('', 'pose_net.')),
    pose_files=('pose_encoder', 'pose'),
    classifiers=dict(encoder='encoder.', pose_encoder='encoder.'),
    spare_outputs=dict(pose='net.3.'))
