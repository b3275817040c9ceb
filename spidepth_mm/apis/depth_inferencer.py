"""Depth for whatever a user points at."""

from __future__ import annotations

import os
import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Union

import cv2
import numpy as np
from mmengine.config import Config
from mmengine.infer import BaseInferencer
from torch import nn

from spidepth_mm.registry import INFERENCERS
from spidepth_mm.structures import DepthDataSample
from spidepth_mm.utils.batch_norm import fold_batch_norms
from spidepth_mm.utils.registered_parts import registered_parts_only
from spidepth_mm.visualization import draw_depth, show_picture

from . import model_lookup
from .image_pipeline import depth_of_image, image_pipeline
from .init_model import init_model
from .input_images import Failure, InputImage, find_sources, read_source
from .prediction_writer import PredictionWriter

ON_ERROR = ('raise', 'skip')


@dataclass(frozen=True)
class DepthPrediction:
    """The depth of one image.

    Attributes:
        input (InputImage): The image, and where it is from.
        depth (np.ndarray): (H, W) float32, of the upright image; 0 where the
            model's test pipeline crops the image.
        scale_type (str): 'metric' or 'stereo' (metres), or 'unknown' (metres
            up to one factor).
        data_sample (DepthDataSample): What the model returned.
    """

    input: InputImage
    depth: np.ndarray
    scale_type: str
    data_sample: DepthDataSample


