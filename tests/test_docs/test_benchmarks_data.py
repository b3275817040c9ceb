"""The commands of docs/en/benchmarks_data.md, as they stand there, on miniatures."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from miniatures import write_annotated_depth, write_cityscapes, write_kitti, write_make3d
from mmengine.config import Config

from spidepth_mm.datasets.splits import load_split
from spidepth_mm.evaluation.extra_measures import EXTRA_MEASURES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs' / 'en' / 'benchmarks_data.md').read_text(encoding='utf-8')
BLOCKS = re.findall(r'^```bash\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)
# What makes the headline model small enough for a test: an encoder, a decoder, an input size.
TINY = {
    'model.backbone.arch': 'atto',
    'model.neck.in_channels': [40, 80, 160, 320],
    'model.neck.decoder_channels': [16, 12, 8, 8],
    'model.neck.out_channels': 8,
    'model.head.in_channels': 8,
    'model.head.patch_size': 4,
    'model.head.num_queries': 8,
    'model.head.num_bins': 8,
    'model.head.feedforward_channels': 16,
    'model.head.num_layers': 1,
}
ONE_STEP = ['train_cfg.max_iters=1', 'default_hooks.logger.interval=1']
# `python` of the page: options of a short run are put behind those of tools/test.py and train.py.
SHIM = """#!{python}
import os, sys
arguments = sys.argv[1:]
parts = dict((('tools/test.py', ['test']), ('tools/train.py', ['train', 'val']))).get(arguments[0])
if parts:
    crops = 'kitti' not in arguments[1]
    options = {tiny!r} + ({one_step!r} if 'train' in parts else [])
    for part in parts:
        loader = part + '_dataloader.'
        options += [loader + 'num_workers=0', loader + 'persistent_workers=False',
                    loader + 'batch_size=%d' % (2 if part == 'train' else 41),
                    loader + 'dataset.pipeline.%d.scale=(64,32)' % (1 + crops)]
    if '--cfg-options' not in arguments:
        arguments.append('--cfg-options')
    arguments += options
os.execv({python!r}, [{python!r}, *arguments])
"""


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """A folder like the repository's root, with data as unpacked and weights of a tiny model."""
    root = tmp_path_factory.mktemp('benchmarks')
    for name in ('tools', 'configs'):
        (root / name).symlink_to(ROOT / name)
    data = root / 'data'
    write_kitti(data / 'kitti_raw', load_split('eigen_test'), num_points=300)
    write_annotated_depth(data / 'kitti_depth', load_split('eigen_benchmark_test'))
    write_cityscapes(data / 'cityscapes', 'train', [('ulm', '000000', 0)], num_frames=6)
    write_cityscapes(data / 'cityscapes', 'val', [('munster', '000000', 0)], videos=False)
    write_cityscapes(data / 'cityscapes', 'test', [('bonn', '000000', 0), ('berlin', '000001', 0)],
                     videos=False)
    write_make3d(data / 'make3d')
    _write_checkpoint(root / 'checkpoints' / 'kitti.pth')
    (root / 'checkpoints' / 'cityscapes.pth').symlink_to('kitti.pth')
    python = root / 'bin' / 'python'
    python.parent.mkdir()
    tiny = [f'{key}={value}'.replace(' ', '') for key, value in TINY.items()]
    python.write_text(SHIM.format(python=sys.executable, tiny=tiny, one_step=ONE_STEP))
    python.chmod(0o755)
    yield root
    shutil.rmtree(root)


def _write_checkpoint(path):
    from spidepth_mm.apis import init_model
    cfg = Config.fromfile(ROOT / 'configs' / 'spidepth' / 'kitti.py')
    torch.manual_seed(0)
    model = init_model(cfg, cfg_options=TINY)
    path.parent.mkdir()
    torch.save(dict(state_dict=model.state_dict(), meta={}), path)


