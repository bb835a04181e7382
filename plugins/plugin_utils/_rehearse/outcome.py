# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fact ``rehearse_result``: whether a host could be restored, and what became of its drill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._report.rows import seconds_between, utc
from .._role.summary import ADVICE, in_words_of
from .variables import DRILL, PREFIX, ROLE

Part = Mapping[str, Any]
PASSED, RUNNING = "passed", "running"
NOTHING_SENT = ("no", "refused")
FAILED = ("could_not_restore", "failed", "still_billed")


def result_of(host: str, rehearsal: Part, found: Part, ended: Part, now: float) -> dict[str, Any]:
    """``found`` is what was found before the verification, ``ended`` what became of the instance of a drill.

    ``now`` is the time in seconds since 1970.
    """
    check, restore = found.get("check") or {}, found.get("restore") or {}
    latest = restore or check
    status = _status(rehearsal, found, ended)
    error = _error(status, found, ended)
    snapshot, instance = latest.get("snapshot") or {}, restore.get("instance") or {}
    steps = in_words_of(ROLE, error.get("next_steps", []))
    text = _story(status, found, ended, error)
    return {
        "name": host,
        "provider": latest.get("provider"),
        "id": rehearsal["id"],
        "mode": rehearsal["mode"],
        "status": status,
        "failed": status in FAILED,
        "changed": bool(restore.get("changed") or ended.get("changed")),
        "snapshot": latest.get("snapshot"),
        "age_hours": _hours_since(snapshot.get("created_at"), now),
        "expires_at": snapshot.get("expires_at"),
        "lost_since": snapshot.get("created_at"),
        "plan": check.get("plan", []),
        "usual_seconds": found.get("usual_seconds"),
        "restore_seconds": (restore.get("timings") or {}).get("restore"),
        "seconds": round(now - found["began"], 1) if restore else None,
        "instance": restore.get("instance"),
        "restore_id": restore.get("restore_id"),
        "deleted": ended.get("deleted"),
        "cost": _cost(instance, ended, found, now),
        "left_behind": found.get("left", []),
        "error_code": error.get("error_code"),
        "refusals": error.get("refusals", []),
        "next_steps": steps,
        "msg": text,
        "summary": f"{host}: {text}{ADVICE + ' '.join(steps) if steps else ''}",
    }


def ended_or_left(result: Part) -> Part:
    """The result at the end of the play. A host whose drill still runs then has left the play."""
    if result["status"] != RUNNING:
        return result
    name = (result["instance"] or {}).get("name") or "its new instance"
    text = f"The host left the play before {name} was deleted, so it may still be billed."
    steps = ["Rehearse again with the same record, which deletes it, or delete it in the provider's console."]
    summary = f"{result['name']}: {text}{ADVICE}{' '.join(steps)}"
    ended = {"status": "still_billed", "failed": True, "error_code": "still_billed", "msg": text}
    return {**result, **ended, "next_steps": steps, "summary": summary}


def _status(rehearsal: Part, found: Part, ended: Part) -> str:
    if found.get("ended"):
        return PASSED if found["ended"]["verdict"] == PASSED else "failed"
    if "error" in found or found["check"]["failed"]:
        return "could_not_restore"
    if rehearsal["mode"] != DRILL:
        return "could_restore"
    if "restore" not in found:
        return "would_drill"
    if not ended:
        return "failed" if found["restore"].get("restore_sent") in NOTHING_SENT else RUNNING
    if ended.get("error"):
        return "still_billed"
    return PASSED if ended["verdict"] == PASSED else "failed"


def _error(status: str, found: Part, ended: Part) -> dict[str, Any]:
    """``error_code``, ``msg`` and ``next_steps`` of what failed."""
    if status == "could_not_restore":
        return dict(found.get("error") or found["check"])
    if status == "still_billed":
        return dict(ended["error"])
    if status != "failed":
        return {}
    restore = found.get("restore") or {}
    if restore.get("failed"):
        return dict(restore)
    new = f"Fix what failed, and rehearse again with another {PREFIX}id."
    return {"error_code": "rehearse_failed", "next_steps": [new]}


def _story(status: str, found: Part, ended: Part, error: Part) -> str:
    known = found.get("ended")
    if known:
        return f"nothing to do: this drill ended at {known['at']}, and its instance was deleted: {known['verdict']}."
    if status == "could_not_restore":
        return str(error["msg"])
    snapshot = ((found.get("restore") or found["check"]).get("snapshot") or {}).get("name")
    if status == "could_restore":
        return f"could be restored to {snapshot} now."
    if status == "would_drill":
        left = f" It would first delete {', '.join(found['left'])}, left by an earlier drill." if found["left"] else ""
        return f"would be restored to a new instance from {snapshot}, verified, and deleted again.{left}"
    if status == RUNNING:
        return f"restored to a new instance from {snapshot}, which is verified and deleted next."
    if not ended:
        return f"The drill failed, and no instance was created: {error['msg']}"
    verdict = str(ended["verdict"])
    if status == "still_billed":
        return f"{error['msg']} The drill: {verdict}."
    end = "The new instance was verified" if verdict == PASSED else f"The drill failed: {verdict}"
    gone = "Its instance was deleted, and the list" if ended["deleted"] else "The list"
    return f"{end}. {gone} of instances shows that it is gone."


def _cost(instance: Part, ended: Part, found: Part, now: float) -> dict[str, Any] | None:
    """What the drill cost by the hourly rate. Minimum charges are not published, so it is an estimate."""
    rate = instance.get("hourly_rate")
    if rate is None or not ended:
        return None
    amount = round(float(rate) * (now - found["began"]) / 3600.0, 4)
    return {"amount": amount, "currency": instance.get("currency"), "hourly_rate": rate, "estimated": True}


def _hours_since(created: Any, now: float) -> float | None:
    seconds = seconds_between(created, utc(now))
    return None if seconds is None else round(seconds / 3600.0, 2)
