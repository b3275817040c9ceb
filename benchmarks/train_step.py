"""Cases of the stage ``train-step``: one update of the small model, and what it costs to scale."""

from __future__ import annotations

from typing import List, Sequence

import numpy as np
import torch
from mmengine.config import Config

from spidepth_mm.apis import init_model
from spidepth_mm.models import ConvNeXtV2
from spidepth_mm.structures import DepthDataSample
from spidepth_mm.utils.bfloat16 import has_fast_bfloat16

from .baseline.train_step import PlainTrainer
from .loss import draw_frames
from .timing import Case

CONFIG = 'configs/spidepth/synthetic.py'
SIZE, BATCH = (96, 320), 4
MS = (-1, 1, 's')
LR = 1e-4


def cases() -> List[Case]:
    found = [_case('')]
    if has_fast_bfloat16():
        found.append(_case(', ours in bfloat16', half=True))
    found.append(_case(', ours with checkpointed activations', with_cp=True))
    return found


class Trainer:
    """Our training step on drawn frames.

    Args:
        size: (H, W).
        batch: samples.
        offsets: of the sources.
        arch: of the depth encoder.
        half: whether in bfloat16.
        with_cp: whether the depth encoder recomputes its activations.
    """

    def __init__(self, size=SIZE, batch: int = BATCH, offsets: Sequence = MS, arch: str = 'atto',
                 half: bool = False, with_cp: bool = False) -> None:
        torch.manual_seed(0)
        self.half = half
        self.offsets = offsets
        channels = ConvNeXtV2.arch_settings[arch]['channels']
        options = {
            'model.backbone.arch': arch,
            'model.backbone.with_cp': with_cp,
            'model.neck.in_channels': list(channels),
            # As the plain procedure, which knows the stereo partner's motion in metres.
            'model.translation_scaling': 'none',
            # As many patches at each size, because the positional encoding ends.
            'model.head.patch_size': size[0] // 12}
        self.model = init_model(Config.fromfile(CONFIG), cfg_options=options).train()
        self.optimizer = torch.optim.Adam(self.model.parameters(), LR, fused=True)
        self.batch = draw_batch(size, batch, offsets)

    def prepare(self) -> dict:
        """Batch, jitter, normalisation: what the device does before the nets."""
        torch.manual_seed(1)
        data = dict(inputs=list(self.batch['inputs']), data_samples=self.batch['data_samples'])
        return self.model.data_preprocessor(data, True)

    def step(self) -> torch.Tensor:
        data = self.prepare()
        torch.manual_seed(2)
        with torch.autocast('cpu', torch.bfloat16, enabled=self.half):
            losses = self.model(**data, mode='loss')
        total, _ = self.model.parse_losses(losses)
        self.optimizer.zero_grad()
        total.backward()
        self.optimizer.step()
        return total.detach()


def draw_batch(size, batch: int, offsets: Sequence) -> dict:
    """uint8 frames and data samples, as ``PackDepthInputs`` and the collate function give them."""
    height, width = size
    frames = draw_frames(batch, 1 + len(offsets), 3, height, width).mul(255).byte()
    cam2img = np.array([[0.58 * width, 0, width / 2], [0, 1.92 * height, height / 2], [0, 0, 1]])
    meta = dict(frame_offsets=list(offsets), cam2img=cam2img, img_path='drawn')
    if 's' in offsets:
        meta['source_from_target'] = np.eye(4)
        meta['source_from_target'][0, 3] = -0.54
    samples = [DepthDataSample(metainfo=dict(meta)) for _ in frames]
    return dict(inputs=frames, data_samples=samples)


def _case(title: str, **settings) -> Case:
    trainer = Trainer(**settings)
    plain = PlainTrainer(trainer.model, LR, trainer.model.losses[1].loss_weight)
    inputs = trainer.prepare()['inputs']

    def baseline():
        torch.manual_seed(2)
        return plain.step(inputs, trainer.offsets)

    return Case(f'train-step, MS, {BATCH} x {SIZE[0]}x{SIZE[1]}{title}', trainer.step, baseline,
                lambda a, b: float((a - b).abs()), 1, 'tensors')
