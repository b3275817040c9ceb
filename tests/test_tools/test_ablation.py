"""The ablation's command, on a world of two short streets and with one iteration."""

import json

import pytest

from tools.analysis_tools import ablation


@pytest.fixture
def arguments(tmp_path):
    world = dict(size='64,32', train_drives=1, val_drives=0, test_drives=1, frames=3)
    options = [f'{part}_dataloader.dataset.world.{key}={value}'
               for part in ('train', 'test') for key, value in world.items()]
    return ['--rows', 'spi_m', '--seeds', '0', '--work-dir', str(tmp_path / 'runs'),
            '--data-root', str(tmp_path / 'world'), '--page', str(tmp_path / 'page.md'),
            '--cfg-options', *options, 'train_dataloader.batch_size=1', 'train_cfg.max_iters=1']


def test_trains_measures_and_writes_the_page_once(arguments, tmp_path, monkeypatch, capsys):
    from spidepth_mm.datasets import synthetic
    small = dict(size=(64, 32), train_drives=1, val_drives=0, test_drives=1, frames=3)
    ensure_world = synthetic.ensure_world
    monkeypatch.setattr(synthetic, 'ensure_world',
                        lambda root, **kwargs: ensure_world(root, **{**small, **kwargs}))
    ablation.main(arguments)
    path = tmp_path / 'runs/spi_m/seed_0/result.json'
    result = json.loads(path.read_text())
    assert result['iterations'] == 1 and result['seed'] == 0
    assert result['depth'][0]['errors']['abs_rel'] > 0
    assert [errors['none']['num_frames'] for errors in result['poses'].values()] == [3]
    assert result['cpu_seconds'] is None or result['cpu_seconds'] > 1
    assert '| spi_m | 1 |' in (tmp_path / 'page.md').read_text()

    written = path.stat().st_mtime_ns
    monkeypatch.setattr(ablation, 'call', lambda *_: pytest.fail('a finished run was repeated'))
    ablation.main(arguments)
    assert path.stat().st_mtime_ns == written

    with pytest.raises(SystemExit):
        ablation.main([*arguments, 'optim_wrapper.optimizer.lr=1'])
    assert 'made with other settings' in capsys.readouterr().err


def test_a_failing_run_says_why_and_names_its_log(arguments, tmp_path, monkeypatch, capsys):
    from spidepth_mm.datasets import synthetic
    monkeypatch.setattr(synthetic, 'ensure_world', lambda root, **kwargs: root)
    (tmp_path / 'world').mkdir()
    (tmp_path / 'world' / 'stranger.txt').touch()
    with pytest.raises(SystemExit):
        ablation.main(arguments)
    message = capsys.readouterr().err
    assert 'spi_m, seed 0: tools/train.py failed: error: ' in message
    assert 'holds no synthetic world' in message
    assert str(tmp_path / 'runs/spi_m/seed_0/train.log') in message
