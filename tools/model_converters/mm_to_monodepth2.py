"""Converts a checkpoint of this project into files for the Monodepth2 authors' code."""

from spidepth_mm.apis.conversion_commands import convert_to
from spidepth_mm.utils.conversion import MONODEPTH2


def main(argv=None) -> None:
    convert_to(MONODEPTH2, __doc__, argv)


if __name__ == '__main__':
    main()
