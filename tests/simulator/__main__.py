# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entry point of `python tests/simulator` (run by path) and of `python -m …tests.simulator` (run as a package)."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

if __package__:
    cli = import_module(".cli", __package__)
else:
    # Run by path, Python puts this very directory on the path; the package is found from the one above.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    cli = import_module("simulator.cli")

if __name__ == "__main__":
    sys.exit(cli.main())
