# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules 9 and 11: who may overrule a record at the provider, and what is echoed."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.indiecloud.compute.tests.resilience.adversary import onetsolutions
from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.known import Violation, read_old
from ansible_collections.indiecloud.compute.tests.resilience.adversary.run_state import Put, RunState
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import MARKER
from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import World


def overrules_only_what_it_sent(world: World, run: RunState) -> list[Violation]:
    if run.options.get("record") != "provider" or not run.notes_written:
        return []
    sent = [item.sent for item in run.attempts if item.told != "not_sent"]
    for other in world.runs:
        if other is run or other.move.who == run.move.who or other.options.get("record") != "provider":
            continue
        if other.cloud is not run.cloud or other.target is not run.target:
            continue
        theirs = [item for item in other.attempts if item.begun is not None and run.start <= item.sent <= run.end]
        for attempt in theirs:
            ends = attempt.ended or float("inf")
            after = [when for when in run.notes_written if attempt.sent < when < ends]
            looked = any(
                attempt.sent < when < min(after, default=0.0)
                for when, dummy, kind in run.requests
                if kind in ("instance", "snapshots")
            )
            if after and looked and not any(when < attempt.sent for when in sent) and not read_old(run):
                return [Violation(9, "a controller that had not sent wrote over the record of one that had")]
    return []


def echoes_exactly(world: World, run: RunState) -> list[Violation]:
    if run.cloud.provider != "onetsolutions" or read_old(run):
        return []
    return [item for put in run.puts for item in _echo(run, put)]


def _echo(run: RunState, put: Put) -> list[Violation]:
    if not put.fresh or put.shown is None:
        return [Violation(11, "the whole object was written without reading it just before")]
    shown, sent = onetsolutions.exact(put.shown), onetsolutions.exact(put.body)
    asked = run.options if run.move.task == "metadata" else {}
    expected: dict[str, Any] = {
        name: shown.get(name) for name in ("name", "hostname", "os_name", "billing_cycle", "tags")
    }
    for part in ("size", "location", "image", "vpc"):
        expected[f"{part}_id"] = (shown.get(part) or {}).get("id")
    found = []
    for name, value in expected.items():
        option = {"vpc_id": "vpc"}.get(name, name)
        if option in asked and option != "tags":
            continue
        if name not in sent:
            if value not in (None, "", []):
                found.append(Violation(11, f"{name} was left out of the PUT"))
            continue
        before, after = value, sent[name]
        if name == "tags":
            before, after = _without_marker(before), _without_marker(after)
            if "tags" in asked and asked.get("tags_mode") == "replace":
                continue
            if "tags" in asked:
                before, after = _without_asked(before, asked["tags"]), _without_asked(after, asked["tags"])
        if before != after and not (name == "tags" and before in (None, [], {}) and after in (None, [], {})):
            found.append(Violation(11, f"{name} was {json.dumps(before)} and was written as {json.dumps(after)}"))
    return found


def _without_marker(tags: Any) -> Any:
    if isinstance(tags, dict):
        return {key: value for key, value in tags.items() if not key.startswith(MARKER)}
    if isinstance(tags, list):
        return [item for item in tags if not (isinstance(item, str) and item.startswith(MARKER))]
    return tags


def _without_asked(tags: Any, asked: Any) -> Any:
    if isinstance(tags, dict) and isinstance(asked, dict):
        return {key: value for key, value in tags.items() if key not in asked}
    if isinstance(tags, list) and isinstance(asked, list):
        return [item for item in tags if item not in asked]
    return tags
