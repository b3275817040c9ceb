"""Say at the start of training whether it will see what testing measures."""

from typing import List, Optional

from mmengine.hooks import Hook

from spidepth_mm.datasets.listed_frames import listed_frames
from spidepth_mm.datasets.split_leaks import find_split_leaks
from spidepth_mm.registry import HOOKS

LEAKS_KEY = 'split_leaks'


@HOOKS.register_module()
class SplitLeakHook(Hook):
    """Compare the training list with the config's test list, once, before training.

    Logs one line, or a loud warning, and notes the verdict in the message hub
    and in each checkpoint's ``meta['split_leaks']``, so that results carry it.
    Verdicts of the weights that training started from are kept: a model that
    was fine-tuned cleanly has still seen what its first training saw. Silent
    where frames are not listed by drive and number.

    Args:
        allow_shared_drives (bool): Call it a leak only if a test image itself
            is seen, not if other frames of its drive are.
    """

    def __init__(self, allow_shared_drives: bool = False):
        self.allow_shared_drives = allow_shared_drives
        self.verdicts: List[dict] = []

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        meta = checkpoint.get('meta')
        inherited = meta.get(LEAKS_KEY) if isinstance(meta, dict) else None
        for verdict in inherited or []:
            self._note(dict(verdict))

    def before_train(self, runner) -> None:
        verdict = self.compare(
            runner.train_dataloader.dataset, (runner.cfg.get('test_dataloader') or {}))
        if verdict is not None:
            self._note(verdict)
            self._log(runner, verdict)
        runner.message_hub.update_info(LEAKS_KEY, self.verdicts)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        checkpoint.setdefault('meta', {})[LEAKS_KEY] = [dict(v) for v in self.verdicts]

    def compare(self, train_dataset, test_dataloader: dict) -> Optional[dict]:
        """The verdict as plain data; None where one of the lists is not known."""
        test_config = test_dataloader.get('dataset')
        train = listed_frames(train_dataset)
        test = None if train is None or test_config is None else listed_frames(test_config)
        if train is None or test is None:
            return None
        leaks = find_split_leaks(train.entries, test.entries, train.frame_offsets)
        return dict(leaks.to_dict(), leak=leaks.is_leak(self.allow_shared_drives),
                    train=train.name, test=test.name, summary=leaks.summary())

    def _note(self, verdict: dict) -> None:
        lists = [(v['train'], v['test']) for v in self.verdicts]
        if (verdict['train'], verdict['test']) in lists:
            self.verdicts[lists.index((verdict['train'], verdict['test']))] = verdict
        else:
            self.verdicts.append(verdict)

    def _log(self, runner, verdict: dict) -> None:
        lists = f'train list {verdict["train"]}, test list {verdict["test"]}'
        if not verdict['leak']:
            runner.logger.info(f'Split check: {verdict["summary"]} ({lists}).')
            return
        runner.logger.warning(
            f'\n{"!" * 78}\nLEAKING TRAIN LIST: {verdict["summary"]}\n({lists}; '
            f'{verdict["train_in_shared"]} of {verdict["num_train"]} training images are from '
            f'these drives). Test results of this\nmodel cannot stand beside results of a clean '
            f'list; its checkpoints and result files say so.\n{"!" * 78}')
