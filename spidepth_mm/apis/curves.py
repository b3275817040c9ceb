"""Curves of the tools, on the screen or in a file."""

from __future__ import annotations

import argparse
import os
from contextlib import contextmanager
from typing import Any, Iterator, Optional, Tuple

from spidepth_mm.visualization import check_display


def add_figure_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--title``, ``--style`` and ``--window-size``."""
    parser.add_argument('--title', help='of the figure')
    parser.add_argument(
        '--style', default='default', help="a style of matplotlib, e.g. 'ggplot' (default)")
    parser.add_argument(
        '--window-size', type=parse_size, default=(12, 7), metavar='W*H',
        help='of the figure, inches (12*7)')


def parse_size(text: str) -> Tuple[float, float]:
    """'12*7' to (12.0, 7.0)."""
    try:
        width, height = map(float, text.split('*'))
        if min(width, height) <= 0:
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no size; give width*height in inches, e.g. '12*7'") from None
    return width, height


@contextmanager
def figure(args: argparse.Namespace) -> Iterator[Any]:
    """The axes of a new figure with what :func:`add_figure_arguments` asked for.

    Raises:
        ValueError: If the style is unknown.
    """
    # Imported here: it is needed by these tools only, and slow.
    import matplotlib.pyplot as plt
    if args.style != 'default' and args.style not in plt.style.available:
        raise ValueError(f"Unknown style '{args.style}'. Valid styles are default, "
                         f'{", ".join(plt.style.available)}.')
    with plt.style.context(args.style):
        made, axes = plt.subplots(figsize=args.window_size)
        try:
            yield axes
        finally:
            plt.close(made)


def finish(axes: Any, title: Optional[str], out: Optional[str], show: bool = True) -> None:
    """Add title, legend and grid; write the figure to ``out`` if given, else show it.

    Raises:
        RuntimeError: If there is neither a file nor a screen.
        OSError: If the file cannot be written.
    """
    import matplotlib.pyplot as plt
    axes.set_title(title or '')
    axes.legend()
    axes.grid(alpha=0.3)
    if out:
        os.makedirs(os.path.dirname(os.path.abspath(out)), exist_ok=True)
        axes.figure.savefig(out, dpi=120, bbox_inches='tight')
        print(f'The figure is in {out}')
    elif show:
        check_display()
        plt.show()
