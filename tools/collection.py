# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as users get it: built, then installed from the tarball without network."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from pathlib import Path

from children import environ, run
from lock import locked
from paths import CHECKOUT, COLLECTION, DEV, INSTALLED, NAME, NAMESPACE
from venvs import venv

NOT_SOURCES = {".ansible", ".build", ".git", ".mypy_cache", ".ruff_cache", "__pycache__", "output"}
# What the tarball leaves out, wholly or in part.
BESIDE = ("benchmarks", "changelogs", "docs", "tests")
# Made by ansible-test, and not to be taken for what the next run makes. Folders of tests may have that name.
NOT_COPIED = CHECKOUT / "tests/integration/inventory"
KEPT_SECONDS = 3600


def installed() -> Path:
    """The folder that holds ansible_collections with the collection installed from the sources as they are now.

    Each state of the sources has a folder of its own, so that an edit does not change what a running test sees.
    """
    folder = INSTALLED / fingerprint()[:16]
    with locked(INSTALLED):
        if not folder.is_dir():
            unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
            tarball = build(unfinished / "dist")
            install(tarball, unfinished)
            add_tests(unfinished / COLLECTION)
            unfinished.rename(folder)
    os.utime(folder)
    prune(keep=folder)
    return folder


def add_tests(root: Path) -> None:
    """Copy what the tarball leaves out, so that the tests can run beside the installed plugins."""
    for name in BESIDE:
        shutil.copytree(CHECKOUT / name, root / name, ignore=left_out, dirs_exist_ok=True)


def left_out(folder: str, names: list[str]) -> set[str]:
    """Those of the names in the folder that are not to be copied."""
    return {name for name in names if name in NOT_SOURCES or Path(folder, name) == NOT_COPIED}


def build(folder: Path) -> Path:
    """Build the tarball into `folder`."""
    env = environ(venv("core"))
    run(["ansible-galaxy", "collection", "build", "--force", "--output-path", folder], cwd=CHECKOUT, env=env)
    (tarball,) = folder.glob(f"{NAMESPACE}-{NAME}-*.tar.gz")
    return tarball


def install(tarball: Path, folder: Path) -> None:
    """Install the tarball below `folder`, offline."""
    env = environ(venv("core"), ANSIBLE_COLLECTIONS_PATH=folder)
    run(["ansible-galaxy", "collection", "install", "--offline", "-p", folder, tarball], cwd=folder, env=env)


def linked() -> Path:
    """The folder that holds ansible_collections with a link to this checkout: edits count at once."""
    link = DEV / COLLECTION
    with locked(DEV):
        if not link.is_symlink() or link.resolve() != CHECKOUT:
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(CHECKOUT, link.parent), target_is_directory=True)
    return DEV


def fingerprint() -> str:
    """A digest of every file that can end up in the tarball."""
    digest = hashlib.sha256(str(INSTALLED).encode())
    for folder, folders, files in os.walk(CHECKOUT):
        folders[:] = sorted(set(folders) - NOT_SOURCES)
        for name in sorted(files):
            path = Path(folder) / name
            digest.update(f"{path}\0{path.stat().st_mode}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def prune(keep: Path) -> None:
    """Remove states that nobody used for an hour."""
    for folder in INSTALLED.iterdir():
        if folder.is_dir() and folder != keep and time.time() - folder.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
