"""The package as it is installed, and the commands that install it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import spidepth_mm

ROOT = Path(__file__).resolve().parents[1]
BUILT = ('setup.py', 'pyproject.toml', 'MANIFEST.in', 'requirements', 'configs', 'tools',
         'spidepth_mm')
PYTHONS = ['3.9', '3.10', '3.11', '3.12', '3.13']


def read_requirements(name):
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [Requirement(line.split('#')[0]) for line in lines if line.split('#')[0].strip()]


def pins(python):
    """What constraints.txt pins for a Python version: name -> list of versions."""
    found = {}
    for requirement in read_requirements('constraints'):
        environment = {'python_version': python}
        if requirement.marker is None or requirement.marker.evaluate(environment):
            specifier, = requirement.specifier
            assert specifier.operator == '==', f'not an exact pin: {requirement}'
            found.setdefault(requirement.name, []).append(specifier.version)
    return found


def make(*arguments, **variables):
    command = ['make', '-C', str(ROOT), '--no-print-directory', *arguments]
    command += [f'{name}={value}' for name, value in variables.items()]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """The tree that goes into a wheel, built from a copy."""
    folder = tmp_path_factory.mktemp('packaging')
    ignore = shutil.ignore_patterns('__pycache__', '.mim')
    for name in BUILT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copy2(source, folder / name)
    subprocess.run([sys.executable, 'setup.py', '-q', 'build', '--build-lib', 'lib'], cwd=folder,
                   check=True, capture_output=True)
    return folder / 'lib' / 'spidepth_mm'


def files_below(folder):
    found = (path.relative_to(folder) for path in folder.rglob('*') if path.is_file())
    return {str(path) for path in found
            if path.suffix != '.pyc' and not {'.mim', '__pycache__'} & set(path.parts)}


def test_wheel_has_every_file_of_the_package(built):
    assert files_below(built) == files_below(ROOT / 'spidepth_mm')


@pytest.mark.parametrize('part', ['configs', 'tools'])
def test_wheel_has_what_mim_looks_for(built, part):
    expected = files_below(ROOT / part)
    assert files_below(built / '.mim' / part) == expected


def test_version_is_written_once():
    done = subprocess.run([sys.executable, 'setup.py', '--version'], cwd=ROOT, check=True,
                          capture_output=True, text=True)
    assert done.stdout.split()[-1] == spidepth_mm.__version__


def test_mmcv_is_no_runtime_requirement():
    assert not [r for r in read_requirements('runtime') if r.name.startswith('mmcv')]


@pytest.mark.parametrize('python', PYTHONS)
@pytest.mark.parametrize('name', ['runtime', 'lite', 'tests', 'export'])
def test_constraints_lie_within_the_ranges(python, name):
    pinned = pins(python)
    for requirement in read_requirements(name):
        for version in pinned.get(requirement.name, []):
            assert requirement.specifier.contains(version), (requirement, version)


@pytest.mark.parametrize('python', PYTHONS)
def test_each_python_has_one_pin_for_what_make_installs(python):
    pinned = pins(python)
    assert all(len(versions) == 1 for versions in pinned.values()), pinned
    for name in ('runtime', 'lite', 'tests'):
        missing = [r.name for r in read_requirements(name) if r.name not in pinned]
        assert not missing


@pytest.mark.parametrize('python', PYTHONS)
def test_torch_and_torchvision_are_a_pair(python):
    """torch 2.x goes with torchvision 0.(x + 15)."""
    pinned = pins(python)
    torch, torchvision = (Version(pinned[name][0]) for name in ('torch', 'torchvision'))
    assert torchvision.minor == torch.minor + 15


def test_make_help_lists_every_target():
    targets = re.search(r'^\.PHONY: (.*)$', (ROOT / 'Makefile').read_text(), re.MULTILINE)
    done = make('help')
    assert done.returncode == 0
    for target in targets.group(1).split():
        assert re.search(rf'^  {target} ', done.stdout, re.MULTILINE), target


def test_make_alone_says_what_can_be_made():
    assert make().stdout == make('help').stdout


def test_make_refuses_an_unsupported_python(tmp_path):
    python = tmp_path / 'python3.7'
    python.write_text('#!/bin/sh\n'
                      'code=$(printf "%s" "$2" | sed "s/sys.version_info/(3, 7)/")\n'
                      f'exec {sys.executable} -c "$code"\n')
    python.chmod(0o755)
    done = make('install', PYTHON=python, VENV=tmp_path / 'venv')
    assert done.returncode != 0
    assert 'is Python 3.7, but 3.9 to 3.13 is supported' in done.stderr
    assert not (tmp_path / 'venv').exists()


def test_ci_runs_every_gate():
    script = ROOT / '.ci' / 'run'
    assert os.access(script, os.X_OK)
    subprocess.run(['bash', '-n', str(script)], check=True)
    lines = script.read_text().splitlines()
    assert 'set -euo pipefail' in lines
    targets = [line.split()[1] for line in lines if line.startswith('make ')]
    assert targets == ['lint', 'docs', 'test', 'demo']
    assert '--cov-fail-under=90' in script.read_text()
