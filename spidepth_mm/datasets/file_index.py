"""Asks the file system once a folder instead of once a file."""

from __future__ import annotations

import os
from typing import Dict, FrozenSet

IMAGE_SUFFIXES = ('.png', '.jpg', '.jpeg')


class FileIndex:
    """Remembers the names in every folder that it was asked about.

    A split names tens of thousands of frames in a few dozen folders, often on
    a network disk: listing each folder once is what loading such a split
    costs.
    """

    def __init__(self) -> None:
        self._names: Dict[str, FrozenSet[str]] = {}

    def names(self, folder: str) -> FrozenSet[str]:
        """File names in ``folder``; empty where there is no such folder."""
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(os.listdir(folder))
            except (FileNotFoundError, NotADirectoryError):
                self._names[folder] = frozenset()
        return self._names[folder]

    def exists(self, path: str) -> bool:
        folder, name = os.path.split(path)
        return name in self.names(folder)

    def image(self, folder: str, stem: str) -> str:
        """Path of an image, whichever suffix it has.

        Where there is none, the path that it should have: with the suffix of
        the folder's other images.
        """
        names = self.names(folder)
        for suffix in IMAGE_SUFFIXES:
            if stem + suffix in names:
                return os.path.join(folder, stem + suffix)
        used = {os.path.splitext(name)[1] for name in names}.intersection(IMAGE_SUFFIXES)
        return os.path.join(folder, stem + (min(used) if used else IMAGE_SUFFIXES[0]))
