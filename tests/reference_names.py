"""Reference weights in this package's modules, by the package's own rules."""

from __future__ import annotations

from typing import Callable, Mapping

import torch
from torch import nn

from spidepth_mm.utils.conversion import SPIDEPTH
from spidepth_mm.utils.conversion.accounting import fit_pointwise
from spidepth_mm.utils.conversion.name_map import NameMap
from spidepth_mm.utils.conversion.pose_nets import POSE_CNN, STRENGTHENED_POSE_NET
from spidepth_mm.utils.conversion.sql_head import SQL_HEAD


def _strictly(names: NameMap) -> Callable[[str], str]:
    def rename(name: str) -> str:
        renamed = names.to_ours(name)
        assert renamed is not None, f'no rule for {name}'
        return renamed

    return rename


#: Of the reference's depth file, pose file, and plain pose net.
sql_head_name = _strictly(SQL_HEAD)
pose_name = _strictly(STRENGTHENED_POSE_NET)
pose_cnn_name = _strictly(POSE_CNN)


def estimator_state(files: Mapping[str, Mapping[str, torch.Tensor]]) -> dict:
    """The state of a whole estimator from the reference's encoder, depth and pose files."""
    return {_strictly(SPIDEPTH.rules[file])(name): value
            for file, state in files.items() for name, value in state.items()}


def load(module: nn.Module, state: Mapping[str, torch.Tensor],
         rename: Callable[[str], str] = str) -> nn.Module:
    """Load all of ``state`` into all of ``module``, and put it into ``eval()`` mode."""
    own = module.state_dict()
    renamed = {rename(name): value for name, value in state.items()}
    module.load_state_dict({
        name: fit_pointwise(value, own[name].shape) for name, value in renamed.items()})
    return module.eval()
