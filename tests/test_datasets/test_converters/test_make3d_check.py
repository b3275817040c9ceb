import pytest
from miniatures import MAKE3D_NAMES, write_image, write_make3d

from spidepth_mm.datasets import DatasetNotFoundError
from spidepth_mm.datasets.converters.make3d_check import check_make3d


@pytest.mark.parametrize('workers', [0, 2])
def test_reads_everything(tmp_path, workers):
    root = write_make3d(tmp_path)
    outcomes = check_make3d(str(root), workers, progress=False)
    assert [outcome.status for outcome in outcomes] == ['done'] * 3


def test_says_what_is_wrong(tmp_path):
    root = write_make3d(tmp_path)
    write_image(root / 'Test134' / f'img-{MAKE3D_NAMES[0]}.jpg', (284, 213))
    grids = root / 'Gridlaserdata'
    path = grids / f'depth_sph_corr-{MAKE3D_NAMES[1]}.mat'
    path.write_bytes(path.read_bytes()[:400])
    (grids / f'depth_sph_corr-{MAKE3D_NAMES[2]}.mat').unlink()
    on_its_side, truncated, missing = check_make3d(str(root), progress=False)
    assert on_its_side.status == truncated.status == 'failed'
    assert on_its_side.note.startswith('284x213 pixels: it lies on its side')
    assert truncated.note.startswith('truncated')
    assert (missing.status, missing.note) == (
        'missing', 'no laser grid of this name in Gridlaserdata')
    with pytest.raises(DatasetNotFoundError, match='Test134 and Gridlaserdata lie in'):
        check_make3d(str(root / 'Test134'))
