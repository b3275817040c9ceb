"""Converts the Monodepth2 authors' weights into one checkpoint of this project."""

from spidepth_mm.apis.conversion_commands import convert_from
from spidepth_mm.utils.conversion import MONODEPTH2


def main(argv=None) -> None:
    convert_from(MONODEPTH2, __doc__, 'folder with encoder.pth, depth.pth and, but for models '
                 'trained from stereo pairs alone, pose_encoder.pth and pose.pth', argv)


if __name__ == '__main__':
    main()
