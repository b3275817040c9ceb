"""Say at import what is installed beside the package, what is supported, and how to mend it.

Only the metadata of the installed distributions is read: importing torch, mmcv
and mmpretrain to ask for their versions would take seconds.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
import warnings
from typing import Mapping, Optional

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

__all__ = [
    'SKIP_VARIABLE', 'SUPPORTED', 'check_installation', 'find_problems', 'installed_versions'
]

SKIP_VARIABLE = 'SPIDEPTH_MM_SKIP_VERSION_CHECK'

# Importable name -> supported versions. requirements/*.txt must lie within.
SUPPORTED = {
    'torch': '>=2.6,<3',
    'torchvision': '>=0.21,<1',
    'mmengine': '>=0.10.4,<1',
    'mmcv': '>=2.0.0,<2.3',
    'mmpretrain': '>=1.2,<2',
}

# Distribution names that bring the importable `mmcv`. All unpack into one
# folder, so whichever was installed last has overwritten the other.
MMCV_DISTRIBUTIONS = ('mmcv', 'mmcv-lite', 'mmcv-full')

# torch 2.8 is the last one for Python 3.9. The versions are those of constraints.txt.
_TORCH_PAIR = ('2.11.0', '0.26.0') if sys.version_info >= (3, 10) else ('2.8.0', '0.23.0')
_MEND_TORCH = "pip install 'torch=={}' 'torchvision=={}'".format(*_TORCH_PAIR)

MEND = {
    'torch': _MEND_TORCH,
    'torchvision': _MEND_TORCH,
    'mmengine': "pip install 'mmengine==0.10.7'",
    'mmcv': "pip install 'mmcv-lite==2.1.0' (or, with compiled operators, "
            "mim install 'mmcv>=2.0.0,<2.2'; never both)",
    'mmpretrain': "pip install 'mmpretrain==1.2.0'",
}


def installed_versions() -> dict[str, Optional[str]]:
    """Read the version of each distribution that matters, ``None`` where there is none.

    A package that lies on ``sys.path`` without metadata (a source checkout)
    counts as version ``'unknown'``.
    """
    names = [name for name in SUPPORTED if name != 'mmcv']
    found = {name: _version(name) for name in (*names, *MMCV_DISTRIBUTIONS)}
    for name in SUPPORTED:
        distributions = MMCV_DISTRIBUTIONS if name == 'mmcv' else (name,)
        nothing = all(found[distribution] is None for distribution in distributions)
        if nothing and importlib.util.find_spec(name) is not None:
            found[name] = 'unknown'
    return found


def find_problems(installed: Mapping[str, Optional[str]],
                  torch_for_torchvision: Optional[str] = None) -> list[str]:
    """List what is missing or unsupported, one line a problem; empty where all is well.

    Args:
        installed: Distribution name -> version, as by ``installed_versions``.
        torch_for_torchvision: The versions of torch that the installed
            torchvision was built for, such as ``'==2.11.0'``.
    """
    problems = []
    for name, supported in SUPPORTED.items():
        distributions = MMCV_DISTRIBUTIONS if name == 'mmcv' else (name,)
        here = {dist: installed.get(dist) for dist in distributions if installed.get(dist)}
        if len(here) > 1:
            both = ' and '.join(f'{dist} {version}' for dist, version in here.items())
            problems.append(f'{both} are both installed and overwrite each other; keep one: '
                            f'pip uninstall -y {" ".join(here)}, then {MEND[name]}')
            continue
        if not here:
            problems.append(
                f'{name} is not installed (supported: {supported}); mend: {MEND[name]}')
            continue
        (dist, version), = here.items()
        if not _supports(supported, version):
            problems.append(f'{dist} {version} is installed, but {supported} is supported; '
                            f'mend: {_uninstall_old_mmcv(dist)}{MEND[name]}')
    torch = installed.get('torch')
    if torch and torch_for_torchvision and not _supports(torch_for_torchvision, torch):
        problems.append(
            f'torchvision {installed.get("torchvision")} was built for torch'
            f'{torch_for_torchvision}, but torch {torch} is installed; mend: {MEND["torch"]}')
    return problems


def check_installation() -> None:
    """Check the installed versions of the packages that this one stands on.

    Raises:
        ImportError: If one is missing, unsupported or does not fit another;
            the message has one line for each. With the environment variable
            ``SPIDEPTH_MM_SKIP_VERSION_CHECK=1`` it is a warning instead.
    """
    problems = find_problems(installed_versions(), _torch_for_torchvision())
    if not problems:
        return
    message = '\n  '.join(['spidepth_mm cannot work with what is installed:', *problems])
    if os.environ.get(SKIP_VARIABLE) == '1':
        warnings.warn(f'{message}\n  (going on, as {SKIP_VARIABLE}=1 asks)', stacklevel=2)
        return
    raise ImportError(f'{message}\nTo try it all the same: {SKIP_VARIABLE}=1')


def _version(distribution: str) -> Optional[str]:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _supports(specifiers: str, version: str) -> bool:
    try:
        # Nightly and alpha builds are judged by their number.
        return SpecifierSet(specifiers).contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True


def _uninstall_old_mmcv(distribution: str) -> str:
    """Installing mmcv-lite over another mmcv would leave both, so take the old one away."""
    needed = distribution in ('mmcv', 'mmcv-full')
    return f'pip uninstall -y {distribution}, then ' if needed else ''


def _torch_for_torchvision() -> Optional[str]:
    """Read from torchvision's metadata which torch it was compiled against."""
    try:
        requirements = importlib.metadata.requires('torchvision') or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for line in requirements:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.name == 'torch' and requirement.marker is None:
            return str(requirement.specifier) or None
    return None
