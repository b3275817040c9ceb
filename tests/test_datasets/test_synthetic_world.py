import sys
from types import SimpleNamespace

import pytest

from spidepth_mm.datasets import DatasetNotFoundError, SyntheticWorldDataset


@pytest.fixture
def rendered(kitti_raw, drive, monkeypatch):
    """A stand-in for the renderer: writes a miniature and notes how it was asked."""
    calls = []

    def ensure_world(root, **kwargs):
        calls.append((root, kwargs))
        world = kitti_raw(root='world')
        (world / 'splits').mkdir(exist_ok=True)
        for name, frame in (('train', 2), ('test', 3)):
            (world / 'splits' / f'{name}.txt').write_text(f'{drive.entry} {frame} l\n')
        return world

    monkeypatch.setitem(sys.modules, 'spidepth_mm.datasets.synthetic',
                        SimpleNamespace(ensure_world=ensure_world))
    return calls


def test_renders_and_reads(rendered, tmp_path):
    root = str(tmp_path / 'world')
    dataset = SyntheticWorldDataset(root, seed=3, world=dict(size=(128, 64)),
                                    ground_truth='velodyne')
    assert rendered == [(root, dict(seed=3, size=(128, 64)))]
    assert dataset.get_data_info(0)['img_path'].endswith('image_02/data/0000000002.png')
    assert 'depth_map_path' in dataset.get_data_info(0)
    dataset = SyntheticWorldDataset(root, split='test', frame_offsets=('s', ))
    info = dataset.get_data_info(0)
    assert info['source_paths'][0].endswith('image_03/data/0000000003.png')
    assert dataset.ground_truth == 'annotated'


def test_unknown_split(rendered, tmp_path):
    with pytest.raises(ValueError, match=r"Unknown split 'val'. .* are test, train"):
        SyntheticWorldDataset(str(tmp_path / 'world'), split='val')


def test_lazy_init_does_not_render(rendered, tmp_path):
    dataset = SyntheticWorldDataset(str(tmp_path / 'world'), lazy_init=True)
    assert rendered == []
    dataset.full_init()
    assert len(rendered) == 1


def test_a_folder_that_is_no_world(tmp_path, monkeypatch):
    # What the renderer leaves alone must still look like one.
    (tmp_path / 'world' / 'splits').mkdir(parents=True)
    (tmp_path / 'world' / 'splits' / 'train.txt').write_text('2011_09_26_drive_0001_sync 2 l\n')
    monkeypatch.setitem(sys.modules, 'spidepth_mm.datasets.synthetic',
                        SimpleNamespace(ensure_world=lambda root, **kwargs: root))
    with pytest.raises(DatasetNotFoundError, match='not laid out as expected'):
        SyntheticWorldDataset(str(tmp_path / 'world'))
