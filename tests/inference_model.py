"""A checkpoint of the tiny model that carries its config, and pictures to try it on."""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Sequence

import cv2
import numpy as np
import torch
from mmengine.config import Config
from tiny import HEIGHT, WIDTH, tiny_model

from spidepth_mm.apis import init_model

PIPELINE = (dict(type='LoadFrames'), dict(type='ResizeFrames', scale=(WIDTH, HEIGHT)),
            dict(type='LoadDepthMap'), dict(type='PackDepthInputs'))


def inference_config(pipeline: Optional[Sequence[dict]] = None) -> Config:
    """A config with what inference needs of it."""
    return Config(dict(
        default_scope='spidepth_mm', model=tiny_model(),
        test_dataloader=dict(dataset=dict(
            type='ImageSequenceDataset', pipeline=[dict(step) for step in pipeline or PIPELINE]))))


def write_checkpoint(path: Path, pipeline: Optional[Sequence[dict]] = None,
                     scale_type: str = 'stereo', **meta) -> str:
    """Random weights whose depth varies, with their config in ``meta``."""
    torch.manual_seed(0)
    config = inference_config(pipeline)
    model = init_model(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.8)
    meta = dict(dict(cfg=config.pretty_text, scale_type=scale_type), **meta)
    torch.save(dict(state_dict=model.state_dict(), meta=meta), path)
    return str(path)


def picture(height: int = 48, width: int = 80, seed: int = 0) -> np.ndarray:
    """(height, width, 3) uint8 BGR, smooth and colourful."""
    noise = np.random.RandomState(seed).randint(0, 256, (6, 8, 3)).astype(np.uint8)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


def write_pictures(folder: Path, number: int = 3, **size) -> list:
    """Paths of ``0.png``, ``1.png`` ..."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f'{index}.png' for index in range(number)]
    for index, path in enumerate(paths):
        assert cv2.imwrite(str(path), picture(seed=index, **size))
    return [str(path) for path in paths]


def write_video(path: Path, number: int = 5, height: int = 48, width: int = 80,
                fps: float = 10.) -> str:
    """A video whose frames get brighter."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), fps, (width, height))
    assert writer.isOpened()
    for index in range(number):
        writer.write(np.full((height, width, 3), 40 + 20 * index, np.uint8))
    writer.release()
    return str(path)
