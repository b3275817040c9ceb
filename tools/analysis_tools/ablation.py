"""What each part is worth on the rendered street: train every row with several seeds, measure,
write the page.

  python tools/analysis_tools/ablation.py

A run that has its result file is not repeated, so the command can be stopped and given again.
"""

from __future__ import annotations

import argparse
import glob
import os
import os.path as osp
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = osp.dirname(osp.dirname(osp.dirname(osp.abspath(__file__))))
CONFIGS = osp.join(ROOT, 'configs/spidepth/ablation')
# Where there is no stereo (M) depth depends on the pose net the most.
ROWS = ('pose_cnn_ms', 'spi_ms', 'spi_ms_smaller_encoder', 'spi_ms_larger_encoder',
        'pose_cnn_m', 'spi_m')
_measuring = threading.Lock()


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rows', nargs='+', default=list(ROWS), choices=ROWS, metavar='ROW',
                        help='configs of configs/spidepth/ablation, all by default: '
                        + ', '.join(ROWS))
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2], help='(0 1 2)')
    parser.add_argument('--work-dir', default='work_dirs/ablation', help='where the runs go')
    parser.add_argument('--data-root', default='data/synthetic_world',
                        help='the rendered world, made where absent')
    parser.add_argument('--jobs', type=int, default=1, help='runs side by side (1)')
    parser.add_argument('--threads', type=int, default=1, help='threads of a run (1)')
    parser.add_argument('--page', default='docs/ablation.md', help='the page to write')
    parser.add_argument('--page-only', action='store_true',
                        help='train nothing, write the page from the results that are there')
    parser.add_argument('--cfg-options', nargs='+', default=[], metavar='KEY=VALUE',
                        help='override fields of all configs, e.g. for a quick look')
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from spidepth_mm.apis.cli import friendly_errors, limit_noise
    limit_noise()
    with friendly_errors():
        from spidepth_mm.apis.ablation import read_results
        from spidepth_mm.apis.ablation_page import write_page
        if not args.page_only:
            run_all(args)
        results = read_results(args.work_dir, args.rows, args.seeds)
        write_page(args.page, results, CONFIGS, args.data_root)
        print(f'Page: {args.page}')


def run_all(args: argparse.Namespace) -> None:
    import torch

    from spidepth_mm.datasets.synthetic import ensure_world
    torch.set_num_threads(args.threads)
    ensure_world(args.data_root)
    # MS before M, and each seed of all rows before the next: what is cut short is of use.
    runs = [(row, seed) for part in (False, True) for seed in args.seeds for row in args.rows
            if row.endswith('_m') == part]
    failed = []

    def guarded(run):
        try:
            run_one(args, *run)
        except Exception as error:  # the other runs are worth having
            failed.append(f'{run[0]}, seed {run[1]}: {error}')
            print(f'failed: {failed[-1]}', flush=True)

    with ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(guarded, runs))
    if failed:
        raise RuntimeError('Some runs failed; the same command repeats only these:\n  '
                           + '\n  '.join(failed))


def run_one(args: argparse.Namespace, row: str, seed: int) -> None:
    """Train and measure a row with one seed, unless its result is there."""
    from spidepth_mm.apis.ablation import measure_run, result_path, run_config
    folder = osp.join(args.work_dir, row, f'seed_{seed}')
    config = osp.join(CONFIGS, f'{row}.py')
    options = run_options(args, seed)
    cfg = run_config(config, options)
    if osp.isfile(result_path(args.work_dir, row, seed, cfg)):
        return
    start, begun = time.time(), bool(glob.glob(osp.join(folder, '*.pth')))
    seconds = call(args, folder, 'tools/train.py', config, '--work-dir', folder,
                   '--resume', '--no-validate', '--cfg-options', *options)
    checkpoint = osp.join(folder, f'iter_{cfg.train_cfg.max_iters}.pth')
    depth = osp.join(folder, 'depth.json')
    call(args, folder, 'tools/test.py', config, checkpoint, '--work-dir', folder,
         '--out', depth, '--cfg-options', *options)
    with _measuring:
        measure_run(args.work_dir, row, seed, cfg, checkpoint, depth,
                    None if begun else seconds, args.threads)
    print(f'{row}, seed {seed}: {(time.time() - start) / 60:.1f} minutes', flush=True)


def run_options(args: argparse.Namespace, seed: int) -> list:
    roots = [f'{part}_dataloader.dataset.data_root={args.data_root}'
             for part in ('train', 'val', 'test')]
    return [*roots, f'randomness.seed={seed}', 'train_dataloader.num_workers=1',
            *args.cfg_options]


def call(args: argparse.Namespace, folder: str, tool: str, *command: str):
    """Run one of the project's tools; its processor seconds, where the system tells them.

    Raises:
        RuntimeError: If it fails, with the error from its log.
    """
    os.makedirs(folder, exist_ok=True)
    threads = str(args.threads)
    env = dict(os.environ, OMP_NUM_THREADS=threads, MKL_NUM_THREADS=threads,
               OMP_WAIT_POLICY='PASSIVE')
    log = osp.join(folder, f'{osp.splitext(osp.basename(tool))[0]}.log')
    with open(log, 'w') as file:
        process = subprocess.Popen([sys.executable, osp.join(ROOT, tool), *command], stdout=file,
                                   stderr=file, env=env)
        status, seconds = wait(process)
    if status:
        raise RuntimeError(f'{tool} failed: {what_failed(log)} (all of it: {log})')
    return seconds


def what_failed(log: str) -> str:
    """The error in a tool's log, else its last line."""
    with open(log) as file:
        lines = [line.strip() for line in file if line.strip()]
    errors = [line for line in lines if line.startswith('error:')]
    return ''.join((errors or lines)[-1:])


def wait(process: subprocess.Popen):
    """Exit status and processor seconds of a process with its workers; None where unknown."""
    if not hasattr(os, 'wait4'):
        return process.wait(), None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
    return process.returncode, usage.ru_utime + usage.ru_stime


if __name__ == '__main__':
    main()
