"""What a result file says beside its numbers: how they were measured, and on what."""

from __future__ import annotations

import os.path as osp
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from mmengine.config import Config
from mmengine.evaluator import Evaluator

from spidepth_mm.datasets.frame_offsets import STEREO
from spidepth_mm.datasets.listed_frames import listed_frames
from spidepth_mm.datasets.split_leaks import drive_names
from spidepth_mm.evaluation import DepthMetric, DepthProtocol, get_protocol
from spidepth_mm.evaluation.paper_tables import compare_with_paper

LEAKS_KEY = 'split_leaks'
_KEYS = {'train', 'test', 'summary', 'shared_drives'}


def describe_model(cfg: Config) -> Dict[str, Any]:
    """Name, training data (M, S, MS, D) and input size (height x width) that a config gives.

    A model whose training was median-scaled also says so, as ``scale_alignment``.
    """
    name = osp.splitext(osp.basename(cfg.filename or 'unnamed'))[0]
    described = dict(name=name, train=_training_data(cfg), size=_input_size(cfg))
    alignment = cfg.model.get('scale_alignment')
    return dict(described, scale_alignment=alignment) if alignment else described


def describe_predictions(path: str, quantity: str) -> Dict[str, Any]:
    """As ``describe_model``, for saved maps: their file's name is known, their model is not."""
    name = osp.splitext(osp.basename(path))[0]
    return dict(name=name, train='', size='', predictions=path, quantity=quantity)


def other_depth_kinds(evaluator: Evaluator) -> List[str]:
    """Of each ``DepthMetric``, after the test, what its ground truth measured; '' as it should."""
    return [metric.other_depth_kind for metric in evaluator.metrics
            if isinstance(metric, DepthMetric)]


def evaluators_of(cfg: Config) -> List[dict]:
    """The config's test evaluators, also if there is but one."""
    given = cfg.test_evaluator
    return list(given) if isinstance(given, (list, tuple)) else [given]


def measured_protocol(evaluator: Mapping[str, Any]) -> Optional[DepthProtocol]:
    """The protocol of an evaluator's config; ``None`` if it is no ``DepthMetric``."""
    if 'DepthMetric' not in str(evaluator.get('type')):
        return None
    return get_protocol(evaluator.get('protocol') or 'kitti_eigen')


def measurements(metrics: Mapping[str, Any], cfg: Config,
                 depth_kinds: Sequence[str] = ()) -> List[dict]:
    """One entry for each ``DepthMetric`` of a test: protocol, scaling, image counts, errors.

    Where the ground truth measured something else than the protocol's, the
    entry has a ``depth_kind`` too.

    Args:
        metrics: What the test loop returned.
        cfg: With a test evaluator.
        depth_kinds: From ``other_depth_kinds``.
    """
    kinds = iter(depth_kinds)
    found = []
    for evaluator in evaluators_of(cfg):
        protocol = measured_protocol(evaluator)
        if protocol is None:
            continue
        errors = _of_prefix(metrics, evaluator.get('prefix'))
        entry = dict(
            protocol=protocol.name,
            protocol_images=protocol.num_images,
            scaling=evaluator.get('scaling') or protocol.scaling,
            num_images=errors.pop('num_images', None),
            num_excluded=errors.pop('num_excluded', None),
            errors=errors)
        kind = next(kinds, '')
        found.append(dict(entry, depth_kind=kind) if kind else entry)
    return found


def relevant_leaks(verdicts: Optional[List[dict]], cfg: Config) -> List[dict]:
    """Verdicts of a checkpoint's ``meta['split_leaks']`` that concern the config's test list.

    A training list that shares drives with one list of KITTI does not leak
    Make3D.
    """
    # A checkpoint is somebody else's file: only what has the expected form is looked at.
    leaking = [dict(verdict) for verdict in (verdicts if isinstance(verdicts, list) else [])
               if isinstance(verdict, dict) and verdict.get('leak') and set(verdict) >= _KEYS]
    if not leaking:
        return []
    tested = listed_frames((cfg.get('test_dataloader') or {}).get('dataset') or {})
    if tested is None:
        return []
    drives = drive_names(tested.entries)
    return [verdict for verdict in leaking
            if verdict['test'] == tested.name or drives & set(verdict['shared_drives'])]


def leak_note(leaks: List[dict]) -> str:
    """A warning for people; '' without leaks."""
    if not leaks:
        return ''
    lists = '; '.join(f'{leak["train"]}: {leak["summary"]} of {leak["test"]}' for leak in leaks)
    return ('LEAKING TRAIN LIST: this checkpoint was trained on images or drives that it is '
            f'tested on ({lists}). Its numbers cannot stand beside those of a clean list.')


def compare_all(metrics: Mapping[str, Any], cfg: Config, depth_kinds: Sequence[str] = (),
                model: Optional[Mapping[str, Any]] = None) -> str:
    """Each measurement beside the paper's rows of its protocol; arguments as ``write_result``'s."""
    name = (model or describe_model(cfg))['name']
    leaking = bool(cfg.get(LEAKS_KEY))
    return '\n\n'.join(
        compare_with_paper(entry['protocol'], entry['scaling'], name,
                           dict(entry['errors'], num_images=entry['num_images']), leaking,
                           entry.get('depth_kind', ''))
        for entry in measurements(metrics, cfg, depth_kinds))


def _of_prefix(metrics: Mapping[str, Any], prefix: Optional[str]) -> Dict[str, Any]:
    if prefix:
        start = f'{prefix}/'
        return {name[len(start):]: value for name, value in metrics.items()
                if name.startswith(start)}
    return {name: value for name, value in metrics.items() if '/' not in name}


def _training_data(cfg: Config) -> str:
    if 'Supervised' in str(cfg.model.get('type')):
        return 'D'
    dataset = (cfg.get('train_dataloader') or {}).get('dataset') or {}
    offsets: Tuple = tuple(dataset.get('frame_offsets') or ())
    temporal = any(offset not in (STEREO, 0) for offset in offsets)
    return 'M' * temporal + 'S' * (STEREO in offsets)


def _input_size(cfg: Config) -> str:
    dataset = (cfg.get('test_dataloader') or {}).get('dataset') or {}
    for step in dataset.get('pipeline') or []:
        if isinstance(step, dict) and 'ResizeFrames' in str(step.get('type')):
            width, height = step['scale']
            return f'{height}x{width}'
    return ''
