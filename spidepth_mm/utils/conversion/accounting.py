"""Every name of one side has its place on the other, or the conversion says which has not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

from torch import Tensor

from ..checkpoint import CheckpointError


def fit_pointwise(value: Tensor, shape: Tuple[int, ...]) -> Tensor:
    """A 1x1 convolution's weight as a linear layer's, or the other way round, if that fits.

    Args:
        value (Tensor): (O, I) or (O, I, 1, 1).
        shape (tuple): What is wanted.

    Returns:
        Tensor: Of ``shape`` if the two differ in that only, else ``value``.
    """
    linear = tuple(shape)[:2]
    fits = len(linear) == 2 and {tuple(value.shape), tuple(shape)} == {linear, (*linear, 1, 1)}
    return value.reshape(shape) if fits else value


@dataclass
class Account:
    """A state dict in the making, and the names that found no place in it.

    Args:
        shapes (dict): Shape of each parameter that is wanted.
    """

    shapes: Dict[str, Tuple[int, ...]]
    state: Dict[str, Tensor] = field(default_factory=dict)
    reshaped: List[str] = field(default_factory=list)
    troubles: Dict[str, List[str]] = field(default_factory=dict)

    def add(self, source: str, name: Optional[str], value: Tensor) -> None:
        """Put ``value`` to ``name``; ``source`` is how the other side calls it."""
        if name is None or name not in self.shapes:
            self._trouble('without a place in the model', source)
            return
        if name in self.state:
            self._trouble('given twice', source)
            return
        wanted = tuple(self.shapes[name])
        fitted = fit_pointwise(value, wanted)
        if tuple(fitted.shape) != wanted:
            self._trouble('of another shape',
                          f'{source} {tuple(value.shape)}, but {name} is {wanted}')
        elif fitted.ndim != value.ndim:
            self.reshaped.append(name)
        self.state[name] = fitted

    def finish(self, title: str, optional: Tuple[str, ...] = ()) -> Dict[str, Tensor]:
        """The state dict.

        Args:
            title (str): What does not fit what, for the message.
            optional (tuple[str]): Beginnings of names that may be missing.

        Raises:
            CheckpointError: If any name is without a place, of another shape
                or missing; all are listed.
        """
        missing = [name for name in self.shapes
                   if name not in self.state and not name.startswith(optional or ('\0', ))]
        if missing:
            self.troubles['missing'] = missing
        if self.troubles:
            lines = [f'  {len(names)} {kind}:' + ''.join(f'\n    {name}' for name in names)
                     for kind, names in self.troubles.items()]
            raise CheckpointError('\n'.join([title, *lines]))
        return self.state

    def _trouble(self, kind: str, name: str) -> None:
        self.troubles.setdefault(kind, []).append(name)
