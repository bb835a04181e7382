# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guarded changes of all hosts of a batch, in one process: what they share, and what they wait for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...module_utils._api.clock import Runtime
from ...module_utils._change.checks import Planned
from ...module_utils._change.controller import Controller
from ...module_utils._change.decision import Decision, Wish
from ...module_utils._change.guarded import GuardedChange, Wanted
from ...module_utils._fleet.crew import Cancelled, Threads
from ...module_utils._record.record_file import RecordFile
from ...module_utils._task.refusal import Refusal
from .._role.batch import Run, context_of
from .variables import PREFIX

AT_ONCE = 50
EQUAL = ("scope", "max_hosts", "report_path")
EQUAL_TOGETHER = ("id", "on_failure", "on_resume", "commit")
"""These are about the whole change with ``scope: play``."""


class Group:
    """The guarded changes of the hosts of a run, by host. ``problems`` are those of the batch as a whole."""

    def __init__(self, run: Run, problems: list[str], controller: Controller, crew: Threads, runtime: Runtime) -> None:
        self._run, self._crew = run, crew
        self._files: dict[Path, RecordFile] = {}
        self.hosts: dict[str, GuardedChange] = {
            host: self._change(host, plan, controller, runtime, problems) for host, plan in run.plans.items()
        }
        self.together = any(plan["change"]["scope"] == "play" for plan in run.plans.values())

    def _change(
        self, host: str, plan: Mapping[str, Any], controller: Controller, runtime: Runtime, problems: list[str]
    ) -> GuardedChange:
        target = plan["targets"][0] if plan["targets"] else {}
        context, errors = context_of(host, target, plan, self._run, runtime)
        wrong = [*plan["problems"], *problems] or errors
        change = plan["change"]
        wanted = Wanted(
            context,
            wish_of(change),
            Planned(change["timeout"] or 1.0, change["wait_timeout"] or 1.0),
            plan["answers"],
            controller.for_host(host),
            tuple(text.rstrip(".") for text in wrong),
        )
        return GuardedChange(wanted, self._file)

    def _file(self, path: Path) -> RecordFile:
        """Threads share one connection to a file and its locks."""
        return self._files.setdefault(path.absolute(), RecordFile(path))

    def look(self) -> dict[str, Decision]:
        """Read everything with GET requests; what each host comes to by itself, without those that failed."""
        found: dict[str, Decision | None] = {}
        self.each(self.hosts, lambda host, change: found.update({host: change.look()}))
        by_key: dict[object, list[str]] = defaultdict(list)
        for host, change in self.hosts.items():
            if not change.failed:
                by_key[change.key].append(host)
        for same in by_key.values():
            for host in same if len(same) > 1 else ():
                others = ", ".join(one for one in same if one != host)
                self.hosts[host].refuse(
                    Refusal(
                        "duplicate_target",
                        f"{others} means the same instance, {self.hosts[host].target}",
                        f"Leave one of the hosts out, or correct {PREFIX}instance.",
                    )
                )
        return {host: one for host, one in found.items() if one is not None and not self.hosts[host].failed}

    def each(
        self, hosts: Iterable[str], step: Callable[[str, GuardedChange], object], *, of_failed: bool = False
    ) -> None:
        """Do a step for these hosts, or those of them that failed, all at once.

        Raises Cancelled if the play was interrupted meanwhile.
        """

        def job(host: str) -> Callable[[], None]:
            def run() -> None:
                with suppress(Cancelled):
                    self._crew.check()
                    step(host, self.hosts[host])

            return run

        self._crew.run([job(host) for host in hosts if self.hosts[host].failed is of_failed], AT_ONCE)
        self._crew.check()


def wish_of(change: Mapping[str, Any]) -> Wish:
    """What the user asks for, by the variables of the role without their prefix."""
    leaves = change["on_failure"] == "leave"
    return Wish(str(change["id"]), "leave" if leaves else "restore", change["on_resume"], bool(change["commit"]))


def problems_of(run: Run) -> list[str]:
    """What is wrong with the batch as a whole."""
    valid = [plan["change"] for plan in run.plans.values() if not plan["problems"]]
    names = EQUAL + (EQUAL_TOGETHER if any(one["scope"] == "play" for one in valid) else ())
    problems = [
        f"{PREFIX}{name} is about all hosts and must be equal on them."
        for name in names
        if len({str(one[name]) for one in valid}) > 1
    ]
    if run.is_alone and any(one["scope"] == "play" for one in valid):
        problems.append(
            f"{PREFIX}scope: play needs all hosts in one step: use include_role if the role has a condition."
        )
    total = run.others + len(run.plans)
    limits = [one["max_hosts"] for one in valid if one["max_hosts"] is not None]
    if limits and total > min(limits):
        problems.append(
            f"This play changes {total} hosts and {PREFIX}max_hosts allows {min(limits)}: use --limit, or raise it"
        )
    return problems
