import cv2
import numpy as np
import pytest
import torch

from spidepth_mm.evaluation.resampling import sample_resized

SHAPES = [((96, 320), (375, 1242)), ((7, 5), (3, 11)), ((1, 1), (4, 6)), ((50, 60), (20, 30)),
          ((33, 100), (33, 77)), ((20, 30), (20, 30))]
MODES = dict(bilinear=cv2.INTER_LINEAR, nearest=cv2.INTER_NEAREST)


@pytest.mark.parametrize('mode', MODES)
@pytest.mark.parametrize('source_shape, target_shape', SHAPES)
@pytest.mark.parametrize('library', [np.asarray, torch.from_numpy])
def test_equals_cv2_resize(mode, source_shape, target_shape, library):
    rng = np.random.default_rng(0)
    source = rng.uniform(1, 80, source_shape).astype(np.float32)
    resized = cv2.resize(source, target_shape[::-1], interpolation=MODES[mode])
    # A few pixels, so that they are sampled one by one, with all four corners.
    chosen = rng.random(target_shape) < 0.02
    chosen[[0, 0, -1, -1], [0, -1, 0, -1]] = True
    rows, cols = np.nonzero(chosen)
    got = sample_resized(library(source), library(rows), library(cols), target_shape, mode)
    np.testing.assert_allclose(np.asarray(got), resized[rows, cols], rtol=1e-6)


@pytest.mark.parametrize('mode', MODES)
def test_dense_reading_equals_sparse_reading(mode):
    rng = np.random.default_rng(1)
    source = rng.uniform(1, 80, (24, 40)).astype(np.float32)
    rows, cols = np.nonzero(np.ones((60, 90), bool))
    dense = sample_resized(source, rows, cols, (60, 90), mode)
    sparse = np.concatenate([
        sample_resized(source, rows[i:i + 100], cols[i:i + 100], (60, 90), mode)
        for i in range(0, len(rows), 100)
    ])
    np.testing.assert_allclose(sparse, dense, rtol=1e-6)


def test_by_hand():
    source = np.array([[0., 4.]], np.float32)
    # Four columns out of two: centres at -0.25, 0.25, 0.75, 1.25 of the source.
    cols = np.arange(4)
    got = [
        float(sample_resized(source, np.zeros(1, int), cols[i:i + 1], (1, 4), 'bilinear')[0])
        for i in range(4)
    ]
    assert got == [0., 1., 3., 4.]


def test_leaves_its_input_alone():
    source = np.arange(12, dtype=np.float32).reshape(3, 4)
    before = source.copy()
    sample_resized(source, np.array([5]), np.array([7]), (30, 40), 'bilinear')
    np.testing.assert_array_equal(source, before)
