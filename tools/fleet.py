# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make fleet: the role on many simulated instances, in real time; what it took is printed.

make fleet ARGS='--simulated 500 1000' tries the phases without Ansible instead, in simulated time.
"""

from __future__ import annotations

import sys

from children import environ, run, scratch
from collection import linked
from paths import COLLECTION
from venvs import venv

SIMULATED = "--simulated"


def main() -> None:
    core, parent = venv("core"), linked()
    with scratch() as home:
        folder, words = parent / COLLECTION / "tests" / "fleet", sys.argv[1:]
        script = folder / ("phases.py" if SIMULATED in words else "large.py")
        if SIMULATED in words:
            words = words[words.index(SIMULATED) + 1 :]
        run(["python", script, *words], cwd=home, env=environ(core, home=home))


if __name__ == "__main__":
    main()
