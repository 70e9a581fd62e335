"""How Sphinx builds this site: `make docs`. It needs no network."""

from stylestudio import __version__

project = "StyleStudio"
author = "The StyleStudio authors"
copyright = "The StyleStudio authors; Apache License 2.0"
release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_click"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

nitpicky = True
# Types in signatures may belong to other projects, whose sites are not asked, or not be public.
nitpick_ignore_regex = [("py:class", ".*")]
default_role = "code"  # single backquotes in docstrings
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

html_theme = "pydata_sphinx_theme"
html_title = "StyleStudio"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navigation_depth": 2,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "navbar_persistent": ["search-button"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
