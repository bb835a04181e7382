# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as users get it, in an environment without anyone's settings or tokens."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import nox
import reproducible
from nox.command import CommandFailed

FQCN = "indiecloud.compute"
COLLECTION = Path("ansible_collections/indiecloud/compute")
ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build" / f"{sys.version_info.major}.{sys.version_info.minor}"
LINKED = ROOT / ".build/dev"
"""Holds ansible_collections with a link to this checkout."""

# What the tarball leaves out and the tests need beside the installed plugins.
BESIDE = ("Makefile", "benchmarks", "changelogs", "docs", "pyproject.toml", "tests")
# A test must not see the configuration or the account of the person who runs it.
FOREIGN = ("ANSIBLE_", "BARRACK_", "COVERAGE_", "HOSTUP_", "INDIECLOUD_", "MAKE", "MFLAGS", "ONETSOLUTIONS_", "PYTHON")
# These are in the user's HOME, which the tests do not see.
KEPT = {"PIP_CONFIG_FILE": (".config/pip/pip.conf", ".pip/pip.conf"), "GIT_CONFIG_GLOBAL": (".gitconfig",)}
LOOPBACK = "127.0.0.1,localhost,::1"
# The newest ansible that has awx.awx is 12.3.0; this one has it for older Pythons.
ANSIBLE = "ansible==11.13.0"

# What no tarball should hold: everything hidden, and what tools leave behind.
STRANGE = re.compile(r"(^|/)(__pycache__|\.[^/]+|output|dist|[^/]+\.(pyc|tar\.gz))(/|$)")
HIDDEN = {".ansible-lint", ".yamllint"}
LARGEST = 400 * 1024
IMPORTER = ["CHECK_CHANGELOG", "CHECK_REQUIRED_TAGS", "REQUIRE_V1_OR_GREATER"]
IMPORTER += ["RUN_ANSIBLE_DOC", "RUN_ANSIBLE_LINT", "RUN_FLAKE8"]


@cache
def scratch() -> Path:
    """A folder for this run of nox. ansible-test cannot work below a path with a space."""
    BUILD.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=None if " " in str(BUILD) else BUILD))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def new_home() -> Path:
    return Path(tempfile.mkdtemp(prefix="home-", dir=scratch()))


def environment(session: nox.Session, home: Path, **more: str | Path) -> dict[str, str]:
    home.mkdir(parents=True, exist_ok=True)
    (home / "ansible.cfg").touch()
    outer = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    for name, places in KEPT.items():
        found = [Path.home() / place for place in places if (Path.home() / place).is_file()]
        if found:
            outer.setdefault(name, str(found[0]))
    return {
        **outer,
        "ANSIBLE_CONFIG": str(home / "ansible.cfg"),
        "HOME": str(home),
        "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8",
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
        "PATH": f"{session.bin}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        **{name: str(value) for name, value in more.items()},
    }


def run(session: nox.Session, *words: str | Path, cwd: Path = ROOT, home: Path | None = None, **more: Any) -> Any:
    """Run a command of the session's environment. Upper-case names are variables, the others are nox's options."""
    variables = {name: more.pop(name) for name in list(more) if name.isupper()}
    # The demonstration needs time to stop what it started.
    more |= {"include_outer_env": False, "interrupt_timeout": 10, "terminate_timeout": 10}
    with session.chdir(cwd) if cwd != Path.cwd() else nullcontext():
        return session.run(*words, env=environment(session, home or new_home(), **variables), **more)


def passes(session: nox.Session, *words: str | Path, **more: Any) -> bool:
    try:
        run(session, *words, **more)
    except CommandFailed:
        return False
    return True


def run_all(session: nox.Session, commands: Iterable[Sequence[str | Path]], **more: Any) -> None:
    """Run each command, also after one of them failed."""
    failed = [" ".join(map(str, words[:4])) for words in commands if not passes(session, *words, **more)]
    if failed:
        session.error(f"failed: {', '.join(failed)}")


