"""Counts unreadable files over all workers of a dataloader."""

from __future__ import annotations

import hashlib
import logging
from typing import Iterable

import numpy as np
import torch
from mmengine.logging import print_log

from .errors import TooManyBadImagesError, UnreadableImageError


def _hash(path: str) -> int:
    return int.from_bytes(hashlib.blake2b(path.encode(), digest_size=8).digest(), 'little')


class BadFileLedger:
    """Remembers which of a dataset's files were found unreadable.

    One byte a file lies in shared memory, so that the count is one for all
    worker processes, forked or spawned. Paths are kept as 64-bit hashes: 8
    bytes a file instead of a hundred. A deep copy shares the ledger, because
    it stands for the same files. Under distributed training each rank counts
    what its own workers see.

    Args:
        paths (Iterable[str]): All files of the dataset; repetitions allowed.
        max_fraction (float): Largest share of bad files, in [0, 1], to work
            around. A single bad file alone never exceeds it.
    """

    def __init__(self, paths: Iterable[str], max_fraction: float = 0.01) -> None:
        if not 0 <= max_fraction <= 1:
            raise ValueError(f'max_bad_fraction must lie in [0, 1], but got {max_fraction}.')
        self.max_fraction = max_fraction
        # Python's own hash() of a string differs between spawned processes.
        self._hashes = np.array(sorted({_hash(path) for path in paths}), dtype=np.uint64)
        self._flags = torch.zeros(max(len(self._hashes), 1), dtype=torch.uint8).share_memory_()

    def __deepcopy__(self, memo: dict) -> BadFileLedger:
        return self

    @property
    def num_files(self) -> int:
        return len(self._hashes)

    @property
    def num_bad(self) -> int:
        return int(self._flags.sum(dtype=torch.int64))

    def report(self, error: UnreadableImageError) -> None:
        """Notes a bad file; warns the first time that any worker meets it.

        Raises:
            TooManyBadImagesError: If the share of bad files is too large.
        """
        slot = int(np.searchsorted(self._hashes, np.uint64(_hash(error.path))))
        if slot >= self.num_files or int(self._hashes[slot]) != _hash(error.path):
            raise error  # not a file of this dataset: nothing to count it against
        is_new = not self._flags[slot]
        self._flags[slot] = 1
        num_bad = self.num_bad
        message = f'{num_bad} of {self.num_files} files cannot be read so far; latest: {error}'
        if num_bad > 1 and num_bad > self.max_fraction * self.num_files:
            raise TooManyBadImagesError(
                f'{message}. That is more than {self.max_fraction:.2%}: check the download or '
                'the disk, or raise max_bad_fraction of the dataset.')
        if is_new:
            print_log(f'{message}. Another sample takes its place.', logger='current',
                      level=logging.WARNING)
