"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from typing import Union


def write_atomically(path: Union[str, os.PathLike], content: bytes) -> None:
    """Writes ``content`` to ``path``, replacing what is there.

    It is written beside its place and moved there by one rename, so that a
    full disk or a kill never leaves half a file under the final name.

    Raises:
        OSError: If it cannot be written; nothing of it is left then.
    """
    partial = f'{path}.{os.getpid()}.part'
    try:
        with open(partial, 'wb') as file:
            file.write(content)
        os.replace(partial, path)
    except OSError as error:
        # A full disk does not say which file it was, a missing folder names the partial one.
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        if os.path.exists(partial):
            os.remove(partial)
