"""Which part of a ground-truth map a protocol scores, and which part the prediction shows.

A benchmark crops twice: the image given to the network may show only a part
of the ground truth (its *extent*), and only a part of that is *scored*. Both
are rectangles in pixels of the ground truth as stored.
"""

from typing import Callable, Dict, NamedTuple, Tuple

Shape = Tuple[int, int]


class Rect(NamedTuple):
    """Rows ``top <= r < bottom`` and columns ``left <= c < right``, pixels."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> Shape:
        return self.bottom - self.top, self.right - self.left


class Crop(NamedTuple):
    """``extent``: what the prediction covers; ``scored``: what is evaluated, inside it."""

    extent: Rect
    scored: Rect


# Rows and columns as shares of the height and the width, from Garg et al. 2016.
_GARG_ROWS = (0.40810811, 0.99189189)
_GARG_COLS = (0.03594771, 0.96405229)

# Height and width of the window that all KITTI images have in common (Uhrig et al. 2017).
_BENCHMARK_SHAPE = (352, 1216)

_MAKE3D_ROWS, _MAKE3D_CROPPED_ROWS = 55, 21


def whole(gt_shape: Shape) -> Crop:
    """No crop."""
    rect = Rect(0, gt_shape[0], 0, gt_shape[1])
    return Crop(rect, rect)


def garg(gt_shape: Shape) -> Crop:
    """Garg et al.'s crop of KITTI: the prediction covers all, sky and sides are not scored."""
    height, width = gt_shape
    rows = [int(share * height) for share in _GARG_ROWS]
    cols = [int(share * width) for share in _GARG_COLS]
    return Crop(Rect(0, height, 0, width), Rect(*rows, *cols))


def benchmark_garg(gt_shape: Shape) -> Crop:
    """Garg et al.'s crop, counted from the corner of KITTI's benchmark crop.

    So fine-tuned models are evaluated (BTS, AdaBins and their successors):
    the prediction covers the 352x1216 pixels at the bottom, centred, and the
    shares of the Garg crop are of that window.

    Raises:
        ValueError: for a ground truth that is smaller than the window.
    """
    height, width = _BENCHMARK_SHAPE
    top, left = gt_shape[0] - height, (gt_shape[1] - width) // 2
    if top < 0 or left < 0:
        raise ValueError(f'The benchmark crop needs ground truth of KITTI, at least {height}x'
                         f'{width} (HxW), but got {gt_shape[0]}x{gt_shape[1]}.')
    scored = garg(_BENCHMARK_SHAPE).scored
    return Crop(
        Rect(top, top + height, left, left + width),
        Rect(top + scored.top, top + scored.bottom, left + scored.left, left + scored.right))


def cityscapes(gt_shape: Shape) -> Crop:
    """ManyDepth's crop: the bottom quarter (the car) goes, then the middle is scored.

    Of the usual 1024x2048 the prediction shows rows 0..767, and rows 256..767
    and columns 192..1855 are scored; other sizes in proportion. A ground truth
    that already lacks its bottom quarter (8:3) is taken as it is.

    Raises:
        ValueError: for any other aspect ratio.
    """
    height, width = gt_shape
    if width == 2 * height:
        full_height = height
    elif 3 * width == 8 * height:
        full_height = height * 4 // 3
    else:
        raise ValueError(
            f'Cityscapes ground truth of size {height}x{width} (HxW) is neither whole (1024x2048) '
            'nor without its bottom quarter (768x2048). Pass it in one of these shapes.')
    left = round(width * 192 / 2048)
    extent = Rect(0, full_height * 3 // 4, 0, width)
    return Crop(extent, Rect(full_height // 4, extent.bottom, left, width - left))


def make3d_c1(gt_shape: Shape) -> Crop:
    """Make3D's central 2:1 crop: rows 17..37 of the 55-row laser grid.

    A ground truth of 21 rows is taken as already cropped, other heights are
    cropped in proportion.
    """
    height, width = gt_shape
    if height == _MAKE3D_CROPPED_ROWS:
        return whole(gt_shape)
    rows = round(height * _MAKE3D_CROPPED_ROWS / _MAKE3D_ROWS)
    top = (height - rows) // 2
    rect = Rect(top, top + rows, 0, width)
    return Crop(rect, rect)


CROPS: Dict[str, Callable[[Shape], Crop]] = dict(
    whole=whole, garg=garg, benchmark_garg=benchmark_garg, cityscapes=cityscapes,
    make3d_c1=make3d_c1)
