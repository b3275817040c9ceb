import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from spidepth_mm.utils import versions
from spidepth_mm.utils.versions import SUPPORTED, check_installation, find_problems

ROOT = Path(__file__).resolve().parents[2]

GOOD = {
    'torch': '2.11.0',
    'torchvision': '0.26.0',
    'mmengine': '0.10.7',
    'mmcv-lite': '2.1.0',
    'mmpretrain': '1.2.0',
}


@pytest.fixture
def broken(monkeypatch):
    monkeypatch.setattr(versions, 'installed_versions', lambda: {**GOOD, 'mmengine': '0.7.0'})
    monkeypatch.setattr(versions, '_torch_for_torchvision', lambda: None)


def without(*names):
    return {name: version for name, version in GOOD.items() if name not in names}


@pytest.mark.parametrize('installed', [
    GOOD,
    {**GOOD, 'torch': '2.11.0+cu130'},
    {**GOOD, 'torch': '2.15.0.dev20261101'},
    {**without('mmcv-lite'), 'mmcv': '2.2.0'},
    {**GOOD, 'mmengine': 'unknown'},
])
def test_supported_versions_pass(installed):
    assert find_problems(installed, '==2.11.0' if installed is GOOD else None) == []


@pytest.mark.parametrize(('name', 'version'), [
    ('torch', '2.5.1'),
    ('torch', '3.0.0'),
    ('torchvision', '0.20.1'),
    ('mmengine', '0.10.3'),
    ('mmengine', '1.0.0'),
    ('mmcv-lite', '2.0.0rc4'),
    ('mmcv-lite', '2.3.0'),
    ('mmpretrain', '1.0.2'),
])
def test_unsupported_version_says_found_supported_and_mend(name, version):
    problem, = find_problems({**GOOD, name: version})
    supported = SUPPORTED['mmcv' if name == 'mmcv-lite' else name]
    assert f'{name} {version} is installed' in problem
    assert f'{supported} is supported' in problem
    assert 'pip install' in problem


@pytest.mark.parametrize('name', ['torch', 'torchvision', 'mmengine', 'mmpretrain'])
def test_missing_package_is_named(name):
    problem, = find_problems(without(name))
    assert problem.startswith(f'{name} is not installed')
    assert f"pip install '{name}==" in problem or f"'{name}==" in problem


def test_missing_mmcv_offers_lite_and_full():
    problem, = find_problems(without('mmcv-lite'))
    assert problem.startswith('mmcv is not installed')
    assert "pip install 'mmcv-lite==2.1.0'" in problem
    assert "mim install 'mmcv>=2.0.0,<2.2'" in problem


def test_mmcv_beside_mmcv_lite_is_refused():
    problem, = find_problems({**GOOD, 'mmcv': '2.1.0'})
    assert 'mmcv 2.1.0 and mmcv-lite 2.1.0 are both installed' in problem
    assert 'pip uninstall -y mmcv mmcv-lite' in problem


def test_old_full_mmcv_is_taken_away_before_lite_comes():
    problem, = find_problems({**without('mmcv-lite'), 'mmcv-full': '1.7.2'})
    assert 'mmcv-full 1.7.2 is installed' in problem
    assert 'pip uninstall -y mmcv-full, then pip install' in problem


def test_torch_that_torchvision_was_not_built_for():
    problem, = find_problems({**GOOD, 'torch': '2.13.0+cpu'}, '==2.11.0')
    assert 'torchvision 0.26.0 was built for torch==2.11.0, but torch 2.13.0+cpu' in problem


def test_every_problem_has_its_line():
    assert len(find_problems({})) == len(SUPPORTED)


def test_this_environment_passes():
    check_installation()


def test_import_error_lists_the_problems(broken, monkeypatch):
    monkeypatch.delenv(versions.SKIP_VARIABLE, raising=False)
    with pytest.raises(ImportError, match=r'mmengine 0\.7\.0 is installed') as caught:
        check_installation()
    assert f'{versions.SKIP_VARIABLE}=1' in str(caught.value)


def test_skip_variable_turns_the_error_into_a_warning(broken, monkeypatch):
    monkeypatch.setenv(versions.SKIP_VARIABLE, '1')
    with pytest.warns(UserWarning, match=r'mmengine 0\.7\.0 is installed'):
        check_installation()


def test_import_is_light():
    code = ('import sys, spidepth_mm; '
            'print([m for m in ("torch", "mmcv", "mmpretrain", "mmengine") if m in sys.modules])')
    env = {**os.environ, 'PYTHONPATH': str(ROOT)}
    done = subprocess.run([sys.executable, '-c', code], env=env, capture_output=True, text=True)
    assert done.stdout.strip() == '[]', done.stderr


def read_requirements(name):
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [Requirement(line.split('#')[0]) for line in lines if line.split('#')[0].strip()]


@pytest.mark.parametrize('name', ['runtime', 'lite', 'mminstall'])
def test_what_the_requirements_ask_for_is_supported(name):
    """The bounds in requirements/ are no wider than the check at import."""
    for requirement in read_requirements(name):
        supported = SUPPORTED.get('mmcv' if requirement.name == 'mmcv-lite' else requirement.name)
        if supported is None:
            continue
        lower = {s.version for s in requirement.specifier if s.operator == '>='}
        assert all(SpecifierSet(supported).contains(version) for version in lower), requirement
        lower_of_check = {s.version for s in SpecifierSet(supported) if s.operator == '>='}
        assert all(requirement.specifier.contains(version) for version in lower_of_check)


def test_the_advice_is_what_the_constraints_pin():
    pinned = {(r.name, str(r.specifier)) for r in read_requirements('constraints')
              if r.marker is None or r.marker.evaluate()}
    for advice in versions.MEND.values():
        for name, version in re.findall(r"'([a-z-]+)(==[\d.]+)'", advice):
            assert (name, version) in pinned
