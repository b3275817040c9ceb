"""Ground truth that was exported once, one file an image, with a manifest."""

from __future__ import annotations

import os
from typing import Any, Dict, Optional

from spidepth_mm.utils.text_files import MAX_LIST_BYTES, read_json

from .errors import DatasetNotFoundError
from .kitti_paths import CAMERAS
from .monodepth2_depths import load_gt_depths
from .splits import SplitEntry

MANIFEST = 'manifest.json'
FORMAT = 'depth maps of KITTI raw frames, version 1'
CODINGS = ('npz', 'png')
_EXPORT_COMMAND = 'python tools/dataset_converters/kitti.py depth'


def exported_name(date: str, drive: str, entry: SplitEntry, coding: str) -> str:
    """Where an image's depth lies in an export, with forward slashes."""
    return f'{date}/{drive}/image_{CAMERAS[entry.side]:02d}/{entry.frame:010d}.{coding}'


def read_manifest(folder: str) -> Dict[str, Any]:
    """An export's manifest.

    Raises:
        DatasetNotFoundError: If there is none.
        ValueError: If it is damaged or of another kind.
    """
    path = os.path.join(folder, MANIFEST)
    if not os.path.isfile(path):
        raise DatasetNotFoundError(f'{folder!r} is no export of ground truth: it has no '
                                   f'{MANIFEST}. Make one with `{_EXPORT_COMMAND}`.')
    try:
        manifest = read_json(path, MAX_LIST_BYTES)
    except ValueError as error:
        raise ValueError(f'{path}: damaged ({error}). Delete it and export again; finished '
                         'files are kept.') from None
    if not isinstance(manifest, dict) or manifest.get('format') != FORMAT:
        raise ValueError(f'{path}: expected format {FORMAT!r}.')
    missing = [name for name in ('depth_kind', 'complete', 'coding', 'files')
               if name not in manifest]
    if missing or manifest['coding'] not in CODINGS:
        raise ValueError(f'{path}: damaged ({", ".join(missing) or "coding"} is missing or '
                         'unknown). Delete it and export again; finished files are kept.')
    return manifest


class ExportedDepth:
    """Depth maps of a list's images: a folder with a manifest, or Monodepth2's file.

    Args:
        depth_root (str): The folder, or ``gt_depths.npz``, whose maps are
            matched by the order of the list.
        num_entries (int): Length of the list.

    Attributes:
        depth_kind (str, optional): What the maps hold; None if not recorded.

    Raises:
        DatasetNotFoundError: If there is no such export, or it is unfinished.
        ValueError: If Monodepth2's file has another number of maps.
    """

    def __init__(self, depth_root: str, num_entries: int) -> None:
        self.depth_root = depth_root
        self.depth_kind: Optional[str] = None
        self._manifest: Optional[Dict[str, Any]] = None
        if not os.path.isfile(depth_root):
            self._manifest = read_manifest(depth_root)
            self.depth_kind = self._manifest['depth_kind']
            if not self._manifest['complete']:
                raise DatasetNotFoundError(
                    f'The export in {depth_root!r} is not finished. Run `{_EXPORT_COMMAND}` again '
                    'with the same arguments: it goes on where it stopped.')
            return
        count = len(load_gt_depths(depth_root))
        if count != num_entries:
            raise ValueError(
                f'{depth_root!r} has {count} depth maps, but the list has {num_entries} images. '
                'They are matched by their order: eigen_test has 697, eigen_benchmark_test 652.')

    def path(self, index: int, date: str, drive: str, entry: SplitEntry) -> Optional[str]:
        """For ``read_depth``; None if this image has no ground truth."""
        if self._manifest is None:
            return f'{self.depth_root}#{index}'
        name = exported_name(date, drive, entry, self._manifest['coding'])
        return os.path.join(self.depth_root, name) if name in self._manifest['files'] else None
