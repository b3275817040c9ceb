import pytest

from spidepth_mm.datasets.synthetic import ensure_world

TINY = dict(size=(160, 48), train_drives=1, val_drives=1, test_drives=1, frames=3)


@pytest.fixture(scope='session')
def tiny_parameters():
    return dict(TINY)


@pytest.fixture(scope='session')
def tiny_world(tmp_path_factory):
    """A whole world, small. Tests that change it must copy it."""
    return ensure_world(tmp_path_factory.mktemp('world'), seed=3, workers=1, progress=False,
                        **TINY)
