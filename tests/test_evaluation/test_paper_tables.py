import copy
import json

import pytest

from spidepth_mm.evaluation.paper_tables import (
    PATH,
    compare_with_paper,
    load_paper_tables,
    parse_paper_tables,
)
from spidepth_mm.evaluation.protocols import PROTOCOLS

MEASURED = dict(abs_rel=0.0905, sq_rel=0.7, rmse=4.3, rmse_log=0.17, a1=0.9, a2=0.96, a3=0.98,
                num_images=697)


@pytest.fixture
def content():
    with open(PATH) as file:
        return copy.deepcopy(json.load(file))


def rows_of(text):
    return {line.split('  ')[0].strip(): line for line in text.splitlines()}


def test_five_tables_with_sources():
    tables = load_paper_tables()
    assert [table.number for table in tables.tables] == [1, 2, 3, 4, 5]
    for table in tables.tables:
        assert table.rows, table.number
        assert table.missing, f'table {table.number} must say what is missing'
        assert table.protocol in PROTOCOLS or table.protocol_note
        for row in table.rows:
            assert row.numbers, row.method
            assert row.source, row.method
    assert all(source['url'].startswith('https://') for source in tables.sources.values())


def test_numbers_are_plausible():
    for table in load_paper_tables().tables:
        for row in table.rows:
            where = f'table {table.number}, {row.method}'
            for key in ('a1', 'a2', 'a3'):
                assert 0.8 < row.numbers.get(key, 0.9) <= 1, where
            accuracies = [row.numbers[key] for key in ('a1', 'a2', 'a3') if key in row.numbers]
            assert accuracies == sorted(accuracies), where
            assert 0.01 < row.numbers['abs_rel'] < 0.5, where
            assert row.numbers.get('sq_rel', 1) < row.numbers.get('rmse', 9), where


def test_the_headline_row():
    tables = load_paper_tables()
    row = next(row for row in tables.table(1).rows if row.method.startswith('SPIdepth'))
    assert (row.train, row.size) == ('MS', '320x1024')
    assert row.numbers == dict(abs_rel=0.071, sq_rel=0.531, rmse=3.662, rmse_log=0.153, a1=0.94,
                               a2=0.973, a3=0.985)
    assert row.leaking_list
    assert row.notes() == 'flip post-processing, leaking train list'


def test_only_rows_of_the_same_protocol_and_scaling():
    tables = load_paper_tables()
    rows = tables.comparable('kitti_eigen', 'median')
    assert {table.number for table, _ in rows} == {1, 5}
    assert all(row.scaling == 'median' for _, row in rows)
    assert len(rows) < len(tables.table(1).rows) + len(tables.table(5).rows)
    assert tables.comparable('kitti_eigen', 'none') == []
    assert {table.number for table, _ in tables.comparable('make3d_c1', 'median')} == {4}
    assert {table.number for table, _ in tables.comparable('kitti_eigen_annotated', 'none')} == {2}
    # Annotated ground truth alone is not enough: another crop, cap and scaling.
    assert tables.comparable('kitti_eigen_improved', 'median') == []


def test_comparison_of_a_fine_tuned_model():
    measured = dict(abs_rel=0.05, num_images=652)
    text = compare_with_paper('kitti_eigen_annotated', 'none', 'mine', measured)
    clean, leaking = text.split('Published, trained on a list that shares drives')
    assert '> mine' in clean and 'SQLdepth (ConvNeXt-L)' in clean
    row = next(line for line in leaking.splitlines() if line.startswith('SPIdepth'))
    assert row.endswith('table 2, flip post-processing, leaking train list, perhaps median-scaled')
    assert text.splitlines()[-1].startswith('Table 2: The protocol is that of the evaluation')


def test_comparison_of_a_clean_model():
    text = compare_with_paper('kitti_eigen', 'median', 'mine', MEASURED)
    clean, leaking = text.split('Published, trained on a list that shares drives')
    assert 'protocol kitti_eigen, scaling median' in clean
    assert rows_of(clean)['> mine'].split()[2:6] == ['0.090', '0.700', '4.300', '0.170']
    assert 'MonoViT' in clean and 'SPIdepth (C' not in clean
    assert 'SPIdepth (ConvNeXtV2-H)' in leaking and '> mine' not in leaking


def test_comparison_of_a_leaking_model():
    text = compare_with_paper('kitti_eigen', 'median', 'mine', MEASURED, leaking=True)
    clean, leaking = text.split('Published, trained on a list that shares drives')
    assert '> mine' in leaking and '> mine' not in clean


def test_no_comparison_without_reason():
    assert compare_with_paper('kitti_eigen', 'none', 'mine', MEASURED) == (
        "The paper's tables have no row of protocol kitti_eigen with scaling none. "
        'Its rows of this protocol have scaling median.')
    few = dict(MEASURED, num_images=3)
    assert compare_with_paper('kitti_eigen', 'median', 'mine', few) == (
        'Not put beside published numbers: 3 images were evaluated, protocol kitti_eigen has 697.')
    assert compare_with_paper('stereo', 'median', 'mine', few).endswith(
        'no row of protocol stereo with scaling median.')
    assert 'no row of protocol my_own' in compare_with_paper('my_own', 'none', 'mine', few)


def test_no_comparison_on_ground_truth_of_another_kind():
    text = compare_with_paper('kitti_eigen', 'median', 'mine', MEASURED, depth_kind='camera_z')
    assert text == (
        "Not put beside published numbers: this ground truth measures 'camera z', that of "
        "protocol kitti_eigen 'depth is velodyne x'.")


def test_unknown_table():
    with pytest.raises(ValueError, match=r'No table 6\. Tables are: 1, 2, 3, 4, 5'):
        load_paper_tables().table(6)


@pytest.mark.parametrize('change, message', [
    (lambda table: table.update(protocol='kitti'), "Unknown protocol 'kitti'"),
    (lambda table: table.update(columns=['abs']), "unknown column 'abs'"),
    (lambda table: table.update(scaling='mean'), "unknown scaling 'mean'"),
    (lambda table: table['rows'][0]['numbers'].update(log10=1), "unknown number 'log10'"),
    (lambda table: table['rows'][0].update(source=['hearsay']), "unknown source 'hearsay'"),
])
def test_bad_data(content, change, message):
    change(content['tables'][0])
    with pytest.raises(ValueError, match=message):
        parse_paper_tables(content)
