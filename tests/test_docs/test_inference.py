"""The commands of the page exist."""

import re
import shlex
from pathlib import Path

import pytest

from tools import infer, web_demo

PAGE = (Path(__file__).resolve().parents[2] / 'docs' / 'en' / 'inference.md').read_text(
    encoding='utf-8')


@pytest.mark.parametrize('tool', [infer, web_demo])
def test_commands(tool):
    name = Path(tool.__file__).name
    commands = re.findall(rf'^python tools/{name} (.*)$', PAGE, re.MULTILINE)
    assert commands
    for command in commands:
        assert tool.parse_args(shlex.split(command, comments=True))


def test_every_flag_is_known(capsys):
    known = ''
    for tool in (infer, web_demo):
        with pytest.raises(SystemExit):
            tool.parse_args(['--help'])
        known += capsys.readouterr().out
    flags = set(re.findall(r'(?<![\w-])--[a-z][a-z-]*', PAGE))
    assert len(flags) > 12
    assert {flag for flag in flags if not re.search(rf'{flag}\b', known)} == set()
