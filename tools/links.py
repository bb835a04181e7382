# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look at every link of a built site: those that stay inside must arrive, those that leave are listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ATTRIBUTES = {"a": "href", "img": "src", "link": "href", "script": "src", "object": "data", "source": "src"}


class Page(HTMLParser):
    """The anchors of a page and where it points."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors |= {found[name] or "" for name in ("id", "name") if found.get(name)}
        link = found.get(ATTRIBUTES.get(tag, ""))
        if link:
            self.links.append(link)


@dataclass
class Report:
    """What was found: links that arrive nowhere, and the addresses elsewhere with a page that names them."""

    pages: int = 0
    inside: int = 0
    broken: list[str] = field(default_factory=list)
    outside: dict[str, str] = field(default_factory=dict)


def looked_at(site: Path) -> Report:
    """Follow every link below `site`."""
    site = site.resolve()
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    report = Report(len(pages))
    for path, page in pages.items():
        where = path.relative_to(site).as_posix()
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                report.outside.setdefault(link, where)
                continue
            report.inside += 1
            report.broken += [f"{where}: {link} {fault}" for fault in faults(path, parts.path, parts.fragment, pages)]
    return report


def faults(path: Path, name: str, anchor: str, pages: dict[Path, Page]) -> Iterator[str]:
    target = (path.parent / unquote(name)).resolve() if name else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        yield "leads nowhere"
    elif anchor and target in pages and unquote(anchor) not in pages[target].anchors:
        yield "names no anchor"
