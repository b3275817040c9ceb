"""Cases of the stage ``inference``: a whole depth network on one image of 320x1024."""

from __future__ import annotations

from typing import List

import torch

from spidepth_mm.apis import init_model
from spidepth_mm.utils.batch_norm import fold_batch_norms
from spidepth_mm.utils.bfloat16 import has_fast_bfloat16

from .baseline.model import plain_model
from .timing import Case

SIZE = (320, 1024)
CONFIG = 'configs/spidepth/synthetic.py'
# ConvNeXtV2-Atto with the head of the paper's model, under two decoders.
HEAD = {'model.head.patch_size': 32, 'model.head.num_queries': 64, 'model.head.in_channels': 32,
        'model.neck.out_channels': 32}
DECODERS = {'small decoder': (128, 64, 48, 32), "paper's decoder": (1024, 512, 256, 128)}


def cases() -> List[Case]:
    found = []
    for title, channels in DECODERS.items():
        torch.manual_seed(0)
        model = init_model(CONFIG, cfg_options={
            **HEAD, 'model.neck.decoder_channels': list(channels)})
        plain = plain_model(model)
        fold_batch_norms(model)
        for half in (False, True)[:1 + has_fast_bfloat16()]:
            found.append(_case(title, model, plain, half))
    return found


def _case(title: str, model, plain, half: bool) -> Case:
    image = torch.rand(1, 3, *SIZE)

    @torch.no_grad()
    def ours():
        with torch.autocast('cpu', torch.bfloat16, enabled=half):
            return model(image)

    @torch.no_grad()
    def baseline():
        return plain(image)

    name = f'inference, ConvNeXtV2-Atto, {title}, {SIZE[0]}x{SIZE[1]}'
    return Case(f'{name}, ours in bfloat16' if half else name, ours, baseline,
                lambda a, b: float((a - b).abs().max()), 1, 'tensors')
