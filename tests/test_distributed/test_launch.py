"""The shell scripts that start several processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.config import Config
from tiny import runner_config, write_odometry

TOOLS = Path(__file__).parents[2] / 'tools'
SCRIPTS = ('dist_train', 'dist_test', 'slurm_train', 'slurm_test')
KILL_HOOK = """
import os, signal
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

@HOOKS.register_module()
class KillOne(Hook):
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == 2 and get_rank() == 1:
            os.kill(os.getpid(), signal.SIGKILL)
"""


def run(script, *args, **environment):
    environment = {name: str(value) for name, value in environment.items()}
    return subprocess.run(
        ['bash', str(TOOLS / f'{script}.sh'), *map(str, args)], capture_output=True, text=True,
        timeout=200, env=dict(os.environ, PYTHON=sys.executable, **environment))


@pytest.mark.parametrize('script', SCRIPTS)
def test_too_few_arguments(script):
    done = run(script, 'config.py')
    assert done.returncode == 2
    assert done.stderr.startswith('usage: ')
    assert os.access(TOOLS / f'{script}.sh', os.X_OK)


@pytest.mark.parametrize(('script', 'args', 'called'), [
    ('dist_train', ['config.py', 4, '--amp'],
     f'{TOOLS}/train.py config.py --launcher pytorch --amp'),
    ('dist_test', ['config.py', 'x.pth', 4, '--tta'],
     f'{TOOLS}/test.py config.py x.pth --launcher pytorch --tta')])
def test_what_torchrun_is_called_with(tmp_path, script, args, called):
    python = tmp_path / 'python'
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    environment = dict(os.environ, PYTHON=str(python), NNODES='2', NODE_RANK='1',
                       MASTER_ADDR='10.0.0.1', PORT='1234')
    done = subprocess.run(['bash', str(TOOLS / f'{script}.sh'), *map(str, args)],
                          capture_output=True, text=True, env=environment)
    assert done.stdout.strip() == (
        '-m torch.distributed.run --nnodes=2 --node_rank=1 --master_addr=10.0.0.1 '
        f'--master_port=1234 --nproc_per_node=4 {called}')


@pytest.mark.parametrize(('script', 'args', 'called'), [
    ('slurm_train', ['part', 'job', 'config.py', '--amp'],
     f'{TOOLS}/train.py config.py --launcher slurm --amp'),
    ('slurm_test', ['part', 'job', 'config.py', 'x.pth', '--out', 'y z.json'],
     f'{TOOLS}/test.py config.py x.pth --launcher slurm --out y z.json')])
def test_what_srun_is_called_with(tmp_path, script, args, called):
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\necho "$@ port $MASTER_PORT"\n')
    srun.chmod(0o755)
    done = run(script, *args, GPUS=4, SRUN_ARGS='--exclude=node7 --time=1', PORT=1234,
               PATH=f'{tmp_path}:{os.environ["PATH"]}')
    assert done.stdout.strip() == (
        '-p part --job-name=job --gres=gpu:4 --ntasks=4 --ntasks-per-node=4 --cpus-per-task=5 '
        f'--kill-on-bad-exit=1 --exclude=node7 --time=1 {sys.executable} -u {called} port 1234')


def test_a_killed_process_ends_the_job_with_a_message(tmp_path, free_port):
    (tmp_path / 'kill_hook.py').write_text(KILL_HOOK)
    root = write_odometry(tmp_path / 'data', num_frames=6)
    cfg = runner_config(root, tmp_path / 'run', max_iters=1000,
                        env_cfg=dict(dist_cfg=dict(backend='nccl', timeout=60)))
    cfg.update(custom_imports=dict(imports=['kill_hook']))
    cfg['custom_hooks'] += [dict(type='mmengine.KillOne')]
    Config(cfg).dump(tmp_path / 'config.py')
    repository = str(TOOLS.parent)
    done = run('dist_train', tmp_path / 'config.py', 2, '--no-validate',
               PORT=free_port, PYTHONPATH=f'{tmp_path}:{repository}', CUDA_VISIBLE_DEVICES='')
    assert done.returncode != 0
    assert 'Signal 9 (SIGKILL)' in done.stderr
    assert 'rank      : 1' in done.stderr
    # What was saved before is there, and nothing half-written.
    names = {path.name for path in (tmp_path / 'run').glob('*.pth*')}
    assert names == {'iter_1.pth', 'iter_2.pth'}
