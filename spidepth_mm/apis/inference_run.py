"""A long run over many images: progress, speed, and what went wrong."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from mmengine.utils import ProgressBar

from spidepth_mm.visualization import check_display, draw_depth, show_picture

from .depth_inferencer import DepthInferencer
from .input_images import Failure, count_images, describe_failures, find_sources
from .prediction_writer import PNG_MAX_DEPTH, PredictionWriter

_SCALE_NOTES = {
    'metric': 'Depth is in metres, learned from ground truth.',
    'stereo': 'Depth is in metres, learned from a stereo baseline.',
    'unknown': 'Depth is relative: right up to one factor, which nobody knows. It has no unit.',
}


@dataclass
class InferenceSummary:
    """What a run did.

    Attributes:
        num_images (int): Images that were predicted and written.
        seconds (float): From the first read to the last write.
        failures (list[Failure]): Inputs that gave nothing.
        notes (list[str]): On scale, camera and coding; for people.
        stopped (bool): Whether somebody stopped it before its end.
    """

    num_images: int = 0
    seconds: float = 0.
    failures: List[Failure] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)
    stopped: bool = False

    @property
    def frames_per_second(self) -> float:
        return self.num_images / self.seconds if self.seconds > 0 else 0.

    def describe(self) -> str:
        """A few lines for people."""
        lines = [f'{self.num_images} images in {self.seconds:.1f} s: '
                 f'{self.frames_per_second:.2f} frames per second, reading and writing included.']
        lines += self.notes
        if self.stopped:
            lines.append('Stopped before the end.')
        if self.failures:
            lines += [f'Inputs that failed ({len(self.failures)}):',
                      describe_failures(self.failures)]
        return '\n'.join(lines)


def run_inference(inferencer: DepthInferencer, inputs: Any, writer: PredictionWriter,
                  batch_size: int = 1, show: bool = False, wait_time: float = 0.,
                  max_images: Optional[int] = None, progress: bool = True) -> InferenceSummary:
    """Predict and write everything; a bad input is noted and the run goes on.

    Args:
        inferencer (DepthInferencer): The model.
        inputs: See :func:`find_sources`.
        writer (PredictionWriter): Closed at the end, also after Ctrl-C.
        batch_size (int): Images at once.
        show (bool): Show pictures in a window; q or Escape stops.
        wait_time (float): Seconds a picture is shown; 0 waits for a key (a
            frame of a video does not wait).
        max_images (int, optional): Stop after so many.
        progress (bool): Draw a progress bar.

    Raises:
        RuntimeError: If there is no screen to show pictures on.
    """
    if show:
        check_display()
    summary = InferenceSummary()
    expected = count_images(find_sources(inputs)) if progress else 0
    bar = ProgressBar(
        min(expected, max_images or expected), file=sys.stderr) if progress else None
    scales: Counter = Counter()
    start = time.perf_counter()
    try:
        with writer:
            for result in inferencer.stream(inputs, batch_size):
                if isinstance(writer.add(result), Failure):
                    continue
                summary.num_images += 1
                scales[result.scale_type] += 1
                if bar:
                    bar.update()
                if show and not _show(result, wait_time):
                    summary.stopped = True
                if summary.stopped or summary.num_images == max_images:
                    break
    except KeyboardInterrupt:
        summary.stopped = True
    summary.seconds = time.perf_counter() - start
    summary.failures = writer.failures
    summary.notes = [_SCALE_NOTES[scale] for scale in scales] + _notes(writer)
    return summary


def _show(result: Any, wait_time: float) -> bool:
    is_frame = result.input.video is not None
    picture = draw_depth(result.input.image, result.depth, result.scale_type)
    return show_picture('depth', picture, wait_time or (0.001 if is_frame else 0.))


def _notes(writer: PredictionWriter) -> List[str]:
    notes = []
    if writer.num_too_far:
        notes.append(f'{writer.num_too_far} pixels deeper than {PNG_MAX_DEPTH:.2f} have no code in '
                     'a 16-bit PNG and are 0 (none) there.')
    cameras: Dict[str, int] = Counter(r['camera'] for r in writer.records if 'camera' in r)
    notes += [f'Camera of the point clouds ({count}): {origin}.'
              for origin, count in cameras.items()]
    return notes
