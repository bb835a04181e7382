# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text that the role prints about a target: what happened, and what to do after a failure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .plan import CONNECTION, OPTIONS
from .spec import role_options

ADVICE = "\nWhat to do: "
_OPTIONS = {*CONNECTION, *OPTIONS, "snapshot", "provider", "api_token"} - {"restore_id"}
# "record" is an option in "record: file" and in "the option record", and else a word.
_OPTION = re.compile(
    r"(?<![\w.-])(?:({compound})(?!\w)|({word})(?=: )|(?<=\boption )({word})(?!\w))".format(
        compound="|".join(sorted(name for name in _OPTIONS if "_" in name)),
        word="|".join(sorted(name for name in _OPTIONS if "_" not in name)),
    )
)
_VARIABLE = re.compile(r"(?<![\w.-])restore_(\w+)")


def message_of(result: Mapping[str, Any]) -> str:
    """What went wrong, without the next steps; Ansible's own failures have no ``reason``."""
    return str(result.get("reason") or result["msg"])


def for_role(next_steps: Sequence[str]) -> list[str]:
    """Next steps of a module, with the variables of the role instead of the options of the module."""
    return [_OPTION.sub(r"restore_\g<0>", step) for step in next_steps]


def in_words_of(role: str, next_steps: Sequence[str]) -> list[str]:
    """Next steps of the role restore, with the variables of another role where it has them."""

    def own(found: re.Match[str]) -> str:
        name = f"{role}_{found[1]}"
        return name if name in role_options(role) else found[0]

    return [_VARIABLE.sub(own, step) for step in next_steps]


def summary(report: Mapping[str, Any], latest: Mapping[str, Any], snapshot: str) -> str:
    """One line: what happened, and the power state or the price; after a failure a second line says what to do.

    ``latest`` is the last result of the target, ``snapshot`` the id or name that was asked for.
    """
    power = report["power_state"]
    if report["failed"]:
        text = f"failed in phase {report['phase']} [{report['error_code']}]: {report['msg']}"
    else:
        text = _success(report["status"], report["in_place"], _snapshot(latest, snapshot))
    if report["in_place"]:
        before = report["previous_power_state"] or "in an unknown power state"
        more = f"it was {before}, it is {power}" if power else ""
    else:
        more = _price(latest.get("instance") or {}) if power or not report["failed"] else ""
    advice = ADVICE + " ".join(report["next_steps"]) if report["failed"] and report["next_steps"] else ""
    return f"{report['name']}: {text}" + (f" ({more})" if more else "") + advice


def _snapshot(latest: Mapping[str, Any], wanted: str) -> str:
    found = latest.get("snapshot") or {}
    taken = found.get("created_at")
    return str(found.get("name", wanted)) + (f" of {taken}" if taken else "")


def _success(status: str, in_place: bool, snapshot: str) -> str:
    sentences = {
        "would_restore": f"would be restored to {snapshot}" if in_place else f"would be created from {snapshot}",
        "already_restored": f"nothing to do, it was restored to {snapshot} before",
        "restored": f"restored to {snapshot}" if in_place else f"created from {snapshot}",
        "accepted_unverified": f"the restore to {snapshot} was accepted, and the provider gives no evidence of its end",
    }
    return sentences.get(status, status)


def _price(instance: Mapping[str, Any]) -> str:
    rate = instance.get("hourly_rate")
    price = f"{rate} {instance.get('currency')} per hour" if rate else "price unknown"
    return f"instance {instance.get('id', 'not created yet')}, address {instance.get('ipv4') or 'unknown'}, {price}"
