"""Reads small text files that may come from a stranger."""

from __future__ import annotations

import json
import os
from typing import Any, Iterator, Tuple

import yaml

#: Lists of all of KITTI's frames have 4 MB; an export's manifest of them, 10 MB.
MAX_LIST_BYTES = 64 * 2**20
#: Calibration, intrinsics and camera files have a few hundred bytes.
MAX_CALIBRATION_BYTES = 2**20


class PlainLoader(yaml.SafeLoader):
    """YAML of numbers, texts, lists and mappings; OpenCV's matrices are mappings.

    Not ``CSafeLoader``, whose nodes are put together where nothing can look.
    """

    def compose_node(self, parent: Any, index: Any) -> Any:
        # A few hundred bytes of references to references unfold to gigabytes.
        if self.check_event(yaml.AliasEvent):
            raise ValueError('references (*name) are not supported')
        return super().compose_node(parent, index)


PlainLoader.add_constructor(
    'tag:yaml.org,2002:opencv-matrix', lambda loader, node: loader.construct_mapping(node, True))


def read_text(path: str, max_bytes: int = MAX_CALIBRATION_BYTES) -> str:
    """A file's text.

    Raises:
        OSError: If there is no such file.
        ValueError: If it is no regular file, is larger than ``max_bytes``, or
            is not UTF-8, naming it.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise ValueError(f'{path}: not a file.')
    with open(path, 'rb') as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ValueError(f'{path}: larger than {max_bytes / 2**20:g} MiB; this is no such file.')
    try:
        # With a byte-order mark where an editor has left one.
        return content.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise ValueError(f'{path}: not UTF-8 text ({error.reason} at byte {error.start}).'
                         ) from None


def read_lines(path: str) -> Iterator[Tuple[int, str]]:
    """Numbered lines of a list, from 1; raises as :func:`read_text`."""
    yield from enumerate(read_text(path, MAX_LIST_BYTES).splitlines(), 1)


def read_json(path: str, max_bytes: int = MAX_CALIBRATION_BYTES) -> Any:
    """What a JSON file holds.

    Raises:
        OSError: If there is no such file.
        ValueError: If it is not JSON, nested beyond reason, or as :func:`read_text`.
    """
    text = read_text(path, max_bytes)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path}: truncated, or no JSON ({error}).') from None


def read_yaml(path: str, max_bytes: int = MAX_CALIBRATION_BYTES) -> Any:
    """What a YAML file holds, if that is plain data: tags that would run code are refused.

    Raises:
        OSError: If there is no such file.
        ValueError: If it is not YAML, has tags or references, or as :func:`read_text`.
    """
    # OpenCV writes '%YAML:1.0', which is not YAML.
    text = read_text(path, max_bytes)
    lines = text.split('\n', 1)
    text = '\n'.join(lines[1:]) if lines[0].startswith('%YAML:') else text
    try:
        return yaml.load(text, PlainLoader)  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, OverflowError) as error:
        reason = ' '.join(str(error).split())
        raise ValueError(f'{path}: no plain YAML ({reason}).') from None
