"""One wording for a name that is not among the valid ones."""

from typing import Iterable


def check_choice(what: str, got: str, valid: Iterable[str]) -> str:
    """Return ``got`` if it is one of ``valid``.

    Raises:
        ValueError: else; the message lists the valid names.
    """
    valid = tuple(valid)
    if got not in valid:
        raise ValueError(f'Unknown {what} {got!r}. Valid choices are: {", ".join(valid)}.')
    return got
