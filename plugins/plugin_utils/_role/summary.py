# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the role tells in a sentence what became of a target."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# A message of the modules names options; for a user of the role they are variables.
_OPTION = re.compile(
    r"(?<!\w)(accept_billing|allow_unverified|api_token|api_url|expected_instance_name|expected_snapshot_name"
    r"|max_hourly_rate|max_snapshot_age|new_vm_name|on_unknown|organization_id|project_id|wait_interval|wait_timeout"
    r"|force(?=: true))(?!\w)"
)


def in_variables(message: object) -> str:
    return _OPTION.sub(r"restore_\1", str(message))


def summary(report: Mapping[str, Any], state: Mapping[str, Any], wanted: str) -> str:
    """One line: what happened to which snapshot, and the power or the bill that came of it."""
    power = report["power_state"]
    if report["failed"]:
        told = f"failed in phase {report['phase']} [{report['error_code']}]: {report['msg']}"
    else:
        told = _done(report["status"], report["in_place"], _snapshot(state, wanted))
    if report["in_place"]:
        before = report["previous_power_state"] or "in an unknown power state"
        more = f"it was {before}, it is {power}" if power else ""
    else:
        more = _bill(state.get("instance") or {}) if power or not report["failed"] else ""
    return f"{report['name']}: {told}" + (f" ({more})" if more else "")


def _snapshot(state: Mapping[str, Any], wanted: str) -> str:
    found = state.get("snapshot") or {}
    taken = found.get("created_at")
    return str(found.get("name", wanted)) + (f" of {taken}" if taken else "")


def _done(status: str, in_place: bool, snapshot: str) -> str:
    sentences = {
        "would_restore": f"would be restored to {snapshot}" if in_place else f"would be made from {snapshot}",
        "already_restored": f"nothing to do, it was restored to {snapshot} before",
        "restored": f"restored to {snapshot}" if in_place else f"made from {snapshot}",
        "accepted_unverified": f"the restore to {snapshot} was accepted, and nothing tells that it has ended",
    }
    return sentences.get(status, status)


def _bill(instance: Mapping[str, Any]) -> str:
    rate = instance.get("hourly_rate")
    price = f"{rate} {instance.get('currency')} an hour" if rate else "price unknown"
    return f"instance {instance.get('id', 'not made yet')}, address {instance.get('ipv4') or 'unknown'}, {price}"
