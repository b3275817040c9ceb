"""The converters as a person calls them: what they print and how they exit."""

import errno
import os
import shutil

import pytest
from miniatures import write_annotated_depth, write_cityscapes, write_kitti, write_make3d

from tools.dataset_converters import cityscapes, kitti, make3d

DRIVE = '2011_09_26/2011_09_26_drive_0001_sync'


@pytest.fixture
def root(tmp_path):
    return write_kitti(tmp_path / 'kitti', [(DRIVE, frame, side) for frame in range(4)
                                            for side in 'lr'])


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / 'mine.txt'
    path.write_text(f'{DRIVE} 1 l\n{DRIVE} 2 l\n')
    return str(path)


@pytest.mark.parametrize('tool', [kitti, cityscapes, make3d])
def test_help(tool, capsys):
    with pytest.raises(SystemExit) as error:
        tool.main(['--help'])
    assert error.value.code == 0
    assert tool.__doc__ in capsys.readouterr().out


def test_kitti_check(root, mine, tmp_path, capsys):
    command = ['check', str(root), '--ann-file', mine, '--frame-offsets', '-1', '1', 's',
               '--ground-truth', 'velodyne', '--out', str(tmp_path / 'report.txt')]
    assert kitti.main(command) == 0
    (root / DRIVE / 'image_02' / 'data' / '0000000003.png').unlink()
    capsys.readouterr()
    assert kitti.main(command) == 1
    out = capsys.readouterr().out
    assert out == (tmp_path / 'report.txt').read_text() == (
        f'mine.txt in {root}\n1 of 2 images are complete.\nframes missing in 1 folders:\n'
        f'  {DRIVE}/image_02/data: 3\n')


def test_kitti_depth_and_verify(root, mine, tmp_path, capsys):
    out = str(tmp_path / 'export')
    command = ['depth', str(root), out, '--ann-file', mine, '--depth-kind', 'camera_z',
               '--workers', '0']
    assert kitti.main(command) == 0
    printed = capsys.readouterr().out
    assert f'depth maps of mine.txt in {out}: 2 done' in printed
    assert '2 files from velodyne, depth is camera_z, npz' in printed
    assert kitti.main([*command, '--quiet']) == 0
    assert capsys.readouterr().out.startswith(f'depth maps of mine.txt in {out}: 2 skipped')
    assert kitti.main(['verify', out, '--quiet']) == 0
    next(iter((tmp_path / 'export').rglob('*.npz'))).write_bytes(b'')
    assert kitti.main(['verify', out, '--quiet']) == 1
    assert 'failed: ' in capsys.readouterr().out


def test_kitti_depth_counts_what_is_missing(root, mine, tmp_path, capsys):
    write_annotated_depth(tmp_path / 'depth', [(DRIVE, 1, 'l')])
    command = ['depth', str(root), str(tmp_path / 'out'), '--ann-file', mine, '--source',
               'annotated', '--depth-root', str(tmp_path / 'depth'), '--quiet']
    assert kitti.main(command) == 1
    printed = capsys.readouterr().out
    assert '1 done, 1 missing' in printed
    assert f'  missing: {DRIVE}/image_02/0000000002.npz (no ground truth on the disk)' in printed
    assert 'the export is not finished' in printed
    assert kitti.main([*command, '--allow-missing']) == 0


def test_kitti_images(root, tmp_path, capsys):
    command = ['images', str(root), str(tmp_path / 'out'), '--scale', '64', '32', '--quiet']
    assert kitti.main(command) == 0
    assert '8 done' in capsys.readouterr().out
    assert kitti.main(command) == 0
    assert '8 skipped (done before)' in capsys.readouterr().out
    assert kitti.main(['images', str(root), str(tmp_path / 'jpg'), '--quiet']) == 0
    assert "set links_outside='folders'" in capsys.readouterr().out


def test_kitti_wrong_level(root, mine, tmp_path, capsys):
    for given, hint in ((root.parent, str(root)), (root / DRIVE.split('/')[0], str(root)),
                        (root / DRIVE, str(root))):
        assert kitti.main(['check', str(given), '--ann-file', mine]) == 2
        assert f'The days lie in {hint!r}: give that.' in capsys.readouterr().err
    (tmp_path / 'empty' / 'a' / 'b').mkdir(parents=True)
    assert kitti.main(['images', str(tmp_path / 'empty' / 'a' / 'b'), 'out']) == 2
    assert 'has no day such as 2011_09_26 in it: give the folder' in capsys.readouterr().err
    assert kitti.main(['depth', str(tmp_path / 'none'), 'out']) == 2
    assert 'No such folder' in capsys.readouterr().err


def test_kitti_full_disk(root, mine, tmp_path, capsys, monkeypatch):
    def no_space(*args):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(os, 'replace', no_space)
    assert kitti.main(['depth', str(root), str(tmp_path / 'out'), '--ann-file', mine,
                       '--workers', '0', '--quiet']) == 2
    message = capsys.readouterr().err
    assert 'No space left on device' in message
    assert 'Make room and give the same command again' in message
    assert not [path for path in (tmp_path / 'out').rglob('*') if path.is_file()]


def test_bad_calibration_is_one_line(root, mine, tmp_path, capsys):
    path = root / '2011_09_26' / 'calib_cam_to_cam.txt'
    path.write_text(path.read_text().replace('P_rect_02', 'P_02'))
    assert kitti.main(['depth', str(root), str(tmp_path / 'out'), '--ann-file', mine]) == 2
    assert 'calib_cam_to_cam.txt: calibration without P_rect_02' in capsys.readouterr().err


def test_cityscapes(tmp_path, capsys):
    root = write_cityscapes(tmp_path / 'cs', 'train', [('ulm', '000000', 0)], num_frames=8)
    write_cityscapes(root, 'test', [('bonn', '000000', 0)], videos=False)
    assert cityscapes.main(['check', str(root), '--split', 'train', 'test']) == 0
    assert 'train: 1 of 2975 camera files' in capsys.readouterr().out
    command = ['images', str(root), str(tmp_path / 'out'), '--scale', '64', '32', '--quiet']
    assert cityscapes.main(command) == 0
    assert '8 done' in capsys.readouterr().out
    shutil.rmtree(root / 'disparity' / 'test')
    assert cityscapes.main(['check', str(root)]) == 1
    assert '1 lack their disparity: bonn_000000_000019' in capsys.readouterr().out
    assert cityscapes.main(['check', str(tmp_path / 'none')]) == 2


def test_make3d(tmp_path, capsys):
    root = write_make3d(tmp_path / 'make3d')
    assert make3d.main([str(root), '--quiet']) == 0
    printed = capsys.readouterr().out
    assert '3 done' in printed
    assert 'The test set has 134 pictures, here are 3' in printed
    assert make3d.main([str(root / 'Test134'), '--quiet']) == 2
    assert f'Test134 and Gridlaserdata lie in {str(root)!r}' in capsys.readouterr().err
