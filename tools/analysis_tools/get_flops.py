"""Parameters and operations of the depth net and the pose net, part by part.

An operation is a multiplication with its addition, as in most papers ("MACs").
"""

import argparse
import math
from typing import Any, Dict, List, Optional, Sequence, Tuple

import torch
from mmengine.analysis import ActivationAnalyzer, FlopAnalyzer, parameter_count
from mmengine.analysis.jit_handles import get_shape
from mmengine.config import Config
from torch import nn

from spidepth_mm.apis import init_model
from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.config_args import add_cfg_options, overridden_config

HEADER = ('part', 'parameters', 'GFLOPs', 'activations')


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file path')
    parser.add_argument(
        '--shape', nargs='+', type=int, metavar='SIDE',
        help="height and width of the images, or one number for both (the test pipeline's)")
    add_cfg_options(parser, 'model.backbone.arch=large')
    return parser.parse_args(argv)


class DepthNet(nn.Module):
    """From images (B, 3, H, W) to depth, for tracing."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.backbone, self.neck, self.head = model.backbone, model.neck, model.head

    def forward(self, images):
        features = self.backbone(images)
        return self.head(features if self.neck is None else self.neck(features))


def image_shape(cfg: Config, shape: Optional[Sequence[int]]) -> Tuple[int, int]:
    """(H, W) as given, else of the config's test or training pipeline.

    Raises:
        ValueError: If it is neither one nor two positive numbers, or nowhere.
    """
    if shape:
        if len(shape) > 2 or min(shape) < 1:
            raise ValueError(
                f'--shape takes height and width, or one number for both; got {list(shape)}.')
        return shape[0], shape[-1]
    for part in ('test', 'train'):
        dataset = (cfg.get(f'{part}_dataloader') or {}).get('dataset') or {}
        for transform in dataset.get('pipeline') or []:
            if transform.get('type') == 'ResizeFrames':
                width, height = transform['scale']
                return height, width
    raise ValueError('The config has no ResizeFrames in a pipeline; give --shape HEIGHT WIDTH.')


def attention_flops(inputs: List[Any], outputs: List[Any]) -> int:
    """Of softmax(Q K^T) V; mmengine counts the products around it, but not these."""
    (*batch, queries, channels), (*_, keys, _), (*_, values) = map(get_shape, inputs[:3])
    return math.prod(batch) * queries * keys * (channels + values)


def complexity(net: nn.Module, inputs: tuple) -> Tuple[List[tuple], Dict[str, int]]:
    """Rows (name, parameters, operations, activations) of a net and its parts; the first is whole.

    Returns:
        tuple: The rows, and how often operations occur that are not counted.
    """
    flops, activations = FlopAnalyzer(net, inputs), ActivationAnalyzer(net, inputs)
    flops.set_op_handle('aten::scaled_dot_product_attention', attention_flops)
    for analyzer in (flops, activations):
        analyzer.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    # A transformer layer's fused kernel is one operation, which hides what it does.
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad():
            parameters = parameter_count(net)
            rows = [(name, parameters[name], flops.by_module()[name],
                     activations.by_module()[name])
                    for name in ('', *(name for name, _ in net.named_children()))]
            return rows, dict(flops.unsupported_ops())
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)


def table(title: str, rows: Sequence[tuple]) -> str:
    """Markdown."""
    lines = [f'| {" | ".join(HEADER)} |', '| --- | --- | --- | --- |']
    for name, parameters, flops, activations in rows:
        lines.append(f'| {name or title} | {parameters / 1e6:.3f} M | {flops / 1e9:.3f} | '
                     f'{activations / 1e6:.2f} M |')
    return '\n'.join(lines)


def main(argv: Optional[List[str]] = None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        cfg = overridden_config(args)
        height, width = image_shape(cfg, args.shape)
        model = init_model(cfg)
        images = torch.rand(1, 3, height, width)
        model.extract_feat(images)  # says what is wrong with the size, if anything
        nets = [('depth net', DepthNet(model), (images, ))]
        if getattr(model, 'pose_net', None) is not None:
            nets.append(('pose net (one pair)', model.pose_net, (images, images)))
        print(f'{args.config}, images of {height}x{width}\n')
        for title, net, inputs in nets:
            rows, uncounted = complexity(net.eval(), inputs)
            print(f'{table(title, rows)}\n')
            print(f'not counted: {", ".join(f"{n} {op}" for op, n in sorted(uncounted.items()))}\n')


if __name__ == '__main__':
    main()
