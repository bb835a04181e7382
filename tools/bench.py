# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make bench: what a task costs, side by side."""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path

from children import environ, run, scratch
from collection import linked
from paths import BUILD, COLLECTION
from venvs import pip, venv

# The collection is part of the package ansible; the newest one that the peer's version is stated for.
PEER = "ansible_collections/hetzner/hcloud/"
PACKAGE, LIBRARIES = "ansible==11.13.0", ("hcloud==2.27.0", "python-dateutil")


def peer(bin_folder: Path) -> Path:
    """A folder with the peer's collection and its library, fetched once."""
    folder = BUILD / "peer"
    if (folder / PEER / "MANIFEST.json").is_file():
        return folder
    env = environ(bin_folder)
    with tempfile.TemporaryDirectory() as name:
        run([*pip(bin_folder), "download", "--no-deps", "--dest", name, PACKAGE], cwd=Path(name), env=env)
        (wheel,) = Path(name).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [one for one in archive.namelist() if one.startswith(PEER)])
    # Without what Ansible's own environment has: another copy of requests would be measured.
    run([*pip(bin_folder), "install", "--no-deps", "--target", folder, *LIBRARIES], cwd=folder, env=env)
    return folder


def main() -> None:
    core, parent = venv("core"), linked()
    with scratch() as home:
        run(
            ["python", parent / COLLECTION / "benchmarks", "--peer", peer(core), *sys.argv[1:]],
            cwd=home,
            env=environ(core, home=home),
        )


if __name__ == "__main__":
    main()
