# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection awx.awx, which Galaxy has and package indexes have as a part of the package `ansible`."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from children import environ, run, scratch
from lock import locked
from paths import made
from venvs import venv

# The newest that carries awx.awx 24.6.1 is 12.3.0; this one needs an older Python only.
PACKAGE = "ansible==11.13.0"
PREFIX = "ansible_collections/awx/awx/"
FOLDER = made() / f"awx-{PACKAGE.partition('==')[2]}"


def awx_collection() -> Path:
    """The folder that holds ansible_collections/awx/awx; it is fetched once."""
    with locked(FOLDER):
        if not (FOLDER / PREFIX / "MANIFEST.json").is_file():
            fetch()
    return FOLDER


def fetch() -> None:
    """Take one collection of the hundred out of the package."""
    with scratch() as folder:
        # The package itself is for newer Pythons than the collection.
        words: list[str | Path] = [
            "--disable-pip-version-check",
            "--quiet",
            "--no-deps",
            "--ignore-requires-python",
            "--dest",
            folder,
        ]
        run(["python", "-m", "pip", "download", *words, PACKAGE], cwd=folder, env=environ(venv("awx")))
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            wanted = [name for name in archive.namelist() if name.startswith(PREFIX)]
            if not wanted:
                sys.exit(f"FAILED: {PACKAGE} carries no awx.awx")
            # The list of its files last, as the sign that all are there.
            wanted.sort(key=lambda name: name.endswith("/MANIFEST.json"))
            archive.extractall(FOLDER, wanted)
