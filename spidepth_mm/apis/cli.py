"""How the command-line tools speak to people."""

import os
import re
import sys
import traceback
import warnings
from contextlib import contextmanager
from typing import Callable, Optional

SHOW_TRACEBACK = 'SPIDEPTH_TRACEBACK'


def limit_noise() -> None:
    """Silence import-time warnings of dependencies that a user can do nothing about."""
    warnings.filterwarnings('ignore', message='Fail to import ``MultiScaleDeformableAttention``')
    warnings.filterwarnings('ignore', message='.*pkg_resources.*')
    warnings.filterwarnings('ignore', category=FutureWarning, module='mm(engine|cv|pretrain)')


def message_of(error: BaseException) -> str:
    """What went wrong, without the traceback that a data loader puts into the message."""
    killed = _killed_worker(error)
    if killed:
        return (f'{killed} Nearly always the memory was full (dmesg says so): lower num_workers or '
                'batch_size, then continue with --resume.')
    text = str(error) or type(error).__name__
    if text.startswith('Caught ') and 'Original Traceback' in text:
        # The last line at the left margin that names an exception, and what follows it.
        found = list(re.finditer(r'^[\w.]+(?:Error|Exception|Warning): ', text, re.MULTILINE))
        if found:
            text = text[found[-1].end():]
    return text.strip()


def _killed_worker(error: Optional[BaseException]) -> str:
    """What torch says when a data loader's worker was killed, '' if that is not the reason.

    It is raised in the midst of whatever runs, also where others catch everything.
    """
    while error is not None:
        if re.match(r'DataLoader worker .* is killed by signal', str(error)):
            return str(error).strip()
        error = error.__cause__ or error.__context__
    return ''


@contextmanager
def friendly_errors(hint: Optional[Callable[[BaseException], str]] = None):
    """Turn an exception into one message and exit code 1.

    Set the environment variable ``SPIDEPTH_TRACEBACK=1`` to see the traceback.

    Args:
        hint (Callable, optional): More to say about an exception, or ''.
    """
    try:
        yield
    except KeyboardInterrupt:
        sys.exit('\nStopped. Continue with --resume.')
    except Exception as error:
        if os.environ.get(SHOW_TRACEBACK):
            traceback.print_exc()
        more = hint(error) if hint else ''
        print(f'\nerror: {message_of(error)}', file=sys.stderr)
        if more:
            print(f'\n{more}', file=sys.stderr)
        if not os.environ.get(SHOW_TRACEBACK):
            print(f'({SHOW_TRACEBACK}=1 shows where.)', file=sys.stderr)
        sys.exit(1)
