import errno
import json
import os
import resource
import shutil
import signal

import numpy as np
import pytest
from miniatures import KITTI_SIZE, write_annotated_depth, write_kitti

from spidepth_mm.datasets import DatasetNotFoundError, KITTIDataset
from spidepth_mm.datasets.converters.depth_export import export_depth, verify_export
from spidepth_mm.datasets.depth_io import read_depth
from spidepth_mm.datasets.splits import SplitEntry

DRIVE = '2011_09_26/2011_09_26_drive_0001_sync'
ENTRIES = [SplitEntry(DRIVE, frame, 'l') for frame in (5, 3, 8)]
PIPELINE = [dict(type='LoadFrames'), dict(type='LoadDepthMap'), dict(type='PackDepthInputs')]


@pytest.fixture
def root(tmp_path):
    return write_kitti(tmp_path / 'kitti', ENTRIES)


@pytest.fixture
def export(root, tmp_path):
    """``export(**changes)``: exports to ``tmp_path/export``; gives the outcomes' statuses."""

    def run(entries=ENTRIES, out='export', **changes):
        kwargs = dict(data_root=str(root), out=str(tmp_path / out), entries=entries,
                      list_name='mine', progress=False)
        kwargs.update(changes)
        return [outcome.status for outcome in export_depth(**kwargs)]

    return run


def _load(root, split_file, **kwargs):
    path = split_file([f'{entry.drive} {entry.frame} {entry.side}' for entry in ENTRIES])
    dataset = KITTIDataset(str(root), ann_file=path, frame_offsets=(), test_mode=True,
                           pipeline=PIPELINE, **kwargs)
    return [dataset[index]['data_samples'] for index in range(len(dataset))]


@pytest.mark.parametrize('kind', ['velodyne_x', 'camera_z'])
@pytest.mark.parametrize('coding', ['npz', 'png'])
@pytest.mark.parametrize('workers', [0, 2])
def test_is_what_the_dataset_would_project(export, root, tmp_path, split_file, kind, coding,
                                           workers):
    assert export(depth_kind=kind, coding=coding, workers=workers) == ['done'] * 3
    direct = _load(root, split_file, ground_truth='velodyne', depth_kind=kind)
    exported = _load(root, split_file, ground_truth='exported',
                     depth_root=str(tmp_path / 'export'))
    for ours, expected in zip(exported, direct):
        assert (expected.gt_depth_map.data > 0).sum() > 100
        atol = 0.5 / 256 + 1e-6 if coding == 'png' else 0
        np.testing.assert_allclose(ours.gt_depth_map.data, expected.gt_depth_map.data, rtol=0,
                                   atol=atol)
        assert ours.depth_kind == kind


def test_manifest(export, tmp_path):
    export()
    manifest = json.loads((tmp_path / 'export' / 'manifest.json').read_text())
    name = f'{DRIVE}/image_02/0000000003.npz'
    assert {key: manifest[key] for key in ('source', 'depth_kind', 'coding', 'list', 'complete',
                                           'missing')} == dict(
        source='velodyne', depth_kind='velodyne_x', coding='npz', list='mine', complete=True,
        missing=[])
    entry = manifest['files'][name]
    depth = read_depth(str(tmp_path / 'export' / name))
    assert entry['shape'] == list(depth.shape) == list(KITTI_SIZE[::-1])
    assert entry['points'] == np.count_nonzero(depth)
    assert len(entry['sha256']) == 64


def test_annotated(export, root, tmp_path, split_file):
    write_annotated_depth(tmp_path / 'depth', ENTRIES)
    for coding in ('npz', 'png'):  # both are exact: the archive has 16 bits itself
        assert export(out=coding, source='annotated', coding=coding,
                      depth_root=str(tmp_path / 'depth')) == ['done'] * 3
        ours = _load(root, split_file, ground_truth='exported', depth_root=str(tmp_path / coding))
        direct = _load(root, split_file, ground_truth='annotated',
                       depth_root=str(tmp_path / 'depth'))
        np.testing.assert_array_equal(ours[0].gt_depth_map.data, direct[0].gt_depth_map.data)
        assert ours[0].depth_kind == 'camera_z'


