# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of text for a terminal, as Markdown and as an HTML page. Its first line holds the titles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

from .page import PAGE, Heading
from .style import STYLE

NONE = "-"
"""A cell that says nothing. A column of nothing else is left out."""
Table = Sequence[Sequence[str]]
LONGEST_CELL = 40
SPECIAL = re.compile(r"[\\`*\[\]{}|~$^]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^[#+=-]")


def ruled(table: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table with aligned columns; the first one holds the titles."""
    short = [[_short(cell) for cell in line] for line in table]
    widths = [max(len(line[column]) for line in short) for column in range(len(short[0]))]
    lines = [short[0], ["-" * width for width in widths], *short[1:]]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]


def _short(cell: str) -> str:
    return cell if len(cell) <= LONGEST_CELL else cell[: LONGEST_CELL - 3] + "..."


def markdown_table(table: Table) -> list[str]:
    titles, *body = table
    return [_markdown_line(titles), _markdown_line(["---"] * len(titles), escape=False), *map(_markdown_line, body)]


def _markdown_line(cells: Sequence[str], *, escape: bool = True) -> str:
    return f"| {' | '.join(escaped(cell) if escape else cell for cell in cells)} |"


def escaped(text: str) -> str:
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "&#64;"), ("://", "&#58;//")):
        text = text.replace(char, entity)
    return SPECIAL.sub(r"\\\g<0>", text)


def lines(table: Table) -> list[str]:
    return ruled(used(table))


def markdown_page(heading: Heading, text: str, table: Table, notes: Sequence[str] = ()) -> str:
    """``text`` stands above the table, and ``notes`` below it."""
    page = [f"# {escaped(heading.title)}", "", escaped(f"{heading.created_at}: {text}"), ""]
    page += markdown_table(used(table))
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
    titles, *body = used(table)
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


def used(table: Table) -> list[list[str]]:
    titles, *body = table
    used = [index for index in range(len(titles)) if not body or any(line[index] != NONE for line in body)]
    return [[line[index] for index in used] for line in table]
