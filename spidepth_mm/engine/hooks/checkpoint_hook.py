"""Checkpoints that are there whole or not at all, and are removed only once replaced."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from typing import Any, Iterator, List, Tuple

from mmengine.dist import barrier, is_main_process
from mmengine.fileio import LocalBackend
from mmengine.hooks import CheckpointHook as BaseCheckpointHook

from spidepth_mm.registry import HOOKS
from spidepth_mm.utils.checkpoint import CheckpointError

_PART = '.part'
_CHECKPOINT = re.compile(r'^(iter|epoch|best)_[^/\\]*\.pth$')
_REPLACED = 'replaced_checkpoints'


@HOOKS.register_module()
class CheckpointHook(BaseCheckpointHook):
    """mmengine's, with the same arguments, made safe against kills and full disks.

    mmengine writes a checkpoint under its final name, so that a kill leaves
    half of one there, and removes the oldest (and the previous best) one
    before the new one is written, so that a full disk can leave none. This
    hook writes beside the final name, renames, and removes afterwards; the
    disk needs room for one more checkpoint than ``max_keep_ckpts``. It also
    lets hooks collect what every process has to say
    (``before_checkpoint_of_all_processes``), because ``before_save_checkpoint``
    is called in the first process only.

    Raises:
        CheckpointError: If a checkpoint cannot be written.
    """

    def before_train(self, runner) -> None:
        super().before_train(runner)
        if self._is_local() and is_main_process() and os.path.isdir(self.out_dir):
            # What a killed run was writing, and what it had replaced and not removed yet.
            for name in os.listdir(self.out_dir):
                if name.endswith(_PART) and _CHECKPOINT.match(name[:-len(_PART)]):
                    _remove(os.path.join(self.out_dir, name))
            for name in runner.message_hub.runtime_info.get(_REPLACED, ()):
                if _CHECKPOINT.match(str(name)):
                    _remove(os.path.join(self.out_dir, name))

    def _save_checkpoint_with_step(self, runner, step, meta) -> None:
        runner.call_hook('before_checkpoint_of_all_processes')
        with self._removing_afterwards():
            super()._save_checkpoint_with_step(self._atomic(runner), step, meta)

    def _save_best_checkpoint(self, runner, metrics) -> None:
        if self.save_best:
            runner.call_hook('before_checkpoint_of_all_processes')
        with self._removing_afterwards():
            super()._save_best_checkpoint(self._atomic(runner), metrics)

    def _is_local(self) -> bool:
        return isinstance(getattr(self.file_backend, 'wrapped', self.file_backend), LocalBackend)

    def _atomic(self, runner):
        # Object stores replace a file as a whole by themselves.
        return _AtomicSaves(runner, self.file_backend) if self._is_local() else runner

    @contextmanager
    def _removing_afterwards(self) -> Iterator[None]:
        if isinstance(self.file_backend, _LateRemovals):  # the best one was saved just before
            yield
            return
        backend = self.file_backend
        late = self.file_backend = _LateRemovals(backend)
        try:
            yield
        finally:
            self.file_backend = backend
        late.remove_now()


class _LateRemovals:
    """A file backend that remembers what it is asked to remove."""

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped
        self._removals: List[Tuple[str, str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wrapped, name)

    def remove(self, path: str) -> None:
        self._removals.append(('remove', path))

    def rmtree(self, path: str) -> None:
        self._removals.append(('rmtree', path))

    @property
    def names(self) -> List[str]:
        return [os.path.basename(path) for _, path in self._removals]

    def remove_now(self) -> None:
        for method, path in self._removals:
            getattr(self.wrapped, method)(path)


class _AtomicSaves:
    """A runner whose checkpoints get their names when they are complete."""

    def __init__(self, runner: Any, removals: _LateRemovals) -> None:
        self._runner = getattr(runner, '_runner', runner)
        self._removals = removals

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runner, name)

    def save_checkpoint(self, out_dir: str, filename: str, *args: Any, **kwargs: Any) -> None:
        path = os.path.join(out_dir, filename)
        self._runner.message_hub.update_info(_REPLACED, self._removals.names)
        try:
            self._runner.save_checkpoint(out_dir, filename + _PART, *args, **kwargs)
            barrier()  # a sharded checkpoint is a folder that every process writes into
            if is_main_process():
                _replace(path + _PART, path)
        except OSError as error:
            _remove(path + _PART)
            names = sorted(os.listdir(out_dir)) if os.path.isdir(out_dir) else []
            kept = [name for name in names if name.endswith('.pth')]
            raise CheckpointError(
                f'Cannot write the checkpoint {path}: {error.strerror or error}. The earlier ones '
                f'are as they were ({", ".join(kept) or "none"}). Make room, then continue with '
                '--resume.') from error


def _replace(partial: str, path: str) -> None:
    if os.path.isdir(partial) and os.path.isdir(path):  # which cannot be replaced in one step
        shutil.rmtree(path)
    if os.path.isfile(partial):
        with open(partial, 'rb') as file:
            os.fsync(file.fileno())  # else a power cut may leave the name and not the content
    os.replace(partial, path)


def _remove(path: str) -> None:
    if os.path.isdir(path):
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.exists(path):
        os.remove(path)