def test_goes_on_where_it_was_stopped(export, tmp_path):
    export(entries=ENTRIES[:2])
    first = tmp_path / 'export' / DRIVE / 'image_02' / '0000000005.npz'
    stamp = first.stat().st_mtime_ns
    assert export() == ['skipped', 'skipped', 'done']
    assert first.stat().st_mtime_ns == stamp
    first.write_bytes(first.read_bytes()[:-20])  # damaged since
    assert export() == ['done', 'skipped', 'skipped']
    assert len(json.loads((tmp_path / 'export' / 'manifest.json').read_text())['files']) == 3


def test_other_settings_need_another_folder(export):
    export()
    with pytest.raises(ValueError, match="holds an export with depth_kind 'velodyne_x', not 'came"):
        export(depth_kind='camera_z')
    with pytest.raises(ValueError, match=r"Unknown source 'lidar'. Valid values are velodyne, ann"):
        export(source='lidar')


def test_missing_ground_truth(export, root, tmp_path):
    (root / DRIVE / 'velodyne_points' / 'data' / '0000000003.bin').unlink()
    assert export() == ['done', 'missing', 'done']
    manifest = json.loads((tmp_path / 'export' / 'manifest.json').read_text())
    assert manifest['missing'] == [f'{DRIVE}/image_02/0000000003.npz']
    assert not manifest['complete']
    export(allow_missing=True)
    assert json.loads((tmp_path / 'export' / 'manifest.json').read_text())['complete']


def test_all_ground_truth_is_missing(export, root, tmp_path):
    write_annotated_depth(tmp_path / 'depth', ENTRIES)
    with pytest.raises(DatasetNotFoundError, match='give its folder, which has train/ and val/'):
        export(source='annotated')
    for given in (tmp_path / 'depth' / 'val', tmp_path, tmp_path / 'depth' / 'val' / 'x'):
        with pytest.raises(DatasetNotFoundError, match=f"They lie in '{tmp_path}/depth': give"):
            export(source='annotated', depth_root=str(given))
    shutil.rmtree(root / DRIVE / 'velodyne_points')
    with pytest.raises(DatasetNotFoundError, match=r'have no velodyne_points/data. Unpack their'):
        export()
    assert not (tmp_path / 'export').exists()


def test_truncated_files_are_named_and_the_others_exported(root, tmp_path):
    path = root / DRIVE / 'velodyne_points' / 'data' / '0000000003.bin'
    path.write_bytes(path.read_bytes()[:-3])
    write_annotated_depth(tmp_path / 'depth', ENTRIES)
    png = next((tmp_path / 'depth').rglob('0000000003.png'))
    png.write_bytes(png.read_bytes()[:-20])
    for source, name in (('velodyne', path), ('annotated', png)):
        outcomes = export_depth(str(root), str(tmp_path / source), ENTRIES, 'mine', source,
                                depth_root=str(tmp_path / 'depth'), progress=False)
        assert [outcome.status for outcome in outcomes] == ['done', 'failed', 'done']
        assert outcomes[1].name == str(name)
        assert 'truncated' in outcomes[1].note
        manifest = json.loads((tmp_path / source / 'manifest.json').read_text())
        assert not manifest['complete']


@pytest.mark.parametrize('workers', [0, 2])
def test_full_disk(export, tmp_path, workers):
    """A file size limit stands for it; nothing half is left, and the rest is made later."""
    export(entries=ENTRIES[:1])
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (800, limits[1]))
        with pytest.raises(OSError) as error:
            export(entries=[ENTRIES[0], *[entry for entry in ENTRIES[1:] for _ in range(8)]],
                   workers=workers)
        assert error.value.errno == errno.EFBIG
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    left = [path for path in (tmp_path / 'export').rglob('*') if path.is_file()]
    assert sorted(path.name for path in left) == ['0000000005.npz', 'manifest.json']
    assert export() == ['skipped', 'done', 'done']
    assert not list((tmp_path / 'export').rglob('*.part'))


