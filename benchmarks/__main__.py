# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task costs, side by side in one run against one simulator: ours, the usual ways, and the floor.

``python benchmarks`` prints the table; ``--write`` puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).absolute().parent
sys.path.insert(0, str(HERE))

# ruff: noqa: E402
from clouds import Clouds
from forms import READS, RESTORES
from measure import measure
from table import render, written


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=60, help="reading tasks in a play (default 60)")
    parser.add_argument("--restores", type=int, default=8, help="restores in a play (default 8)")
    parser.add_argument("--peer", type=Path, help="a folder with ansible_collections/hetzner/hcloud and hcloud")
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args()
    peer = options.peer
    with tempfile.TemporaryDirectory() as folder, Clouds(Path(folder), options.restores) as clouds:
        reads = [measure(form, clouds, options.tasks, peer) for form in READS if peer or not form.peer]
        restores = [measure(form, clouds, options.restores, peer) for form in RESTORES]
    text = render(reads, restores, " ".join(f"{load:.0f}" for load in os.getloadavg()))
    print(text)
    if options.write:
        page = HERE.parent / "docs" / "benchmarks.md"
        page.write_text(written(page.read_text(encoding="utf-8"), text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
