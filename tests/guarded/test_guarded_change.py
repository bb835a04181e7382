# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role guarded_change. What counts is what is on the disks, and how often they were restored."""

from __future__ import annotations

import json

import pytest

from ansible_collections.indiecloud.compute.tests.guarded.site import GUARD, NEW, OLD, Site


@pytest.mark.parametrize("provider", ["hostup", "onetsolutions"])
def test_a_good_change_is_kept_and_not_repeated_and_committed_later(site: Site, provider: str) -> None:
    web = site.host(provider=provider)
    ended = site.change()
    assert (ended.code, ended.statuses) == (0, {"web1": "kept"}), ended.output
    assert site.data(web) == NEW
    assert site.guards(web) == {GUARD: OLD}

    writes = site.sim.ledger.writes
    again = site.change("-e", json.dumps({"guarded_change_timeout": 60}))
    assert (again.code, again.statuses) == (0, {"web1": "kept"}), again.output
    assert not again.results["web1"]["changed"]
    assert site.sim.ledger.writes == writes

    committed = site.change("-e", "guarded_change_commit=yes")
    assert (committed.code, committed.statuses) == (0, {"web1": "committed"}), committed.output
    assert site.guards(web) == {}
    writes = site.sim.ledger.writes
    assert site.change().statuses == {"web1": "committed"}
    assert site.sim.ledger.writes == writes
    assert (site.data(web), site.restores(web)) == (NEW, 0)


@pytest.mark.parametrize("ill", ["fail", "verify", "network", "hang"])
def test_a_failure_is_rolled_back_and_its_id_is_spent(site: Site, ill: str) -> None:
    web = site.host(ill=ill)
    limits = ("-e", "guarded_change_timeout=15") if ill == "hang" else ()
    ended = site.change(*limits, "-e", json.dumps({"guarded_change_wait_timeout": 30}))
    assert (ended.code, ended.statuses) == (2, {"web1": "rolled_back"}), ended.output
    assert (site.data(web), site.restores(web), site.power(web)) == (OLD, 1, "running")

    site.sim.cloud.write(web.id, "/srv/data", "written later")
    writes = site.sim.ledger.writes
    for words in ((), ("-e", "guarded_change_on_resume=continue"), ("--check",)):
        again = site.change(*words)
        assert (again.code, again.results["web1"]["error_code"]) == (2, "guarded_change_spent"), again.output
    assert site.sim.ledger.writes == writes
    assert site.data(web) == "written later"


@pytest.mark.parametrize("scope", ["host", "play"])
def test_a_failure_on_the_third_of_five_hosts(site: Site, scope: str) -> None:
    machines = [site.host(f"web{number}", ill="fail" if number == 3 else "") for number in range(1, 6)]
    ended = site.change("-e", f"guarded_change_scope={scope}")
    assert ended.code == 2
    bad = machines if scope == "play" else machines[2:3]
    assert ended.statuses == {one.host: "rolled_back" if one in bad else "kept" for one in machines}, ended.output
    assert [site.data(one) for one in machines] == [OLD if one in bad else NEW for one in machines]
    assert [site.restores(one) for one in machines] == [int(one in bad) for one in machines]

    # A second run does nothing to any of them.
    writes = site.sim.ledger.writes
    again = site.change("-e", f"guarded_change_scope={scope}")
    assert again.code == 2
    assert site.sim.ledger.writes == writes


def test_a_rollback_that_fails_is_continued_by_the_next_run(site: Site) -> None:
    web = site.host(ill="fail")
    site.sim.faults.add_job("fail", web.id, "restore")
    ended = site.change()
    assert (ended.code, ended.statuses) == (2, {"web1": "rollback_failed"}), ended.output
    assert "the package is broken" in ended.results["web1"]["msg"]
    assert "rollback" in ended.results["web1"]["msg"]
    # Even a person cannot go on with a change whose rollback has begun.
    again = site.change("-e", "guarded_change_on_resume=continue")
    assert (again.code, again.statuses) == (2, {"web1": "rolled_back"}), again.output
    assert (site.data(web), site.restores(web), site.power(web)) == (OLD, 1, "running")


def test_leave(site: Site) -> None:
    web = site.host(ill="fail")
    ended = site.change("-e", "guarded_change_on_failure=leave")
    assert (ended.code, ended.statuses) == (2, {"web1": "left"}), ended.output
    assert (site.data(web), site.guards(web), site.restores(web)) == (NEW, {GUARD: OLD}, 0)
    # It is for a person to say what to do.
    again = site.change("-e", "guarded_change_on_failure=leave")
    assert again.results["web1"]["error_code"] == "guarded_change_unfinished"
    assert site.restores(web) == 0
    back = site.change("-e", "guarded_change_on_failure=leave", "-e", "guarded_change_on_resume=restore")
    assert back.statuses == {"web1": "rolled_back"}, back.output
    assert (site.data(web), site.restores(web)) == (OLD, 1)


def test_continue_uses_the_first_snapshot(site: Site) -> None:
    web = site.host(ill="fail")
    assert site.change("-e", "guarded_change_on_failure=leave").code == 2
    site.extra["web1"]["ill"] = ""
    done = site.change("-e", "guarded_change_on_resume=continue")
    assert (done.code, done.statuses) == (0, {"web1": "kept"}), done.output
    assert (site.data(web), site.guards(web), site.restores(web)) == (NEW, {GUARD: OLD}, 0)


def test_check_mode(site: Site) -> None:
    web = site.host()
    ended = site.change("--check")
    assert (ended.code, ended.statuses) == (0, {"web1": "would_change"}), ended.output
    assert (site.sim.ledger.writes, site.data(web)) == (0, OLD)
    assert not (site.folder / "restores.sqlite3").exists()


def test_restore_by_the_role_restore_counts_as_the_rollback(site: Site) -> None:
    web = site.host()
    assert site.change().code == 0
    words = ["-e", f"restore_provider=hostup restore_instance={web.id} restore_id=CHG-1 restore_snapshot={GUARD}"]
    assert site.play(*words).code == 0
    assert (site.data(web), site.restores(web)) == (OLD, 1)
    assert site.change().results["web1"]["error_code"] == "guarded_change_spent"
