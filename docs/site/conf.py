# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the site. `make docs` puts this, the guides and the reference into one folder and runs it there."""

from __future__ import annotations

import os

project = "indiecloud.compute"
author = "indiecloud.compute contributors"
project_copyright = "2026, indiecloud.compute contributors"
version = release = os.environ["DOCS_VERSION"]

extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
default_role = "any"
nitpicky = True
highlight_language = "yaml+jinja"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
myst_heading_anchors = 4

# Where the reference mentions Ansible's own pages; the inventory lies beside this file, so that nothing is fetched.
intersphinx_mapping = {
    "ansible_devel": ("https://docs.ansible.com/projects/ansible/devel/", "ansible_devel.inv"),
}

html_theme = "furo"
html_title = f"indiecloud.compute {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_theme_options = {
    "source_repository": "https://github.com/indiecloud/compute/",
    "source_branch": "main",
    "source_directory": "docs/",
    "top_of_page_buttons": [],
    "light_css_variables": {"color-code-background": "#f1f4f7"},
}
# The theme switches by itself or by hand; site.css gives the tables of the reference its colours.
antsibull_ext_color_scheme = "none"
