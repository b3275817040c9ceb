"""Draw what a training run logged, or tell how long it took.

  python tools/analysis_tools/analyze_logs.py plot_curve work_dirs/RUN/*/vis_data/scalars.json \\
      --keys loss abs_rel --out curve.png
  python tools/analysis_tools/analyze_logs.py cal_train_time work_dirs/RUN/*/vis_data/scalars.json
"""

import argparse
import json
import os
import os.path as osp
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.curves import add_figure_arguments, figure, finish

Curve = Tuple[np.ndarray, np.ndarray]
_LINE_STYLES = ('-', '--', ':', '-.')


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = parser.add_subparsers(dest='task', metavar='TASK', required=True)
    plot = tasks.add_parser('plot_curve', help='draw logged numbers over the iterations')
    plot.add_argument('json_logs', nargs='+', help='vis_data/scalars.json of one run or several')
    plot.add_argument('--keys', nargs='+', default=['loss'], help='what to draw (loss)')
    plot.add_argument('--legend', nargs='+', help='name of each curve, log by log, key by key')
    plot.add_argument('--smooth', type=int, default=1, metavar='N', help='mean over N values (1)')
    plot.add_argument('--out', help='write a picture instead of showing it')
    add_figure_arguments(plot)
    time = tasks.add_parser('cal_train_time', help='time per iteration')
    time.add_argument('json_logs', nargs='+', help='vis_data/scalars.json of one run or several')
    time.add_argument(
        '--include-outliers', action='store_true',
        help='also the first value after each start and validation, which is slow')
    args = parser.parse_args(argv)
    if args.task == 'plot_curve' and args.legend \
            and len(args.legend) != len(args.json_logs) * len(args.keys):
        parser.error(f'--legend needs {len(args.json_logs) * len(args.keys)} names, one for each '
                     f'key of each log; got {len(args.legend)}')
    return args


def read_log(path: str) -> List[dict]:
    """The lines of a ``scalars.json``, in order.

    Raises:
        ValueError: If it is no such file.
    """
    if osp.isdir(path):
        raise ValueError(f'{path} is a folder; give the vis_data/scalars.json in it.')
    records = []
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            if not isinstance(record, dict):
                raise ValueError(f'{path}, line {number} is no JSON object: this tool reads the '
                                 'vis_data/scalars.json of a run.')
            records.append(record)
    if not records:
        raise ValueError(f'{path} is empty: nothing has been logged yet.')
    return records


def curve_of(records: Sequence[dict], key: str) -> Curve:
    """Steps and values of a key; of a step that was logged twice, the last.

    Raises:
        ValueError: Naming the keys that there are, if this is none.
    """
    values: Dict[int, float] = {}
    for index, record in enumerate(records):
        if isinstance(record.get(key), (int, float)):
            values[int(record.get('step', index))] = float(record[key])
    if not values:
        keys = sorted({name for record in records for name in record} - {'step'})
        raise ValueError(f"The log has no '{key}'. It has {', '.join(keys)}.")
    steps = sorted(values)
    return np.array(steps), np.array([values[step] for step in steps])


def smoothed(values: np.ndarray, window: int) -> np.ndarray:
    """Mean of each value and up to ``window - 1`` before it; what is not finite is left out."""
    parts = [values[max(0, i + 1 - window):i + 1] for i in range(len(values))]
    parts = [part[np.isfinite(part)] for part in parts]
    return np.array([part.mean() if part.size else np.nan for part in parts])


def plot_curve(args: argparse.Namespace) -> None:
    names = iter(args.legend or [])
    with figure(args) as axes:
        for log, path in enumerate(args.json_logs):
            records = read_log(path)
            # work_dirs/RUN/TIME/vis_data/scalars.json
            run = '/'.join(osp.abspath(path).split(os.sep)[-4:-2])
            for key in args.keys:
                steps, values = curve_of(records, key)
                name = next(names, key if len(args.json_logs) == 1 else f'{run} {key}')
                axes.plot(steps, smoothed(values, args.smooth), _LINE_STYLES[log % 4], label=name,
                          marker='o' if len(steps) < 20 else None, markersize=3)
        axes.set_xlabel('iteration')
        axes.set_ylabel(args.keys[0] if len(args.keys) == 1 else '')
        finish(axes, args.title or ', '.join(args.keys), args.out)


def step_times(records: Sequence[dict], include_outliers: bool) -> Curve:
    """Last step, and seconds per iteration, of each logged stretch of training.

    Raises:
        ValueError: If there are none.
    """
    steps, times, is_first = [], [], True
    for record in records:
        if 'lr' not in record or 'time' not in record:
            is_first = is_first or 'data_time' in record  # a validation
            continue
        if include_outliers or not is_first:
            steps.append(record.get('step', 0))
            times.append(record['time'])
        is_first = False
    if not times:
        raise ValueError('The log has no time per iteration, or one only, which the start slows '
                         'down: use --include-outliers.')
    return np.array(steps), np.array(times)


def describe_times(path: str, include_outliers: bool) -> str:
    """A few lines for one log."""
    steps, times = step_times(read_log(path), include_outliers)
    slowest, fastest = int(times.argmax()), int(times.argmin())
    return (f'-----Analyze train time of {path}-----\n'
            f'slowest at iteration {steps[slowest]}, {times[slowest]:.4f} s/iter\n'
            f'fastest at iteration {steps[fastest]}, {times[fastest]:.4f} s/iter\n'
            f'time std: {times.std():.4f} s/iter\n'
            f'average iter time: {times.mean():.4f} s/iter\n')


def cal_train_time(args: argparse.Namespace) -> None:
    for path in args.json_logs:
        print(describe_times(path, args.include_outliers))


def main(argv: Optional[List[str]] = None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        dict(plot_curve=plot_curve, cal_train_time=cal_train_time)[args.task](args)


if __name__ == '__main__':
    main()
