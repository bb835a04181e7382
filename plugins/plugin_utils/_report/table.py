# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of text for a terminal, as Markdown and as an HTML page. Its first line holds the titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

from .page import PAGE, Heading
from .style import STYLE
from .text import escaped, markdown_line, ruled

NONE = "-"
"""A cell that says nothing. A column of nothing else is left out."""
Table = Sequence[Sequence[str]]


def lines(table: Table) -> list[str]:
    return ruled(_used(table))


def markdown_page(heading: Heading, text: str, table: Table, notes: Sequence[str] = ()) -> str:
    """``text`` stands above the table, and ``notes`` below it."""
    titles, *body = _used(table)
    page = [f"# {escaped(heading.title)}", "", escaped(f"{heading.created_at}: {text}"), ""]
    page += [markdown_line(titles), markdown_line(["---"] * len(titles), escape=False), *map(markdown_line, body)]
    page += ["", *(f"- {escaped(note)}" for note in notes)] if notes else []
    return "\n".join([*page, ""])


def html_page(
    heading: Heading,
    text: str,
    table: Table,
    kinds: Mapping[str, Sequence[str]],
    notes: Sequence[str] = (),
    below: Mapping[str, Sequence[str | None]] = MappingProxyType({}),
) -> str:
    """By the titles of columns, ``kinds`` are classes of the style, and ``below`` small text, one for each line."""
    titles, *body = _used(table)
    head = "".join(f"<th scope='col'>{escape(title)}</th>" for title in titles)
    rows = "".join(
        f"<tr>{''.join(_cell(cell, title, number, kinds, below) for title, cell in zip(titles, line))}</tr>"
        for number, line in enumerate(body)
    )
    listed = "".join(f"<li>{escape(note)}</li>" for note in notes)
    content = (
        f"<header><h1>{escape(heading.title)}</h1><p>{escape(f'Created {heading.created_at}')}</p>"
        f"<p>{escape(text)}</p></header><section><div class='wide'><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div></section>{f'<section><ul>{listed}</ul></section>' if listed else ''}"
    )
    return PAGE.format(title=escape(heading.title), style=STYLE, body=content)


def _cell(
    cell: str, title: str, number: int, kinds: Mapping[str, Sequence[str]], below: Mapping[str, Sequence[str | None]]
) -> str:
    text = f"<span class='{kinds[title][number]}'>{escape(cell)}</span>" if title in kinds else escape(cell)
    small = below[title][number] if title in below else None
    return f"<td>{text}{f'<small>{escape(small)}</small>' if small else ''}</td>"


def _used(table: Table) -> list[list[str]]:
    titles, *body = table
    used = [index for index in range(len(titles)) if not body or any(line[index] != NONE for line in body)]
    return [[line[index] for index in used] for line in table]
