import numpy as np
import pytest

from spidepth_mm.datasets.synthetic.calibration import Calibration
from spidepth_mm.datasets.synthetic.trajectory import BASELINE


def _parse(text):
    pairs = (line.split(':', 1) for line in text.splitlines() if not line.startswith('calib'))
    return {key: np.array(value.split(), float) for key, value in pairs}


@pytest.fixture(scope='module')
def calibration():
    return Calibration.for_size((640, 192))


def test_text_has_kittis_keys_and_number_format(calibration):
    text = calibration.cam_to_cam_text()
    values = _parse(text)
    for camera in ('00', '01', '02', '03'):
        for key, count in (('S', 2), ('K', 9), ('D', 5), ('R', 9), ('T', 3), ('S_rect', 2),
                           ('R_rect', 9), ('P_rect', 12)):
            assert values[f'{key}_{camera}'].size == count
    assert 'S_rect_02: 6.400000e+02 1.920000e+02\n' in text
    assert set(_parse(calibration.velo_to_cam_text())) == {'R', 'T', 'delta_f', 'delta_c'}


def test_baseline_is_in_the_projections(calibration):
    values = _parse(calibration.cam_to_cam_text())
    left, right = (values[f'P_rect_0{n}'].reshape(3, 4) for n in (2, 3))
    np.testing.assert_array_equal(left[:, :3], right[:, :3])
    assert left[0, 3] > 0 > right[0, 3]
    assert (left[0, 3] - right[0, 3]) / left[0, 0] == pytest.approx(BASELINE, abs=1e-6)
    assert left[0, 0] == pytest.approx(721.5377 / 1242 * 640, rel=1e-6)


def test_scanner_points_project_back_through_the_files(calibration):
    cameras, scanner = (_parse(text) for text in (calibration.cam_to_cam_text(),
                                                  calibration.velo_to_cam_text()))
    rng = np.random.default_rng(0)
    pixels, depth = rng.uniform(0, [640, 192], (50, 2)), rng.uniform(3, 90, 50)
    points = calibration.scanner_from_image(pixels, depth)
    camera0 = points @ scanner['R'].reshape(3, 3).T + scanner['T']
    rectified = camera0 @ cameras['R_rect_00'].reshape(3, 3).T
    image = np.column_stack([rectified, np.ones(50)]) @ cameras['P_rect_02'].reshape(3, 4).T
    np.testing.assert_allclose(image[:, :2] / image[:, 2:], pixels, atol=1e-6)
    np.testing.assert_allclose(image[:, 2], depth, atol=1e-8)
    np.testing.assert_allclose(points[:, 0], depth, atol=1e-3)  # scanner x is camera z
