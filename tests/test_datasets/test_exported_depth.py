import json

import numpy as np
import pytest

from spidepth_mm.datasets import DatasetNotFoundError, KITTIDataset
from spidepth_mm.datasets.depth_io import write_sparse_depth
from spidepth_mm.datasets.exported_depth import FORMAT, MANIFEST, exported_name
from spidepth_mm.datasets.splits import SplitEntry

PIPELINE = [dict(type='LoadFrames'), dict(type='LoadDepthMap'), dict(type='PackDepthInputs')]


@pytest.fixture
def export(tmp_path, drive):
    """Depth of frame 2 (20 m) and 3 (30 m), as camera z."""
    folder = tmp_path / 'export'
    files = {}
    for frame in (2, 3):
        name = exported_name(drive.date, drive.name, SplitEntry(drive.entry, frame, 'l'), 'npz')
        files[name] = {}
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_sparse_depth(str(folder / name), np.full((37, 124), 10.0 * frame))
    manifest = dict(format=FORMAT, depth_kind='camera_z', coding='npz', complete=True, files=files)
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder


def test_reads_an_export(kitti_raw, split_file, drive, export, logged):
    path = split_file([f'{drive.entry} {frame} l' for frame in (3, 1, 2)])
    dataset = KITTIDataset(str(kitti_raw()), ann_file=path, frame_offsets=(), pipeline=PIPELINE,
                           ground_truth='exported', depth_root=str(export), test_mode=True)
    samples = [dataset[index]['data_samples'] for index in range(3)]
    assert [float(samples[i].gt_depth_map.data.max()) for i in (0, 2)] == [30, 20]
    assert 'gt_depth_map' not in samples[1]
    assert samples[0].depth_kind == 'camera_z'
    assert '2 of 3 samples have ground truth' in logged[0]


def test_reads_monodepth2s_file(kitti_raw, split_file, drive, tmp_path):
    maps = np.empty(2, dtype=object)
    maps[:] = [np.full((37, 124), 5, np.float32), np.full((36, 120), 6, np.float32)]
    np.savez_compressed(tmp_path / 'gt_depths.npz', data=maps)
    kwargs = dict(data_root=str(kitti_raw()), frame_offsets=(), ground_truth='exported',
                  depth_root=str(tmp_path / 'gt_depths.npz'), test_mode=True, pipeline=PIPELINE)
    lines = [f'{drive.entry} {frame} l' for frame in (3, 1)]
    dataset = KITTIDataset(ann_file=split_file(lines), **kwargs)
    assert [float(dataset[i]['data_samples'].gt_depth_map.data.max()) for i in (0, 1)] == [5, 6]
    with pytest.raises(ValueError, match='has 2 depth maps, but the list has 1 images'):
        KITTIDataset(ann_file=split_file(lines[:1]), **kwargs)


def test_unfinished_absent_and_damaged_exports(kitti_raw, split_file, drive, export, tmp_path):
    kwargs = dict(data_root=str(kitti_raw()), ann_file=split_file([f'{drive.entry} 2 l']),
                  frame_offsets=(), ground_truth='exported')
    path = export / MANIFEST
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(dict(manifest, complete=False)))
    with pytest.raises(DatasetNotFoundError, match=r'is not finished. Run `python tools/'):
        KITTIDataset(depth_root=str(export), **kwargs)
    path.write_text(json.dumps(dict(manifest, format='other')))
    with pytest.raises(ValueError, match='expected format'):
        KITTIDataset(depth_root=str(export), **kwargs)
    path.write_text('{"format"')
    with pytest.raises(ValueError, match=r'manifest.json: damaged'):
        KITTIDataset(depth_root=str(export), **kwargs)
    with pytest.raises(DatasetNotFoundError, match=r'it has no manifest.json. Make one with'):
        KITTIDataset(depth_root=str(tmp_path), **kwargs)
    with pytest.raises(ValueError, match="ground_truth='exported' needs depth_root"):
        KITTIDataset(**kwargs)
