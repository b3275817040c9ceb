"""Package metadata, and the folders that `mim` looks for inside an installed package."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
MIM_PARTS = ('configs', 'tools', 'model-index.yml')


def read_version() -> str:
    """Read the version without importing the package, which needs torch and mmengine."""
    text = (ROOT / 'spidepth_mm/version.py').read_text(encoding='utf-8')
    return re.search(r"^__version__ = '([^']+)'$", text, re.MULTILINE).group(1)


def read_requirements(name: str) -> list[str]:
    """Read the requirements of ``requirements/<name>.txt``, without comments."""
    lines = (ROOT / f'requirements/{name}.txt').read_text(encoding='utf-8').splitlines()
    stripped = (line.partition('#')[0].strip() for line in lines)
    return [line for line in stripped if line]


def read_readme() -> str:
    readme = ROOT / 'README.md'
    return readme.read_text(encoding='utf-8') if readme.exists() else ''


class BuildWithMim(build_py):
    """Put configs, tools and the model index into ``spidepth_mm/.mim``.

    That is where `mim train`, `mim search` and the like read an OpenMMLab
    package's files. A wheel gets copies. An editable install gets links, so
    that an edited config counts at once; copies where links are not allowed.
    """

    def run(self) -> None:
        super().run()
        base = ROOT if self.editable_mode else Path(self.build_lib)
        mim = base / 'spidepth_mm' / '.mim'
        if mim.exists():
            shutil.rmtree(mim)
        mim.mkdir(parents=True)
        for part in MIM_PARTS:
            if (ROOT / part).exists():
                self._place(ROOT / part, mim / part)

    def _place(self, source: Path, target: Path) -> None:
        if self.editable_mode:
            link = Path('..', '..', source.name)
            try:
                target.symlink_to(link, target_is_directory=source.is_dir())
                return
            except OSError:  # Windows without the right to make links
                pass
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns('__pycache__'))
        else:
            shutil.copy2(source, target)


if __name__ == '__main__':
    setup(
        name='spidepth_mm',
        version=read_version(),
        description='Self-supervised monocular depth with SPIdepth, for the OpenMMLab family',
        long_description=read_readme(),
        long_description_content_type='text/markdown',
        license='Apache-2.0',
        keywords='computer vision, depth estimation, self-supervised learning, OpenMMLab',
        classifiers=[
            'Development Status :: 3 - Alpha',
            'Intended Audience :: Science/Research',
            'Operating System :: OS Independent',
            'Programming Language :: Python :: 3',
            'Topic :: Scientific/Engineering :: Image Recognition',
        ],
        packages=find_packages(include=['spidepth_mm', 'spidepth_mm.*']),
        package_data={'': ['*.csv', '*.json', '*.txt', '*.yaml', '*.yml']},
        python_requires='>=3.9,<3.14',
        install_requires=read_requirements('runtime'),
        extras_require={
            'lite': read_requirements('lite'),
            'mim': read_requirements('mminstall'),
            'export': read_requirements('export'),
            'web': read_requirements('web'),
            'tests': read_requirements('tests'),
            'docs': read_requirements('docs'),
            'optional': read_requirements('optional'),
        },
        cmdclass={'build_py': BuildWithMim},
        zip_safe=False,
    )
