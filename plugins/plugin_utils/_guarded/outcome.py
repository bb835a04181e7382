# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fact ``guarded_change_result``: what became of the change of a host, and of its way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._role.summary import in_words_of
from .variables import PREFIX, ROLE

FAILED = ("refused", "error", "left", "rolled_back", "rollback_unverified", "rollback_failed")
"""Unless its status is another one, the change is in effect."""
PREDICTED = {
    "change": "would_change",
    "resume": "would_resume",
    "roll_back": "would_roll_back",
    "keep": "would_keep",
    "commit": "would_commit",
}
ADVICE = "\nWhat to do: "
LOST = "all writes to its disk since the snapshot"
NO_EVIDENCE = "the provider gives no evidence that the restore has ended"

Part = Mapping[str, Any]


def result_of(host: str, change: Part, begun: Part, ended: Part, again: str | None) -> dict[str, Any]:
    """``change`` are the variables of the role, ``begun`` and ``ended`` what was done before and after the tasks.

    ``again`` says what failed when the host was verified after a rollback.
    """
    status = _status(begun, ended, again)
    error: Part = ended.get("error") or (begun if begun["failed"] else {})
    rollback = ended.get("rollback")
    steps = _next_steps(status, change, ended, error)
    text = _story(status, begun, ended, again, error)
    result = {
        "name": host,
        "id": change["id"],
        "status": status,
        "failed": status in FAILED,
        "changed": bool(begun["changed"] or ended.get("changed") or (rollback or {}).get("changed")),
        "resumed": begun["action"] in ("resume", "roll_back", "keep"),
        "snapshot": begun["snapshot"],
        "snapshot_name": begun["snapshot_name"],
        "instance": begun["instance"],
        "failure": ended.get("failure"),
        "rollback": rollback,
        "error_code": None,
        "refusals": error.get("refusals", []),
        "next_steps": steps,
        "msg": text,
        "summary": f"{host}: {text}{ADVICE + ' '.join(steps) if steps else ''}",
    }
    if status in ("refused", "error"):
        result.update(error_code=str(error.get("error_code") or status))
    elif status in FAILED:
        result.update(error_code=f"guarded_change_{status}")
    return result


def _status(begun: Part, ended: Part, again: str | None) -> str:
    if begun["failed"]:
        return "refused"
    if not ended:
        expected = PREDICTED.get(str(begun["action"]), str(begun["state"]))
        return "changing" if begun["runs_tasks"] else expected
    if ended["error"]:
        return "error"
    if ended["end"] == "rolled_back" and (again is not None or _is_unproven(ended)):
        return "rollback_unverified"
    return str(ended["end"])


def _is_unproven(ended: Part) -> bool:
    """Whether a rollback left the instance off, since the provider did not say that it has ended."""
    rollback: Part = ended["rollback"]
    return bool(rollback["status"] == "accepted_unverified" or rollback["power_state"] != "running")


def _story(status: str, begun: Part, ended: Part, again: str | None, error: Part) -> str:
    snapshot = begun["snapshot_name"]
    if status == "refused":
        return str(error.get("reason") or error["msg"])
    if status == "error" and not ended.get("failure"):
        return f"The change was verified, and then: {error.get('reason') or error['msg']}"
    if status == "changing":
        return f"the change is being made; its snapshot is {snapshot}."
    if status in PREDICTED.values():
        return _prediction(status, begun)
    if status in ("kept", "committed"):
        rest = "kept" if status == "kept" else "deleted"
        before = "" if ended else "nothing to do: "
        return f"{before}the change was verified, and its snapshot {snapshot} is {rest}."
    why = f"The change failed: {ended.get('failure') or 'an earlier run did not come to its end'}."
    if status == "error":
        return f"{why} Nothing was rolled back: {error.get('reason') or error['msg']}"
    if status == "left":
        return f"{why} Nothing was rolled back, and snapshot {snapshot} is kept."
    if status == "rollback_failed":
        return f"{why} The rollback to snapshot {snapshot} failed too: {ended['rollback']['msg']}"
    if status == "rolled_back":
        return f"{why} The host was rolled back to snapshot {snapshot} and verified again; {LOST} are lost."
    return f"{why} The rollback to snapshot {snapshot} was done, but could not be verified: {again or NO_EVIDENCE}."


def _prediction(status: str, begun: Part) -> str:
    snapshot, since = begun["snapshot_name"], begun["since"]
    return {
        "would_change": f"would take snapshot {snapshot}, run the tasks, and verify the host. A rollback would discard "
        f"{LOST}.",
        "would_resume": f"would go on with the change that began at {since}, and keep its snapshot {snapshot}.",
        "would_roll_back": f"would roll back the change that began at {since} to snapshot {snapshot}, and discard "
        f"{LOST}.",
        "would_keep": "would record that the change was verified, as on the other hosts.",
        "would_commit": f"would commit the change that began at {since}: delete snapshot {snapshot}.",
    }[status]


def _next_steps(status: str, change: Part, ended: Part, error: Part) -> list[str]:
    again = f"Run the play again with {PREFIX}id: {change['id']}"
    if status == "refused":
        return in_words_of(ROLE, error.get("next_steps", []))
    if status == "error":
        also = "" if ended.get("failure") else f" and {PREFIX}on_resume: continue, which does not roll back"
        return [*in_words_of(ROLE, error.get("next_steps", [])), f"{again}{also}."]
    if status == "rollback_failed":
        return [*in_words_of(ROLE, ended["rollback"]["next_steps"]), f"{again} to go on with the rollback."]
    if status == "left":
        return [f"{again} and {PREFIX}on_resume: restore to roll it back, or continue to run the tasks again."]
    new = f"Correct the change, and run it with another {PREFIX}id."
    if status == "rollback_unverified":
        return ["Check the host.", new]
    return [new] if status == "rolled_back" else []
