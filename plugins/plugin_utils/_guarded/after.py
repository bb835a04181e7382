# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the tasks of the user: roll back what failed, keep or commit what was verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils._change.controller import Controller
from ...module_utils._change.decision import Action
from .._role.batch import Run, restore_batch
from .._role.outcome import restore_outcome
from .._role.together import together
from .before import rollback_plan
from .group import Group

Found = dict[str, dict[str, Any]]
ENDS_WELL = frozenset({Action.CHANGE, Action.RESUME, Action.KEEP, Action.COMMIT})


def after_tasks(
    run: Run, controller: Controller, begun: Mapping[str, Mapping[str, Any]], ends: Mapping[str, str | None]
) -> Found:
    """End the changes of all hosts.

    ``begun`` is what ``before_tasks`` returned, for all hosts that took part. ``ends`` says what failed on a host whose
    tasks ran, None if it was verified; a host that left the play is not in it.
    """
    found: Found = {}
    with together(run.plans, run.progress) as (crew, runtime):
        group = Group(run, [], controller, crew, runtime)
        failures = _failures(group, begun, ends)
        back = {host for host in failures if run.plans[host]["change"]["on_failure"] != "leave"}
        left = failures.keys() - back
        back |= {host for host in group.hosts if begun[host]["action"] == Action.ROLL_BACK}
        good = {host for host in group.hosts if begun[host]["action"] in ENDS_WELL} - failures.keys()
        commits = {host for host in good if run.plans[host]["change"]["commit"]}
        group.each(group.hosts, lambda host, change: change.recall(begun[host]["target"]))
        rollbacks = _roll_back(run, group, {host for host in back if not group.hosts[host].failed})
        group.each(left, lambda host, change: change.leave())
        # A change whose snapshot cannot be deleted is in effect all the same.
        group.each(good, lambda host, change: change.keep())
        group.each(commits, lambda host, change: change.commit())
        for host, change in group.hosts.items():
            found[host] = {
                "failure": failures.get(host),
                "rollback": rollbacks.get(host),
                "end": _end(str(change.state), host, left, rollbacks),
                "error": change.outcome.result if change.failed else None,
                "changed": change.changed,
                "warnings": change.warnings,
            }
    return found


def _failures(group: Group, begun: Mapping[str, Mapping[str, Any]], ends: Mapping[str, str | None]) -> dict[str, str]:
    """What failed, by host; with ``scope: play`` on all hosts if on one."""
    ran = {host for host, one in begun.items() if one["runs_tasks"]}
    here = ran & group.hosts.keys()
    failed = {host: text for host, text in ends.items() if host in here and text is not None}
    if not group.together or (not failed and here == ran):
        return failed
    texts = [f"{host}: {failed[host]}" for host in sorted(failed)]
    texts += [f"{host} left the play, and is to be rolled back by the next run" for host in sorted(ran - here)]
    return {host: failed.get(host, f"another host failed ({'; '.join(texts[:3])})") for host in sorted(here)}


def _roll_back(run: Run, group: Group, back: set[str]) -> Found:
    plans = {host: rollback_plan(run.plans[host], group.hosts[host]) for host in sorted(back)}
    steps = restore_batch(run._replace(plans=plans, others=0)) if plans else {}
    return {host: restore_outcome(plans[host]["targets"][0], steps[host][0]) for host in plans}


def _end(state: str, host: str, left: set[str], rollbacks: Found) -> str:
    if host in rollbacks:
        return "rollback_failed" if rollbacks[host]["failed"] else "rolled_back"
    return "left" if host in left else state
