"""The few numbers that decide a whole world."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Dict, List, Tuple

GENERATOR_VERSION = 1  # raise it when the same parameters give other pictures
FIRST_DRIVE = dict(train=9001, val=9501, test=9601)


@dataclass(frozen=True)
class WorldParameters:
    """What decides every byte of a world.

    Attributes:
        seed: any non-negative int.
        size: (W, H) of the pictures, at least 32 each.
        train_drives, val_drives, test_drives: how many streets each split has.
        frames: pictures per drive and camera; the first and the last are only neighbours.
    """

    seed: int = 0
    size: Tuple[int, int] = (640, 192)
    train_drives: int = 14
    val_drives: int = 2
    test_drives: int = 4
    frames: int = 11

    def __post_init__(self) -> None:
        object.__setattr__(self, 'size', tuple(int(side) for side in self.size))
        if len(self.size) != 2 or min(self.size) < 32 or max(self.size) > 4096:
            raise ValueError(f'size is (W, H) with sides from 32 to 4096, got {self.size}.')
        if not 3 <= self.frames <= 300:
            raise ValueError(f'frames must be from 3 to 300, got {self.frames}: a target needs '
                             'the frame before and the frame after it.')
        if self.seed < 0:
            raise ValueError(f'seed must not be negative, got {self.seed}.')
        for name in ('train_drives', 'val_drives', 'test_drives'):
            least = 1 if name == 'train_drives' else 0
            if not least <= getattr(self, name) <= 99:
                raise ValueError(f'{name} must be from {least} to 99, '
                                 f'got {getattr(self, name)}.')

    def drives(self, split: str) -> List[int]:
        """Drive numbers of a split ('train', 'val' or 'test')."""
        count = getattr(self, f'{split}_drives')
        return list(range(FIRST_DRIVE[split], FIRST_DRIVE[split] + count))

    def all_drives(self) -> List[int]:
        return [drive for split in FIRST_DRIVE for drive in self.drives(split)]

    def as_json(self) -> Dict:
        """Fields and generator version, as the world's record stores them."""
        return json.loads(json.dumps({'generator_version': GENERATOR_VERSION, **asdict(self)}))
