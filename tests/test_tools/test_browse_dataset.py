"""Looking at what training sees."""

import shutil

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from tiny import HEIGHT, WIDTH, runner_config, write_odometry

from spidepth_mm.apis.browsing import MODES, SampleBrowser, choose
from spidepth_mm.registry import DATASETS
from tools.visualization.browse_dataset import main

LABEL = 18
# The scene of write_odometry: a wall 5 m away, 2 pixels a frame at a focal length of 40.
STEP = 2 * 5 / 40


@pytest.fixture
def world(tmp_path):
    """The wall with its true poses; a config for it."""
    root = write_odometry(tmp_path / 'data')
    (root / 'poses').mkdir()
    rows = [f'1 0 0 {STEP * frame} 0 1 0 0 0 0 1 0' for frame in range(8)]
    (root / 'poses' / 'A.txt').write_text('\n'.join(rows) + '\n')
    config = tmp_path / 'config.py'
    Config(runner_config(root, tmp_path)).dump(config)
    return root, str(config)


def dataset_of(root, **changes):
    pipeline = [dict(type='LoadFrames'), dict(type='FlipFrames', prob=0.5),
                dict(type='PackDepthInputs')]
    return DATASETS.build(dict(dict(
        type='spidepth_mm.KITTIOdometryDataset', data_root=str(root), sequences=['A'],
        frame_offsets=(-1, 1, 's'), depth_dir='depth', pipeline=pipeline), **changes))


def test_motions_follow_the_flips(world):
    browser = SampleBrowser(dataset_of(world[0]))
    flipped = []
    for index in range(1, len(browser) - 1):
        stages = browser.stages(index)
        assert [stage.title for stage in stages] == [
            'LoadFrames', 'LoadDepthMap', 'FlipFrames', 'PackDepthInputs']
        loaded, last = stages[0], stages[-1]
        sign = 1 if (loaded.frames[0] == last.frames[0]).all() else -1
        flipped.append(sign < 0)
        assert loaded.motions[1][0, 3] == pytest.approx(-STEP)
        assert last.motions[1][0, 3] == pytest.approx(-sign * STEP)
        assert last.motions[-1][0, 3] == pytest.approx(sign * STEP)
        assert last.motions['s'][0, 3] == pytest.approx(-sign * 0.5)
        assert (last.gt_depth_map == 5).all()
    assert set(flipped) == {True, False}
    again = browser.stages(1)
    assert all((a == b).all() for a, b in zip(again[-1].frames, browser.stages(1)[-1].frames))


def test_without_poses_the_stereo_partner_alone_is_known(world):
    shutil.rmtree(world[0] / 'poses')
    browser = SampleBrowser(dataset_of(world[0], depth_dir=None))
    last = browser.stages(2)[-1]
    assert set(last.motions) == {'s'}
    assert last.gt_depth_map is None


def test_poses_beside_the_images_of_a_drive(tmp_path):
    from spidepth_mm.apis.browsing import known_poses
    drive = tmp_path / '2011_09_26' / 'drive'
    drive.mkdir(parents=True)
    (drive / 'poses.txt').write_text('1 0 0 0 0 1 0 0 0 0 1 0\n1 0 0 0 0 1 0 0 0 0 1 0.8\n')

    class Dataset:
        def get_data_info(self, index):
            return {}

    find = known_poses(Dataset())
    assert find(str(drive / 'image_02' / 'data' / '0000000001.jpg'))[2, 3] == 0.8
    assert find(str(drive / 'image_02' / 'data' / '0000000002.jpg')) is None
    assert find(str(drive / 'image_03' / 'data' / '0000000001.jpg')) is None
    assert find(str(tmp_path / 'x' / 'y' / 'image_02' / 'data' / '0000000001.jpg')) is None


def test_modes(world):
    stages = SampleBrowser(dataset_of(world[0])).stages(1)
    titles = {mode: [stage.title for stage in choose(stages, mode)] for mode in MODES}
    assert titles == dict(
        transformed=['PackDepthInputs'], original=['LoadDepthMap'],
        concat=['LoadDepthMap', 'PackDepthInputs'],
        pipeline=['LoadFrames', 'LoadDepthMap', 'FlipFrames', 'PackDepthInputs'])
    with pytest.raises(ValueError, match="Unknown mode 'x'"):
        choose(stages, 'x')


@pytest.mark.parametrize(('mode', 'rows'), [('transformed', 4), ('concat', 8), ('pipeline', 4)])
def test_pictures_are_written(world, tmp_path, capsys, mode, rows):
    _, config = world
    out = tmp_path / 'out'
    main([config, '-o', str(out), '--not-show', '-n', '3', '-m', mode, '--cfg-options',
          'train_dataloader.dataset.depth_dir=depth'])
    names = sorted(path.name for path in out.iterdir())
    assert names == ['000000_000001.png', '000002_000003.png', '000005_000006.png']
    picture = cv2.imread(str(out / names[1]))
    # The target, three sources and the ground truth; then a row for each source.
    assert picture.shape == (rows * (HEIGHT + LABEL), 5 * WIDTH, 3)
    assert str(out / names[0]) in capsys.readouterr().out


def test_the_true_warp_undoes_the_motion(world, tmp_path):
    _, config = world
    out = tmp_path / 'out'
    main([config, '-o', str(out), '--not-show', '-n', '3', '-m', 'original', '--cfg-options',
          'train_dataloader.dataset.depth_dir=depth'])
    picture = cv2.imread(str(out / '000002_000003.png')).astype(int)
    height = HEIGHT + LABEL
    target = picture[LABEL:height, :WIDTH]
    for row in (1, 2, 3):  # both neighbours and the partner
        warped = picture[row * height + LABEL:(row + 1) * height, WIDTH:2 * WIDTH]
        seen = warped.any(-1)
        assert 0.9 < seen.mean() < 1
        assert np.abs(warped - target)[seen].max() <= 1


def test_a_bad_file_is_passed_and_named(world, tmp_path):
    root, config = world
    (root / 'sequences' / 'A' / 'image_2' / '000001.png').write_bytes(b'\x89PNG broken')
    out = tmp_path / 'out'
    with pytest.raises(SystemExit) as stopped:
        main([config, '-o', str(out), '--not-show'])
    message = str(stopped.value.code)
    assert '2 of 6 samples cannot be read' in message
    assert '000001.png' in message
    assert len(list(out.iterdir())) == 4


@pytest.mark.parametrize(('arguments', 'message'), [
    (['-p', 'val', '--cfg-options', 'val_dataloader=None'], 'has no val_dataloader'),
    (['--cfg-options', 'train_dataloader.dataset.data_root=nowhere'], "no such folder: 'nowhere'")])
def test_bad_input_is_one_message(world, tmp_path, capsys, arguments, message):
    with pytest.raises(SystemExit) as stopped:
        main([world[1], '-o', str(tmp_path / 'out'), '--not-show', *arguments])
    assert stopped.value.code == 1
    assert message in capsys.readouterr().err


def test_a_missing_screen_is_said_at_once(world, monkeypatch, capsys):
    monkeypatch.delenv('DISPLAY', raising=False)
    monkeypatch.delenv('WAYLAND_DISPLAY', raising=False)
    monkeypatch.setattr('sys.platform', 'linux')
    with pytest.raises(SystemExit):
        main([world[1]])
    assert 'no screen' in capsys.readouterr().err


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--not-show'], 'without --output-dir'), (['-n', '0'], '--show-number must be positive'),
    (['-m', 'x'], "invalid choice: 'x'")])
def test_bad_arguments(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(['config.py', *arguments])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err
