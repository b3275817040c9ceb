"""The model index: every config is in it, sizes are true, published numbers are named so."""

import re
from pathlib import Path

import mmengine
import pytest
from mmengine.config import Config

from spidepth_mm.apis.model_lookup import find_model
from spidepth_mm.apis.parameter_count import build_without_weights, count_parameters
from spidepth_mm.evaluation.paper_tables import load_paper_tables

ROOT = Path(__file__).parents[1]
LEAVES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / 'configs').rglob('*.py')
                if '_base_' not in path.parts)
METAFILES = {path: mmengine.load(str(ROOT / path))
             for path in mmengine.load(str(ROOT / 'model-index.yml'))['Import']}
MODELS = [model for metafile in METAFILES.values() for model in metafile['Models']]
PAPER = ' (paper)'


def test_every_config_is_listed_once_and_exists():
    assert sorted(model['Config'] for model in MODELS) == LEAVES


def test_names_are_unique_and_lead_to_their_config():
    names = {}
    for model in MODELS:
        for name in (model['Name'], *model.get('Alias', [])):
            assert names.setdefault(name.lower(), model['Config']) is model['Config'], name
    for name, config in names.items():
        assert Path(find_model(name).config) == ROOT / config


@pytest.mark.parametrize('path', METAFILES)
def test_collections(path):
    metafile = METAFILES[path]
    collection, = metafile['Collections']
    assert (ROOT / collection['README']).is_file()
    assert collection['Paper']['URL'].startswith('https://arxiv.org/abs/')
    folder = str(Path(path).parent)
    for model in metafile['Models']:
        assert model['In Collection'] == collection['Name']
        assert model['Config'].startswith(folder)
        # Weights are named only where there are some.
        assert 'Weights' not in model or '://' in model['Weights'] \
            or (ROOT / model['Weights']).is_file()


@pytest.mark.parametrize('model', MODELS, ids=lambda model: model['Name'])
def test_sizes_are_those_of_the_config(model):
    counts = count_parameters(build_without_weights(Config.fromfile(ROOT / model['Config'])))
    assert model['Metadata']['Parameters'] == counts['depth'].learned
    pose = counts['pose'].learned if 'pose' in counts else None
    assert model['Metadata'].get('Pose Net Parameters') == pose


@pytest.mark.parametrize(
    'model', [m for m in MODELS if m['Results']], ids=lambda model: model['Name'])
def test_published_numbers_are_named_so(model):
    rows = [row for table in load_paper_tables().tables for row in table.rows]
    for result in model['Results']:
        named = {name.endswith(PAPER) for name in result['Metrics']}
        assert len(named) == 1, 'published and measured numbers in one result'
        if named == {False}:
            # Nothing of ours has been measured on a benchmark.
            assert result['Dataset'].startswith('rendered street')
            continue
        numbers = {name[:-len(PAPER)]: value for name, value in result['Metrics'].items()}
        collection = model['In Collection']
        matching = [row for row in rows if collection in row.method and numbers == {
            name: row.numbers[name] for name in numbers if name in row.numbers}]
        assert matching, f'no published row has {numbers}'


def test_the_page_has_every_model_and_its_numbers():
    page = (ROOT / 'docs/en/model_zoo.md').read_text(encoding='utf-8')
    rows = [line for line in page.splitlines() if line.startswith('|')]
    for model in MODELS:
        file = Path(model['Config'])
        if file.parent.name == 'ablation':
            continue
        mentions = [row for row in rows if re.search(rf'\b{re.escape(file.name)}`', row)]
        assert mentions or f'`{file.name}`' in page, file.name
        for alias in model.get('Alias', []):
            assert f'`{alias}`' in page or file.stem.startswith('synthetic'), alias
        for result in model['Results'] or []:
            for name in ('abs_rel', 'rmse', 'a1'):
                value = result['Metrics'].get(name + PAPER)
                columns = ''.join(mentions)
                if value is not None and (name == 'abs_rel' or f'{value:.3f}' in page):
                    assert f' {value:.3f} ' in columns


def test_the_pages_counts_are_the_models():
    page = (ROOT / 'docs/en/model_zoo.md').read_text(encoding='utf-8')
    counted = re.findall(r'^\| (\w+) \|(?: [\d,]+ \|){4} ([\d,]+) \| [\d,]+ \| ([\d,]+) \|$', page,
                         re.MULTILINE)
    assert len(counted) >= 10
    paths = {Path(model['Config']).stem: ROOT / model['Config'] for model in MODELS}
    for name, depth, pose in counted:
        counts = count_parameters(build_without_weights(Config.fromfile(paths[name])))
        assert (f'{counts["depth"].stored:,}', f'{counts["pose"].stored:,}') == (depth, pose)
