# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line."""

from __future__ import annotations

import argparse
import json
import signal
import threading
import time
from pathlib import Path

from .clock import Clock, ManualClock, RealClock
from .control import ROUTES
from .faults import JOB_KINDS, KINDS, describe
from .identity import ORGANIZATION_ID, PROJECT_ID, PROVIDERS, TOKENS, make_id
from .model import Durations
from .providers.onetsolutions import OnetSolutions
from .seed import add_described
from .server import Simulator
from .switches import Switches


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        simulator = _simulator(given)
    except (OSError, TypeError, ValueError, KeyError) as error:
        parser.error(str(error))
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with simulator:
        print(simulator.url, flush=True)
        over.wait()
    return 0


def _simulator(given: argparse.Namespace) -> Simulator:
    clock: Clock = ManualClock(time.time()) if given.manual_clock else RealClock(given.speed)
    simulator = Simulator(
        port=given.port,
        clock=clock,
        switches=dict(_pair(text) for text in given.switch),
        durations={"restore": given.restore_seconds, "power": given.power_seconds, "create": given.create_seconds},
        seed=given.seed and given.seed_file is None,
        instances=given.instances,
        latency=given.latency,
        rate_limit=given.rate_limit is not None,
        limited=given.rate_limit or (OnetSolutions.name,),
    )
    if given.seed_file is not None:
        add_described(simulator.cloud, json.loads(given.seed_file.read_text(encoding="utf-8")))
    return simulator


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--switch {text}: expected NAME=VALUE")
    return name, value


def _parser() -> argparse.ArgumentParser:
    usual = Durations()
    parser = argparse.ArgumentParser(
        prog="python tests/simulator",
        description="A stateful stand-in for the HTTP APIs of OnetSolutions, HostUp and Barrack, on 127.0.0.1."
        " Prints its address and serves until SIGINT or SIGTERM.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="0, the default, takes a free one")
    add("--switch", action="append", default=[], metavar="NAME=VALUE", help="see below; repeatable")
    add("--seed", action=argparse.BooleanOptionalAction, default=True, help="hold the default seed (see below)")
    add("--seed-file", type=Path, metavar="JSON", help="hold what this file describes instead; see the README")
    add(
        "--instances", type=int, default=0, metavar="N", help="also hold N instances per provider, with a snapshot each"
    )
    add("--speed", type=float, default=1.0, metavar="FACTOR", help="simulated seconds per real second (default 1)")
    add("--manual-clock", action="store_true", help="time stands still but for POST /_sim/clock")
    add("--latency", type=float, default=0.0, metavar="SECONDS", help="real delay before each answer")
    add(
        "--rate-limit",
        nargs="*",
        choices=PROVIDERS,
        metavar="PROVIDER",
        help="enforce OnetSolutions' 1000 requests in any minute and 100 in any second, there or at these providers",
    )
    add(
        "--restore-seconds",
        type=float,
        default=usual.restore,
        metavar="S",
        help=f"simulated (default {usual.restore:g})",
    )
    add("--power-seconds", type=float, default=usual.power, metavar="S", help=f"simulated (default {usual.power:g})")
    add("--create-seconds", type=float, default=usual.create, metavar="S", help=f"simulated (default {usual.create:g})")
    return parser


def _epilog() -> str:
    sections = {
        "switches (the first value is the default)": Switches.describe(),
        'faults of a request, as {"kind": …, "method", "path" (regex), "nth", "times", parameters}': describe(KINDS),
        'faults of a job, as {"job": …, "instance_id", "work" (restore), "times", parameters}': describe(JOB_KINDS),
        "control routes": [f"{route.method:6} {route.path:16} {route.about}" for route in ROUTES],
        "default seed": _seed_lines(),
    }
    return "\n\n".join("\n  ".join([f"{title}:", *lines]) for title, lines in sections.items())


def _seed_lines() -> list[str]:
    lines = [f"organization {ORGANIZATION_ID}, project {PROJECT_ID}"]
    for provider, token in TOKENS.items():
        lines.append(f"{provider}: token {token}")
        names = ["gpu1 (running)"] if provider == "barrack" else ["web1 (running)", "db1 (stopped)"]
        for number, name in enumerate(names, 1):
            snapshot = "before-upgrade" if provider == "hostup" else make_id(provider, "snapshot", number)
            lines.append(f"  {name} {make_id(provider, 'instance', number)}, snapshot before-upgrade {snapshot}")
    return lines
