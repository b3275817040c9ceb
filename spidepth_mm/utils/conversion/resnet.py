"""ResNet, which timm, torchvision and mmpretrain call alike."""

from .name_map import NameMap

_NAMES = ('conv1.{leaf}', 'bn1.{leaf}', 'layer{i}.{j}.conv{k}.{leaf}', 'layer{i}.{j}.bn{k}.{leaf}',
          'layer{i}.{j}.downsample.{k}.{leaf}')

RESNET = NameMap((name, name) for name in _NAMES)
