"""What a web page for trying images does, without the page."""

from __future__ import annotations

import os
import os.path as osp
import shutil
import tempfile
from collections import deque
from dataclasses import dataclass
from typing import Deque, Dict, Optional, Sequence, Tuple

from .depth_inferencer import DepthInferencer
from .inference_run import run_inference
from .prediction_writer import PredictionWriter

# Results of so many requests stay on the disk, for their downloads.
_KEPT_RESULTS = 20


@dataclass(frozen=True)
class DemoResult:
    """What the page shows for an image.

    Attributes:
        picture (str): PNG with image, depth and legend.
        depth_png (str): 16-bit PNG.
        point_cloud (str): PLY.
        text (str): Scale, range, camera.
    """

    picture: str
    depth_png: str
    point_cloud: str
    text: str


def named_models(models: Sequence[str], weights: Sequence[str] = ()) -> Dict[str, Tuple]:
    """Names for a list of choices -> (model, weights).

    Args:
        models (Sequence[str]): As of :class:`DepthInferencer`.
        weights (Sequence[str]): None, or one for each model.

    Raises:
        ValueError: If the numbers differ.
    """
    if weights and len(weights) != len(models):
        raise ValueError(f'{len(models)} models and {len(weights)} weights are given, expected as '
                         'many weights as models, or none.')
    named: Dict[str, Tuple] = {}
    for model, file in zip(models, weights or [None] * len(models)):
        parts = osp.normpath(file or model).split(os.sep)
        name = osp.splitext('/'.join(parts[-2:]))[0]
        named[name if name not in named else f'{name} ({len(named) + 1})'] = (model, file)
    return named


class DemoSession:
    """Predicts one image after another, with one of several models.

    One model is kept in memory: the one that was used last.

    Args:
        models (dict): See :func:`named_models`.
        device (str, optional): As of :class:`DepthInferencer`.
    """

    def __init__(self, models: Dict[str, Tuple], device: Optional[str] = None) -> None:
        self.models = dict(models)
        self.device = device
        self._loaded: Tuple[str, Optional[DepthInferencer]] = ('', None)
        self._folder = tempfile.TemporaryDirectory(prefix='spidepth_demo_')
        self._results: Deque[str] = deque()

    def predict(self, path: Optional[str], model: str,
                fov_deg: Optional[float] = None) -> DemoResult:
        """Depth of one image file.

        Args:
            path (str): The file.
            model (str): One of ``models``.
            fov_deg (float, optional): Horizontal field of view for the point
                cloud; by the EXIF data or assumed if None or 0.

        Raises:
            ValueError: If there is no image, no such model, or the image
                cannot be used; the message is for the page.
        """
        if not path:
            raise ValueError('Choose an image first.')
        if not 0 <= (fov_deg or 0) < 180:
            raise ValueError(f'The field of view must lie between 0 and 180 degrees, but is '
                             f'{fov_deg:g}.')
        inferencer = self.load(model)
        folder = tempfile.mkdtemp(dir=self._folder.name)
        self._results.append(folder)
        while len(self._results) > _KEPT_RESULTS:
            shutil.rmtree(self._results.popleft(), ignore_errors=True)
        writer = PredictionWriter(folder, save_png=True, save_ply=True, fov_deg=fov_deg or None)
        summary = run_inference(inferencer, path, writer, max_images=1, progress=False)
        if not writer.records:
            raise ValueError(f'This image cannot be used: {summary.failures[0].reason}.')
        record = writer.records[0]
        lines = [*summary.notes, f'{record["width"]}x{record["height"]} pixels']
        if record['depth_range']:
            lines[-1] += ', depth from {:.3g} to {:.3g}.'.format(*record['depth_range'])
        files = record['files']
        return DemoResult(files['vis'], files['depth_png'], files['ply'], '\n'.join(lines))

    def load(self, model: str) -> DepthInferencer:
        """The model of a name.

        Raises:
            ValueError: If there is no such model.
        """
        if model not in self.models:
            raise ValueError(f'Unknown model {model!r}. Choose one of {", ".join(self.models)}.')
        if self._loaded[0] != model:
            name, weights = self.models[model]
            self._loaded = (model, DepthInferencer(name, weights, self.device, False))
        return self._loaded[1]

    def close(self) -> None:
        """Remove all results."""
        self._folder.cleanup()
