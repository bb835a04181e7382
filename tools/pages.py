# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sources of the docs site: the guides as they are, in one folder, with a table of contents."""

from __future__ import annotations

import re
import shutil
import zlib
from pathlib import Path

from paths import CHECKOUT, NAME, NAMESPACE

REPOSITORY = "https://github.com/indiecloud/compute"
LINK = re.compile(r"(\]\()([^)\s#]*)((?:#[^)\s]*)?\))")

# antsibull-docs writes a backslash before the underscores.
VARIABLE = re.compile(r":[a-z]*env[a-z]*:`(ANSIBLE[\\\w]+)[ `]")

# Pages that come from elsewhere than docs/. The README is the first page.
FROM = {
    "index": Path("README.md"),
    "contributing": Path("CONTRIBUTING.md"),
    "simulator": Path("tests/simulator/README.md"),
    "changelog": Path("CHANGELOG.md"),
}
# A page that is in docs/ and not here is listed under More; one that is not there yet is left out.
CONTENTS = {
    "Guides": [
        "role",
        "restore",
        "metadata",
        "power_and_snapshots",
        "inventory",
        "ad_hoc",
        "awx",
        "execution",
        "fleet",
    ],
    "Providers": ["providers", "provider_*"],
    "Guarantees": ["guarantees", "how_it_is_proved"],
    "When something fails": ["error_codes"],
    "Reference": [
        "Modules, role and plugins <reference/index>",
        "Environment variables <reference/environment_variables>",
    ],
    "Contributing": ["contributing", "architecture", "adding_a_provider", "simulator", "changelog"],
}
# What the reference says of Ansible's own pages.
ANSIBLE_LABELS = {
    "action_plugins": ("plugins/action.html", "Action plugins"),
    "ansible_configuration_settings": ("reference_appendices/config.html", "Ansible Configuration Settings"),
    "common_return_values": ("reference_appendices/common_return_values.html", "Return Values"),
}


def assemble(folder: Path) -> None:
    """Everything but the reference, which antsibull-docs writes."""
    sources = {path.stem: path.relative_to(CHECKOUT) for path in sorted((CHECKOUT / "docs").glob("*.md"))}
    sources |= {name: path for name, path in FROM.items() if (CHECKOUT / path).is_file()}
    pages = {path: name for name, path in sources.items()}
    for name, path in sources.items():
        text = linked_inside((CHECKOUT / path).read_text(encoding="utf-8"), path, pages)
        if name == "index":
            text += contents(sources)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    shutil.copytree(CHECKOUT / "docs/diagrams", folder / "diagrams")
    shutil.copytree(CHECKOUT / "docs/site", folder, dirs_exist_ok=True)


def tidy_reference(folder: Path) -> None:
    """Short titles for the margin, and no second table of contents, which the theme has already."""
    for path in folder.glob("*.rst"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(
            rf"^{NAMESPACE}\.{NAME}\.(\w+ (?:module|filter|role|inventory) --)", r"\1", text, flags=re.MULTILINE
        )
        text = re.sub(r"^\.\. contents::\n(?: +:.*\n)*", "", text, flags=re.MULTILINE)
        path.write_text(text, encoding="utf-8")
    everything = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.rst"))
    (folder.parent / "ansible_devel.inv").write_bytes(inventory(everything))


def linked_inside(text: str, path: Path, pages: dict[Path, str]) -> str:
    """The same text with links to pages of this site where there is one, else to the repository."""

    def changed(found: re.Match[str]) -> str:
        start, link, end = found.groups()
        inside = re.fullmatch(rf"{re.escape(REPOSITORY)}/(?:blob|tree)/main/(.+)", link)
        if not link or (not inside and ":" in link):
            return str(found[0])
        target = Path(inside[1]) if inside else normal(path.parent / link)
        if target in pages:
            return f"{start}{pages[target]}.md{end}"
        if target.parts[:2] == ("docs", "diagrams"):
            return f"{start}{'/'.join(target.parts[1:])}{end}"
        return f"{start}{REPOSITORY}/blob/main/{target.as_posix()}{end}"

    return LINK.sub(changed, text)


def normal(path: Path) -> Path:
    """Without the steps up."""
    return (CHECKOUT / path).resolve().relative_to(CHECKOUT)


def contents(sources: dict[str, Path]) -> str:
    """The table of contents, which shows in the margin."""
    left = sorted(set(sources) - {"index"})
    lines = []
    for caption, patterns in CONTENTS.items():
        names = []
        for pattern in patterns:
            found = [name for name in left if Path(name).match(pattern)]
            names += found or ([pattern] if "<reference/" in pattern else [])
        left = [name for name in left if name not in names]
        lines += toctree(caption, names)
    return "\n".join(["", *lines, *toctree("More", left), ""])


def toctree(caption: str, names: list[str]) -> list[str]:
    options = [f":caption: {caption}", ":hidden:", ":maxdepth: 2"]
    return ["```{toctree}", *options, "", *names, "```", ""] if names else []


def inventory(reference: str = "") -> bytes:
    """A Sphinx inventory with what the reference uses of Ansible's documentation: a few labels, and variables."""
    head = "# Sphinx inventory version 2\n# Project: Ansible\n# Version: devel\n"
    head += "# The remainder of this file is compressed using zlib.\n"
    lines = [f"{label} std:label -1 {place} {title}" for label, (place, title) in ANSIBLE_LABELS.items()]
    variables = sorted({name.replace("\\", "") for name in VARIABLE.findall(reference)})
    lines += [f"{name} std:envvar 1 reference_appendices/config.html#envvar-$ -" for name in variables]
    return head.encode() + zlib.compress("\n".join([*lines, ""]).encode())
