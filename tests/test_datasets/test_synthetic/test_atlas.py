import numpy as np
import pytest

from spidepth_mm.datasets.synthetic.atlas import TextureAtlas


def _random_tiles():
    rng = np.random.default_rng(0)
    return {'a': rng.integers(0, 256, (16, 32, 3), dtype=np.uint8),
            'b': rng.integers(0, 256, (64, 8, 3), dtype=np.uint8)}


def _sample(atlas, name, x, y, footprint=(1, 1)):
    x, y = np.atleast_1d(x).astype(np.float32), np.atleast_1d(y).astype(np.float32)
    prints = np.tile(np.array(footprint, np.float32)[:, None], (1, x.size))
    return atlas.sample(np.full(x.size, atlas.index(name)), np.stack([x, y]), prints)


def test_texel_centres_are_exact_and_wrap():
    tiles = _random_tiles()
    atlas = TextureAtlas(tiles)
    for name, tile in tiles.items():
        height, width = tile.shape[:2]
        y, x = (grid.ravel() for grid in np.mgrid[:height, :width])
        got = _sample(atlas, name, x + 0.5 + width, y + 0.5 - 3 * height)
        np.testing.assert_allclose(got, tile[y, x], atol=0.5)


def test_between_the_last_and_the_first_texel():
    tile = _random_tiles()['a']
    got = _sample(TextureAtlas({'a': tile}), 'a', 0.0, 4.5)
    np.testing.assert_allclose(got[0], tile[4, [0, -1]].mean(0), atol=1)


def test_footprints_average_along_their_own_axis():
    tiles = _random_tiles()
    atlas = TextureAtlas(tiles)
    mean = tiles['a'].mean((0, 1))
    np.testing.assert_allclose(_sample(atlas, 'a', 7.3, 5.1, (1e6, 1e6))[0], mean, atol=3)
    row = _sample(atlas, 'a', 7.3, 5.5, (1e6, 1))[0]
    np.testing.assert_allclose(row, tiles['a'][5].mean(0), atol=3)
    column = _sample(atlas, 'a', 7.5, 5.1, (1, 1e6))[0]
    np.testing.assert_allclose(column, tiles['a'][:, 7].mean(0), atol=3)


def test_footprint_between_two_levels_blends_them():
    atlas = TextureAtlas(_random_tiles())
    sharp, blurred = (_sample(atlas, 'b', 3.0, 9.0, (1, e))[0] for e in (2, 4))
    middle = _sample(atlas, 'b', 3.0, 9.0, (1, 2**1.5))[0]
    np.testing.assert_allclose(middle, (sharp + blurred) / 2, atol=1)


def test_sides_must_be_powers_of_two():
    with pytest.raises(ValueError, match=r"'odd'.*powers of two"):
        TextureAtlas({'odd': np.zeros((16, 12, 3), np.uint8)})
