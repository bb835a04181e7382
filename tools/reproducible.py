# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a collection's tarball depend on the contents of the files only.

``ansible-galaxy collection build`` packs the files in the order of the file system, with the times at which they were
written. Here they are sorted, and get the time of the commit.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

MANIFEST, FILES = "MANIFEST.json", "FILES.json"
# Ansible's own formatting.
INDENT = True


def epoch(checkout: Path) -> int:
    """The time that the files get: SOURCE_DATE_EPOCH, or that of the last commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    if (checkout / ".git").exists():
        words = ["git", "-C", str(checkout), "log", "-1", "--format=%ct"]
        return int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return int((checkout / "galaxy.yml").stat().st_mtime)


def normalise(tarball: Path, seconds: int) -> None:
    """Rewrite a tarball in place."""
    with tarfile.open(tarball) as archive:
        members = {member.name: member for member in archive.getmembers()}
        contents = {name: _content(archive, member) for name, member in members.items()}
    files = json.loads(contents[FILES])
    files["files"].sort(key=lambda entry: str(entry["name"]))
    contents[FILES] = _json(files)
    manifest = json.loads(contents[MANIFEST])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(contents[FILES]).hexdigest()
    contents[MANIFEST] = _json(manifest)
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=seconds) as stream,
        tarfile.open(fileobj=stream, mode="w") as archive,
    ):
        # Ansible reads the manifests first.
        for name in [MANIFEST, FILES, *sorted(members.keys() - {MANIFEST, FILES})]:
            member, content = members[name], contents[name]
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.mode = member.type, member.linkname, member.mode
            entry.mtime, entry.size = seconds, len(content)
            archive.addfile(entry, io.BytesIO(content))
    tarball.write_bytes(packed.getvalue())


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member) if member.isfile() else None
    return stream.read() if stream else b""


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=INDENT).encode()
