"""The ablation's page, every word of its outcome from the measured numbers."""

from __future__ import annotations

import os
import statistics
from math import comb
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from mmengine.config import Config

from spidepth_mm.evaluation.markup_tables import markdown_table
from spidepth_mm.utils.atomic_write import write_atomically

from .results import describe_model
from .street_poses import Errors, straight_ahead_errors

Result = Dict[str, Any]
Results = Dict[str, List[Result]]
#: What each row is compared with, and the sentence's subject.
COMPARISONS = (
    ('spi_ms', 'pose_cnn_ms', 'With SPI (MS)'),
    ('spi_m', 'pose_cnn_m', 'With SPI (M)'),
    ('spi_ms_smaller_encoder', 'spi_ms', 'With the smaller depth encoder'),
    ('spi_ms_larger_encoder', 'spi_ms', 'With the larger depth encoder'),
)
#: Name, unit, and where a result has it; smaller is better in all.
COMPARED: Tuple[Tuple[str, str, Callable], ...] = (
    ('abs_rel', '', lambda result: depth_error(result, 'median', 'abs_rel')),
    ('5-frame ATE', ' m', lambda result: pose_error(result['poses'], 'none', 'ate_5frames')),
)


def write_page(path: str, results: Results, configs: str, data_root: str) -> None:
    """Write the page as Markdown.

    Args:
        path (str): Of the page.
        results (dict): From :func:`read_results`.
        configs (str): Folder of the rows' configs.
        data_root (str): The world that they were measured on.
    """
    cfgs = {row: Config.fromfile(os.path.join(configs, f'{row}.py')) for row in results}
    text = '\n\n'.join([
        _introduction(results, data_root), '## What came out', *_outcome(results),
        '## Depth', _depth_table(results), _depth_note(results),
        '## Motion of the camera', _pose_table(results, data_root), _pose_note(results),
        '## Each run', _run_table(results),
        '## Sizes and times', _size_table(results, cfgs), _machine(results)])
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    write_atomically(path, (text + '\n').encode())


def depth_error(result: Result, scaling: str, name: str) -> Optional[float]:
    """An error of a run's depth; None where it was not measured under that scaling."""
    for entry in result['depth']:
        if entry['scaling'] == scaling:
            return entry['errors'][name]
    return None


def pose_error(poses: Dict[str, Errors], alignment: str, name: str) -> float:
    """An error of the camera's motion, the mean over the streets."""
    return statistics.fmean(errors[alignment][name] for errors in poses.values())


def spread(values: Sequence[Optional[float]], digits: int) -> str:
    """'mean +- standard deviation' of some runs; '-' where one has no number."""
    if any(value is None for value in values):
        return '-'
    mean = f'{statistics.fmean(values):.{digits}f}'
    return f'{mean} +- {statistics.stdev(values):.{digits}f}' if len(values) > 1 else mean


def compare(new: Sequence[float], old: Sequence[float]) -> str:
    """How two rows' runs lie to each other: lower, higher, or overlapping."""
    if min(len(new), len(old)) < 2:
        return 'not known to be different (one run has no spread)'
    if max(new) < min(old):
        return 'lower in every run'
    if min(new) > max(old):
        return 'higher in every run'
    return 'no different as far as these runs can tell (their ranges overlap)'


def _introduction(results: Results, data_root: str) -> str:
    first = next(iter(results.values()))[0]
    with open(os.path.join(data_root, 'splits', 'train.txt')) as file:
        num_targets = sum(1 for line in file if line.strip())
    entry = first['depth'][0]
    frames = sum(errors['none']['num_frames'] for errors in first['poses'].values())
    budgets = sorted({(r['iterations'], r['batch_size']) for runs in results.values()
                      for r in runs})
    budget = ' or '.join(f'{iterations} iterations of {batch} images' for iterations, batch in
                         budgets)
    return f"""# What each part is worth, on a rendered street

Written by `python tools/analysis_tools/ablation.py`, which renders the world, trains every row
with each seed, measures and writes this page; finished runs are not repeated. The rows are the
configs of `configs/spidepth/ablation`, which say what is special about this training.

- Budget: {budget} (96x320), the same for every row, from scratch, self-supervised, on
  {num_targets} targets. The last weights are measured: nothing is picked on validation data.
- Depth: {entry['num_images']} images of {len(first['poses'])} streets that training has not seen,
  exact depth, protocol `{entry['protocol']}` (Garg crop, 1 mm to 80 m).
- Motion: the same {len(first['poses'])} streets, all {frames} frames.
- Numbers are means over the seeds +- their standard deviation."""


def _outcome(results: Results) -> List[str]:
    lines = []
    for new, old, subject in COMPARISONS:
        if new not in results or old not in results:
            continue
        for name, unit, value in COMPARED:
            a, b = [value(r) for r in results[new]], [value(r) for r in results[old]]
            lines.append(f'- {subject} {name} is {compare(a, b)}: {spread(a, 4)} against '
                         f'{spread(b, 4)}{unit}.')
    missing = [row for pair in COMPARISONS for row in pair[:2] if row not in results]
    if missing:
        lines.append(f'- Not run yet: {", ".join(sorted(set(missing)))}.')
    counts = sorted({len(runs) for runs in results.values()})
    note = ('Two rows of {n} runs that do not differ have ranges that do not overlap in {p:.0%} of '
            'cases, so a difference in every run is a hint and not a proof.')
    notes = [note.format(n=n, p=2 / comb(2 * n, n)) for n in counts[-1:] if n > 1]
    if len(counts) > 1:
        notes.append('Rows have different numbers of runs: some are not finished.')
    return ['\n'.join(lines), *notes] if lines else notes


