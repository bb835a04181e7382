# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

# Line ends, control characters (the escape of a terminal among them), marks that turn the direction of text or are
# invisible, and halves of surrogate pairs, which no output can encode.
_NOT_PRINTED = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")


def one_line(text: str, longest: int) -> str:
    """Text of unknown origin as one line that is safe to print, at most ``longest`` characters."""
    # What is far behind the end cannot show; a megabyte of blanks need not be looked at.
    line = _NOT_PRINTED.sub(" ", text[: longest * 50]).strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"
