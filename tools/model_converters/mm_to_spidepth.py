"""Converts a checkpoint of this project into files for the SPIdepth authors' code."""

from spidepth_mm.apis.conversion_commands import convert_to
from spidepth_mm.utils.conversion import SPIDEPTH


def main(argv=None) -> None:
    convert_to(SPIDEPTH, __doc__, argv)


if __name__ == '__main__':
    main()
