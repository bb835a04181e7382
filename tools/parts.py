# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run named parts one after the other, all of them, and say at the end what each came to."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence

Part = Callable[[], None]


def run_parts(parts: Mapping[str, Part], wanted: Sequence[str]) -> int:
    """The exit code: 0 when every part passed."""
    unknown = [name for name in wanted if name not in parts]
    if unknown:
        print(f"Unknown: {', '.join(unknown)}. There are: {', '.join(parts)}.", file=sys.stderr)
        return 2
    outcomes = [(name, *outcome(name, parts[name])) for name in wanted or parts]
    print()
    for name, failure, seconds in outcomes:
        print(f"{name:<16} {failure or 'passed':<44} {seconds:6.1f} s")
    failed = sum(1 for _name, failure, _seconds in outcomes if failure)
    # Plain, for machines that look for a closing line.
    print(f"\n{len(outcomes) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def outcome(name: str, part: Part) -> tuple[str, float]:
    """What went wrong (nothing, if all is well) and how long it took."""
    print(f"\n=== {name}: {(part.__doc__ or '').splitlines()[0]}", flush=True)
    started = time.monotonic()
    failure = ""
    try:
        part()
    except SystemExit as stop:
        failure = str(stop.code)
    return failure, time.monotonic() - started
