"""The plain way to a training sample, as a yardstick: Pillow, torchvision on images, floats.

As the training code that this family of methods shares does it: each file is read whole, resized
by Lanczos, jittered as a Pillow image on half of the samples, and turned into floats twice, clean
and jittered. That code also jitters and converts the frames at their full size, and throws the
result away; ``full_size=False`` leaves this out.
"""

from __future__ import annotations

import random
from typing import Dict, Sequence, Tuple

from PIL import Image
from torch import Tensor
from torchvision import transforms


class PlainSample:
    """Loads the frames of a sample.

    Args:
        scale: (W, H) of the frames.
        full_size: Whether the full-size frames go the same way before they are dropped.
    """

    def __init__(self, scale: Tuple[int, int], full_size: bool = True) -> None:
        self.resize = transforms.Resize(
            scale[::-1], interpolation=transforms.InterpolationMode.LANCZOS)
        self.to_tensor = transforms.ToTensor()
        self.jitter = transforms.ColorJitter(0.2, 0.2, 0.2, 0.1)
        self.full_size = full_size

    def __call__(self, paths: Sequence[str], jittered: bool) -> Dict[str, Tensor]:
        images = {}
        mirrored = random.random() < 0.5
        for number, path in enumerate(paths):
            with open(path, 'rb') as file, Image.open(file) as image:
                frame = image.convert('RGB')
            if mirrored:
                frame = frame.transpose(Image.FLIP_LEFT_RIGHT)
            images[f'{number} full'] = frame
            images[f'{number}'] = self.resize(frame)
        sample = {}
        for name, image in images.items():
            if name.endswith('full') and not self.full_size:
                continue
            sample[name] = self.to_tensor(image)
            sample[f'{name} jittered'] = self.to_tensor(self.jitter(image) if jittered else image)
        return {name: tensor for name, tensor in sample.items() if 'full' not in name}
