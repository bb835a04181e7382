# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong: one fault each, as the simulator takes it, or as a jump of a clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple


class Wrong(NamedTuple):
    """One fault. ``name`` is its row in the table; ``faults`` are arguments for the simulator, each with its ``kind``.

    ``wall`` and ``date`` are seconds by which our clock, and the provider's, jump when the request arrives.
    """

    name: str
    faults: tuple[dict[str, Any], ...] = ()
    job: dict[str, Any] | None = None
    switches: tuple[tuple[str, Any], ...] = ()
    wall: float = 0.0
    date: float = 0.0
    slow: bool = False
    """Takes real time."""


def _one(name: str, kind: str, **params: Any) -> Wrong:
    return Wrong(name, ({"kind": kind, **params},))


_HOUR, _DAY, _DECADE = 3600.0, 86400.0, 10 * 365 * 86400.0

AT_A_REQUEST: tuple[Wrong, ...] = (
    _one("cut before the effect", "cut_before"),
    _one("cut after the effect", "cut_after"),
    _one("cut in the middle of the body", "cut_mid_body"),
    _one("truncated body", "truncated"),
    _one("50 MB body", "big_body"),
    _one("deep JSON", "deep_json"),
    _one("no JSON", "not_json"),
    _one("empty body", "not_json", body=""),
    _one("HTML with 200, after the effect", "html", status=200, after_effect=True),
    _one("HTML with 502", "html", status=502),
    _one("HTML with 504, after the effect", "html", status=504, after_effect=True),
    *(_one(f"{status}", "status", status=status, after_effect=False) for status in (500, 502, 503, 504)),
    *(
        _one(f"{status}, after the effect", "status", status=status, after_effect=True)
        for status in (500, 502, 503, 504)
    ),
    *(_one(f"{status}", "status", status=status) for status in (400, 401, 403, 404, 405, 409, 410, 422, 423, 451)),
    *(
        _one(f"429 three times, Retry-After: {shown}", "rate_limited", retry_after=value, times=3)
        for shown, value in (
            ("2", 2), ("a date", "date"), ("none", None), ("soon", "soon"), ("-5", "-5"), ("999999999", "999999999"),
            ("1e400", "1e400"), ("NaN", "nan"),
        )
    ),
    _one("429, endless", "rate_limited", retry_after=30, times=None),
    _one("cut before the effect, endless", "cut_before", times=None),
    _one("503, endless", "status", status=503, after_effect=False, times=None),
    _one("HTML, endless", "html", times=None),
    _one("redirect", "redirect", location="https://evil.example/", status=307),
    _one("echoed token", "echo_token"),
    _one("every key of another type", "wrong_type"),
    _one("unknown power word", "unknown_state", times=4),
    Wrong("flapping power word", tuple({"kind": "unknown_state", "later": later} for later in (0, 2, 4, 6))),
    Wrong("our clock an hour forward", wall=_HOUR),
    Wrong("our clock an hour back", wall=-_HOUR),
    Wrong("our clock ten years forward", wall=_DECADE),
    Wrong("our clock ten years back", wall=-_DECADE),
    Wrong("the provider's clock an hour forward", date=_HOUR),
    Wrong("the provider's clock an hour back", date=-_HOUR),
    Wrong("the provider's clock a day forward", date=_DAY),
    Wrong("the provider's clock ten years back", date=-_DECADE),
    Wrong("answer after the time-out", ({"kind": "slow", "seconds": 1.4},), slow=True),
    Wrong("slow loris", ({"kind": "slow_loris", "chunk": 1, "pause": 0.2},), slow=True),
)  # fmt: skip

OF_WORK: tuple[Wrong, ...] = tuple(
    Wrong(f"{work}: {kind.replace('_', ' ')}", job={"kind": kind, "work": work, "times": times})
    for work in ("restore", "stop", "start", "snapshot")
    for kind in ("fail", "false_result", "vanish", "stuck", "slow", "unknown_word")
    for times in (1, None)
)
LAGGING = Wrong("lagging power state", switches=(("onet_sync_lag", 20.0),))

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 1.5, 10**30, float("inf"), float("nan"), "", "x", "\ud800", "a\r\nb: c", "{{ 7 * 7 }}",
    [], ["x"], [[]], [None], {}, {"x": 1}, [{}], [{"id": None}],
)  # fmt: skip
"""What takes the place of a field, one after the other."""


def pointers(payload: Any, depth: int = 0) -> Iterator[tuple[Any, ...]]:
    """The way to every field; of a list the first two items stand for all."""
    if depth > 8:
        return
    items: list[tuple[Any, Any]] = []
    if isinstance(payload, dict):
        items = list(payload.items())
    elif isinstance(payload, list):
        items = list(enumerate(payload[:2]))
    for key, value in items:
        yield (key,)
        yield from ((key, *rest) for rest in pointers(value, depth + 1))


def of_field(way: tuple[Any, ...], value: Any) -> Wrong:
    return Wrong(f"a field is {_type_of(value)}", ({"kind": "field", "way": list(way), "value": value},))


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    return {str: "another text", list: "a list", dict: "an object"}[type(value)]
