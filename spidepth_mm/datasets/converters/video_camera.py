"""The camera of a recording: given, from its field of view, or from pictures of a chessboard."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Sequence, Tuple

import cv2
import numpy as np

from ..camera_check import cam2img_from_fov, check_cam2img
from ..transforms.geometric import resize_cam2img, resize_image
from .video_source import iter_frames, open_recording

_MIN_VIEWS, _MAX_VIEWS = 5, 60
# Corners of a good calibration are met to a few tenths of a pixel.
_LARGE_ERROR = 1.0
Size = Tuple[int, int]


class Calibration(NamedTuple):
    """What pictures of a chessboard say of a camera.

    Attributes:
        cam2img: (3, 3), pixels of the pictures.
        distortion: OpenCV's (k1, k2, p1, p2, k3).
        size: (W, H) of the pictures.
        error: Root mean square distance of the corners, pixels.
        used: Pictures that show the board.
        seen: Pictures looked at.
    """

    cam2img: np.ndarray
    distortion: np.ndarray
    size: Size
    error: float
    used: int
    seen: int


class Camera(NamedTuple):
    """How a frame becomes the image that is written, and that image's K.

    Attributes:
        cam2img: (3, 3), pixels of the written images.
        size: (W, H) of the written images.
        origin: Where K comes from, for people.
        rows: How many rows of the recording are kept, from the top.
        maps: OpenCV's maps that take the lens distortion out, if any.
        warning: What is doubtful, or ''.
    """

    cam2img: np.ndarray
    size: Size
    origin: str
    rows: int
    maps: Optional[Tuple[np.ndarray, np.ndarray]] = None
    warning: str = ''

    def develop(self, image: np.ndarray) -> np.ndarray:
        """(h, w, 3) of the recording to (H, W, 3) as it is written."""
        if self.maps is not None:
            image = cv2.remap(image, *self.maps, cv2.INTER_CUBIC)
        image = np.ascontiguousarray(image[:self.rows])
        if image.shape[1::-1] != tuple(self.size):
            image = resize_image(image, self.size)
        return image

    def describe(self) -> dict:
        """For a file: K as lists, the size, the origin."""
        return dict(cam2img=self.cam2img.tolist(), size=list(self.size), origin=self.origin)


def make_camera(size: Size, intrinsics: Optional[Sequence[float]] = None,
                fov_deg: Optional[float] = None, calibration: Optional[Calibration] = None,
                scale: Optional[Size] = None, crop_bottom: float = 0.) -> Camera:
    """The camera of a recording of ``size`` = (W, H).

    Args:
        size (tuple): Of the recording.
        intrinsics (Sequence[float], optional): fx, fy, cx, cy in its pixels.
        fov_deg (float, optional): Horizontal field of view.
        calibration (Calibration, optional): Takes the distortion out.
        scale (tuple, optional): (W, H) that the images are resized to.
        crop_bottom (float): Share of the rows to remove, such as a bonnet's.

    Raises:
        ValueError: If not exactly one of the three is given, or K cannot be
            of images of this size.
    """
    given: Sequence[Any] = [x for x in (intrinsics, fov_deg, calibration) if x is not None]
    if len(given) != 1:
        raise ValueError('Training needs the camera: give exactly one of --intrinsics FX FY CX CY, '
                         '--fov DEG and --chessboard FOLDER.')
    maps, warning = None, ''
    if intrinsics is not None:
        fx, fy, cx, cy = intrinsics
        cam2img = check_cam2img([[fx, 0, cx], [0, fy, cy], [0, 0, 1]], size, 'the recording')
        origin = 'given as fx, fy, cx, cy'
    elif fov_deg is not None:
        cam2img = cam2img_from_fov(fov_deg, size)
        origin = f'an ideal camera with a horizontal field of view of {fov_deg:g} degrees'
        warning = ('K is an assumption: square pixels, the principal point in the middle, no lens '
                   'distortion. Wide-angle and action cameras need a chessboard.')
    else:
        cam2img, maps = _undistortion(calibration, size)
        origin = (f'a chessboard in {calibration.used} of {calibration.seen} pictures, error '
                  f'{calibration.error:.2f} pixels; lens distortion taken out')
        if calibration.error > _LARGE_ERROR:
            warning = (f'The calibration misses its corners by {calibration.error:.1f} pixels; a '
                       'good one has less than 0.5. Was the board flat, sharp and still?')
    if not 0 <= crop_bottom < 1:
        raise ValueError(f'--crop-bottom must lie in [0, 1), but got {crop_bottom}.')
    # What is cut off below does not move the origin, so K stays.
    rows = max(1, round(size[1] * (1 - crop_bottom)))
    if scale is not None:
        cam2img = resize_cam2img(cam2img, scale[0] / size[0], scale[1] / rows)
    check_cam2img(cam2img, scale or (size[0], rows), 'the images as written')
    return Camera(cam2img, tuple(scale or (size[0], rows)), origin, rows, maps, warning)


def calibrate(path: str, board_size: Tuple[int, int]) -> Calibration:
    """A camera from pictures of a chessboard, or from a video of one.

    The squares' side is not needed: it changes only the board's distance.

    Args:
        path (str): Folder of images, or a video; at most 60 are looked at.
        board_size (tuple): Inner corners, (columns, rows).

    Raises:
        ValueError: If too few pictures show the board.
    """
    if min(board_size) < 3:
        raise ValueError('A board of {}x{} inner corners is too small: at least 3x3 are needed. A '
                         'board of 10x7 squares has 9x6.'.format(*board_size))
    recording = open_recording(path)
    every = max(1, -(-recording.count // _MAX_VIEWS))
    corners, seen = [], 0
    for frame in iter_frames(recording, every):
        if frame.image is None:
            continue
        seen += 1
        found = _find_board(frame.image, board_size)
        if found is not None:
            corners.append(found)
    if len(corners) < _MIN_VIEWS:
        raise ValueError(
            f'{path}: the chessboard with {board_size[0]}x{board_size[1]} inner corners was found '
            f'in {len(corners)} of {seen} pictures, at least {_MIN_VIEWS} are needed (20 are good: '
            'from several sides and distances, also in the corners of the picture). Inner corners '
            'are one less than squares: a board of 10x7 squares has 9x6.')
    columns, rows = board_size
    board = np.zeros((columns * rows, 3), np.float32)
    board[:, :2] = np.mgrid[:columns, :rows].T.reshape(-1, 2)
    error, cam2img, distortion, _, _ = cv2.calibrateCamera(
        [board] * len(corners), corners, recording.size, None, None)
    check_cam2img(cam2img, recording.size, f'the pictures of {path}')
    return Calibration(cam2img, distortion.reshape(-1), recording.size, float(error),
                       len(corners), seen)


def _find_board(image: np.ndarray, board_size: Tuple[int, int]) -> Optional[np.ndarray]:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    found, corners = cv2.findChessboardCorners(
        grey, board_size,
        flags=cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_FAST_CHECK)
    if not found:
        return None
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.001)
    corners = np.asarray(corners, np.float32).reshape(-1, 1, 2)
    return cv2.cornerSubPix(grey, corners, (5, 5), (-1, -1), stop)


def _undistortion(calibration: Calibration,
                  size: Size) -> Tuple[np.ndarray, Tuple[np.ndarray, np.ndarray]]:
    """K (3, 3) of images without distortion or empty borders, and OpenCV's maps to make them."""
    factors = size[0] / calibration.size[0], size[1] / calibration.size[1]
    if abs(factors[0] / factors[1] - 1) > 0.01:
        raise ValueError(
            'The pictures of the chessboard are {}x{} pixels, the recording is {}x{}: another '
            'shape, so another part of the sensor. Take the pictures in the mode that the video '
            'was taken in.'.format(*calibration.size, *size))
    distorted = resize_cam2img(calibration.cam2img, *factors)
    cam2img, _ = cv2.getOptimalNewCameraMatrix(distorted, calibration.distortion, size, 0)
    maps = cv2.initUndistortRectifyMap(
        distorted, calibration.distortion, None, cam2img, size, cv2.CV_16SC2)
    return cam2img, maps
