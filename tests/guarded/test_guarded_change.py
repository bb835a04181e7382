# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role guarded_change. What counts is what is on the disks, and how often they were restored."""

from __future__ import annotations

import json
import os

from ansible_collections.indiecloud.compute.tests.guarded.site import DATA, GUARD, NEW, OLD, ROLE, Site


def test_each_host_by_itself(site: Site) -> None:
    """What fails is rolled back once, and its id is spent; what is verified is kept, and committed by a later run."""
    good = site.host("good", "onetsolutions")
    bad = [
        site.host("fail"),
        site.host("verify", "onetsolutions", ill="verify"),
        site.host("network", ill="network", guarded_change_wait_timeout=40),
        site.host("hang", ill="hang", guarded_change_timeout=40),
    ]
    site.extra["fail"]["ill"] = "fail"
    ended = site.change()
    expected = {"good": "kept", **{one.host: "rolled_back" for one in bad}}
    assert (ended.code, ended.statuses) == (2, expected), ended.output
    assert ended.results["hang"]["failure"].startswith("Hang: ")
    assert (site.data(good), site.guards(good), site.restores(good)) == (NEW, {GUARD: OLD}, 0)
    assert {(site.data(one), site.restores(one), site.power(one)) for one in bad} == {(OLD, 1, "running")}

    for machine in bad:
        site.sim.cloud.write(machine.id, DATA, "written later")
    committed = site.change("-e", "guarded_change_commit=yes", "-e", "guarded_change_on_resume=continue")
    assert committed.statuses == {"good": "committed", **{one.host: "refused" for one in bad}}, committed.output
    assert {committed.results[one.host]["error_code"] for one in bad} == {"guarded_change_spent"}
    assert (site.data(good), site.guards(good), site.restores(good)) == (NEW, {}, 0)

    writes = site.sim.ledger.writes
    again = site.change()
    assert again.statuses == {"good": "committed", **{one.host: "refused" for one in bad}}
    assert not any(one["changed"] for one in again.results.values())
    assert site.sim.ledger.writes == writes
    assert {site.data(one) for one in bad} == {"written later"}


def test_scope_play(site: Site) -> None:
    """A failure on the third of five hosts rolls back all."""
    machines = [site.host(f"web{number}", ill="fail" if number == 3 else "") for number in range(1, 6)]
    together = ("-e", "guarded_change_scope=play")
    ended = site.change(*together)
    assert (ended.code, set(ended.statuses.values())) == (2, {"rolled_back"}), ended.output
    assert "web3: Go wrong: the package is broken" in ended.results["web1"]["failure"]
    assert [(site.data(one), site.restores(one)) for one in machines] == [(OLD, 1)] * 5
    writes = site.sim.ledger.writes
    assert set(site.change(*together).statuses.values()) == {"refused"}
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


def test_leave_is_for_a_person_to_end(site: Site) -> None:
    back, on = site.host("back", ill="fail"), site.host("on", ill="fail")
    leave = ("-e", "guarded_change_on_failure=leave")
    ended = site.change(*leave)
    assert (ended.code, set(ended.statuses.values())) == (2, {"left"}), ended.output
    again = site.change(*leave)
    assert {one["error_code"] for one in again.results.values()} == {"guarded_change_unfinished"}, again.output
    assert {(site.data(one), site.guards(one)[GUARD], site.restores(one)) for one in (back, on)} == {(NEW, OLD, 0)}

    site.extra["back"]["guarded_change_on_resume"] = "restore"
    site.extra["on"] = {"ill": "", "guarded_change_on_resume": "continue"}
    done = site.change(*leave)
    assert done.statuses == {"back": "rolled_back", "on": "kept"}, done.output
    assert (site.data(back), site.restores(back)) == (OLD, 1)
    # With the first snapshot, not with one of a half-changed disk.
    assert (site.data(on), site.guards(on), site.restores(on)) == (NEW, {GUARD: OLD}, 0)


def test_check_mode(site: Site) -> None:
    web = site.host()
    # As surveys pass values: texts, empty answers, nothing.
    given = {"commit": "no", "timeout": "3600", "max_hosts": None, "scope": "", "on_resume": "", "api_url": ""}
    answers = json.dumps({f"guarded_change_{name}": value for name, value in given.items()})
    role = {
        **ROLE,
        "ansible.builtin.include_role": {**ROLE["ansible.builtin.include_role"], "rolespec_validate": False},
    }
    ended = site.change("--check", "-e", answers, playbook=site.write(role))
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


def test_a_run_that_did_nothing_keeps_the_report(site: Site) -> None:
    site.host()
    report = site.folder / "evidence" / "CHG-1"
    words = ("-e", f"guarded_change_report_path={report}")
    assert site.change(*words).code == 0
    before, lines = report.with_suffix(".json").read_bytes(), (report.parent / "guarded_changes.history.jsonl")
    assert json.loads(before)["run_by"]["host"] == os.uname().nodename
    assert [json.loads(line)["status"] for line in lines.read_text(encoding="utf-8").splitlines()] == ["kept"]
    for more in ((), ("-e", "guarded_change_id=CHG-2", "-e", "guarded_change_timeout=0"), ("--check",)):
        site.change(*words, *more)
        assert report.with_suffix(".json").read_bytes() == before
    for ending in (".md", ".html"):
        assert "web1" in report.with_suffix(ending).read_text(encoding="utf-8")
    assert len(lines.read_text(encoding="utf-8").splitlines()) == 1
