"""Reads Monodepth2's ``gt_depths.npz`` without running what a pickle may hold.

The file has one array ``data``: an object array of (H, W) float32 maps of
several sizes, which numpy stores as a pickle. Loading that with
``allow_pickle=True`` runs any code that somebody put into it. Here the pickle
is read by a machine that knows two names, "array" and "dtype", and makes
inert records of both.
"""

from __future__ import annotations

import pickle
import zipfile
from functools import lru_cache
from typing import Any, BinaryIO, List, NamedTuple, Tuple

import numpy as np

from .errors import UnreadableImageError

#: The maps of 697 images have 1.3 GB, those of 4,000 images this.
MAX_UNPACKED = 8 * 2**30
_FLOATS = ('f2', 'f4', 'f8')


class SparseMap(NamedTuple):
    """A depth map by its pixels: ``shape`` (H, W), flat ``pixels``, ``depth`` in metres."""

    shape: Tuple[int, int]
    pixels: np.ndarray
    depth: np.ndarray

    def dense(self) -> np.ndarray:
        """(H, W) float32, 0 = none."""
        depth = np.zeros(self.shape, dtype=np.float32)
        depth.reshape(-1)[self.pixels] = self.depth
        return depth


def read_one_map(path: str) -> np.ndarray:
    """One map as (H, W) float32 metres; ``path`` is ``<file>.npz#<index>``.

    Raises:
        UnreadableImageError: If the file cannot be used or has no such map.
    """
    name, _, index = path.rpartition('#')
    maps = load_gt_depths(name)
    if not index.isdigit() or int(index) >= len(maps):
        raise UnreadableImageError(path, f'no such map: {name} has {len(maps)}, from 0')
    return maps[int(index)].dense()


@lru_cache(maxsize=2)
def load_gt_depths(path: str) -> List[SparseMap]:
    """All maps, in the file's order, which is that of the test list it was made from.

    Read once per process. The file is about 1.3 GB unpacked; what is kept is
    a tenth of that.

    Raises:
        UnreadableImageError: If it is absent, damaged, not of this form, or
            holds anything but arrays.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if 'data.npy' not in archive.namelist():
                raise UnreadableImageError(
                    path, f"no array 'data' in it, only {', '.join(archive.namelist())[:200]}")
            if archive.getinfo('data.npy').file_size > MAX_UNPACKED:
                raise UnreadableImageError(
                    path, f'unpacks to {archive.getinfo("data.npy").file_size} bytes, more than '
                    f'the {MAX_UNPACKED} that are read')
            with archive.open('data.npy') as file:
                maps = _read_maps(file)
    except UnreadableImageError:
        raise
    except OSError as error:
        raise UnreadableImageError(path, error.strerror or str(error)) from None
    except pickle.UnpicklingError as error:
        raise UnreadableImageError(path, str(error)) from None
    except Exception as error:  # a damaged pickle makes the machine raise nearly anything
        raise UnreadableImageError(
            path, f'truncated, or no depth maps ({type(error).__name__}: {error})') from None
    return maps


def _read_maps(file: BinaryIO) -> List[SparseMap]:
    version = np.lib.format.read_magic(file)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0,
                   (2, 0): np.lib.format.read_array_header_2_0}[version]
    shape, fortran, dtype = read_header(file)
    if not dtype.hasobject:  # all of one size
        content = np.frombuffer(file.read(), dtype=dtype)
        return [_sparse(depth) for depth in content.reshape(shape, order='F' if fortran else 'C')]
    outer = _ArraysOnly(file).load()
    if not isinstance(outer, _ArrayRecord):
        raise pickle.UnpicklingError('its pickle holds no array')
    return [_sparse(_to_array(item)) for item in outer.items()]


def _sparse(depth: np.ndarray) -> SparseMap:
    if depth.ndim != 2:
        raise pickle.UnpicklingError(f'a map of shape {depth.shape}, expected (H, W)')
    depth = np.where(np.isfinite(depth) & (depth > 0), depth, 0).astype(np.float32)
    pixels = np.flatnonzero(depth).astype(np.uint32)
    return SparseMap(depth.shape, pixels, depth.reshape(-1)[pixels])


# The machine --------------------------------------------------------------------


class _DtypeRecord:
    """Stands for ``numpy.dtype``: remembers the name, does nothing."""

    def __init__(self, name: Any, *_: Any) -> None:
        self.name = name
        self.order = '<'

    def __setstate__(self, state: tuple) -> None:
        self.order = state[1]


class _ArrayRecord:
    """Stands for ``numpy.ndarray``: remembers shape, dtype and bytes, does nothing."""

    state: tuple = ()

    def __setstate__(self, state: tuple) -> None:
        self.state = state

    def items(self) -> list:
        """The elements of an object array."""
        if len(self.state) != 5 or not isinstance(self.state[4], list):
            raise pickle.UnpicklingError('its array holds no list of maps')
        return self.state[4]


class _ArraysOnly(pickle.Unpickler):
    """Knows how numpy's arrays are written, and nothing else."""

    def __init__(self, file: BinaryIO) -> None:
        # latin1: files written under Python 2 hold bytes as strings.
        super().__init__(file, encoding='latin1')

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ('numpy', 'ndarray'): _ArrayRecord,
            ('numpy', 'dtype'): _DtypeRecord,
            ('numpy.core.multiarray', '_reconstruct'): _reconstruct,
            ('numpy._core.multiarray', '_reconstruct'): _reconstruct,
            ('_codecs', 'encode'): _encode,
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(
                f'it asks for {module}.{name}, which depth maps do not need: not loaded, because '
                'it could run code')
        return known[module, name]


def _reconstruct(*_: Any) -> _ArrayRecord:
    return _ArrayRecord()


def _encode(text: str, encoding: str) -> bytes:
    """How pickles of protocol 2 write bytes."""
    if encoding != 'latin1':
        raise pickle.UnpicklingError(f'unknown encoding {encoding!r} of bytes')
    return text.encode('latin1')


def _to_array(record: Any) -> np.ndarray:
    if not isinstance(record, _ArrayRecord) or len(record.state) != 5:
        raise pickle.UnpicklingError(f'a map is {type(record).__name__}, not an array')
    _, shape, dtype, fortran, content = record.state
    if not isinstance(dtype, _DtypeRecord) or dtype.name not in _FLOATS or dtype.order not in '<>':
        raise pickle.UnpicklingError('a map is not of floating-point numbers')
    if isinstance(content, str):
        content = content.encode('latin1')
    values = np.frombuffer(content, dtype=dtype.order + dtype.name)
    return values.reshape(shape, order='F' if fortran else 'C')
