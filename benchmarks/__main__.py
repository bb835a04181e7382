# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the cost of a task of ours with the usual alternatives and the lower bound, against one simulator.

``python benchmarks`` prints the tables; docs/how_it_is_proved.md quotes them. With ``--duel``, the role and
hand-written scripts restore a fleet instead; docs/fleet.md quotes those tables.
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
from duel import tournament
from forms import READS, RESTORES
from imports import imports
from measure import measure
from table import render


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=40, help="reading tasks in a play (default 40)")
    parser.add_argument("--restores", type=int, default=2, help="restores in a play (default 2)")
    parser.add_argument("--rounds", type=int, default=5, help="times that all is measured in turn (default 5)")
    parser.add_argument("--peer", type=Path, help="a folder with ansible_collections/hetzner/hcloud and hcloud")
    tournament.add_options(parser)
    options = parser.parse_args()
    if options.duel:
        return tournament.run(options)
    peer = options.peer
    forms = [form for form in READS if peer or not form.peer]
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, Clouds(Path(folder), options.restores + 1) as clouds:
        reads = measure(forms, clouds, options.tasks, options.rounds, peer)
        # These mostly wait.
        restores = measure(RESTORES, clouds, options.restores, (options.rounds + 1) // 2, peer)
    print(render(reads, restores, imports(options.rounds), before))
    return 0


if __name__ == "__main__":
    sys.exit(main())
