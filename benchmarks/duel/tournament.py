# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All contenders, in all sizes, providers and scenarios that were asked for."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from .arena import TOKENS, Setup
from .contenders import CONTENDERS
from .match import SCENARIOS, fight
from .report import heading, table


def add_options(parser: argparse.ArgumentParser) -> None:
    usual = Setup("hostup", 20)
    keys = [one.key for one in CONTENDERS]
    add = parser.add_argument_group("the duel").add_argument
    add("--duel", action="store_true", help="compare the role with hand-written scripts, and nothing else")
    add("--sizes", type=int, nargs="+", default=[20, 200, 500], help="VMs; more than 20 with limits (20 200 500)")
    add("--providers", nargs="+", choices=list(TOKENS), default=list(TOKENS))
    add("--scenarios", nargs="+", choices=list(SCENARIOS), default=list(SCENARIOS))
    add("--contenders", nargs="+", choices=keys, default=keys)
    add("--restore-seconds", type=float, default=usual.restore, help=f"of the simulator ({usual.restore:g})")
    add("--power-seconds", type=float, default=usual.power, help=f"of the simulator ({usual.power:g})")
    add("--output", type=Path, metavar="FOLDER", help="keep what the contenders print")


def run(options: argparse.Namespace) -> int:
    print(heading(os.getloadavg()[0]), "\n", sep="", flush=True)
    contenders = []
    for one in CONTENDERS:
        if one.key in options.contenders:
            if missing := one.missing():
                print(f"Left out: {one.name}. Not installed: {', '.join(missing)}.\n", flush=True)
            else:
                contenders.append(one)
    if not contenders:
        return 1
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
    for provider in options.providers:
        for size in options.sizes:
            setup = Setup(provider, size, options.restore_seconds, options.power_seconds)
            for scenario in options.scenarios:
                results = []
                for one in contenders:
                    print(f"{provider}, {size} VMs, {scenario}, {one.name}", file=sys.stderr, flush=True)
                    results.append(fight(one, setup, scenario, options.output))
                print(table(scenario, results), flush=True)
    return 0
