# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's settings. `make docs` runs it in a folder that holds this, a copy of the guides, and the reference."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

HERE = Path(__file__).parent
GITHUB = re.compile(r"https://github\.com/indiecloud/compute/(?:blob|tree)/main/([\w/]+\.md)")
PICTURE = "https://raw.githubusercontent.com/indiecloud/compute/main/docs/images/"
ANSIBLE = "https://docs.ansible.com/projects/ansible/devel/"
# The pages of Ansible's documentation that the reference mentions.
LABELS = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}

project = "indiecloud.compute"
author = "indiecloud.compute contributors"
project_copyright = "2026, indiecloud.compute contributors"

extensions = ["myst_parser", "sphinx_antsibull_ext", "sphinx_copybutton"]
exclude_patterns = ["README.md"]
default_role = "any"
highlight_language = "yaml+jinja"
myst_heading_anchors = 4
antsibull_ext_color_scheme = "default-autodark"

html_theme = "furo"
html_title = project
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_use_index = False


def read(_app: Sphinx, name: str, source: list[str]) -> None:
    """The README is the first page, links to files and pictures of this site stay on it, and titles are short."""
    if name == "index":
        readme = (HERE / "README.md").read_text(encoding="utf-8")
        source[0] = readme.replace(PICTURE, "/docs/images/") + source[0]
    if name.startswith("reference/"):
        source[0] = re.sub(r"^indiecloud\.compute\.(\w+ \w+ --)", r"\1", source[0], flags=re.MULTILINE)
    else:
        source[0] = GITHUB.sub(lambda found: f"/{found[1]}" if (HERE / found[1]).is_file() else found[0], source[0])


def ansible_page(_app: Sphinx, _env: object, node: Any, content: nodes.TextElement) -> nodes.reference | None:
    """A link to Ansible's own documentation, without fetching its inventory."""
    target = node["reftarget"]
    page = LABELS.get(target)
    if node["reftype"] == "envvar" and target.startswith("ANSIBLE_"):
        page = f"reference_appendices/config.html#envvar-{target}"
    return nodes.reference("", "", content, refuri=ANSIBLE + page) if page else None


def setup(app: Sphinx) -> None:
    app.connect("source-read", read)
    app.connect("missing-reference", ansible_page)