@INFERENCERS.register_module()
class DepthInferencer(BaseInferencer):
    """Predicts depth for images, folders, patterns, arrays, videos and webcams.

    Args:
        model (str | Config, optional): A config file, a name or alias of the
            model index (:meth:`list_models`), the name of a config
            ('spidepth/kitti'), a checkpoint that carries its config, or a
            config object. None takes the config from ``weights``. A
            checkpoint's config is read as data, and only registered parts are
            built: no code in it is run.
        weights (str, optional): Checkpoint file. Without weights they are
            random, and a warning says so.
        device (str, optional): E.g. 'cpu' or 'cuda:0'; the best one if None.
        show_progress (bool): Draw a progress bar in :meth:`__call__`.

    Its ``model`` is for predictions alone: batch norms are folded into the
    convolutions. :func:`init_model` gives one with the checkpoint's weights.

    Raises:
        ValueError: If there is no such model; with names that are close.
        CheckpointError: If a checkpoint is absent, damaged, unsafe or of
            another architecture.

    Example:
        >>> inferencer = DepthInferencer('work_dirs/kitti/iter_600.pth')
        >>> result = inferencer('street.png', out_dir='outputs', save_png=True)
        >>> result['predictions'][0]['depth']   # float32 (H, W)
    """

    visualize_kwargs = {'return_vis', 'show', 'wait_time', 'draw_pred'}
    postprocess_kwargs = {'on_error', 'out_dir', 'save_vis', 'save_png', 'save_npy', 'save_ply',
                          'cam2img', 'fov_deg'}

    def __init__(self, model: Union[str, os.PathLike, dict, Config, None] = None,
                 weights: Optional[str] = None, device: Optional[str] = None,
                 show_progress: bool = True) -> None:
        by_stranger = model_lookup.is_checkpoint(model)
        origin = model or weights
        config, weights = model_lookup.resolve_model(model, weights)
        with registered_parts_only(origin) if by_stranger else nullcontext():
            super().__init__(config, weights, device, 'spidepth_mm', show_progress)

    def __call__(self, inputs: Any, return_datasamples: bool = False, batch_size: int = 1,
                 **kwargs) -> Dict[str, list]:
        """Predict everything that ``inputs`` names.

        All depth maps are returned together: for a long video use
        :meth:`stream`, or ``tools/infer.py``, which keeps one batch only.

        Args:
            inputs: See :func:`find_sources`; arrays are BGR. A webcam is
                read until its stream ends, so it is better read by :meth:`stream`.
            return_datasamples (bool): Return :class:`DepthDataSample` s.
            batch_size (int): Images at once.
            return_vis (bool): Return pictures (default).
            show (bool): Show the pictures in a window.
            wait_time (float): Seconds; 0 waits for a key.
            draw_pred (bool): False shows and returns the images alone.
            out_dir (str): Where files are written to, see
                :class:`PredictionWriter`; '' writes none.
            save_vis, save_png, save_npy, save_ply (bool): Which files.
            cam2img, fov_deg: The camera for ``save_ply``.
            on_error (str): 'raise' stops at an input that cannot be used,
                'skip' goes on and lists it.

        Returns:
            dict: ``predictions``, a list of dicts with ``depth`` (H, W)
            float32, ``scale_type``, ``img_path``, ``name`` and ``files``;
            ``visualization``, a list of (H', W', 3) uint8 RGB pictures; and
            ``failures``, a list of ``dict(img_path, reason)``.

        Raises:
            ValueError: For an unknown argument, or an input without images.
            OSError: If an image cannot be read or a file cannot be written.
        """
        _, _, drawing, writing = self._dispatch_kwargs(**kwargs)
        on_error, out_dir = writing.pop('on_error', 'raise'), writing.pop('out_dir', '')
        return_vis = drawing.pop('return_vis', True)
        if writing and not out_dir:
            raise ValueError(f'{", ".join(sorted(writing))} need out_dir, the folder to write to.')
        writer = PredictionWriter(out_dir, **writing) if out_dir else None
        predictions, failures, pictures, files = [], [], [], []
        try:
            for result in self._track(self.stream(inputs, batch_size, on_error)):
                written = writer.add(result) if writer else result
                if isinstance(written, Failure):
                    if on_error == 'raise':
                        raise written.error
                    failures.append(written)
                    continue
                predictions.append(result)
                files.append(written['files'] if writer else {})
                if return_vis or drawing.get('show'):
                    drawn = self.visualize([result.input], [result], **drawing)
                    pictures += drawn if return_vis else []
        finally:
            if writer:
                writer.close()
        return self.postprocess(predictions, pictures, return_datasamples, files=files,
                                failures=failures)

    def stream(self, inputs: Any, batch_size: int = 1, on_error: str = 'skip'
               ) -> Iterator[Union[DepthPrediction, Failure]]:
        """Predict one batch after another, keeping nothing.

        Args:
            inputs: As of :meth:`__call__`.
            batch_size (int): Images at once.
            on_error (str): 'skip' yields a :class:`Failure` for an input that
                cannot be used, 'raise' raises its error.

        Yields:
            DepthPrediction | Failure: In the order of the inputs.
        """
        if on_error not in ON_ERROR:
            raise ValueError(f'Unknown on_error {on_error!r}. Valid values are {ON_ERROR}.')
        if batch_size < 1:
            raise ValueError(f'batch_size must be positive, but got {batch_size}.')
        sources = find_sources(inputs)
        if on_error == 'raise':
            # Before minutes are spent on the others.
            _raise_first(sources)
        items = (item for source in sources for item in (
            [source] if isinstance(source, Failure) else read_source(source)))
        for batch in self._get_chunk_data(items, batch_size):
            results = self._predict(batch)
            if on_error == 'raise':
                _raise_first(results)
            yield from results

    def visualize(self, inputs: Sequence[InputImage], preds: Sequence[DepthPrediction],
                  show: bool = False, wait_time: float = 0., draw_pred: bool = True,
                  **kwargs) -> List[np.ndarray]:
        """Pictures of an image and its depth side by side, with a legend.

        Returns:
            list[np.ndarray]: (H', W', 3) uint8, RGB.
        """
        pictures = [draw_depth(item.image, pred.depth, pred.scale_type) if draw_pred else item.image
                    for item, pred in zip(inputs, preds)]
        for item, picture in zip(inputs, pictures):
            if show:
                show_picture(item.name, picture, wait_time)
        return pictures

    def postprocess(self, preds: Sequence[DepthPrediction], visualization: List[np.ndarray],
                    return_datasample: bool = False, files: Sequence[dict] = (),
                    failures: Sequence[Failure] = (), **kwargs) -> Dict[str, list]:
        """What :meth:`__call__` returns."""
        if return_datasample:
            predictions = [pred.data_sample for pred in preds]
        else:
            predictions = [dict(depth=pred.depth, scale_type=pred.scale_type,
                                img_path=pred.input.img_path, name=pred.input.name, files=written)
                           for pred, written in zip(preds, files)]
        return dict(
            predictions=predictions, visualization=visualization,
            failures=[dict(img_path=f.img_path, reason=f.reason) for f in failures])

    @staticmethod
    def list_models(pattern: Optional[str] = None) -> List[str]:
        """Names, aliases and configs that ``model`` may be; ``pattern`` is part of a name."""
        return model_lookup.list_models(pattern)

    def _track(self, results: Iterator) -> Iterator:
        if not self.show_progress:
            return results
        from rich.progress import track
        return track(results, description='Inference')

    def _predict(self, batch: Sequence[Union[InputImage, Failure]]
                 ) -> List[Union[DepthPrediction, Failure]]:
        images = [item for item in batch if isinstance(item, InputImage)]
        try:
            found = iter(self._predict_images(images))
            return [next(found) if isinstance(item, InputImage) else item for item in batch]
        except (ValueError, RuntimeError, cv2.error) as error:
            if len(batch) == 1:
                return [Failure(images[0].img_path or images[0].name, error)]
        # One of them is to blame, or they differ in size: the others must not suffer.
        return [result for item in batch for result in self._predict([item])]

    def _predict_images(self, images: Sequence[InputImage]) -> List[DepthPrediction]:
        if not images:
            return []
        samples = self.forward(self.collate_fn([self.pipeline(item) for item in images]))
        return [DepthPrediction(item, depth_of_image(sample, item.image.shape[:2]),
                                sample.scale_type, sample)
                for item, sample in zip(images, samples)]

    def _init_model(self, cfg: Config, weights: Optional[str], device: str = 'cpu') -> nn.Module:
        if weights is None:
            warnings.warn('The weights are random: no checkpoint was given, so the depth means '
                          'nothing. Give one as weights=... (--weights).', stacklevel=4)
        if str(device).startswith('cuda'):
            import torch
            if not torch.cuda.is_available():
                raise ValueError(f'There is no GPU for device={str(device)!r}. Use cpu.')
        return fold_batch_norms(init_model(cfg, weights, device))

    def _init_pipeline(self, cfg: Config) -> Callable:
        return image_pipeline(cfg)

    def _init_visualizer(self, cfg: Config) -> None:
        """Pictures are drawn by :meth:`visualize`; a global Visualizer is not made."""


def _raise_first(results: Sequence) -> None:
    for result in results:
        if isinstance(result, Failure):
            raise result.error
