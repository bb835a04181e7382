# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The software bill of materials of a built collection, as CycloneDX.

Generators for Python read installed packages or lock files, and a collection is neither. This reads the tarball: what
it needs from its metadata, and the checksums of its files. The same tarball gives the same document.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

RUNTIME, REQUIREMENTS = "meta/runtime.yml", "meta/ee-requirements.txt"


def sbom(tarball: Path) -> dict[str, Any]:
    """Raises KeyError or AttributeError if the tarball is not that of a collection like this one."""
    with tarfile.open(tarball) as archive:
        texts = {name: _text(archive, name) for name in ("MANIFEST.json", "FILES.json", RUNTIME, REQUIREMENTS)}
        built = archive.getmember("MANIFEST.json").mtime
    info, files = json.loads(texts["MANIFEST.json"])["collection_info"], json.loads(texts["FILES.json"])["files"]
    digest = hashlib.sha256(tarball.read_bytes()).hexdigest()
    name, version = f"{info['namespace']}.{info['name']}", info["version"]
    needs = [_needed("ansible-core", "framework", _ansible(texts[RUNTIME]))]
    needs += [_needed(*_requirement(line)) for line in texts[REQUIREMENTS].splitlines() if line and line[0] != "#"]
    collection = {
        "type": "library",
        "bom-ref": f"{name}@{version}",
        "name": name,
        "version": version,
        "description": info["description"],
        "hashes": [_sha256(digest)],
        "licenses": [{"license": {"id": licence}} for licence in info["license"]],
        "purl": f"pkg:github/{info['repository'].partition('github.com/')[2]}@{version}",
        "externalReferences": [
            {"type": "vcs", "url": info["repository"]},
            {"type": "issue-tracker", "url": info["issues"]},
            {"type": "documentation", "url": info["documentation"]},
        ],
    }
    packed = [
        {
            "type": "file",
            "bom-ref": f"file:{file['name']}",
            "name": file["name"],
            "hashes": [_sha256(file["chksum_sha256"])],
        }
        for file in files
        if file["ftype"] == "file"
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(built, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": collection,
        },
        "components": [*needs, *packed],
        "dependencies": [
            {"ref": collection["bom-ref"], "dependsOn": [need["bom-ref"] for need in needs]},
            *({"ref": need["bom-ref"]} for need in needs),
        ],
    }


def _text(archive: tarfile.TarFile, name: str) -> str:
    stream = archive.extractfile(name)
    assert stream is not None, name
    return stream.read().decode()


def _ansible(runtime: str) -> str:
    found = re.search(r'^requires_ansible: "?([^"\s]+)', runtime, re.MULTILINE)
    assert found is not None, RUNTIME
    return found[1]


def _requirement(line: str) -> tuple[str, str, str]:
    name = re.split(r"[\s<>=!~;\[]", line, maxsplit=1)[0]
    return name, "library", line.removeprefix(name).strip() or "*"


def _needed(name: str, kind: str, versions: str) -> dict[str, Any]:
    """Something that is not part of the tarball: whoever installs the collection chooses its version."""
    return {
        "type": kind,
        "bom-ref": name,
        "name": name,
        "scope": "required",
        "purl": f"pkg:pypi/{name}",
        "properties": [{"name": "indiecloud:versions", "value": versions}],
    }


def _sha256(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}
