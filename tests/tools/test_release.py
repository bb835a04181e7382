# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a release: a reproducible tarball, and a bill of materials that is true of it."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
import reproducible
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from sbom import sbom

from ansible_collections.indiecloud.compute.tests.tools.conftest import EPOCH

FIRST = ["MANIFEST.json", "FILES.json"]


def unpacked(tarball: Path) -> dict[str, bytes]:
    with tarfile.open(tarball) as archive:
        streams = {member.name: archive.extractfile(member) for member in archive.getmembers()}
        return {name: stream.read() for name, stream in streams.items() if stream}


def built_elsewhere(tarball: Path, target: Path) -> None:
    """The same files as another file system lists them, at other times, by another user."""
    chance = random.Random(target.name)
    contents = unpacked(tarball)
    files = json.loads(contents["FILES.json"])
    chance.shuffle(files["files"])
    contents["FILES.json"] = json.dumps(files, indent=True).encode()
    manifest = json.loads(contents["MANIFEST.json"])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(contents["FILES.json"]).hexdigest()
    contents["MANIFEST.json"] = json.dumps(manifest, indent=True).encode()
    with tarfile.open(tarball) as archive:
        members = [member for member in archive.getmembers() if member.name not in FIRST]
        chance.shuffle(members)
        with tarfile.open(target, "w:gz") as other:
            for member in [*map(archive.getmember, FIRST), *members]:
                member.mtime, member.uname, member.size = chance.randrange(10**9), "someone", 0
                content = contents.get(member.name, b"")
                member.size = len(content)
                other.addfile(member, io.BytesIO(content))


def test_tarball_depends_on_the_contents_only(built: Path, tarball: Path, tmp_path: Path) -> None:
    for name in ("one.tar.gz", "two.tar.gz"):
        built_elsewhere(built, tmp_path / name)
        assert (tmp_path / name).read_bytes() != built.read_bytes()
        reproducible.normalise(tmp_path / name, EPOCH)
        assert (tmp_path / name).read_bytes() == tarball.read_bytes()


def test_nothing_is_lost(built: Path, tarball: Path) -> None:
    before, after = unpacked(built), unpacked(tarball)
    assert {name: after[name] for name in after if name not in FIRST} == {
        name: before[name] for name in before if name not in FIRST
    }
    with tarfile.open(built) as one, tarfile.open(tarball) as other:
        modes = [
            {(member.name, member.mode, member.type) for member in archive.getmembers()} for archive in (one, other)
        ]
    assert modes[0] == modes[1]


def test_time_is_that_of_the_commit_unless_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "77")
    assert reproducible.epoch(tmp_path) == 77
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    (tmp_path / "galaxy.yml").touch()
    shutil.copystat(__file__, tmp_path / "galaxy.yml")
    assert reproducible.epoch(tmp_path) == int(Path(__file__).stat().st_mtime)


@pytest.fixture(scope="module")
def bill(tarball: Path) -> dict[str, Any]:
    return sbom(tarball)


def test_bill_is_valid_cyclonedx(bill: dict[str, Any]) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None


def test_bill_names_what_is_needed(bill: dict[str, Any]) -> None:
    needed = {one["name"]: one["properties"][0]["value"] for one in bill["components"] if one["type"] != "file"}
    assert needed == {"ansible-core": ">=2.15.0", "requests": "*"}


def test_bill_holds_the_checksum_of_everything(bill: dict[str, Any], tarball: Path) -> None:
    digests = {one["name"]: one["hashes"][0]["content"] for one in bill["components"] if one["type"] == "file"}
    packed = {
        name: hashlib.sha256(content).hexdigest() for name, content in unpacked(tarball).items() if name not in FIRST
    }
    assert digests == packed
    collection = bill["metadata"]["component"]
    assert collection["hashes"][0]["content"] == hashlib.sha256(tarball.read_bytes()).hexdigest()
