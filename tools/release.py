# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a release in dist/: the tarball, its bill of materials, and the checksums of both."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import collection
import nox
import reproducible
from collection import ROOT
from sbom import sbom


def check_tag(session: nox.Session) -> None:
    """The tag, if make was given one, is the version in galaxy.yml."""
    version = collection.tarball().name.removesuffix(".tar.gz").rpartition("-")[2]
    tag = os.environ.get("TAG")
    if tag and tag != version:
        session.error(f"the tag is {tag}, but galaxy.yml says {version}")


def compare_with_commit(session: nox.Session) -> None:
    """Build a second tarball, elsewhere and from the last commit: it is the same, byte for byte."""
    source, again = collection.new_home(), collection.new_home()
    packed = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(source)], check=True, input=packed)
    collection.run(session, "ansible-galaxy", "collection", "build", source, "--output-path", again)
    (second,) = again.glob("*.tar.gz")
    reproducible.normalise(second, reproducible.epoch(ROOT))
    if second.read_bytes() != collection.tarball().read_bytes():
        found = sorted(contents(second).items() ^ contents(collection.tarball()).items())
        session.error(f"the commit gives another tarball: {', '.join(sorted({name for name, _digest in found}))}")


def contents(tarball: Path) -> dict[str, str]:
    with tarfile.open(tarball) as archive:
        files = {member.name: archive.extractfile(member) for member in archive.getmembers()}
        return {name: hashlib.sha256(stream.read()).hexdigest() for name, stream in files.items() if stream}


def write(folder: Path) -> list[Path]:
    """Fill a new folder, so that no file of another version is published."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tarball = Path(shutil.copy(collection.tarball(), folder))
    bill = folder / f"{tarball.name.removesuffix('.tar.gz')}.cdx.json"
    bill.write_text(json.dumps(sbom(tarball), indent=2) + "\n", encoding="utf-8")
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in (tarball, bill)]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    return sorted(folder.iterdir())
