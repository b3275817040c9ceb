"""Says early, and in words, what keeps depth from being learned."""

import math
from typing import Dict, Optional

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from spidepth_mm.registry import HOOKS

from .depth_symptoms import KINDS, SYMPTOMS, measure_depth, measure_motion
from .loss_watcher import LossWatcher


@HOOKS.register_module()
class TrainingDiagnosticsHook(Hook):
    """Look at depth, motion and mask now and then; draw them, and warn.

    Every ``interval`` iterations the Visualizer gets the scalars
    ``diagnostics/depth_spread``, ``far``, ``non_finite``, ``translation``,
    ``rotation`` and ``automasked``; see :mod:`depth_symptoms` for what they
    are. A kind of trouble that is seen ``patience`` times in a row is warned
    of, with its usual causes, at most once in ``warn_interval`` iterations.
    Other iterations cost nothing.

    Args:
        interval (int): Iterations between two looks.
        begin (int): Until this iteration only what is never right is warned
            of: an untrained net has constant depth and hardly any motion.
        warn_interval (int): Least iterations between two warnings of a kind.
        patience (int): Looks in a row that must show it.
        limits (dict, optional): Other limits, by kind: ``non_finite_depth``,
            ``collapsed_depth``, ``holes_at_infinity``, ``small_motion``,
            ``large_motion``, ``large_rotation``, ``much_automasked``. None
            switches a kind off.

    Raises:
        ValueError: For an unknown kind, or numbers that are not positive.
    """

    def __init__(self, interval: int = 50, begin: int = 500, warn_interval: int = 2000,
                 patience: int = 2, limits: Optional[Dict[str, Optional[float]]] = None):
        for name, value in (('interval', interval), ('warn_interval', warn_interval),
                            ('patience', patience)):
            if value < 1:
                raise ValueError(f'{name} must be at least 1, got {value}.')
        unknown = sorted(set(limits or {}) - set(KINDS))
        if unknown:
            raise ValueError(f"Unknown kind '{unknown[0]}' in limits. Valid kinds are {KINDS}.")
        self.interval = interval
        self.begin = begin
        self.warn_interval = warn_interval
        self.patience = patience
        self.limits = {**{s.name: s.limit for s in SYMPTOMS}, **(limits or {})}
        self._seen: Dict[str, int] = {}
        self._warned: Dict[str, int] = {}
        self._watcher: Optional[LossWatcher] = None

    def before_train_iter(self, runner, batch_idx: int, data_batch=None) -> None:
        if self.every_n_train_iters(runner, self.interval):
            self._watcher = LossWatcher(runner.model)

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is None:
            return
        watcher.close()
        measured = self.measure(runner.model, watcher, outputs or {})
        runner.visualizer.add_scalars(
            {f'diagnostics/{name}': value for name, value in measured.items()},
            step=runner.iter + 1)
        self.judge(measured, runner.iter + 1, runner.logger.warning)

    def measure(self, model, watcher: LossWatcher, outputs: dict) -> Dict[str, float]:
        """The batch's numbers, by name."""
        model = model.module if is_model_wrapper(model) else model
        max_depth = getattr(getattr(model, 'head', None), 'max_depth', None)
        measured = measure_depth(watcher.depth, max_depth)
        if watcher.views is not None:
            measured.update(measure_motion(watcher.views))
        if 'automasked' in outputs:
            measured['automasked'] = float(outputs['automasked'])
        return {name: value for name, value in measured.items() if math.isfinite(value)}

    def judge(self, measured: Dict[str, float], iteration: int, warn) -> None:
        """Call ``warn`` with a sentence for each kind of trouble that is due."""
        for symptom in SYMPTOMS:
            limit = self.limits[symptom.name]
            shows = limit is not None and symptom.shows(measured, limit)
            self._seen[symptom.name] = self._seen.get(symptom.name, 0) + 1 if shows else 0
            since = iteration - self._warned.get(symptom.name, -math.inf)
            is_due = symptom.early or iteration > self.begin
            if is_due and self._seen[symptom.name] >= self.patience \
                    and since >= self.warn_interval:
                self._warned[symptom.name] = iteration
                warn(f'Iteration {iteration}: {symptom.describe(measured, limit)}')
