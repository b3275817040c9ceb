"""Sphinx: `make docs` builds docs/_build/html, warnings are errors."""

import os
import sys

sys.path.insert(0, os.path.abspath('..'))

from spidepth_mm.version import __version__

project = 'spidepth_mm'
author = 'the spidepth_mm developers'
release = version = __version__

extensions = [
    'myst_parser',
    'sphinx.ext.autodoc',
    'sphinx.ext.napoleon',
    'sphinx.ext.viewcode',
]
source_suffix = {'.md': 'markdown', '.rst': 'restructuredtext'}
exclude_patterns = ['_build', '**/.ipynb_checkpoints']
nitpicky = False

myst_enable_extensions = ['dollarmath', 'deflist']
# So that a page can point at a heading of another one, as on GitHub.
myst_heading_anchors = 3

autodoc_default_options = dict(members=True)
autodoc_member_order = 'bysource'
autodoc_typehints = 'none'
napoleon_google_docstring = True
napoleon_use_rtype = False

html_theme = 'furo'
html_title = f'spidepth_mm {__version__}'
html_show_copyright = False
