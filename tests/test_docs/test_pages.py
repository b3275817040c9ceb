"""What all pages promise: files that exist, protocols as they are, Python that runs."""

import re
from pathlib import Path

import pytest

from spidepth_mm.evaluation import PROTOCOLS
from spidepth_mm.evaluation.crops import CROPS
from spidepth_mm.evaluation.scaling import SCALINGS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / 'README.md', *sorted((ROOT / 'docs').glob('*.md')),
         *sorted((ROOT / 'docs' / 'en').glob('*.md'))]
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
# Files that a reader makes, and placeholders.
MADE = ('work_dirs/', 'data/', 'checkpoints/', 'results/', 'mine/')


@pytest.mark.parametrize('page', PAGES, ids=IDS)
def test_files_named_exist(page):
    text = page.read_text(encoding='utf-8')
    own = set(re.findall(r'Saved as `(\S+)`', text))
    folders = 'tools|configs|benchmarks|spidepth_mm|docs|tests|requirements'
    named = re.findall(rf'(?<![\w/.{{])((?:{folders})/[\w./-]+\.\w+)', text)
    missing = [name for name in named if not (ROOT / name).exists() and name not in own]
    assert not missing


@pytest.mark.parametrize('page', PAGES, ids=IDS)
def test_links_lead_somewhere(page):
    links = re.findall(r'\]\(([^)#\s]+)(?:#[^)]*)?\)', page.read_text(encoding='utf-8'))
    broken = [link for link in links
              if '://' not in link and not (page.parent / link).exists()]
    assert not broken


def test_every_page_is_in_the_index():
    index = (ROOT / 'docs' / 'index.md').read_text(encoding='utf-8')
    listed = set(re.findall(r'^((?:en/)?\w+)$', index, re.MULTILINE))
    pages = {str(page.relative_to(ROOT / 'docs'))[:-3] for page in PAGES[1:]}
    assert pages - {'index'} == listed - {'api'}


def test_protocol_page_says_what_the_code_does():
    text = (ROOT / 'docs' / 'en' / 'protocols.md').read_text(encoding='utf-8')
    for protocol in PROTOCOLS.values():
        count = f' ({protocol.num_images} images)' if protocol.num_images else ''
        line = f"* `{protocol.name}`{count}: {protocol.describe().split(': ', 1)[1]}."
        assert line in text
    crops, scalings = (set(re.findall(r'^\| `(\w+)` \|', part, re.MULTILINE))
                       for part in text.split('## Scaling'))
    assert crops | {'whole'} == set(CROPS)
    assert scalings == set(SCALINGS)


def test_python_of_the_evaluation_page(capsys):
    page = (ROOT / 'docs' / 'en' / 'evaluate.md').read_text(encoding='utf-8')
    code, = re.findall(r'^```python\n(.*?)^```', page, re.MULTILINE | re.DOTALL)
    exec(code, {})
    abs_rel, scale, num_valid = capsys.readouterr().out.split()
    assert float(abs_rel) == pytest.approx(0, abs=1e-6)
    assert float(scale) == pytest.approx(0.8)
    # The Garg crop of 375x1242: rows 153..370, columns 44..1196.
    assert int(float(num_valid)) == (371 - 153) * (1197 - 44)
