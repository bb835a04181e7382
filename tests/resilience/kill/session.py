# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a scenario: a controller that is killed at a point, and then runs until one comes to an end."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.indiecloud.compute.tests.resilience.invariants import (
    CODES,
    effective_restores,
    harmless_repeats,
    violations,
)
from ansible_collections.indiecloud.compute.tests.resilience.kill.controller import Hung, Zygote
from ansible_collections.indiecloud.compute.tests.resilience.long_run import Finding, outcome_of
from ansible_collections.indiecloud.compute.tests.resilience.scenarios import Scenario
from ansible_collections.indiecloud.compute.tests.resilience.world import Halt, World
from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock, RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

SPEED = 20.0
"""How many times as fast as real time the clocks of all processes go while ansible-playbook runs."""
MOST_RUNS = 5
LATER = 130.0
SECONDS = {"tasks": 60.0, "play": 240.0}
"""Real seconds in which one run has to end, whatever happens."""
RESULT = re.compile(r'"msg": ("RESULT .*")\n')


@dataclass(frozen=True)
class Point:
    """Requests to be killed at, one in each of the first runs: its number in the run, from 1, and the moment."""

    kills: tuple[tuple[int, str], ...]
    group_only: bool = False
    """Kill the process group only; what has a session of its own lives on."""


@dataclass
class KillFinding(Finding):
    """What became of one point; ``kills`` are the requests and moments of the kills that took place."""

    kills: list[tuple[str, str]] = field(default_factory=list)
    restored: int = 0
    repeats: int = 0

    @property
    def place(self) -> str:
        return f"{super().place}, {self.kills}"


class Bench:
    """A simulator and a zygote, used for one point after the other."""

    def __init__(self, form: str) -> None:
        self.form = form
        shared = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="kill-matrix-", dir=shared if shared.is_dir() else None))
        self._zygote = Zygote(form, self.folder, SPEED if form == "play" else 1.0)
        self._sim = Simulator(clock=ManualClock() if form == "tasks" else RealClock(SPEED)).start()
        self._count = 0

    def close(self) -> None:
        self._zygote.close()
        self._sim.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def requests_of_a_run(self, scenario: Scenario) -> tuple[int, KillFinding]:
        """How many requests an undisturbed run sends, and what became of it."""
        with self._session(scenario) as session:
            halt = session.run()
            return halt.seen, session.finding()

    def try_point(self, scenario: Scenario, point: Point) -> KillFinding:
        with self._session(scenario, group_only=point.group_only) as session:
            for number, moment in point.kills:
                session.run(number, moment)
            return session.to_the_end()

    @contextmanager
    def _session(self, scenario: Scenario, *, group_only: bool = False) -> Iterator[Session]:
        self._count += 1
        folder = self.folder / str(self._count)
        folder.mkdir()
        try:
            yield Session(self.form, World(self._sim, scenario), self._zygote, folder, group_only=group_only)
        finally:
            self._zygote.kill()
            shutil.rmtree(folder, ignore_errors=True)


