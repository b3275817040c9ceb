"""The versions that the project promises to work with: ``nox -l`` lists, ``nox -s SESSION`` runs.

``pip install nox``, and the Pythons that should be tested. A Python that is not there is skipped.
"""

import nox

nox.options.sessions = ['tests']
PYTHONS = ['3.9', '3.10', '3.11', '3.12', '3.13']
CONSTRAINTS = {
    'oldest': ['-c', 'requirements/oldest.txt'],
    'pinned': ['-c', 'requirements/constraints.txt'],
    'newest': ['--upgrade'],
}
# The oldest numpy and scipy that are allowed have no wheels for newer Pythons.
COMBINATIONS = [(python, versions) for python in PYTHONS for versions in CONSTRAINTS
                if versions != 'oldest' or python in ('3.9', '3.10', '3.11')]

# Not by pip, which environments made by uv lack (`nox -db uv`, several times as fast).
VERSIONS = ('from importlib.metadata import distributions; '
            'print(*sorted("{Name}=={Version}".format_map(d.metadata) for d in distributions()))')


@nox.session
@nox.parametrize('python, versions', COMBINATIONS, ids=['-'.join(c) for c in COMBINATIONS])
def tests(session, versions):
    """Install with these versions and run the suite."""
    session.install(*CONSTRAINTS[versions], '-e', '.[lite,tests]')
    session.run('python', '-c', VERSIONS)
    session.run('python', '-m', 'pytest', *session.posargs)
