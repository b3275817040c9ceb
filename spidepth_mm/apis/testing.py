"""From command-line flags to a test run, and from its metrics to a file."""

import json
import math
import os
from typing import Any, Mapping, Optional, Sequence

from mmengine.config import Config

from spidepth_mm.utils.atomic_write import write_atomically
from spidepth_mm.utils.checkpoint import read_checkpoint
from spidepth_mm.utils.checkpoint_loaders import refuse_code_in_checkpoints

from .results import LEAKS_KEY, describe_model, evaluators_of, measurements, relevant_leaks
from .training import check_data

SCALE_KEY = 'scale_type'


def prepare_test_config(cfg: Config, checkpoint: str, show_dir: Optional[str] = None,
                        tta: bool = False) -> None:
    """Apply test flags to a config of the caller's own, in place.

    Args:
        cfg (Config): With a test dataloader and evaluator.
        checkpoint (str): Local checkpoint file.
        show_dir (str, optional): Folder for pictures of the results.
        tta (bool): Average with the prediction of the mirrored image.

    Raises:
        CheckpointError: If the checkpoint is absent, damaged or unsafe.
        DatasetNotFoundError: If the test data are absent or of another layout.
    """
    refuse_code_in_checkpoints()
    meta = read_checkpoint(checkpoint).get('meta', {})
    check_data(cfg.get('test_dataloader'), cfg.get('default_scope', 'spidepth_mm'))
    cfg.load_from, cfg.resume = checkpoint, False
    if SCALE_KEY in meta:
        cfg.model[SCALE_KEY] = meta[SCALE_KEY]
    cfg[LEAKS_KEY] = relevant_leaks(meta.get(LEAKS_KEY), cfg)
    if tta:
        cfg.model.test_cfg = dict(cfg.model.get('test_cfg') or {}, flip_tta=True)
    if show_dir:
        evaluator = evaluators_of(cfg)[0]
        cfg.custom_hooks = list(cfg.get('custom_hooks', [])) + [
            dict(type='DepthVisualizationHook', out_dir=show_dir,
                 protocol=evaluator.get('protocol', 'kitti_eigen'),
                 scaling=evaluator.get('scaling'))]


def write_result(path: str, metrics: dict, cfg: Config, depth_kinds: Sequence[str] = (),
                 model: Optional[Mapping[str, Any]] = None) -> None:
    """Write metrics, and how they were measured, to a JSON file; whole or not at all.

    Args:
        path (str): Of the file; its folder is made where absent.
        metrics (dict): What the test loop returned.
        cfg (Config): After ``prepare_test_config``.
        depth_kinds (Sequence[str]): From ``other_depth_kinds``.
        model (Mapping, optional): From ``describe_predictions``, where not the config's model
            was measured.

    Raises:
        OSError: If the folder cannot be written.
    """
    def plain(value):
        value = value.item() if hasattr(value, 'item') else value
        return None if isinstance(value, float) and not math.isfinite(value) else value

    metrics = {name: plain(value) for name, value in metrics.items()}
    result = dict(
        metrics=metrics,
        model=model or describe_model(cfg),
        measurements=measurements(metrics, cfg, depth_kinds),
        checkpoint=None if model else cfg.load_from, config=cfg.filename,
        evaluator=Config(dict(evaluator=cfg.test_evaluator)).to_dict()['evaluator'],
        flip_tta=not model and bool(cfg.model.get('test_cfg', {}).get('flip_tta', False)),
        split_leaks=[dict(leak) for leak in cfg.get(LEAKS_KEY, [])])
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    write_atomically(path, json.dumps(result, indent=2).encode())