def _run(place, block):
    env = dict(os.environ, PATH=f'{place / "bin"}{os.pathsep}{os.environ["PATH"]}',
               PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1', OMP_WAIT_POLICY='PASSIVE',
               CUDA_VISIBLE_DEVICES='')
    done = subprocess.run(['bash', '-euo', 'pipefail', '-c', block], cwd=place, env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def _metrics(place, name):
    return json.loads((place / 'results' / f'{name}.json').read_text())['metrics']


def _block(*words):
    found = [block for block in BLOCKS if all(word in block for word in words)]
    assert len(found) == 1, f'{len(found)} bash blocks of the page have {words}'
    return found[0]


def test_every_command_is_run_here():
    """Each block is asked for by one of the tests below."""
    asked = [_block(*words) for words in (
        ('check data/kitti_raw --split eigen_test', ), ('eigen_benchmark_test', ),
        ('kitti_exported', ), ('kitti_jpg', ), ('cityscapes.py check data', ),
        ('cityscapes.py images', ), ('make3d.py', ), ('compare_results.py', ), ('gt_depths', ),
        ('eval_predictions.py', ))]
    assert sorted(asked) == sorted(BLOCKS)


def test_files_that_the_page_names_exist():
    for path in set(re.findall(r'(?:configs|tools|tests)/[\w/]+\.py', PAGE)):
        assert (ROOT / path).is_file(), path


@pytest.mark.slow
def test_kitti(place):
    """The table, and the same numbers from the exported ground truth."""
    out = _run(place, _block('check data/kitti_raw --split eigen_test'))
    assert '697 of 697 images are complete.' in out
    assert 'kitti_eigen: KITTI Eigen test split, raw LiDAR (depth is velodyne x), garg crop' in out
    assert re.search(r'^prediction +0\.\d{4}', out, re.MULTILINE)
    metrics = _metrics(place, 'kitti')
    assert (metrics['num_images'], metrics['num_excluded']) == (697, 0)

    out = _run(place, _block('kitti_exported'))
    assert '697 files from velodyne, depth is velodyne_x, npz' in out
    assert 'data/kitti_eigen_depth, eigen_test: 697 done' in out
    assert _metrics(place, 'kitti_exported') == metrics


@pytest.mark.slow
def test_kitti_jpg(place):
    out = _run(place, _block('kitti_jpg'))
    assert 'images in data/kitti_jpg: 697 done' in out
    assert _metrics(place, 'kitti_jpg')['num_images'] == 697


@pytest.mark.slow
def test_kitti_improved(place):
    out = _run(place, _block('eigen_benchmark_test'))
    assert '652 of 652 images are complete.' in out
    assert 'kitti_eigen_improved: KITTI Eigen test split, annotated ground truth (camera z)' in out
    assert _metrics(place, 'kitti_improved')['num_images'] == 652


@pytest.mark.slow
def test_cityscapes(place):
    out = _run(place, _block('cityscapes.py check data'))
    assert 'test: 2 of 1525 camera files, 2 annotated images, 2 disparity maps' in out
    assert 'cityscapes: Cityscapes test split, stereo matching (camera z), cityscapes crop' in out
    assert 'Protocol cityscapes has 1525 images, but 2 were evaluated' in out
    assert _metrics(place, 'cityscapes')['num_images'] == 2


@pytest.mark.slow
def test_manydepth_ground_truth(place):
    """In the order of another list than the alphabet's."""
    splits = place / 'splits' / 'cityscapes'
    (splits / 'gt_depths').mkdir(parents=True)
    names = ['bonn_000000_000019', 'berlin_000001_000019']
    (splits / 'test_files.txt').write_text(''.join(f'{n.split("_")[0]} {n}\n' for n in names))
    for index in range(len(names)):
        np.save(splits / 'gt_depths' / f'{index:03d}_depth.npy', np.full((64, 128), 10. + index))
    out = _run(place, _block('gt_depths'))
    assert '2 images; factors on the prediction' in out


@pytest.mark.slow
def test_predictions_of_another_program(place):
    """All images of the protocol: beside the published rows, resized as Monodepth2 does."""
    disparity = np.linspace(0.02, 0.2, 8, dtype=np.float32)[None, :, None].repeat(697, axis=0)
    np.save(place / 'disps_eigen_split.npy', disparity.repeat(16, axis=2))
    out = _run(place, _block('eval_predictions.py'))
    assert 'prediction resized as disparity (bilinear)' in out
    ours, monovit = (re.search(rf'^{re.escape(name)} .*$', out, re.MULTILINE).group()
                     for name in ('> disps_eigen_split', 'MonoViT'))
    assert ours.endswith('measured here') and '0.099' in monovit
    assert _metrics(place, 'theirs')['num_images'] == 697


@pytest.mark.slow
def test_more_than_the_table(place):
    """Optional measures, intervals, and two models compared image by image."""
    out = _run(place, _block('compare_results.py'))
    assert '95% interval from' in out
    assert 'constant depth *' in out
    # The miniature's noise has no edges that can be judged.
    assert re.search(r'^abs_rel_from_40m +[\d.]+ +2$', out, re.MULTILINE)
    assert 'Not put beside published numbers: 2 images were evaluated' in out
    assert '2 images, protocol cityscapes, scaling median' in out
    assert re.search(r'^abs_rel( +[-+]?\d\.\d{4}){5} +(A|B|-)$', out, re.MULTILINE)
    assert '| cityscapes +* |' in out
    assert 'NOT COMPARABLE with published numbers' in out
    metrics = _metrics(place, 'plain')
    assert metrics['abs_rel_ci_low'] <= metrics['abs_rel'] <= metrics['abs_rel_ci_high']


def test_the_extra_measures_are_all_described():
    measures = PAGE.split('`extra` takes any of these')[1].split('Masks are')[0]
    assert re.findall(r'^\| `(\w+)`', measures, re.MULTILINE) == list(EXTRA_MEASURES)


@pytest.mark.slow
def test_cityscapes_training(place):
    """From the weights of another training, on the resized copy."""
    out = _run(place, _block('cityscapes.py images'))
    assert 'images in data/cityscapes_1024x320: 6 done' in out
    assert 'Load checkpoint from checkpoints/kitti.pth' in out
    loss = re.search(r'Iter\(train\) \[1/1\].* loss: ([\d.]+)', out)
    assert float(loss[1]) > 0.01


@pytest.mark.slow
def test_make3d(place):
    out = _run(place, _block('make3d.py'))
    assert 'pictures in data/make3d: 3 done' in out
    assert 'make3d_c1: Make3D test set, C1 (laser range), make3d_c1 crop, 0 < gt < 70 m' in out
    metrics = _metrics(place, 'make3d')
    assert metrics['num_images'] == 3
    assert 0 < metrics['rmse_log10'] < 1
