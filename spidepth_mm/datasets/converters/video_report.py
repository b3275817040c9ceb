"""The preflight report: what was kept, what was dropped and why, with pictures."""

from __future__ import annotations

import html
import os
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from spidepth_mm.utils.atomic_write import write_atomically

from ..image_io import read_image
from .image_cache import encode
from .video_camera import Camera
from .video_filter import KEPT, REASONS, Verdict, kept
from .video_pictures import (
    COLORS,
    contact_sheet,
    evenly,
    flow_picture,
    followed_points,
    mark_cells,
    motion_histogram,
    thumbnail,
    timeline,
)
from .video_source import Recording
from .video_split import Split

REPORT_DIR = 'report'
_STYLE = ('body{font:15px/1.5 sans-serif;max-width:1060px;margin:2em auto;padding:0 1em}'
          'img{max-width:100%;display:block}td,th{padding:2px 12px;text-align:left}'
          'li.warning{background:#fff3d6;padding:6px 10px;margin:6px 0}'
          'i{display:inline-block;width:12px;height:12px;margin-right:6px}')


class Findings(NamedTuple):
    """All that the report tells.

    Attributes:
        recording: Of which.
        camera: Of the written images.
        verdicts: On each frame that was looked at.
        paths: Of the kept frames, in order.
        split: Their targets.
        advice: Warnings.
        fixed_cells: (rows, columns) bool, what moves with the camera.
        examples: Thumbnails of dropped frames.
        lens: A frame before and after its distortion was taken out, if it was.
        min_motion: The threshold.
    """

    recording: Recording
    camera: Camera
    verdicts: Sequence[Verdict]
    paths: Sequence[str]
    split: Split
    advice: Sequence[str]
    fixed_cells: np.ndarray
    examples: Sequence[np.ndarray]
    lens: Optional[Tuple[np.ndarray, np.ndarray]]
    min_motion: float


def write_report(out: str, findings: Findings) -> str:
    """Writes ``report/index.html`` and its pictures; gives its path."""
    folder = os.path.join(out, REPORT_DIR)
    os.makedirs(folder, exist_ok=True)
    pictures = draw_pictures(findings)
    for name, (picture, _) in pictures.items():
        suffix = os.path.splitext(name)[1]
        write_atomically(os.path.join(folder, name), encode(picture, suffix, 88))
    path = os.path.join(folder, 'index.html')
    write_atomically(path, _page(findings, pictures).encode('utf-8'))
    return path


def draw_pictures(findings: Findings) -> Dict[str, Tuple[np.ndarray, str]]:
    """File name -> picture and caption."""
    pictures = {
        'timeline.png': (timeline(findings.verdicts), 'All frames that were looked at, from first '
                         'to last, in the colours of the table above.'),
        'motion.png': (motion_histogram(findings.verdicts, findings.min_motion), 'Motion between '
                       'frames. Left of the red line the camera stands still, as far as training '
                       'is concerned; those frames were dropped.'),
    }
    shown = evenly(list(zip(findings.paths, kept(findings.verdicts))), 12)
    pictures['kept.jpg'] = (contact_sheet([
        thumbnail(read_image(path), str(verdict.number)) for path, verdict in shown]),
        'Kept frames, with their number in the recording.')
    pair = _typical_pair(findings)
    if pair is not None:
        before, after, motion = pair
        pictures['points.jpg'] = (followed_points(after, motion), 'A typical pair: where points '
                                  'came from. A camera that moves ahead has arrows away from the '
                                  'point that it heads for; one that only turns has arrows of one '
                                  'direction and length.')
        pictures['flow.jpg'] = (flow_picture(before, after), 'Optical flow of that pair: near '
                                'things are bright, because they move further.')
    if findings.examples:
        pictures['dropped.jpg'] = (contact_sheet(findings.examples), 'Dropped frames and why.')
    if findings.fixed_cells.any():
        pictures['fixed.jpg'] = (mark_cells(read_image(findings.paths[0]), findings.fixed_cells),
                                 'In red: what moves with the camera.')
    if findings.lens is not None:
        pictures['lens.jpg'] = (contact_sheet([
            thumbnail(image, text) for image, text in zip(findings.lens, ('as recorded', 'written'))
        ]), 'Lens distortion: straight lines should be straight on the right.')
    return pictures


def summary(findings: Findings) -> List[str]:
    """The same in a few lines, for a terminal."""
    reasons = [verdict.reason for verdict in findings.verdicts]
    dropped = ', '.join(f'{reasons.count(reason)} {reason}' for reason in REASONS
                        if reason in reasons)
    segments = len({verdict.segment for verdict in kept(findings.verdicts)})
    lines = [f'{reasons.count(KEPT)} of {len(reasons)} frames kept'
             + (f' (dropped: {dropped})' if dropped else '')
             + f', in {segments} uninterrupted {"piece" if segments == 1 else "pieces"}',
             f'{len(findings.split.train)} training and {len(findings.split.val)} validation '
             'targets',
             f'K from {findings.camera.origin}']
    return lines + [f'WARNING: {text}' for text in findings.advice]


def _typical_pair(findings: Findings) -> Optional[tuple]:
    """The pair of kept frames whose motion is the median one."""
    those = kept(findings.verdicts)
    pairs = [(verdict.motion.moved, index) for index, verdict in enumerate(those)
             if verdict.motion is not None]
    if not pairs:
        return None
    _, index = sorted(pairs)[len(pairs) // 2]
    before, after = (read_image(findings.paths[i]) for i in (index - 1, index))
    return before, after, those[index].motion


def _page(findings: Findings, pictures: Dict[str, Tuple[np.ndarray, str]]) -> str:
    name = html.escape(os.path.basename(os.path.normpath(findings.recording.path)))
    width, height = findings.camera.size
    rate = f', {findings.recording.fps:.4g} frames a second' if findings.recording.fps else ''
    advice = ''.join(f'<li class="warning">{html.escape(text)}</li>' for text in findings.advice)
    matrix = ''.join('<tr>' + ''.join(f'<td>{value:.3f}</td>' for value in row) + '</tr>'
                     for row in findings.camera.cam2img)
    figures = ''.join(f'<h3>{html.escape(caption)}</h3><img src="{file}" alt="{file}">'
                      for file, (_, caption) in pictures.items())
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{name}</title>'
        f'<style>{_STYLE}</style><h1>{name}</h1>'
        f'<p>{findings.recording.size[0]}x{findings.recording.size[1]} pixels{rate}; written as '
        f'{width}x{height}.</p>'
        f'<h2>Warnings</h2><ul>{advice or "<li>None.</li>"}</ul>'
        f'<h2>Frames</h2><table>{_rows(findings.verdicts)}</table>'
        f'<p>{len(findings.split.train)} training and {len(findings.split.val)} validation '
        'targets.</p>'
        f'<h2>Camera</h2><p>{html.escape(findings.camera.origin)}</p><table>{matrix}</table>'
        f'<h2>Pictures</h2>{figures}</html>\n')


def _rows(verdicts: Sequence[Verdict]) -> str:
    reasons = [verdict.reason for verdict in verdicts]
    rows = ''
    for reason in (KEPT, *REASONS):
        color = '#{:02x}{:02x}{:02x}'.format(*COLORS[reason])
        rows += (f'<tr><td><i style="background:{color}"></i>{reason or "kept"}</td>'
                 f'<td>{reasons.count(reason)}</td></tr>')
    return rows
