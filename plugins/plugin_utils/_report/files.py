# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def write_report(path: str, texts: Mapping[str, str]) -> None:
    """Write each text, by its ending, to ``path`` with that ending."""
    place = os.path.realpath(os.path.expanduser(path))
    for ending, text in texts.items():
        _write(Path(f"{place}.{ending}"), text)


def _write(place: Path, text: str) -> None:
    """Write a file completely or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(draft, 0o644)
    os.replace(draft, place)
