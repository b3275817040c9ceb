"""Converts the SPIdepth and SQLdepth authors' weights into one checkpoint of this project."""

from spidepth_mm.apis.conversion_commands import convert_from
from spidepth_mm.utils.conversion import SPIDEPTH


def main(argv=None) -> None:
    convert_from(SPIDEPTH, __doc__, 'folder with encoder.pth, depth.pth and pose.pth, or the '
                 'single file of a fine-tuned model', argv)


if __name__ == '__main__':
    main()
