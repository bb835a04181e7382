# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make demo: run tests/demo/run with the built and installed collection."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from children import environ, scratch
from collection import installed
from paths import COLLECTION
from venvs import venv


def demonstrate(parent: Path, *words: str) -> int:
    """Run the demonstration of the collection that is installed below `parent`."""
    core, root = venv("core"), parent / COLLECTION
    with scratch() as home:
        env = environ(core, home=home, ANSIBLE_COLLECTIONS_PATH=parent, DEMO_PYTHON=core / "python")
        demo = subprocess.Popen([root / "tests/demo/run", *words], cwd=root, env=env)

        def forward(number: int, _frame: FrameType | None) -> None:
            demo.send_signal(number)

        # The demo cleans up after itself, so it gets the time. A terminal sends Ctrl-C to it as well as to us.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, forward)
        return demo.wait()


if __name__ == "__main__":
    sys.exit(demonstrate(installed(), *sys.argv[1:]))
