# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The people who use the console of a provider in a story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.indiecloud.compute.tests.resilience.adversary import onetsolutions
from ansible_collections.indiecloud.compute.tests.resilience.adversary.cloud import Cloud
from ansible_collections.indiecloud.compute.tests.resilience.adversary.onetsolutions import OnetSolutions
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import Person
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import MARKER, VM

if TYPE_CHECKING:
    from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import World

WHILE_RUNNING_TASKS = frozenset({"resize_vps", "change_hostname", "other_instance", "other_snapshot"})


class People:
    """They work on the first account. ``power_changes`` are the times when they changed the power of web1."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.power_changes: list[float] = []

    def act(self, move: Person) -> None:
        cloud = self._world.clouds[1]
        web, action = cloud.web, move.action
        if action in ("start", "stop", "use", "work"):
            self._use(cloud, web, action)
        elif action == "write":
            if web.power == "running":
                cloud.write(web)
        elif action == "rename":
            web.name = str(move.arg)
            web.modified = self._world.clock.now
        elif action in ("replace", "delete_snapshot"):
            for snap in cloud.live_snapshots(web):
                if snap.name == move.arg:
                    snap.gone = snap.deleted = True
                    if action == "replace":
                        cloud.add_snapshot(web, snap.name, self._world.clock.now)
        elif action in ("tags", "untag"):
            self._edit_tags(cloud, web, remove=action == "untag")
        elif action == "delete_new":
            for vm in cloud.billed[-1:]:
                vm.alive = False
                cloud.notes_lost = self._world.clock.now
        elif action == "foreign":
            self._make(cloud, str(move.arg))
        elif isinstance(cloud, OnetSolutions) and (move.arg in WHILE_RUNNING_TASKS or not self._in_doubt(cloud)):
            # A restore that somebody else began after ours, of the same snapshot, could not be told from it.
            onetsolutions.other_work(cloud, str(move.arg))

    def _in_doubt(self, cloud: Cloud) -> bool:
        """Whether a restore was sent that no run has brought to an end."""
        last = {
            run.key: run for run in self._world.runs if run.cloud is cloud and run.is_restore and not run.move.check
        }
        ended = ("restored", "accepted_unverified", "already_restored")
        return any(
            item.told not in ("refused", "not_sent") and last[item.run.key].result.get("status") not in ended
            for item in cloud.attempts
        )

    def _use(self, cloud: Cloud, web: VM, action: str) -> None:
        if cloud.restoring(web):
            # A console says that it is busy.
            return
        if action != "stop" and web.power == "stopped":
            self._console(cloud, web, "start")
            self._world.advance(5.0)
        if action in ("use", "work") and web.power == "running":
            cloud.write(web)
        if action == "use":
            self._world.advance(60.0)
        if action in ("stop", "use") and web.power == "running":
            self._console(cloud, web, "stop")
            self._world.advance(5.0)

    def _console(self, cloud: Cloud, web: VM, action: str) -> None:
        self.power_changes.append(self._world.clock.now)
        work = cloud.begin(web, action, 2.0, word=onetsolutions.TYPES[action], by="person")
        work.word = onetsolutions.TYPES[action]
        cloud.set_power(web, "starting" if action == "start" else "stopping", self._world.clock.now, "person")

    def _edit_tags(self, cloud: Cloud, web: VM, *, remove: bool) -> None:
        if isinstance(cloud, OnetSolutions):
            tags = onetsolutions.exact(web.extra["tags"])
            if remove:
                if isinstance(tags, dict):
                    tags.pop(MARKER, None)
                elif isinstance(tags, list):
                    tags = [item for item in tags if not str(item).startswith(MARKER)]
            elif isinstance(tags, dict):
                tags["edited"] = str(next(cloud.numbers))
            else:
                tags = [*(tags or []), f"edited-{next(cloud.numbers)}"]
            web.extra["tags"] = onetsolutions.written(tags)
            web.modified = self._world.clock.now
        elif remove:
            for snap in web.snapshots:
                if (snap.description or "").startswith(MARKER):
                    snap.gone = snap.deleted = True
        if remove:
            cloud.notes_lost = self._world.clock.now

    def _make(self, cloud: Cloud, name: str) -> None:
        number = next(cloud.numbers)
        made = {
            "onetsolutions": f"0e700000-0000-4000-8000-{number:012d}",
            "hostup": f"vps_01hxa3b4c5d6e7f8{number:010d}",
            "barrack": f"BRK-{700000 + number}D",
        }[cloud.provider]
        cloud.add_vm(made, name, "running", self._world.clock.now)
