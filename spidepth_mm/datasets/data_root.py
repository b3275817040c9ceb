"""Keeps what a list or a link names inside the folder that a person has given."""

from __future__ import annotations

import os
from typing import Dict, FrozenSet, Sequence

from .errors import OutsideDataRootError

LINKS_OUTSIDE = ('none', 'folders', 'all')


class DataRootGuard:
    """Checks that files lie in one of some folders, asking the disk once a folder.

    A dataset's archive and its lists often come from a stranger. A ``..`` or
    an absolute path in a list, or a link in the archive, could make any file
    of the person who trains pass for an image.

    Args:
        roots (Sequence[str]): Folders (or files) that a person named. They
            may be links themselves.
        links_outside (str): Which links inside may lead elsewhere, see
            :data:`LINKS_OUTSIDE`. None by default. 'folders' is for a data
            set that a person spread over disks: in a linked folder only files
            of the names that the dataset expects are read, while a linked
            file can be any file of theirs ('all').

    Raises:
        ValueError: If ``links_outside`` is unknown.
    """

    def __init__(self, roots: Sequence[str], links_outside: str = 'none') -> None:
        if links_outside not in LINKS_OUTSIDE:
            raise ValueError(f'Unknown links_outside {links_outside!r}. '
                             f'Valid values are {", ".join(map(repr, LINKS_OUTSIDE))}.')
        self._given = frozenset(roots)
        self._roots = [os.path.abspath(root) for root in roots]
        self._real_roots = [os.path.realpath(root) for root in roots]
        self._links_outside = links_outside
        self._links: Dict[str, FrozenSet[str]] = {}

    def check(self, path: str) -> None:
        """Checks one file, which need not exist.

        Raises:
            OutsideDataRootError: If it lies elsewhere, naming it.
        """
        if path in self._given:
            return
        folder, name = os.path.split(path)
        if folder not in self._links:
            if not _inside(os.path.abspath(folder), self._roots):
                raise OutsideDataRootError(
                    f'{path} lies outside {self._named_roots()}: a list may only name files in '
                    'it, without ".." or an absolute path.')
            if self._links_outside == 'none':
                self._require_inside(folder, 'folders')
            self._links[folder] = _links_in(folder)
        if name in self._links[folder] and self._links_outside != 'all':
            self._require_inside(path, 'all')

    def _require_inside(self, path: str, remedy: str) -> None:
        # The file's own folder may lie behind a link that is allowed.
        allowed = [*self._real_roots]
        if remedy == 'all':
            allowed.append(os.path.realpath(os.path.dirname(path)))
        real = os.path.realpath(path)
        if not _inside(real, allowed):
            raise OutsideDataRootError(
                f'{path} is, or lies behind, a link to {real}, outside {self._named_roots()}. If '
                f'that link is your own, set links_outside={remedy!r} in the dataset '
                f'(--cfg-options X_dataloader.dataset.links_outside={remedy}, X is train, val or '
                'test).')

    def _named_roots(self) -> str:
        return ' and '.join(map(repr, self._roots))


def _inside(path: str, roots: Sequence[str]) -> bool:
    return any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in roots)


def _links_in(folder: str) -> FrozenSet[str]:
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name for entry in entries if entry.is_symlink())
    except OSError:
        return frozenset()
