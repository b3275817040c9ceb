"""Is B better than A? Two models on the same images, compared image by image.

Images differ more than models do, so the difference of two means says little
next to their own intervals. The mean of the per-image differences has its
own, much narrower interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import Dict, List, Sequence

import numpy as np

from .bootstrap import bootstrap_mean
from .depth_errors import ERROR_NAMES, HIGHER_IS_BETTER
from .per_image_csv import PerImageResults


@dataclass(frozen=True)
class ErrorComparison:
    """One error of A and B: their means, the mean of B - A and its interval."""

    name: str
    mean_a: float
    mean_b: float
    difference: float
    low: float
    high: float

    @property
    def better(self) -> str:
        """'A' or 'B' if the interval leaves out 0, else ''."""
        if self.low <= 0 <= self.high:
            return ''
        return 'B' if (self.difference > 0) == (self.name in HIGHER_IS_BETTER) else 'A'


@dataclass(frozen=True)
class Comparison:
    """All errors of two results, over the images that both evaluated."""

    num_images: int
    errors: List[ErrorComparison]


def compare_results(a: PerImageResults,
                    b: PerImageResults,
                    level: float = 0.95,
                    num_resamples: int = 2000,
                    seed: int = 0) -> Comparison:
    """Compare two per-image results by the paired bootstrap.

    Images are matched by their paths below each file's common folder, so the
    two may have been measured on different machines. Their order is free.

    Args:
        a: the first results.
        b: the second, of the same images, protocol and scaling.
        level: coverage of the intervals, in (0, 1).
        num_resamples: draws of the bootstrap.
        seed: of the draws.

    Raises:
        ValueError: if protocol, scaling, images or their numbers of valid
            pixels differ, or no image was evaluated.
    """
    for what, of_a, of_b in [('protocol', a.protocol, b.protocol),
                             ('scaling', a.scaling, b.scaling)]:
        if of_a != of_b:
            raise ValueError(f'{a.path} was measured with {what} {of_a!r}, {b.path} with '
                             f'{of_b!r}: their numbers cannot be compared.')
    order = _matching_order(a, b)
    values_b = {key: values[order] for key, values in b.values.items()}
    different = int((a.values['num_valid'] != values_b['num_valid']).sum())
    if different:
        raise ValueError(f'{different} of {len(a.names)} images have another number of valid '
                         f'pixels in {b.path} than in {a.path}: their ground truth differs.')
    evaluated = a.values['num_valid'] > 0
    table_a, table_b = _errors(a.values)[evaluated], _errors(values_b)[evaluated]
    interval = bootstrap_mean(table_b - table_a, level, num_resamples, seed)
    errors = [
        ErrorComparison(*row) for row in zip(ERROR_NAMES, *(
            part.tolist() for part in (table_a.mean(axis=0), table_b.mean(axis=0), *interval)))
    ]
    return Comparison(int(evaluated.sum()), errors)


def _matching_order(a: PerImageResults, b: PerImageResults) -> np.ndarray:
    names_a, names_b = _below_common_folder(a.names), _below_common_folder(b.names)
    position = {name: index for index, name in enumerate(names_b)}
    only_a = [name for name in names_a if name not in position]
    only_b = sorted(set(names_b) - set(names_a))
    if only_a or only_b:
        raise ValueError(
            f'{a.path} and {b.path} are not of the same images: {len(only_a)} only in the first, '
            f'{len(only_b)} only in the second, e.g. {(only_a or only_b)[0]}.')
    return np.array([position[name] for name in names_a])


def _below_common_folder(names: Sequence[str]) -> List[str]:
    names = [name.replace('\\', '/') for name in names]
    folder_levels = zip(*(name.split('/')[:-1] for name in names))
    depth = len(list(takewhile(lambda level: len(set(level)) == 1, folder_levels)))
    return ['/'.join(name.split('/')[depth:]) for name in names]


def _errors(values: Dict[str, np.ndarray]) -> np.ndarray:
    return np.stack([values[name] for name in ERROR_NAMES], axis=1)
