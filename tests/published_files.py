"""Files as other implementations publish them, for the tests of weight conversion."""

from __future__ import annotations

from pathlib import Path
from typing import Collection, Mapping

import pytest
import torch


def write_files(folder: Path, files: Mapping[str, Mapping], prefix: str = '',
                bare: Collection[str] = ('height', 'width', 'use_stereo')) -> str:
    """Write ``<name>.pth`` of each; names but the ``bare`` ones begin with ``prefix``."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        torch.save(type(content)((key if key in bare else prefix + key, value)
                                 for key, value in content.items()), folder / f'{name}.pth')
    return str(folder)


def assert_same(read: Mapping, expected: Mapping) -> None:
    """The same names in the same order, with the same bits."""
    assert list(read) == list(expected)
    for name, value in expected.items():
        if isinstance(value, torch.Tensor):
            assert read[name].dtype == value.dtype
            assert torch.equal(read[name], value), name
        else:
            assert type(read[name]) is type(value)
            assert read[name] == value


def assert_files(folder: Path, files: Mapping[str, Mapping]) -> None:
    """``folder`` has these files and no others, bit for bit."""
    assert sorted(path.name for path in Path(folder).iterdir()) == sorted(
        f'{name}.pth' for name in files)
    for name, content in files.items():
        assert_same(torch.load(Path(folder) / f'{name}.pth', weights_only=True), content)


def fails(capsys: pytest.CaptureFixture, main, *args) -> str:
    """What a command says when it fails as it should."""
    with pytest.raises(SystemExit) as error:
        main([str(arg) for arg in args])
    assert error.value.code == 1
    return capsys.readouterr().err
