import pytest

from spidepth_mm.evaluation.crops import CROPS, Rect


def test_garg_at_the_usual_size():
    crop = CROPS['garg']((375, 1242))
    assert crop.scored == Rect(153, 371, 44, 1197)
    assert crop.extent == Rect(0, 375, 0, 1242)


def test_cityscapes_whole_and_without_bottom():
    crop = CROPS['cityscapes']((1024, 2048))
    assert crop.extent == Rect(0, 768, 0, 2048)
    assert crop.scored == Rect(256, 768, 192, 1856)
    assert CROPS['cityscapes']((768, 2048)) == crop
    assert CROPS['cityscapes']((64, 128)).scored == Rect(16, 48, 12, 116)
    with pytest.raises(ValueError, match=r'1024x2048.*768x2048'):
        CROPS['cityscapes']((375, 1242))


def test_make3d_rows():
    crop = CROPS['make3d_c1']((55, 305))
    assert crop.extent == crop.scored == Rect(17, 38, 0, 305)
    assert CROPS['make3d_c1']((21, 305)).scored == Rect(0, 21, 0, 305)
    assert crop.extent.shape == (21, 305)
