# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of the kill matrix, another one each day, and proof that the matrix would see what it looks for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.resilience.invariants import violations
from ansible_collections.indiecloud.compute.tests.resilience.kill import matrix, session
from ansible_collections.indiecloud.compute.tests.resilience.kill.session import Bench, Point
from ansible_collections.indiecloud.compute.tests.resilience.scenarios import ANSWERED, WORKED, Scenario, default
from ansible_collections.indiecloud.compute.tests.resilience.world import World
from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

SEED = int(os.environ.get("SEED") or date.today().toordinal())
GOOD = {"failed": False, "status": "restored"}


def sample(form: str, number: int) -> None:
    options = matrix.parser().parse_args(["--form", form, "--sample", str(number), "--seed", str(SEED), "--twice", "0"])
    found = matrix.run(options)
    assert [item for item in found if item.wrong] == [], f"SEED={SEED}"
    assert len(found) == number


def test_sample_of_the_tasks() -> None:
    sample("tasks", 40)


def test_sample_of_plays() -> None:
    sample("play", 4)


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = Bench("tasks")
    yield made
    made.close()


@pytest.mark.parametrize("moment", [WORKED, ANSWERED])
def test_kill_takes_place_where_it_is_said(bench: Bench, moment: str) -> None:
    scenario = default("hostup", "stopped")
    number, _undisturbed = bench.requests_of_a_run(scenario)
    routes = [bench.try_point(scenario, Point(((index, moment),))).kills for index in range(1, number + 1)]
    assert all(len(kills) == 1 for kills in routes)
    (restore,) = (kills[0] for kills in routes if kills[0][0].startswith("POST"))
    assert restore == ("POST /api/v2/vps/{id}/snapshots/{snapshot}/actions/restore", moment)


@pytest.mark.parametrize("provider", ["hostup", "onetsolutions", "barrack"])
def test_both_forms_send_the_same(bench: Bench, provider: str) -> None:
    """The quick form stands for ansible-playbook only as long as it does what the role does."""
    real = Bench("play")
    try:
        if provider != "barrack":
            scenario = default(provider, "stopped")
            assert routes(bench, scenario) == routes(real, scenario)
        # How far a stop has come when it is looked at is a matter of time, too.
        found, wanted = (routes(one, default(provider, "running")) for one in (bench, real))
        # The role's own check also asks for the price, which changes nothing.
        writes = [[item for item in one if item[:3] != "GET" and "pricing" not in item] for one in (found, wanted)]
        assert writes[0] == writes[1] != []
    finally:
        real.close()


def routes(bench: Bench, scenario: Scenario) -> list[str]:
    """What a run asks for. Whether and how often it polls is a matter of time."""
    with bench._session(scenario) as one:
        halt = one.run()
        found = [one.world.route(number) for number in range(1, halt.seen + 1)]
    found = [item for item in found if not item.endswith(("{task}", "{job}"))]
    return [item for index, item in enumerate(found) if found[index - 1 : index] != [item]]


@pytest.fixture
def world() -> Iterator[World]:
    with Simulator(clock=ManualClock()) as sim:
        yield World(sim, default("hostup", "stopped"))


class TestInvariants:
    """Each of them is violated on purpose."""

    def restore(self, world: World) -> None:
        world.sim.cloud.begin(world.vm, "restore", "restore", world.snapshot)
        world.sim.clock.advance(60.0)
        world.sim.cloud.settle()

    def test_good(self, world: World) -> None:
        self.restore(world)
        assert violations(world, GOOD, "") == []

    def test_none_at_all(self, world: World) -> None:
        assert "0 restores changed the disk" in violations(world, GOOD, "")

    def test_restored_twice(self, world: World) -> None:
        self.restore(world)
        self.restore(world)
        assert violations(world, GOOD, "") == []
        world.sim.cloud.write(world.vm.id, "/srv/data", "written since")
        self.restore(world)
        assert "2 restores changed the disk" in violations(world, GOOD, "")

    def test_two_at_once(self, world: World) -> None:
        world.sim.cloud.begin(world.vm, "restore", "restore", world.snapshot)
        self.restore(world)
        assert any("at once" in text for text in violations(world, GOOD, ""))

    def test_started_too_early(self, world: World) -> None:
        world.sim.cloud.begin(world.vm, "start", "start")
        world.sim.clock.advance(60.0)
        world.sim.cloud.settle()
        self.restore(world)
        assert "the instance was started before its restore had ended" in violations(world, GOOD, "")

    def test_other_power_state(self, world: World) -> None:
        self.restore(world)
        world.vm.set_power("running", world.sim.clock.now())
        assert any("is running and was stopped" in text for text in violations(world, GOOD, ""))

    def test_other_instance(self, world: World) -> None:
        self.restore(world)
        world.sim.cloud.begin(world.bystander, "stop", "stop")
        world.sim.clock.advance(60.0)
        world.sim.cloud.settle()
        assert "another instance was touched" in violations(world, GOOD, "")

    @pytest.mark.parametrize("code", [None, "internal_error", "unheard_of"])
    def test_unclear_error(self, world: World, code: Any) -> None:
        assert any("error_code" in text for text in violations(world, {"failed": True, "error_code": code}, ""))

    def test_what_is_printed(self, world: World) -> None:
        self.restore(world)
        said = "Traceback (most recent call last) " + world.sim.tokens["hostup"]
        assert len(violations(world, GOOD, said)) == 2


def test_a_run_that_hangs_is_a_violation(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(session.SECONDS, "tasks", 0.5)
    bench._sim.latency = 2.0
    _number, finding = bench.requests_of_a_run(default("hostup", "stopped"))
    assert any("did not end" in text for text in finding.wrong)
