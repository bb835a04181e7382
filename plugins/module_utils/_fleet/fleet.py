# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many restores in one process: check all, then restore them in ordered groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import NamedTuple

from .._api.clock import Runtime
from .._api.limiter import Limiter
from .._providers.base import Provider
from .._record.record_file import RecordFile
from .._task.refusal import Refusal
from .crew import Crew
from .shared import Account
from .target import Target, Wanted

MOST_CHECKS_AT_ONCE = 100
MOST_AT_ONCE = 2000
"""Threads, most of which wait."""
SAME = "Every instance may be restored once in a play: leave one of them out, or correct the option instance."
FIX_FIRST = "Fix what the others report, then run again: nothing was changed by this run."


class FleetOptions(NamedTuple):
    """How a fleet is restored. ``at_most`` restores run at once; None: all of a group."""

    all_or_nothing: bool = False
    at_most: int | None = None


class Fleet:
    """Restores of many targets. The contexts of the targets must use ``crew.sleep``; ``runtime`` uses it too.

    Nothing is touched before all targets were checked.
    """

    def __init__(self, wanted: Sequence[Wanted], options: FleetOptions, crew: Crew, runtime: Runtime) -> None:
        self.crew = crew
        self._options = options
        self._runtime = runtime
        self._accounts: dict[Hashable, Account] = {}
        self._files: dict[Path, RecordFile] = {}
        self.targets = [Target(self, one) for one in wanted]

    def run(self) -> None:
        """Check all targets and restore those that are not only to be checked. Each target keeps its outcomes."""
        self.crew.run([target.check for target in self.targets], MOST_CHECKS_AT_ONCE)
        self._refuse_same_instance()
        if self._options.all_or_nothing:
            self._refuse_all_if_one_failed()
        failed: list[Target] = []
        for order in sorted({target.wanted.order for target in self.targets}):
            group = [target for target in self.targets if target.wanted.order == order]
            due = [target for target in group if target.is_due]
            if failed:
                text = f"a group before this one failed: {_names(failed)}"
                for target in due:
                    target.refuse(Refusal("earlier_group_failed", text, FIX_FIRST))
            else:
                jobs = [target.restore for target in due if not target.wanted.check_only]
                self.crew.run(jobs, min(self._options.at_most or MOST_AT_ONCE, MOST_AT_ONCE))
            failed += [target for target in group if target.outcome.failed]

    def _refuse_same_instance(self) -> None:
        by_key: dict[Hashable, list[Target]] = defaultdict(list)
        for target in self.targets:
            if target.key is not None:
                by_key[target.key].append(target)
        for same in by_key.values():
            for target in same if len(same) > 1 else ():
                others = _names([one for one in same if one is not target])
                text = f"{others} means the same instance, {target.instance}"
                target.refuse(Refusal("duplicate_target", text, SAME))

    def _refuse_all_if_one_failed(self) -> None:
        failed = [target for target in self.targets if target.outcome.failed]
        for target in self.targets if failed else ():
            if target.is_due:
                text = f"restore_all_or_nothing is set, and the check failed for {_names(failed)}"
                target.refuse(Refusal("all_or_nothing", text, FIX_FIRST))

    # What targets share.

    def account_of(self, provider: Provider) -> Account:
        """What the targets with the same account, token and way to reach it share."""
        transport = provider.transport
        key = (provider.spec.name, provider.account, transport.connection, tuple(sorted(provider.overrides.items())))
        limiter = transport.limiter
        return self._accounts.setdefault(
            key, Account(self.crew, self._runtime, limiter if isinstance(limiter, Limiter) else None)
        )

    def record_file(self, path: Path) -> RecordFile:
        return self._files.setdefault(path.absolute(), RecordFile(path))


def _names(targets: Sequence[Target], most: int = 5) -> str:
    names = ", ".join(target.name for target in targets[:most])
    return names if len(targets) <= most else f"{names} and {len(targets) - most} more"
