"""The synthetic world on disk: made once, found again, mended when damaged."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import zlib
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Union

from spidepth_mm.utils.atomic_write import write_atomically

from .calibration import Calibration
from .kitti_writer import DATE, drive_folder, write_calibration, write_split
from .parameters import FIRST_DRIVE, WorldParameters
from .workers import run_drives

_RECORD, _PARTIAL, _LOCK = 'world.json', 'world.partial.json', '.lock'
_TEMPORARY = '.making'

DEFAULTS = WorldParameters()


def ensure_world(root: Union[str, os.PathLike], seed: int = 0,
                 size: Sequence[int] = DEFAULTS.size, train_drives: int = DEFAULTS.train_drives,
                 val_drives: int = DEFAULTS.val_drives, test_drives: int = DEFAULTS.test_drives,
                 frames: int = DEFAULTS.frames, workers: Optional[int] = None,
                 progress: bool = True) -> Path:
    """Makes the world in ``root`` unless it is there already.

    A world that was interrupted or lost files is completed: only the drives that are missing
    or damaged are rendered. Several processes may call this at once; one renders.

    Args:
        root: folder of the world in KITTI's raw layout, with ``splits/``.
        seed, size, train_drives, val_drives, test_drives, frames: see ``WorldParameters``.
        workers: processes that render side by side; default is one per core.
        progress: show a progress bar while rendering.

    Returns:
        ``root`` as a path.

    Raises:
        ValueError: a parameter is out of range, or ``root`` holds something else: a world
            with other parameters, or files that are no synthetic world.
    """
    parameters = WorldParameters(seed, tuple(size), train_drives, val_drives, test_drives,
                                 frames)
    if workers is not None and workers < 1:
        raise ValueError(f'workers must be at least 1, got {workers}.')
    root = Path(root)
    if _is_whole(root, parameters):
        return root
    root.mkdir(parents=True, exist_ok=True)
    with _locked(root / _LOCK):
        _complete(root, parameters, workers, progress)
    return root


def _is_whole(root: Path, parameters: WorldParameters) -> bool:
    small = [root / 'splits' / f'{split}.txt' for split in FIRST_DRIVE]
    small += [root / DATE / f'calib_{name}_to_cam.txt' for name in ('cam', 'velo')]
    record = _read(root / _RECORD)
    return (not _damaged_drives(root, parameters, record) and
            all(path.is_file() for path in small))


def _complete(root: Path, parameters: WorldParameters, workers: Optional[int],
              progress: bool) -> None:
    _check_is_ours(root, parameters)
    if _is_whole(root, parameters):  # another process made it while this one waited
        return
    record = _read(root / _RECORD)
    damaged = _damaged_drives(root, parameters, record)
    if record is None:  # a drive appears by one rename, so what is there is whole
        damaged = [d for d in damaged if not (root / drive_folder(d)).is_dir()]
    _write(root / _PARTIAL, {'parameters': parameters.as_json()})
    _sweep(root, damaged)
    with contextlib.suppress(FileNotFoundError):
        (root / _RECORD).unlink()
    write_calibration(root, Calibration.for_size(parameters.size))
    for split in FIRST_DRIVE:
        write_split(root, split, parameters.drives(split), parameters.frames,
                    sides='lr' if split == 'train' else 'l')
    run_drives(root, damaged, parameters, workers, progress, root / _TEMPORARY)
    drives = {drive_folder(d): _fingerprint(root / drive_folder(d))
              for d in parameters.all_drives()}
    _write(root / _RECORD, {'parameters': parameters.as_json(), 'drives': drives})
    _sweep(root, [])
    (root / _PARTIAL).unlink()


def _damaged_drives(root: Path, parameters: WorldParameters,
                    record: Optional[Dict]) -> List[int]:
    """Drives that are not on disk as the record says; all of them without a fitting record."""
    if record is None or record.get('parameters') != parameters.as_json():
        return parameters.all_drives()
    known = record.get('drives', {})
    return [d for d in parameters.all_drives()
            if known.get(drive_folder(d)) != _fingerprint(root / drive_folder(d))]


def _fingerprint(folder: Path) -> str:
    """Names and sizes of all files under a folder, without reading them."""
    lines = []
    for path, folders, names in os.walk(folder):
        folders.sort()
        lines += [f'{os.path.relpath(os.path.join(path, name), folder)} '
                  f'{os.path.getsize(os.path.join(path, name))}' for name in sorted(names)]
    checksum = zlib.crc32('\n'.join(lines).encode())
    return f'{len(lines)} files, {checksum:08x}'


def _check_is_ours(root: Path, parameters: WorldParameters) -> None:
    for name in (_RECORD, _PARTIAL):
        found = _read(root / name)
        if found is not None:
            _check_same(root, parameters.as_json(), found.get('parameters', {}))
            return
    strangers = [p.name for p in root.iterdir() if p.name not in (_LOCK, _TEMPORARY)]
    if strangers:
        raise ValueError(f'{root} is not empty ({sorted(strangers)[0]!r}, ...) and holds no '
                         'synthetic world. Give an empty or a new folder.')


def _check_same(root: Path, wanted: Dict, found: Dict) -> None:
    differing = [f'{key} is {found.get(key)}, asked for {value}'
                 for key, value in wanted.items() if found.get(key) != value]
    if differing:
        raise ValueError(f'{root} holds a synthetic world with other parameters: '
                         f'{"; ".join(differing)}. Give another folder or delete this one.')


def _sweep(root: Path, drives: List[int]) -> None:
    """Removes leftovers of an interrupted run and the drives that are to be made anew."""
    for folder in [root / _TEMPORARY] + [root / drive_folder(d) for d in drives]:
        if folder.is_dir():
            shutil.rmtree(folder)


def _read(path: Path) -> Optional[Dict]:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return None


def _write(path: Path, content: Dict) -> None:
    """Atomically: a reader sees the old file or the new one."""
    write_atomically(path, (json.dumps(content, indent=1) + '\n').encode())


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Waits until no other process holds the lock. It is freed when its holder dies."""
    try:
        import fcntl
    except ImportError:  # not on Windows: renames keep each drive whole there too
        yield
        return
    with open(path, 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
