"""The notebook's cells, in order, with less of everything."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / 'docs' / 'notebooks' / 'learn_depth.ipynb'


def test_notebook_runs(tmp_path, monkeypatch, capsys):
    (tmp_path / 'configs').symlink_to(ROOT / 'configs')
    monkeypatch.chdir(tmp_path)
    cells = json.loads(NOTEBOOK.read_text(encoding='utf-8'))['cells']
    code = '\n\n'.join(''.join(cell['source']) for cell in cells if cell['cell_type'] == 'code')
    for what, less in (
            ('ITERATIONS = 200', 'ITERATIONS = 2'),
            ('dict(train_drives=6, val_drives=1, test_drives=2)',
             'dict(train_drives=1, val_drives=1, test_drives=1, frames=14, size=(192, 64))')):
        assert what in code
        code = code.replace(what, less)
    names = {}
    exec(code, names)
    assert names['metrics']['num_images'] > 0
    # The cell on view synthesis: the true depth explains the stereo partner, a constant one less.
    assert names['errors']['true depth'] < 0.7 * names['errors']['constant depth']
