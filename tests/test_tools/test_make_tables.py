import json

import pytest

from tools.analysis_tools.make_tables import main


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / 'results'
    folder.mkdir()
    for name, abs_rel, num_images, leaks in [
            ('spidepth_small', 0.12, 697, []), ('spidepth_leaking', 0.08, 697, [dict(leak=True)]),
            ('on_a_miniature', 0.3, 5, [])]:
        (folder / f'{name}.json').write_text(json.dumps(dict(
            model=dict(name=name, train='MS', size='192x640'), flip_tta=False, split_leaks=leaks,
            measurements=[dict(
                protocol='kitti_eigen', protocol_images=697, scaling='median',
                num_images=num_images, num_excluded=0, errors=dict(abs_rel=abs_rel, a1=0.9))])))
    return str(folder)


def test_markdown(results, capsys):
    assert main([results]) == 0
    clean, part, leaking = capsys.readouterr().out.split('\n\n**')
    assert clean.startswith('**kitti_eigen: KITTI Eigen test split, raw LiDAR')
    assert 'scaling median' in clean.splitlines()[0]
    assert ('| spidepth_small | MS | 192x640 | kitti_eigen | 697 | median | 0.1200 | 0.9000 |'
            in clean)
    assert '| on_a_miniature * | MS | 192x640 | kitti_eigen | 5 of 697 |' in part
    assert 'NOT COMPARABLE with published numbers' in part.splitlines()[0]
    assert 'spidepth_leaking' not in clean + part
    assert 'LEAK test images or drives' in leaking
    assert '| spidepth_leaking |' in leaking


def test_latex_file(results, tmp_path, capsys):
    out = tmp_path / 'tables.tex'
    assert main([results, '--format', 'latex', '--out', str(out)]) == 0
    text = out.read_text()
    assert text.count(r'\begin{table}') == text.count(r'\end{table}') == 3
    assert (r'spidepth\_small & MS & 192x640 & kitti\_eigen & 697 & median & 0.1200 & 0.9000 \\'
            in text)
    assert '3 tables' in capsys.readouterr().out
    assert not out.with_name('tables.tex.part').exists()


def test_published_rows(results, capsys):
    assert main([results, '--paper']) == 0
    clean, part, leaking = capsys.readouterr().out.split('\n\n**')
    assert 'on_a_miniature' in part and 'MonoViT' not in part
    assert '| MonoViT | M | 320x1024 | kitti_eigen | published, table 1 | median | 0.096 |' in clean
    assert 'SPIdepth (ConvNeXtV2-H) +' not in clean
    assert '| SPIdepth (ConvNeXtV2-H) + | MS |' in leaking


def test_bad_input(tmp_path, capsys):
    assert main([str(tmp_path / 'none')]) == 2
    assert 'make_tables: No such folder' in capsys.readouterr().err
    assert main([str(tmp_path)]) == 2
    assert 'tools/test.py --out' in capsys.readouterr().err
