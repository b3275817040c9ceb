"""A recording of one's own to a folder that ImageSequenceDataset trains on."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from typing import Callable, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np
from mmengine.utils import ProgressBar

from spidepth_mm.utils.atomic_write import write_atomically

from ..transforms.geometric import resize_cam2img
from .image_cache import IMAGE_FORMATS, SETTINGS_FILE, encode, note_settings
from .video_advice import advise
from .video_camera import Camera
from .video_filter import KEPT, FilterSettings, Judged, Verdict, judge_frames, kept
from .video_motion import VIEW_WIDTH
from .video_persistence import PersistentEdges
from .video_pictures import thumbnail
from .video_report import Findings, write_report
from .video_source import Frame, Recording, image_names, iter_frames
from .video_split import split_targets

CAMERA_FILE, FRAMES_FILE = 'cam2img.json', 'frames.json'
_EXAMPLES_PER_REASON = 4


class VideoOptions(NamedTuple):
    """How a recording is converted; see ``tools/dataset_converters/video.py``."""

    every: int = 1
    fps: Optional[float] = None
    filter: FilterSettings = FilterSettings()
    val_share: float = 0.1
    gap: int = 5
    image_format: str = 'jpg'
    quality: int = 92

    def check(self, recording: Recording) -> None:
        """Raise a ValueError for what cannot be done with this recording."""
        self.filter.check()
        if self.every < 1:
            raise ValueError(f'--every must be at least 1, but got {self.every}.')
        if self.fps is not None and self.fps <= 0:
            raise ValueError(f'--fps must be positive, but got {self.fps:g}.')
        if self.fps is not None and recording.fps is None:
            raise ValueError(f'--fps needs a recording that says its frames a second, and '
                             f'{recording.path} does not. Give --every N instead.')
        if self.image_format not in IMAGE_FORMATS:
            raise ValueError(f'Unknown format {self.image_format!r}. '
                             f'Valid formats are {", ".join(IMAGE_FORMATS)}.')
        if not 1 <= self.quality <= 100:
            raise ValueError(f'quality must lie in [1, 100], but got {self.quality}.')


def convert_video(recording: Recording, out: str, camera: Camera,
                  options: Optional[VideoOptions] = None, progress: bool = True) -> Findings:
    """Writes images, lists of targets, K and the report.

    Every file appears whole or not at all; ``frames.json`` is the last one.
    After an interruption the same call decides anew and leaves images that
    are there.

    Raises:
        ValueError: If nothing usable is in the recording, if ``out`` holds
            something else, or for impossible options.
        OSError: If ``out`` cannot be written.
    """
    options = options or VideoOptions()
    options.check(recording)
    _claim(out, recording, camera, options)
    persistent = PersistentEdges()
    lens: List[Tuple[np.ndarray, np.ndarray]] = []
    scale = VIEW_WIDTH / camera.size[0]
    judged = judge_frames(
        _developed(recording, camera, options, lens), resize_cam2img(camera.cam2img, scale, scale),
        options.filter, persistent)
    verdicts, paths, examples = _write_images(judged, out, options, _bar(recording, progress))
    _check_kept(recording, verdicts)
    _check_folder(out, paths)
    split = split_targets([v.segment for v in kept(verdicts)], options.val_share, options.gap)
    for name, targets in (('train.txt', split.train), ('val.txt', split.val)):
        lines = ''.join(os.path.basename(paths[target]) + '\n' for target in targets)
        write_atomically(os.path.join(out, name), lines.encode())
    _write_json(os.path.join(out, CAMERA_FILE), camera.describe())
    fixed_cells = persistent.fixed_cells()
    advice = advise(verdicts, fixed_cells, len(split.train))
    if camera.warning:
        advice.insert(0, camera.warning)
    findings = Findings(
        recording, camera, verdicts, paths, split, advice, fixed_cells, examples,
        lens[0] if lens else None, options.filter.min_motion)
    write_report(out, findings)
    _write_json(os.path.join(out, FRAMES_FILE), dict(
        warnings=advice, frames=[_as_dict(verdict) for verdict in verdicts]))
    return findings


def _claim(out: str, recording: Recording, camera: Camera, options: VideoOptions) -> None:
    """Refuses a folder with other images, or of another recording or other settings."""
    source = os.path.abspath(recording.path)
    if os.path.isdir(source) and os.path.abspath(out) == source:
        raise ValueError('The result needs a folder of its own, not that of the recording.')
    if os.path.isdir(out) and image_names(out) and not os.path.isfile(
            os.path.join(out, SETTINGS_FILE)):
        raise ValueError(f'{out!r} holds other images. Choose another folder.')
    stat = os.stat(source)
    note_settings(out, dict(
        recording=os.path.basename(source), count=recording.count,
        bytes=None if recording.names else stat.st_size, camera=camera.describe(),
        **options._replace(filter=None)._asdict(), **options.filter._asdict()))


def _developed(recording: Recording, camera: Camera, options: VideoOptions,
               lens: List[Tuple[np.ndarray, np.ndarray]]) -> Iterator[Frame]:
    """Frames as they are to be written; the first pair of before and after goes to ``lens``."""
    for frame in iter_frames(recording, options.every, options.fps):
        if frame.image is not None:
            image = camera.develop(frame.image)
            if camera.maps is not None and not lens:
                lens.append((camera._replace(maps=None).develop(frame.image), image))
            frame = frame._replace(image=image)
        yield frame


def _write_images(judged: Iterator[Judged], out: str, options: VideoOptions,
                  update: Callable[[], None]) -> Tuple[List[Verdict], List[str], List[np.ndarray]]:
    """Writes kept frames; gives all verdicts, the paths, and thumbnails of dropped ones."""
    verdicts, paths, examples = [], [], []
    shown: Counter = Counter()
    for verdict, image in judged:
        verdicts.append(verdict)
        update()
        if verdict.reason == KEPT:
            path = os.path.join(out, f'{verdict.number:06d}.{options.image_format}')
            if not os.path.isfile(path):
                write_atomically(path, encode(image, f'.{options.image_format}', options.quality))
            paths.append(path)
        elif image is not None and shown[verdict.reason] < _EXAMPLES_PER_REASON:
            shown[verdict.reason] += 1
            examples.append(thumbnail(image, f'{verdict.number} {verdict.reason}'))
    return verdicts, paths, examples


def _check_kept(recording: Recording, verdicts: List[Verdict]) -> None:
    number = len(kept(verdicts))
    if number >= 3:
        return
    dropped = Counter(verdict.reason for verdict in verdicts if verdict.reason != KEPT)
    because = ', '.join(f'{count} {reason}' for reason, count in dropped.most_common())
    raise ValueError(
        f'{recording.path}: {number} of {len(verdicts)} frames are usable, at least 3 are needed'
        + (f' (dropped: {because})' if because else '') + '. '
        + ('The camera does not move: depth is learned from motion alone. If it does move, very '
           'slowly, lower --min-motion.' if dropped['static'] > len(verdicts) / 2
           else 'Give a longer recording, or one of a moving camera.'))


def _check_folder(out: str, paths: List[str]) -> None:
    extra = set(image_names(out)) - {os.path.basename(path) for path in paths}
    if extra:
        raise ValueError(f'{out!r} holds {len(extra)} images that are not of this recording, such '
                         f'as {min(extra)}: neighbours would be wrong. Choose another folder.')


def _bar(recording: Recording, progress: bool) -> Callable[[], None]:
    return ProgressBar(recording.count, file=sys.stdout).update if progress else lambda: None


def _as_dict(verdict: Verdict) -> dict:
    known = dict(number=verdict.number, dropped=verdict.reason or None, segment=verdict.segment,
                 sharpness=round(verdict.sharpness, 2))
    if verdict.motion is not None:
        for name in ('moved', 'overlap', 'parallax', 'roll_deg'):
            known[name] = round(getattr(verdict.motion, name), 5)
    return known


def _write_json(path: str, content: dict) -> None:
    write_atomically(path, (json.dumps(content, indent=1) + '\n').encode())
