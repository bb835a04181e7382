# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The docs site: its link checker finds what is broken, and every guide is in its table of contents."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from links import looked_at
from pages import CONTENTS, FROM, contents, inventory, linked_inside
from paths import CHECKOUT

PAGES = {Path("README.md"): "index", Path("docs/restore.md"): "restore", Path("docs/role.md"): "role"}
BLOB = "https://github.com/indiecloud/compute/blob/main"


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("two.html", ""),
        ("two.html#here", ""),
        ("#top", ""),
        ("folder/", ""),
        ("https://example.org/x", ""),
        ("mailto:a@example.org", ""),
        ("three.html", "leads nowhere"),
        ("two.html#there", "names no anchor"),
        ("#there", "names no anchor"),
        ("missing/", "leads nowhere"),
    ],
)
def test_links_are_followed(link: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text(f'<h1 id="top">One</h1><a href="{link}">x</a>')
    (tmp_path / "two.html").write_text('<h1 id="here">Two</h1>')
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/index.html").write_text("<p>inside</p>")
    report = looked_at(tmp_path)
    assert report.broken == ([f"one.html: {link} {fault}"] if fault else [])
    assert (link in report.outside) == (":" in link)


def test_pictures_and_styles_are_followed_as_well(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text('<link href="a.css"><img src="b.svg"><script src="c.js"></script>')
    assert len(looked_at(tmp_path).broken) == 3


@pytest.mark.parametrize(
    ("path", "link", "expected"),
    [
        ("README.md", f"{BLOB}/docs/restore.md", "restore.md"),
        ("README.md", f"{BLOB}/docs/restore.md#phases", "restore.md#phases"),
        ("README.md", f"{BLOB}/docs/diagrams/phases.svg", "diagrams/phases.svg"),
        ("README.md", f"{BLOB}/LICENSE", f"{BLOB}/LICENSE"),
        ("docs/role.md", "restore.md#phases", "restore.md#phases"),
        ("docs/role.md", "../README.md", "index.md"),
        ("docs/role.md", "../plugins/modules/snapshot.py", f"{BLOB}/plugins/modules/snapshot.py"),
        ("docs/role.md", "diagrams/phases.svg", "diagrams/phases.svg"),
        ("docs/role.md", "#variables", "#variables"),
        ("docs/role.md", "https://example.org/a.md", "https://example.org/a.md"),
    ],
)
def test_links_stay_on_the_site_where_they_can(path: str, link: str, expected: str) -> None:
    assert linked_inside(f"see [this]({link}).", Path(path), PAGES) == f"see [this]({expected})."


def test_every_page_is_in_the_table_of_contents_once() -> None:
    names = {path.stem for path in (CHECKOUT / "docs").glob("*.md")} | {*FROM, "a_new_guide"}
    listed = [line for line in contents({name: Path() for name in names}).splitlines() if line and line[0] not in "`:"]
    listed = [line for line in listed if "<reference/" not in line]
    assert sorted(listed) == sorted(names - {"index"})
    assert "More" not in CONTENTS


def test_guides_need_no_script_to_be_seen() -> None:
    assert [path.name for path in (CHECKOUT / "docs").glob("*.md") if "```mermaid" in path.read_text()] == []


def test_inventory_can_be_read() -> None:
    head, _newline, packed = inventory().partition(b"zlib.\n")
    assert head.startswith(b"# Sphinx inventory version 2\n")
    assert b"common_return_values std:label" in zlib.decompress(packed)
