# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `ansible-test sanity` needs from the machine: interpreters, and pip for its own environments."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from paths import HOME
from venvs import pip

# Stands in for the bootstrap script that ansible-test would download from a host of its own.
BOOTSTRAP = """\
import os, runpy, sys
if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, os.path.join(here, {wheel!r}))
    words = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
    sys.argv = ["pip", "install", "--quiet"] + words
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def prime_pip(core: Path) -> None:
    """Put the pip that ansible-test wants where it looks for it."""
    version = wanted_pip(core)
    cache = HOME / ".ansible/test/cache"
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    cache.mkdir(parents=True, exist_ok=True)
    subprocess.run([*pip(core), "download", "--no-deps", "--dest", str(cache), f"pip=={version}"], check=True)
    (wheel,) = cache.glob(f"pip-{version}-*.whl")
    script.write_text(BOOTSTRAP.format(wheel=wheel.name))


def wanted_pip(core: Path) -> str:
    """The version of pip that this ansible-test installs into its environments."""
    (source,) = core.parent.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py")
    found = re.search(r"pip='([\d.]+)'", source.read_text())
    if not found:
        sys.exit("FAILED: this ansible-core does not say which pip its ansible-test wants (tools/sanity.py).")
    return found[1]


def cannot_run(core: Path) -> list[str]:
    """Tests whose requirements this ansible-core takes from a host that is no package index (prereleases do)."""
    (folder,) = core.parent.glob("lib/python*/site-packages/ansible_test/_data/requirements")
    found = [
        path.stem.removeprefix("sanity.")
        for path in sorted(folder.glob("sanity.*.txt"))
        if re.search(r"@ *https?://", path.read_text())
    ]
    for name in found:
        print(f"LEFT OUT: the sanity test {name}, whose requirements this ansible-core fetches from outside of PyPI")
    return found


def interpreters() -> list[Path]:
    """The folders of Pythons that pyenv keeps off PATH."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return sorted(root.glob("versions/*/bin"))
