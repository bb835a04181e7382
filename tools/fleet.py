# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make fleet: the role on many simulated instances, in real time; what it took is printed."""

from __future__ import annotations

import sys

from children import environ, run, scratch
from collection import linked
from paths import COLLECTION
from venvs import venv


def main() -> None:
    core, parent = venv("core"), linked()
    with scratch() as home:
        script = parent / COLLECTION / "tests" / "fleet" / "large.py"
        run(["python", script, *sys.argv[1:]], cwd=home, env=environ(core, home=home))


if __name__ == "__main__":
    main()
