"""Runs of the ablation: their settings, their results, and the page."""

import json
from pathlib import Path

import pytest

from spidepth_mm.apis import ablation_page
from spidepth_mm.apis.ablation import fingerprint, read_results, result_path, run_config
from spidepth_mm.apis.ablation_page import compare, spread, write_page

CONFIGS = str(Path(__file__).parents[2] / 'configs/spidepth/ablation')
MACHINE = dict(processor='A processor', cores=2, python='3.11', torch='2.11')


def config(row='spi_ms', *options):
    return run_config(f'{CONFIGS}/{row}.py', ['randomness.seed=0', *options])


def test_options_are_read_as_by_the_tools():
    cfg = config('spi_m', 'train_cfg.max_iters=2', 'train_dataloader.dataset.frame_offsets=(1,)')
    assert cfg.train_cfg.max_iters == 2
    assert cfg.train_dataloader.dataset.frame_offsets == (1, )


def test_settings_are_named_by_what_decides_the_result():
    name = fingerprint(config())
    assert name == fingerprint(config(
        'spi_ms', 'train_dataloader.dataset.data_root=elsewhere', 'train_dataloader.num_workers=7',
        'test_dataloader.dataset.data_root=elsewhere', 'default_hooks.logger.interval=1'))
    others = [config('pose_cnn_ms'), config('spi_ms', 'randomness.seed=1'),
              config('spi_ms', 'train_cfg.max_iters=2'),
              config('spi_ms', 'optim_wrapper.optimizer.lr=1'),
              config('spi_ms', 'custom_hooks.3.settings.0.until=7')]
    assert len({name, *map(fingerprint, others)}) == 6


def test_rows_differ_in_what_their_name_says_alone():
    base, pose_cnn = config('spi_ms'), config('pose_cnn_ms')
    assert pose_cnn.model.pose_net == dict(type='PoseCNN')
    pose_cnn.model.pose_net = base.model.pose_net
    assert fingerprint(pose_cnn) == fingerprint(base)
    for row in ('spi_ms_smaller_encoder', 'spi_ms_larger_encoder'):
        other = config(row)
        assert other.model.backbone.arch != base.model.backbone.arch
        other.model.backbone, other.model.neck = base.model.backbone, base.model.neck
        assert fingerprint(other) == fingerprint(base)
    mono, pose_cnn = config('spi_m'), config('pose_cnn_m')
    pose_cnn.model.pose_net = mono.model.pose_net
    assert fingerprint(pose_cnn) == fingerprint(mono)


def test_a_result_of_other_settings_is_not_taken(tmp_path):
    cfg = config()
    path = Path(result_path(str(tmp_path), 'spi_ms', 0, cfg))
    assert not path.exists()
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(dict(settings=fingerprint(cfg))))
    assert result_path(str(tmp_path), 'spi_ms', 0, cfg) == str(path)
    with pytest.raises(ValueError, match='Give another --work-dir'):
        result_path(str(tmp_path), 'spi_ms', 0, config('spi_ms', 'train_cfg.max_iters=2'))


def result(row, seed, abs_rel, ate, scalings=('median', 'none')):
    errors = dict(abs_rel=abs_rel, rmse=5., a1=.8, constant_abs_rel=.4, row_median_abs_rel=.3)
    pose = dict(ate=1., ate_5frames=ate, rpe_trans=.1, rpe_rot=.2, scale=1., num_frames=11)
    return dict(
        row=row, seed=seed, settings='x', threads=1, iterations=250, batch_size=4,
        cpu_seconds=None if seed else 500., parameters=dict(depth=5000000, pose=2000000),
        depth=[dict(protocol='stereo', scaling=scaling, num_images=36, errors=errors)
               for scaling in scalings],
        poses={'drive': dict(none=pose, scale=pose)}, machine=MACHINE)


@pytest.fixture
def page(tmp_path, monkeypatch):
    """The page of some results, as text."""
    monkeypatch.setattr(ablation_page, 'straight_ahead_errors',
                        lambda root: result('', 0, 1, .01)['poses'])
    (tmp_path / 'world/splits').mkdir(parents=True)
    (tmp_path / 'world/splits/train.txt').write_text('a 1 l\na 2 l\n')

    def write(*results):
        for content in results:
            folder = tmp_path / 'runs' / content['row'] / f'seed_{content["seed"]}'
            folder.mkdir(parents=True, exist_ok=True)
            (folder / 'result.json').write_text(json.dumps(content))
        rows = ('pose_cnn_ms', 'spi_ms', 'pose_cnn_m', 'spi_m')
        found = read_results(str(tmp_path / 'runs'), rows, (0, 1))
        write_page(str(tmp_path / 'page.md'), found, CONFIGS, str(tmp_path / 'world'))
        return (tmp_path / 'page.md').read_text()

    return write


def test_page_says_what_the_numbers_say(page):
    text = page(result('pose_cnn_ms', 0, .20, .02), result('pose_cnn_ms', 1, .22, .04),
                result('spi_ms', 0, .10, .03), result('spi_ms', 1, .12, .05))
    assert '- With SPI (MS) abs_rel is lower in every run: 0.1100 +- 0.0141 against 0.2100' in text
    assert '- With SPI (MS) 5-frame ATE is no different as far as these runs can tell' in text
    assert '- Not run yet: pose_cnn_m, spi_m, ' in text
    assert 'ranges that do not overlap in 33% of cases' in text
    assert '| spi_ms | 2 | 0.1100 +- 0.0141 | 5.00 +- 0.00 |' in text
    assert '| *constant depth* | - | 0.4000 | - |' in text
    assert '| *straight ahead* | - | 0.0100 |' in text
    assert '| PoseCNN |' in text and '2.00' in text  # 500 s / 250 iterations
    assert '| spi_ms | 1 | 0.1200 | 0.0500 |' in text
    assert '36 images of 1 streets' in text and '2 targets' in text

    worse = page(result('spi_ms', 0, .30, .03), result('spi_ms', 1, .32, .05))
    assert '- With SPI (MS) abs_rel is higher in every run' in worse


def test_page_of_one_run_without_metres(page):
    text = page(result('spi_m', 0, .2, .02, scalings=('median', )))
    assert '| spi_m | 1 | 0.2000 | 5.00 | 0.800 | - | - |' in text
    assert 'known up to a factor' in text


def test_nothing_to_show(tmp_path):
    with pytest.raises(ValueError, match='No finished run in'):
        read_results(str(tmp_path), ('spi_ms', ), (0, ))


def test_compare_looks_at_ranges():
    assert compare([1, 2], [3, 4]) == 'lower in every run'
    assert compare([5, 6], [3, 4]) == 'higher in every run'
    assert 'overlap' in compare([1, 3.5], [3, 4])
    assert 'overlap' in compare([3, 4], [3, 4])
    assert 'no spread' in compare([1], [3, 4])


def test_spread():
    assert spread([1., 2., 3.], 1) == '2.0 +- 1.0'
    assert spread([1.], 2) == '1.00'
    assert spread([1., None], 2) == '-'