class Session:
    """All runs of one point."""

    def __init__(self, form: str, world: World, zygote: Zygote, folder: Path, *, group_only: bool) -> None:
        self.form, self.world, self._zygote, self._folder = form, world, zygote, folder
        self._group_only = group_only
        self._runs = 0
        self._hung: list[str] = []
        self._result: dict[str, Any] = {}
        self._kills: list[tuple[str, str]] = []

    def run(self, number: int = 0, moment: str = "", **more: Any) -> Halt:
        """One run; with a number it is killed at that request, if it comes to it."""
        self._runs += 1
        before = len(self.world.sim.ledger.requests())
        halt = Halt(number, moment, self._kill)
        self.world.sim.hooks = halt
        output = self._folder / f"output-{self._runs}"
        self._zygote.begin({"output": str(output), "folder": str(self._folder), **self._job(more)})
        try:
            self._zygote.end(SECONDS[self.form])
        except Hung as exc:
            self._hung.append(str(exc))
        if halt.hit and not self._hung:
            if not halt.reached.wait(5.0):
                raise RuntimeError(f"the run was not killed at request {number}, {moment}")
            self._kills.append((self.world.route(before + number), moment))
        self._result = _result(self.form, output)
        return halt

    def _kill(self) -> None:
        self._zygote.kill(group_only=self._group_only)

    def to_the_end(self) -> KillFinding:
        """Run again until a run ends well, or until runs end with the same error although time has passed."""
        before = ""
        for again in range(MOST_RUNS):
            self.run()
            same = before == (before := str(self._result.get("error_code")))
            if not self._result.get("failed") or self._hung or (again > 1 and same):
                break
            if again:
                # What is in doubt is decided after a quiet period, and not in the last run's seconds.
                self.world.sim.clock.advance(LATER)
        finding = self.finding()
        if finding.outcome == "outcome_unknown":
            self._as_a_human_decides(finding)
        elif self.form == "tasks" and not self._result.get("failed"):
            self._once_more(finding)
        return finding

    def finding(self) -> KillFinding:
        world, result = self.world, self._result
        # What was accepted has its effect, whether or not a run waited for it.
        world.sim.clock.advance(LATER)
        said = "".join(item.read_text(errors="replace") for item in sorted(self._folder.glob("output-*")))
        return KillFinding(
            form=self.form,
            scenario=world.scenario.name,
            provider=world.scenario.provider,
            kills=self._kills,
            outcome=outcome_of(result),
            why=str(result.get("msg") or "").partition("\n")[0],
            restored=effective_restores(world),
            repeats=harmless_repeats(world),
            runs=self._runs,
            # Where nobody is killed, a clear refusal is an end as well.
            wrong=[*violations(world, result, said, *([] if self._kills else CODES)), *self._hung],
        )

    def _as_a_human_decides(self, finding: KillFinding) -> None:
        """Someone looks at the cloud, and says so; then it ends."""
        applied = effective_restores(self.world) > 0
        if self.world.scenario.creates and applied:
            return
        for _again in range(2):
            self.run(on_unknown="accept" if applied else "restore")
            if not self._result.get("failed"):
                break
        if self._result.get("failed"):
            finding.wrong.append(f"a human's decision did not end it: {self._result.get('msg')}")
        else:
            finding.wrong += self.finding().wrong

    def _once_more(self, finding: KillFinding) -> None:
        """A run after the end does nothing."""
        writes = self.world.sim.ledger.writes
        self.run()
        if self.world.sim.ledger.writes != writes or self._result.get("status") != "already_restored":
            finding.wrong.append(f"once more was not nothing: {self._result.get('status')} {self._result.get('msg')}")

    def _job(self, more: dict[str, Any]) -> dict[str, Any]:
        world = self.world
        params = {**world.params, **more}
        record = str(self._folder / "record" / "restores.sqlite3")
        if self.form == "tasks":
            now, port = world.sim.clock.now(), int(world.sim.url.rpartition(":")[2])
            return {
                "params": {**params, "record_path": record},
                "creates": world.scenario.creates,
                "port": port,
                "now": now,
            }
        given = {f"restore_{name}": value for name, value in params.items() if name not in HEADER}
        (self._folder / "vars.json").write_text(json.dumps({**given, "restore_record_path": record}))
        (self._folder / "play.json").write_text(json.dumps([{**PLAY, **_defaults(params)}]))
        return {"words": ["-i", "web1,", "-e", "@vars.json", "play.json"]}


HEADER = ("api_auth_header", "api_auth_scheme")
"""Options that the role has no variables for."""
PLAY = {
    "name": "Restore",
    "hosts": "all",
    "gather_facts": False,
    "tasks": [
        {
            "name": "Restore, and tell how it ended",
            "block": [{"name": "Restore", "ansible.builtin.import_role": {"name": "indiecloud.compute.restore"}}],
            "always": [{"name": "Tell", "ansible.builtin.debug": {"msg": "RESULT {{ restore_result | to_json }}"}}],
        }
    ],
}


def _defaults(params: dict[str, Any]) -> dict[str, Any]:
    given = {name: params[name] for name in HEADER if name in params}
    return {"module_defaults": {"group/indiecloud.compute.all": given}} if given else {}


def _result(form: str, output: Path) -> dict[str, Any]:
    """The result that a run has written; of one that was killed nothing."""
    text = output.read_text(errors="replace")
    if form == "tasks":
        found = text.rpartition("\n")[2]
        try:
            return dict(json.loads(found))
        except ValueError:
            return {"failed": True, "error_code": None, "msg": f"no result: {text[-500:]}"}
    match = RESULT.search(text)
    if match is None:
        return {"failed": True, "error_code": None, "msg": f"no result: {text[-1500:]}"}
    told = dict(json.loads(str(json.loads(match[1])).removeprefix("RESULT ")))
    return {**told, "msg": told.get("msg") or told.get("message")}
