# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invents stories. What draws is given: hypothesis, which shrinks what it finds, or a seed, which is quick.

The first of each choice is the harmless one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.tests.resilience.adversary import lies
from ansible_collections.indiecloud.compute.tests.resilience.adversary.choosers import Chooser, Drawn, Seeded
from ansible_collections.indiecloud.compute.tests.resilience.adversary.profiles import (
    ANY,
    CHANGING,
    CHOICES,
    LIKELY,
    TIMES,
    Choice,
    Profile,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import (
    At,
    Disk,
    Fault,
    Kill,
    Move,
    Pass,
    Person,
    Run,
    Settings,
    Story,
    Weather,
)

T = TypeVar("T")
Options = dict[str, Any]


class Teller:
    """Makes one story."""

    def __init__(self, choose: Chooser, profile: Profile) -> None:
        self.choose = choose
        self.profile = profile
        self.last: Run | None = None

    def story(self) -> Story:
        settings = self._settings()
        self.settings = settings
        if self.profile.script:
            usual = self._new_restore()
            return Story(settings, tuple(self._scripted(item, usual) for item in self.profile.script))
        least, most = self.profile.runs
        chapters = self.choose.several(self._chapter, least, most)
        return Story(settings, tuple(move for chapter in chapters for move in chapter))

    def _scripted(self, item: Any, usual: Options) -> Any:
        move = self.choose.one_of(item.moves) if isinstance(item, Choice) else item
        if not isinstance(move, Run):
            return move
        if move.task == "restore":
            options = {**usual, **dict(move.options)}
            chosen = tuple(sorted((name, value) for name, value in options.items() if value is not None))
        else:
            chosen = tuple(sorted({**self._other_options(move.task), **dict(move.options)}.items()))
        faults = tuple(self._with_form(fault.what, fault.at, fault.times, fault.arg) for fault in move.faults)
        meanwhile = tuple((at, self._scripted(other, usual)) for at, other in move.meanwhile)
        return replace(move, options=chosen, faults=faults, meanwhile=meanwhile)

    def _settings(self) -> Settings:
        provider = self.choose.one_of(self.profile.providers)
        changes: dict[str, Any] = {}
        for name, choices in {**CHOICES[""], **CHOICES[provider]}.items():
            wanted = self.profile.settings.get(name)
            if wanted is not None:
                changes[name] = self.choose.one_of(wanted)
            elif self.choose.chance(self.profile.odd * (2 if name in LIKELY else 1)):
                changes[name] = self.choose.one_of(choices)
        if "endless" in self.profile.settings:
            changes["endless"] = self.choose.one_of(self.profile.settings["endless"])
        if self.choose.chance(4) or "wire" in self.profile.settings:
            changes["wire"] = "socket"
        return Settings(provider=provider, **changes)

    def _chapter(self) -> list[Move]:
        """A run, and what happens before it."""
        choose, profile = self.choose, self.profile
        moves: list[Move] = []
        if choose.chance(profile.disks):
            moves.append(Disk(choose.one_of(("A", "B")), choose.one_of(("fails", "unusable", "works"))))
        if choose.chance(profile.weather):
            moves.append(self._weather())
        if choose.chance(profile.waits):
            moves.append(Pass(choose.one_of(profile.passes)))
        if choose.chance(profile.persons):
            moves.append(self._person())
        if choose.chance(15):
            moves.append(Pass(choose.one_of(profile.passes)))
        moves.append(self._run())
        return moves

    def _weather(self) -> Weather:
        known = {**CHOICES[""], **CHOICES[self.settings.provider]}
        name = self.choose.one_of([item for item in CHANGING if item in known])
        return Weather(name, self.choose.one_of((getattr(Settings(), name), *known[name])))

    def _person(self, inside: bool = False) -> Person:
        action = self.choose.one_of(self.profile.people)
        if inside and action == "use":
            action = "work"
        arg: Any = None
        if action == "rename":
            arg = self.choose.one_of(("web2", "web1", "db1"))
        elif action in ("replace", "delete_snapshot"):
            arg = self.choose.one_of(("before-upgrade", "older", "pre-r1", "pre-r1-2"))
        elif action == "foreign":
            arg = self.choose.one_of(("restored", "web1"))
        elif action == "task":
            kinds = ("resize_vps", "other_instance", "other_snapshot", "change_hostname")
            arg = self.choose.one_of(kinds if inside else (*kinds, "old_failed", "old_done"))
        return Person(action, arg)

    def _run(self, nested: bool = False) -> Run:
        choose, profile = self.choose, self.profile
        task = choose.one_of(profile.tasks)
        if nested:
            task = "restore"
        who = "B" if nested or choose.chance(12) else "A"
        options = self._restore_options() if task == "restore" else self._other_options(task)
        run = Run(task, tuple(sorted(options.items())), who)
        if not nested and choose.chance(profile.accounts):
            run = replace(run, account=2)
        if task == "restore" and (self.last is None or not nested):
            self.last = run
        if choose.chance(profile.checks):
            return replace(run, check=True) if choose.chance(30) else replace(run, check_first=True)
        faults: list[Fault] = []
        if choose.chance(100 - profile.calm):
            faults += choose.several(lambda: self._fault(task), 1, 2)
        if task == "restore":
            faults += profile.extra
        kill = self._kill() if choose.chance(profile.kills) else None
        meanwhile: list[tuple[At, Any]] = []
        if choose.chance(profile.middle) and not nested:
            meanwhile.append((self._moment(), self._person(inside=True)))
        if not nested and task == "restore" and self.settings.provider != "barrack" and choose.chance(profile.rivals):
            # Where nobody can compare and set, two writers between a read and its write cannot be kept apart.
            at = At(choose.one_of(("read", "snapshots", "instance", "status")), choose.one_of((3, 1, 2, 5, 8)))
            meanwhile.append((at, self._run(nested=True)))
        return replace(run, faults=tuple(faults), kill=kill, meanwhile=tuple(meanwhile))

    # Options.

    def _pick(self, name: str, usual: Sequence[Any], percent: int = 100) -> Any:
        wanted = self.profile.options.get(name)
        if wanted is not None:
            return self.choose.one_of(wanted)
        return self.choose.one_of(usual) if self.choose.chance(percent) else usual[0]

    def _restore_options(self) -> Options:
        last = self.last
        if last is not None and self.choose.chance(75):
            # Mostly the same once more, or with one option changed.
            options = dict(last.options)
            if self.choose.chance(35):
                changed = self._new_restore()
                names = ("on_unknown", "force", "stop", "power_after", "safety_snapshot", "record", "wait", "snapshot",
                         "snapshot_as_of", "restore_id", "wait_timeout")  # fmt: skip
                name = self.choose.one_of(names)
                if name == "on_unknown" and name not in self.profile.options:
                    changed[name] = self.choose.one_of(("restore", "accept"))
                options.pop(name, None)
                if changed.get(name) is not None:
                    options[name] = changed[name]
            return options
        return self._new_restore()

    def _new_restore(self) -> Options:
        pick = self._pick
        found: Options = {
            "snapshot": pick("snapshot", ("before-upgrade", "older"), 15),
            "restore_id": pick("restore_id", ("r1", None, "r2"), 45),
            "record": pick("record", ("file", "provider", "provider", "none"), 45),
            "force": pick("force", (None, True), 6),
            "on_unknown": pick("on_unknown", (None, "restore", "accept"), 10),
            "wait": pick("wait", (None, False), 8),
            "wait_timeout": pick("wait_timeout", (None, 300.0, 60.0, 7200.0, 1e12), 20),
            "max_snapshot_age": pick("max_snapshot_age", (None, "30m", "5h"), 8),
        }
        if self.settings.provider == "barrack":
            found.update(
                new_vm_name=pick("new_vm_name", ("restored", "restored-2"), 10),
                accept_billing=True,
                allow_unverified=pick("allow_unverified", (None, True), 15),
                max_hourly_rate=pick("max_hourly_rate", (None, 5.0, 0.5), 15),
            )
        else:
            found.update(
                instance=pick("instance", ("web1", self._web_id()), 60),
                stop=pick("stop", ("always", "never", "if_required"), 40),
                power_after=pick("power_after", ("previous", "started", "leave", "stopped"), 55),
                safety_snapshot=pick("safety_snapshot", ("never", "required", "auto"), 60),
                expected_instance_name=pick("expected_instance_name", (None, "web1"), 20),
            )
            if self.settings.provider == "onetsolutions":
                found["provider_force"] = pick("provider_force", (None, False), 10)
        as_of = pick("snapshot_as_of", (None, *TIMES), 12)
        if as_of is not None and found["restore_id"] is not None:
            found.update(snapshot=None, snapshot_as_of=as_of)
        return {name: value for name, value in found.items() if value is not None}

    def _web_id(self) -> str:
        return {"hostup": "vps_01hxa3b4c5d6e7f80000000001"}.get(
            self.settings.provider, "0e700000-0000-4000-8000-000000000001"
        )

    def _other_options(self, task: str) -> Options:
        barrack = self.settings.provider == "barrack"
        found: Options = {"instance": "BRK-100001D" if barrack else self._pick("instance", ("web1", self._web_id()))}
        if task == "power":
            found["state"] = self._pick("state", ("started", "stopped", "restarted"))
            found["wait_timeout"] = self._pick("power_timeout", (300.0, 60.0, 900.0))
        elif task == "snapshot":
            found["name"] = self._pick("snapshot_name", ("mine", "pre-r1", "before-upgrade"))
            found["state"] = self._pick("snapshot_state", ("present", "absent"), 30)
        else:
            found.update(self._metadata())
        return found

    def _metadata(self) -> Options:
        if self.settings.provider == "hostup":
            return {"hostname": self.choose.one_of(("new.example.net", "web1.example.net"))}
        if self.settings.provider == "barrack":
            return {"name": "x"}
        what = self._pick("metadata", ("name", "tags", "hostname", "vpc", "remove"))
        if what == "tags":
            form: Any = {"color": "blue"} if self.settings.onet_tags in ("map", "numbers", "surrogate") else ["blue"]
            return {"tags": form, "tags_mode": self._pick("tags_mode", ("merge", "replace", "remove"), 40)}
        if what == "remove":
            return {"tags": ["prod"], "tags_mode": "remove"}
        return {what: {"name": "web1", "hostname": "new.example.net", "vpc": None}[what]}

    # Faults.

    def _moment(self) -> At:
        kinds = (
            "snapshots",
            "restore",
            "status",
            "instance",
            "power",
            "snapshot",
            "task",
            "tasks",
            "read",
            "any",
            "put",
        )
        return At(self.choose.one_of(kinds), self.choose.one_of((1, 1, 2, 3, 5, 8)))

    def _kill(self) -> Kill:
        if self.choose.chance(20) and not self.profile.killing:
            return Kill("record", At("record", self.choose.one_of((1, 2, 3, 4, 5, 6))))
        when = self.choose.one_of(("before", "after"))
        if self.profile.killing:
            return Kill(when, self.choose.one_of(self.profile.killing))
        kinds = ("restore", "power", "snapshot", "put", "task", "snapshots", "status", "instance")
        if self.choose.chance(50):
            return Kill(when, At(self.choose.one_of(kinds), self.choose.one_of((1, 1, 2, 3))))
        return Kill(when, At("any", self.choose.one_of(tuple(range(1, 31)))))

    def _fault(self, task: str) -> Fault:
        choose = self.choose
        if choose.chance(self.profile.record_faults):
            return Fault("record_fails", At("record", choose.one_of((1, 2, 3, 4, 5))), None, choose.one_of((1, 9)))
        if self.profile.faults:
            return self._restore_fault(choose.one_of(self.profile.faults))
        if task == "restore" and len(self.profile.read_faults) > 1 and choose.chance(60):
            usual = ("lost_after", "refuse_after", "refuse", "lost_before", "held", "odd", "odd_after", "cut",
                     "not_sent", "early", "work_fails", "names_other", "slow")  # fmt: skip
            return self._restore_fault(choose.one_of(usual))
        if len(self.profile.read_faults) > 1 and choose.chance(45):
            kind = choose.one_of(("power", "snapshot", "put"))
            what = choose.one_of(
                ("lost_after", "refuse", "lost_before", "refuse_after", "held", "odd", "cut", "work_fails")
            )
            return self._with_form(what, At(kind, choose.one_of((1, 1, 2, 3))))
        kind = choose.one_of(("tasks", "task", "snapshots", "status", "instance", "list", "audit", "read"))
        what = choose.one_of(self.profile.read_faults)
        at = At(kind, choose.one_of((1, 1, 2, 3, 4)))
        times = choose.one_of((1, 3, 60))
        if what == "refuse_read":
            return Fault("refuse", at, choose.one_of(lies.READS), times)
        return Fault(what, at, None, times)

    def _restore_fault(self, what: str) -> Fault:
        nth = self.choose.one_of((1, 1, 1, 2))
        return self._with_form(what, At("restore", nth), self.choose.one_of((1, 1, 1, 3)))

    def _with_form(self, what: str, at: At, times: int = 1, arg: Any = None) -> Fault:
        choose, forms = self.choose, lies.FORMS[self.settings.provider]
        if arg is not None:
            return Fault(what, at, arg, times)
        if what == "refuse":
            wanted = forms.definite if choose.chance(60) else forms.open
            return Fault(what, at, choose.one_of(self.profile.forms or wanted), times)
        if what == "refuse_after":
            return Fault(what, at, choose.one_of(self.profile.forms or forms.open), times)
        if what in ("odd", "odd_after"):
            return Fault(what, at, choose.one_of(forms.odd))
        if what == "early":
            return Fault(what, at, choose.one_of((None, *forms.definite)))
        if what == "held":
            return Fault(what, at, choose.one_of(self.profile.late))
        if what == "names_other":
            return Fault(what, at, choose.one_of(("other_instance", "other_kind", "older", "other_snapshot")))
        if what == "slow":
            return Fault(what, at, choose.one_of((20.0, 90.0)))
        return Fault(what, at)


def seeded(seed: int, profile: Profile = ANY) -> Story:
    """The story of a seed."""
    return Teller(Seeded(seed), profile).story()


@st.composite
def stories(draw: Any, profile: Profile = ANY) -> Story:
    """Stories as a hypothesis strategy."""
    return Teller(Drawn(draw), profile).story()
