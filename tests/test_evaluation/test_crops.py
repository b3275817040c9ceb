import pytest

from spidepth_mm.evaluation.crops import CROPS, Rect


def test_garg_at_the_usual_size():
    crop = CROPS['garg']((375, 1242))
    assert crop.scored == Rect(153, 371, 44, 1197)
    assert crop.extent == Rect(0, 375, 0, 1242)


def test_garg_within_the_benchmark_crop():
    crop = CROPS['benchmark_garg']((375, 1242))
    assert crop.extent == Rect(23, 375, 13, 1229)
    assert crop.scored == Rect(23 + 143, 23 + 349, 13 + 43, 13 + 1172)
    assert CROPS['benchmark_garg']((352, 1216)).extent == Rect(0, 352, 0, 1216)
    with pytest.raises(ValueError, match=r'at least 352x1216 \(HxW\), but got 96x320'):
        CROPS['benchmark_garg']((96, 320))


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
