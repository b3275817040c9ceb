import numpy as np
import pytest

from spidepth_mm.evaluation.boundary_errors import boundary_errors, depth_edges


def columns(*positions, shape=(20, 60)):
    edges = np.zeros(shape, bool)
    edges[:, list(positions)] = True
    return edges


def test_by_hand():
    # The edge at 50 is farther than 10 from any true one: it is not asked for
    # accuracy, but would complete a true edge near it.
    errors = boundary_errors(columns(13, 50), columns(10, 30))
    assert errors['edge_accuracy'] == pytest.approx(3)
    assert errors['edge_completeness'] == pytest.approx((3 + 17) / 2)


def test_diagonal_distance_is_euclidean():
    pred, gt = np.zeros((2, 9, 9), bool)
    pred[1, 1] = gt[4, 5] = True
    assert boundary_errors(pred, gt) == pytest.approx(
        dict(edge_accuracy=5, edge_completeness=5), rel=1e-6)


def test_nothing_predicted():
    expected = dict(edge_accuracy=10, edge_completeness=10)
    assert boundary_errors(columns(), columns(10)) == expected
    assert boundary_errors(columns(40), columns(10)) == expected


def test_edges_of_a_step():
    depth = np.full((40, 60), 20.)
    depth[:, 30:] = 10
    found = depth_edges(depth)
    rows, cols = np.nonzero(found)
    assert set(cols) <= {29, 30}
    assert len(set(rows)) >= 38
    # A ratio is an edge at every distance; a slope is none.
    np.testing.assert_array_equal(depth_edges(4 * depth), found)
    assert not depth_edges(np.tile(np.linspace(10, 20, 60), (40, 1))).any()
    assert not depth_edges(np.where(depth > 15, 10.5, 10)).any()


def test_wrong_inputs():
    with pytest.raises(ValueError, match='one shape'):
        boundary_errors(columns(1), columns(1, shape=(5, 60)))
    with pytest.raises(ValueError, match='no edge'):
        boundary_errors(columns(1), columns())
