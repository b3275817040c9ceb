"""Rules that rename parameters, and that read both ways."""

from __future__ import annotations

import re
from typing import Iterable, Optional, Pattern, Tuple

# A field stands for the same text on both sides. `leaf` and `rest` differ in that a leaf has no
# further dot; everything else in braces is a number.
_FIELDS = {'leaf': '[^.]+', 'rest': '.+'}
_FIELD = re.compile(r'\{(\w+)\}')


def _compiled(template: str) -> Pattern[str]:
    parts = _FIELD.split(template)
    for index, part in enumerate(parts):
        parts[index] = (f'(?P<{part}>{_FIELDS.get(part, "[0-9]+")})' if index % 2
                        else re.escape(part))
    return re.compile(''.join(parts))


class NameMap:
    """Pairs of templates ``(theirs, ours)``, e.g. ``('net.{i}.{leaf}', 'convs.{i}.{leaf}')``.

    The first pair that a whole name fits decides. A name that fits none has
    no counterpart: it is for the caller to say so.

    Args:
        pairs: Templates; both of a pair have the same fields in braces,
            ``{leaf}`` for text without a dot, ``{rest}`` for any text, any
            other name for a whole number.

    Raises:
        ValueError: If the two templates of a pair differ in their fields.
    """

    def __init__(self, pairs: Iterable[Tuple[str, str]]):
        self.pairs = tuple(pairs)
        for theirs, ours in self.pairs:
            if set(_FIELD.findall(theirs)) != set(_FIELD.findall(ours)):
                raise ValueError(f'{theirs!r} and {ours!r} must have the same fields.')
        self._patterns = tuple((_compiled(theirs), _compiled(ours)) for theirs, ours in self.pairs)

    def to_ours(self, name: str) -> Optional[str]:
        """This package's name of ``name``, None if no rule fits."""
        for (pattern, _), (_, ours) in zip(self._patterns, self.pairs):
            match = pattern.fullmatch(name)
            if match:
                return ours.format(**match.groupdict())
        return None

    def to_theirs(self, name: str) -> Optional[str]:
        """The other implementation's name of ``name``, None if no rule fits."""
        for (_, pattern), (theirs, _) in zip(self._patterns, self.pairs):
            match = pattern.fullmatch(name)
            if match:
                return theirs.format(**match.groupdict())
        return None

    def under(self, theirs: str, ours: str) -> NameMap:
        """The same rules for a module that has these prefixes."""
        return NameMap((theirs + a, ours + b) for a, b in self.pairs)

    def __add__(self, other: NameMap) -> NameMap:
        return NameMap(self.pairs + other.pairs)
