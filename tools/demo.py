"""From nothing to a depth map: render a world, train on it, test, draw. Run by ``make demo``."""

import argparse
import json
import os
import os.path as osp
import subprocess
import sys
import time

ROOT = osp.dirname(osp.dirname(osp.abspath(__file__)))
CONFIG = 'configs/spidepth/synthetic.py'
QUICK = [
    'train_cfg.max_iters=40', 'train_cfg.val_interval=40', 'param_scheduler.0.end=5',
    'param_scheduler.1.begin=5', 'param_scheduler.1.end=40'
]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work-dir', default='work_dirs/demo', help='where the results go')
    parser.add_argument(
        '--quick', action='store_true',
        help='a tenth of the training: shows that everything runs, not what it can learn')
    return parser.parse_args()


def run(title: str, *command: str) -> None:
    """Run one of the project's tools and say which; stop if it fails."""
    print(f'\n== {title}\n$ python {" ".join(command)}\n', flush=True)
    env = dict(os.environ)
    # Spinning threads that wait for a busy core slow each other down many times over.
    env.setdefault('OMP_WAIT_POLICY', 'PASSIVE')
    status = subprocess.run([sys.executable, *command], cwd=ROOT, env=env).returncode
    if status:
        sys.exit(f'\nerror: "{title}" failed (exit code {status}); its message is above.')


def best_checkpoint(work_dir: str) -> str:
    """The newest checkpoint that validation liked best."""
    folder = osp.join(ROOT, work_dir)
    found = [f for f in os.listdir(folder) if f.startswith('best_') and f.endswith('.pth')]
    return osp.join(work_dir, max(found, key=lambda f: osp.getmtime(osp.join(folder, f))))


def main() -> None:
    args = parse_args()
    start = time.time()
    options = ['--cfg-options', *QUICK] if args.quick else []
    run('1/3 render a street (once) and look at it', 'tools/dataset_converters/synthetic_world.py',
        'data/synthetic_world')
    run('2/3 train depth and pose from its frames, without ground truth', 'tools/train.py', CONFIG,
        '--work-dir', args.work_dir, *options)
    checkpoint = best_checkpoint(args.work_dir)
    pictures, result = osp.join(args.work_dir, 'pictures'), osp.join(args.work_dir, 'metrics.json')
    run('3/3 measure it on streets that it has not seen', 'tools/test.py', CONFIG, checkpoint,
        '--work-dir', args.work_dir, '--show-dir', pictures, '--out', result)
    with open(osp.join(ROOT, result)) as file:
        metrics = json.load(file)['metrics']
    print(f'\nDone in {(time.time() - start) / 60:.1f} minutes. On held-out frames abs_rel is '
          f'{metrics["abs_rel"]:.3f} (median-scaled)\nand {metrics["metric/abs_rel"]:.3f} in '
          'metres as predicted; the tables above have the baselines beside it.\n'
          f'  picture grid: {osp.join(pictures, "grid.png")}   (image, prediction, truth, error)\n'
          f'  metrics:      {result}\n'
          f'  weights:      {checkpoint}')


if __name__ == '__main__':
    main()
