"""A model from its config and weights, ready to predict."""

from pathlib import Path
from typing import Optional, Union

from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn

from spidepth_mm.registry import MODELS
from spidepth_mm.utils.checkpoint import check_fits, read_checkpoint, state_dict_of

from .config_files import read_config


def init_model(config: Union[str, Path, Config], checkpoint: Optional[str] = None,
               device: str = 'cpu', cfg_options: Optional[dict] = None) -> nn.Module:
    """Build an estimator and load its weights strictly.

    Args:
        config (str | Path | Config): Config file or object; not changed.
        checkpoint (str, optional): Local checkpoint file; random weights if None.
        device (str): Where the model is put.
        cfg_options (dict, optional): Overrides, as ``--cfg-options``.

    Returns:
        nn.Module: In ``eval()`` mode, with ``cfg`` and ``dataset_meta``.

    Raises:
        CheckpointError: If the file is absent, damaged, unsafe or of another architecture.
    """
    config = read_config(config) if isinstance(config, (str, Path)) else config
    config = Config(config._cfg_dict.to_dict(), filename=config.filename)
    if cfg_options:
        config.merge_from_dict(cfg_options)
    init_default_scope(config.get('default_scope', 'spidepth_mm'))
    model = MODELS.build(config.model)
    model.dataset_meta = {}
    if checkpoint is not None:
        content = read_checkpoint(checkpoint)
        check_fits(model, content, str(checkpoint))
        model.load_state_dict(state_dict_of(content))
        meta = content.get('meta', {})
        model.dataset_meta = dict(meta.get('dataset_meta') or {})
        model.scale_type = meta.get('scale_type', model.scale_type)
    model.cfg = config
    return model.to(device).eval()
