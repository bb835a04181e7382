# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

# Line ends, control characters (the escape of a terminal among them), marks that turn the direction of text or are
# invisible, and halves of surrogate pairs, which no output can encode.
_NOT_PRINTED = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")

CUT = "…"
"""Marks where text was cut off, so the ``Redactor`` finds half a secret before it."""


def printable(text: str) -> str:
    """Text of unknown origin as one line that is safe to print."""
    return _NOT_PRINTED.sub(" ", text)


def cut(text: str, longest: int) -> str:
    """Text of at most ``longest`` characters. Only this function shortens text, since it marks the place."""
    return text if len(text) <= longest else text[: longest - 1] + CUT


def one_line(text: str, longest: int) -> str:
    """Text of unknown origin as one line that is safe to print, at most ``longest`` characters."""
    # Text far behind the end is not shown, so a megabyte of blanks is not processed.
    looked_at = longest * 50
    line = printable(text[:looked_at]).strip()
    return cut(line if len(text) <= looked_at else line + CUT, longest)


def quoted(value: object, longest: int = 80) -> str:
    """A value in quotation marks, shortened for a message."""
    return repr(cut(str(value), longest))
