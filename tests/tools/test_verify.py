# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of docs/verify.md, on what was installed from the tarball, and on what was changed since."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from release import write

from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import blocks

PAGE = "docs/verify.md"
INSTALLED = ".ansible/collections/ansible_collections/indiecloud/compute"


def command(start: str) -> str:
    """The line of the page that starts so."""
    lines = [line for block in blocks("console") if block.page == PAGE for line in block.text.splitlines()]
    (found,) = [line for line in lines if line.startswith(start)]
    return found


CHECKSUMS, INSTALL = command("sha256sum --check"), command("ansible-galaxy collection install")
VERIFY, COMPARE = command("ansible-galaxy collection verify"), command("tar ")

Shell = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shell(tarball: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Runs a line in the folder with the downloaded files; HOME is a new one."""
    import collection

    monkeypatch.setattr(collection, "tarball", lambda: tarball)
    write(tmp_path / "download")
    # They would name the collection of this checkout as one that is installed already.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON"))}

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", line], cwd=tmp_path / "download", env={**kept, "HOME": str(tmp_path)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def installed(shell: Shell, tmp_path: Path) -> Path:
    done = shell(INSTALL)
    assert done.returncode == 0, done.stderr
    return tmp_path / INSTALLED


def test_downloaded_files(shell: Shell, tmp_path: Path) -> None:
    assert shell(CHECKSUMS).returncode == 0
    for path in (tmp_path / "download").glob("*.*"):
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert shell(CHECKSUMS).returncode != 0, path.name
        path.write_bytes(content)


def test_installed_files_are_those_of_the_tarball(shell: Shell, installed: Path) -> None:
    for line in (VERIFY, COMPARE):
        done = shell(line)
        assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == ""


def append(installed: Path) -> None:
    with (installed / "plugins/module_utils/_api/transport.py").open("a") as file:
        file.write("# one line more\n")


def add(installed: Path) -> None:
    (installed / "plugins/modules/other.py").write_text("import os\n")


@pytest.mark.parametrize("tamper", [append, add])
def test_tampering_is_noticed(shell: Shell, installed: Path, tamper: Callable[[Path], None]) -> None:
    tamper(installed)
    assert shell(VERIFY).returncode != 0


def test_tampering_with_the_checksums_too_is_noticed_by_the_tarball(shell: Shell, installed: Path) -> None:
    append(installed)
    changed = installed / "plugins/module_utils/_api/transport.py"
    digest(installed / "FILES.json", "plugins/module_utils/_api/transport.py", changed)
    digest(installed / "MANIFEST.json", "FILES.json", installed / "FILES.json")
    assert shell(VERIFY).returncode == 0, "so the page tells what else to do"
    assert shell(COMPARE).returncode != 0


def digest(manifest: Path, name: str, path: Path) -> None:
    """Replace the checksum of a file."""
    content = json.loads(manifest.read_text())
    entries = content.get("files") or [content["file_manifest_file"]]
    (entry,) = [entry for entry in entries if entry["name"] == name]
    entry["chksum_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(content, indent=True))