def build(session: nox.Session) -> None:
    """Build the tarball and install it without network, beside the tests that it leaves out; once in a run of nox."""
    if list(scratch().glob("*.tar.gz")):
        return
    session.log("Building and installing the collection")
    words = ("ansible-galaxy", "collection", "build", "--force", "--output-path", scratch())
    run(session, *words, log=False, silent=True)
    reproducible.normalise(tarball(), reproducible.epoch(ROOT))
    install(session, scratch())
    for name in BESIDE:
        source, target = ROOT / name, installed() / COLLECTION / name
        if source.is_dir():
            # ansible-test would use the inventory that another run left behind.
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "output"), dirs_exist_ok=True)
            (target / "integration/inventory").unlink(missing_ok=True)
        else:
            shutil.copy(source, target)


def install(session: nox.Session, folder: Path) -> None:
    words = ("ansible-galaxy", "collection", "install", "--offline", "-p", folder, tarball())
    run(session, *words, log=False, silent=True, ANSIBLE_COLLECTIONS_PATH=folder)


def tarball() -> Path:
    (found,) = scratch().glob("*.tar.gz")
    return found


def installed() -> Path:
    """The folder that holds ansible_collections with the installed collection; the session `build` makes it."""
    return scratch()


def linked() -> Path:
    link = LINKED / COLLECTION
    if not link.is_symlink() or link.resolve() != ROOT:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(ROOT, link.parent), target_is_directory=True)
    return LINKED


def from_ansible(session: nox.Session, name: str) -> Path:
    """A folder with another collection, which package indexes have as a part of the package `ansible`."""
    folder, prefix = BUILD / "collections", f"ansible_collections/{name.replace('.', '/')}/"
    if not (folder / prefix / "MANIFEST.json").is_file():
        with tempfile.TemporaryDirectory(dir=scratch()) as wheels:
            options = ["--quiet", "--no-deps", "--ignore-requires-python", "--dest", wheels]
            session.run("python", "-m", "pip", "--disable-pip-version-check", "download", *options, ANSIBLE)
            (wheel,) = Path(wheels).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                members = [member for member in archive.namelist() if member.startswith(prefix)]
                # The manifest comes last, since it says that the others are there.
                archive.extractall(folder, sorted(members, key=lambda member: str(member).endswith("/MANIFEST.json")))
    return folder


def contents(session: nox.Session) -> None:
    """No hidden files and nothing that tools leave behind, and not too large."""
    with tarfile.open(tarball()) as archive:
        strange = [name for name in archive.getnames() if STRANGE.search(name) and name not in HIDDEN]
    size = tarball().stat().st_size
    if strange or size > LARGEST:
        session.error(f"{tarball().name} has {size:,} bytes and holds {', '.join(strange) or 'nothing strange'}")


def galaxy_importer(session: nox.Session, folder: Path) -> None:
    """What Galaxy and Automation Hub do with the tarball. What they find are warnings, so its log is read."""
    config = folder / "galaxy-importer.cfg"
    config.write_text("[galaxy-importer]\n" + "".join(f"{name} = True\n" for name in IMPORTER))
    words = ("python", "-m", "galaxy_importer.main", tarball())
    log = run(session, *words, cwd=folder, silent=True, GALAXY_IMPORTER_CONFIG=config)
    print(log)
    if found := [line for line in log.splitlines() if line.startswith(("WARNING", "ERROR"))]:
        session.error(f"galaxy-importer found {len(found)} things")


def notes(session: nox.Session) -> None:
    """The release notes name this version, and all fragments are in them."""
    text = (ROOT / "changelogs/changelog.yaml").read_text(encoding="utf-8")
    version = tarball().name.removesuffix(".tar.gz").rpartition("-")[2]
    waiting = [path.name for path in (ROOT / "changelogs/fragments").glob("*.y*ml") if f"- {path.name}\n" not in text]
    if f"\n  {version}:\n" not in text or waiting:
        session.error(f"the changelog has no {version}, or lacks {', '.join(waiting)}; run make changelog")
