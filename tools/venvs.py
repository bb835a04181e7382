# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments, each described by requirements/NAME.txt and made once."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from lock import locked
from paths import CHECKOUT, VENVS

NO_VENV = f"""\
{sys.executable} cannot make virtual environments: it comes without ensurepip.
Debian and Ubuntu keep it in a package of its own: apt-get install python3-venv
Or name another Python 3.10 or newer:              make PYTHON=/path/to/python3 ...\
"""


def venv(name: str) -> Path:
    """The bin folder of the environment, which is made or renewed when its requirements changed."""
    # CORE=2.16 asks for that ansible-core instead of the newest one.
    core = os.environ.get("CORE", "") if name == "core" else ""
    folder = VENVS / f"{name}{core}"
    requirements = CHECKOUT / "requirements" / f"{name}.txt"
    pins = [pin(core)] if core else []
    # A moved checkout or another interpreter makes an environment useless, so both are in the fingerprint.
    wanted = "\n".join([str(folder), sys.executable, sys.version, requirements.read_text()])
    fingerprint = hashlib.sha256(wanted.encode()).hexdigest()
    stamp = folder / "ready"
    with locked(folder):
        if not stamp.is_file() or stamp.read_text() != fingerprint:
            make(folder, requirements, pins)
            stamp.write_text(fingerprint)
    return folder / "bin"


def pin(core: str) -> str:
    """What CORE stands for: 2.16, 2.16.3, or pre for the newest one, prereleases included."""
    if core == "pre":
        # pip takes a prerelease where the requirement names one.
        return "ansible-core>=2.16.0rc1"
    return f"ansible-core=={core}" if core.count(".") > 1 else f"ansible-core=={core}.*"


def make(folder: Path, requirements: Path, pins: list[str]) -> None:
    """Make the environment from nothing."""
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(NO_VENV)
    print(f"Making {folder} from {requirements.name} {' '.join(pins)}...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [*pip(folder / "bin"), "install", "--requirement", str(requirements), *pins],
    ):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            sys.exit(f"FAILED: {' '.join(command)} ended with {done.returncode}")


def pip(bin_folder: Path) -> list[str]:
    """How to call the pip of an environment."""
    return [str(bin_folder / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