def test_full_disk_at_the_last_moment(export, tmp_path, monkeypatch):
    def no_space(*args):
        raise OSError(errno.ENOSPC, 'No space left on device')

    export(entries=ENTRIES[:1])
    before = (tmp_path / 'export' / 'manifest.json').read_bytes()
    monkeypatch.setattr(os, 'replace', no_space)
    with pytest.raises(OSError, match='No space left'):
        export()
    assert (tmp_path / 'export' / 'manifest.json').read_bytes() == before
    assert not list((tmp_path / 'export').rglob('*.part'))


def test_calibration(export, root):
    day = root / '2011_09_26'
    text = (day / 'calib_cam_to_cam.txt').read_text()
    (day / 'calib_cam_to_cam.txt').write_text(text.replace('P_rect_02', 'Q_rect_02'))
    with pytest.raises(ValueError, match=r'calib_cam_to_cam.txt: calibration without P_rect_02'):
        export()
    (day / 'calib_cam_to_cam.txt').unlink()
    with pytest.raises(DatasetNotFoundError, match=r'unpack 2011_09_26_calib.zip'):
        export()


def test_size_comes_from_calibration_or_image(export, root, tmp_path):
    shutil.rmtree(root / DRIVE / 'image_02')
    assert export() == ['done'] * 3  # S_rect says it
    day = root / '2011_09_26'
    text = (day / 'calib_cam_to_cam.txt').read_text()
    (day / 'calib_cam_to_cam.txt').write_text(text.replace('S_rect_02', 'T_rect_02'))
    assert export(out='other') == ['failed'] * 3


def test_resized_images_are_not_exported_from(export, root, image_writer):
    image_writer(root / DRIVE / 'image_02' / 'data' / '0000000003.png', size=(62, 18))
    outcomes = export_depth(str(root), str(root / 'out'), ENTRIES, 'mine', progress=False)
    assert outcomes[1].note == ('62x18 pixels, but its calibration is for 124x37: export from '
                                'the original images')


def test_verify(export, tmp_path):
    export()
    out = str(tmp_path / 'export')
    assert [o.status for o in verify_export(out, progress=False)] == ['done'] * 3
    folder = tmp_path / 'export' / DRIVE / 'image_02'
    (folder / '0000000003.npz').write_bytes((folder / '0000000005.npz').read_bytes())
    (folder / '0000000008.npz').unlink()
    statuses = {o.name[-14:]: o.status for o in verify_export(out, progress=False)}
    assert statuses == {'0000000005.npz': 'done', '0000000003.npz': 'failed',
                        '0000000008.npz': 'missing'}


@pytest.mark.parametrize('camera', [2, 3])
@pytest.mark.parametrize('kind', ['velodyne_x', 'camera_z'])
def test_real_scan(real_data, tmp_path, camera, kind):
    """The export of the real scan has the reference's depth, pixel by pixel."""
    reference = real_data.parent / 'reference' / 'kitti_scan_depth.npz'
    if not reference.is_file():
        pytest.skip(f'no {reference}')
    day = tmp_path / 'kitti' / '2011_09_26'
    scans = tmp_path / 'kitti' / DRIVE / 'velodyne_points' / 'data'
    scans.mkdir(parents=True)
    for name in ('calib_cam_to_cam.txt', 'calib_velo_to_cam.txt'):
        shutil.copy(real_data / 'kitti_scan' / name, day / name)
    shutil.copy(real_data / 'kitti_scan' / 'scan.bin', scans / '0000000001.bin')
    entries = [SplitEntry(DRIVE, 1, {2: 'l', 3: 'r'}[camera])]
    outcomes = export_depth(str(tmp_path / 'kitti'), str(tmp_path / 'out'), entries, 'one',
                            depth_kind=kind, progress=False)
    depth = read_depth(str(tmp_path / 'out' / outcomes[0].name))
    with np.load(reference) as arrays:
        prefix = f'cam{camera}_{kind}_'
        rows, cols = arrays[prefix + 'rows'], arrays[prefix + 'cols']
        expected = np.zeros(arrays['shape'], np.float32)
        expected[rows, cols] = arrays[prefix + 'depth']
    np.testing.assert_array_equal(depth > 0, expected > 0)
    if kind == 'velodyne_x':
        np.testing.assert_array_equal(depth, expected)
    else:  # the reference's product of matrices rounds in another order
        np.testing.assert_allclose(depth, expected, rtol=1e-6)