def _depth_table(results: Results) -> str:
    rows = []
    for row, runs in results.items():
        def cell(scaling, name, digits, runs=runs):
            return spread([depth_error(r, scaling, name) for r in runs], digits)
        rows.append([row, str(len(runs)), cell('median', 'abs_rel', 4), cell('median', 'rmse', 2),
                     cell('median', 'a1', 3), cell('none', 'abs_rel', 4), cell('none', 'rmse', 2)])
    baselines = next(iter(results.values()))[0]
    for name, title in (('constant', 'constant depth'), ('row_median', 'median depth per row')):
        values = [depth_error(baselines, scaling, f'{name}_abs_rel')
                  for scaling in ('median', 'none')]
        cells = ['-' if value is None else f'{value:.4f}' for value in values]
        rows.append([f'*{title}*', '-', cells[0], '-', '-', cells[1], '-'])
    header = ['row', 'seeds', 'abs_rel', 'rmse, m', 'a1', 'abs_rel, no scaling',
              'rmse, m, no scaling']
    return markdown_table(header, rows)


def _depth_note(results: Results) -> str:
    note = ('Scaled by the median of each image, except where it says no scaling. The baselines in '
            'italics need no learning and are fitted on the test ground truth itself.')
    if any(row.endswith('_m') for row in results):
        note += ' From monocular video alone (M) depth is known up to a factor.'
    return note


def _pose_table(results: Results, data_root: str) -> str:
    columns = (('none', 'ate_5frames', 4), ('scale', 'ate', 3), ('scale', 'rpe_trans', 3),
               ('none', 'rpe_rot', 3), ('scale', 'scale', 3))
    rows = [[row, str(len(runs)),
             *(spread([pose_error(r['poses'], alignment, name) for r in runs], digits)
               for alignment, name, digits in columns)] for row, runs in results.items()]
    straight = straight_ahead_errors(data_root)
    rows.append(['*straight ahead*', '-', *(f'{pose_error(straight, alignment, name):.{digits}f}'
                                            for alignment, name, digits in columns)])
    return markdown_table(['row', 'seeds', '5-frame ATE, m', 'ATE, m', 'step, m', 'step, degrees',
                           'scale'], rows)


def _pose_note(results: Results) -> str:
    frames = {errors['none']['num_frames'] for runs in results.values() for result in runs
              for errors in result['poses'].values()}
    return ('The mean over the streets, each of '
            f'{" or ".join(map(str, sorted(frames)))} frames. '
            '5-frame ATE: snippets that are each scaled by themselves, as the odometry literature '
            'does. ATE: the whole street with one fitted scale; step: the error of the motion from '
            'frame to frame; scale: the fitted factor, 1 where metres were learned. *Straight '
            'ahead* needs no learning: a car that goes straight on at its true mean speed.')


def _run_table(results: Results) -> str:
    rows = [[row, str(result['seed']), *(f'{value(result):.4f}' for _, _, value in COMPARED)]
            for row, runs in results.items() for result in runs]
    return markdown_table(['row', 'seed', *(name + (unit and f',{unit}')
                                            for name, unit, _ in COMPARED)], rows)


def _size_table(results: Results, cfgs: Dict[str, Config]) -> str:
    rows = []
    for row, runs in results.items():
        seconds = [r['cpu_seconds'] / r['iterations'] for r in runs
                   if r['cpu_seconds'] is not None]
        sizes = runs[0]['parameters']
        rows.append([row, describe_model(cfgs[row])['train'], _encoder(cfgs[row].model.backbone),
                     f'{sizes["depth"] / 1e6:.2f} M', _pose_net(cfgs[row].model.pose_net),
                     f'{sizes["pose"] / 1e6:.2f} M', spread(seconds, 2) if seconds else '-'])
    return markdown_table(['row', 'sources', 'depth encoder', 'depth net', 'pose net',
                           'its size', 'processor seconds an iteration'], rows)


def _encoder(backbone: dict) -> str:
    arch = backbone.get('arch', backbone.get('depth'))
    if isinstance(arch, dict):
        arch = f'{"-".join(map(str, arch["depths"]))} blocks of ' \
               f'{"-".join(map(str, arch["channels"]))} channels'
    return f'{backbone["type"].split(".")[-1]}, {arch}'


def _pose_net(pose_net: dict) -> str:
    return _encoder(pose_net['backbone']) if 'backbone' in pose_net else pose_net['type']


def _machine(results: Results) -> str:
    machines = {tuple(sorted(r['machine'].items())) for runs in results.values() for r in runs}
    threads = sorted({r['threads'] for runs in results.values() for r in runs})
    lines = [', '.join(f'{name} {value}' for name, value in machine) for machine in
             sorted(machines, key=str)]
    return (f'Threads of a run: {"/".join(map(str, threads))}. The seconds are processor time of '
            'the whole training with start-up and reading of data, on a machine that did other '
            f'work too. Machine: {"; ".join(lines)}.')
