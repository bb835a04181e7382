# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as evidence: what replaces it, whose clock and whose name are in it, its history, and who is told."""

from __future__ import annotations

import json
import multiprocessing
import os
import pwd
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.plugin_utils._report.history import append_lines
from ansible_collections.indiecloud.compute.tests.fleet.fleet import PLAYBOOK, SAVED, Fleet, Played
from ansible_collections.indiecloud.compute.tests.fleet.test_role import playbook

USER = pwd.getpwuid(os.getuid()).pw_name


def again(fleet: Fleet, *words: str, path: str = "evidence/CHG-1", playbook: Any = PLAYBOOK) -> Played:
    """Run with a report of which the next run finds the files."""
    return fleet.play("-e", f"restore_report_path={path}", *words, playbook=playbook)


def report(fleet: Fleet, name: str = "CHG-1") -> dict[str, Any]:
    found = json.loads((fleet.folder / "evidence" / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def history(fleet: Fleet) -> list[dict[str, Any]]:
    place = fleet.folder / "evidence" / "restores.history.jsonl"
    return [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()] if place.exists() else []


def files(fleet: Fleet) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (fleet.folder / "evidence").iterdir()}


@pytest.mark.parametrize(
    "words",
    [(), ("-e", "restore_snapshot=no-such-snapshot"), ("-e", "restore_stop=maybe"), ("-e", "restore_max_hosts=1")],
    ids=["nothing to do", "refused", "invalid", "too many"],
)
def test_a_run_that_did_nothing_keeps_the_report(fleet: Fleet, words: tuple[str, ...]) -> None:
    fleet.add("hostup", 2)
    assert again(fleet).code == 0
    before, writes = files(fleet), fleet.sim.ledger.writes
    assert before["CHG-1.json"]
    assert "is kept" in again(fleet, *words).output
    assert again(fleet, *words, "--check").code == (2 if words else 0)
    assert (files(fleet) | before, fleet.sim.ledger.writes) == (files(fleet), writes)
    assert (report(fleet)["acted"], report(fleet, "CHG-1-check")["acted"]) == (True, False)


def test_a_run_that_did_something_replaces_the_report_and_adds_to_the_history(fleet: Fleet) -> None:
    fleet.add("hostup", 2)
    broken = fleet.named("hostup-01")
    fleet.sim.faults.add("status", method="POST", path=f"{broken.id}.*restore", status=422, times=1)
    assert again(fleet).code == 2
    first = report(fleet)
    assert {row["host"]: row["status"] for row in history(fleet)} == {"hostup-00": "restored", "hostup-01": "failed"}
    refused = next(row for row in first["restores"] if row["host"] == "hostup-01")
    # The provider refused it, so no writes are lost.
    assert (refused["acted"], refused["lost_seconds"]) == (True, None)

    assert again(fleet).code == 0
    assert [(row["host"], row["status"]) for row in history(fleet)][2:] == [("hostup-01", "restored")]
    # What the earlier run restored is in the report, with the times and the user of that run.
    old, new = (next(row for row in one["restores"] if row["host"] == "hostup-00") for one in (first, report(fleet)))
    assert (new["status"], new["acted"]) == ("already_restored", False)
    for name in ("began_at", "restored_at", "ended_at", "run_by", "lost_seconds", "restore_id"):
        assert old[name] is not None, name
        assert new[name] == old[name], name


def test_the_times_are_those_of_the_provider(fleet: Fleet) -> None:
    """The controller's clock is right, and that of the provider six hours ahead."""
    fleet.sim.clock.advance(6 * 3600)
    web = fleet.add_one("web", "hostup")
    assert again(fleet).code == 0
    (row,) = report(fleet)["restores"]
    (done,) = fleet.sim.ledger.restores(web.id)
    ahead = done.time - datetime.now(timezone.utc).timestamp()
    assert ahead > 3600
    times = [seconds(row[name]) for name in ("began_at", "restored_at", "ended_at")]
    assert times == sorted(times)
    assert abs(times[1] - done.time) < 120
    assert [abs(span["start"] - done.time) < 120 for span in row["timeline"]] == [True] * len(row["timeline"])
    assert row["lost_seconds"] == pytest.approx(times[1] - seconds(row["snapshot_created_at"]), abs=1)
    assert 0 < row["down_seconds"] <= row["seconds"]


def seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


WHO = ("-e", json.dumps({"awx_job_id": 41, "awx_user_name": "alice", "tower_job_id": 41, "tower_user_name": "alice"}))
ALICE = {"user": USER, "host": os.uname().nodename, "job_id": "41", "job_user": "alice"}


def test_report_history_and_record_say_who_ran_it(fleet: Fleet) -> None:
    fleet.add("hostup", 1)
    token = fleet.sim.tokens["hostup"]
    assert again(fleet, *WHO, "-e", "restore_id=CHG-1").code == 0
    (row,), (line,) = report(fleet)["restores"], history(fleet)
    assert [report(fleet)["run_by"], row["run_by"], line["run_by"], line["reported_by"]] == [ALICE] * 4
    look = {"provider": "hostup", "restore_id": "CHG-1"}
    then = [
        {"name": "Read", "indiecloud.compute.restore_info": look, "register": "found"},
        {"name": "Keep", "ansible.builtin.copy": {"dest": "{{ playbook_dir }}/found.json", "content": "{{ found }}"}},
    ]
    played = fleet.play(
        playbook=playbook(fleet, then=[{"hosts": "localhost", "gather_facts": False, "tasks": then}]),
    )
    assert played.code == 0, played.output
    (restore,) = json.loads((fleet.folder / "found.json").read_text(encoding="utf-8"))["restores"]
    assert restore["run_by"] == ALICE
    assert (restore["claimed_at"], restore["updated_at"]) == (row["began_at"], row["ended_at"])
    assert not [name for name, content in files(fleet).items() if token.encode() in content]
    html = (fleet.folder / "evidence" / "CHG-1.html").read_text(encoding="utf-8")
    assert f"{USER}@{os.uname().nodename}, job 41 launched by alice" in html


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_the_history_has_one_line_for_each_restore(fleet: Fleet, strategy: str) -> None:
    fleet.add("hostup", 3)
    serial = {"serial": 2} if strategy == "linear" else {}
    for change, number in (("CHG-1", 3), ("CHG-1", 3), ("CHG-2", 6)):
        words = playbook(fleet, strategy=strategy, **serial)
        played = again(fleet, "-e", f"restore_id={change}", path=f"evidence/{change}", playbook=words)
        assert played.code == 0, played.output
        assert sorted((row["host"], row["restore_id"]) for row in history(fleet)) == sorted(
            (f"hostup-0{index % 3}", "CHG-2" if index > 2 else "CHG-1") for index in range(number)
        )


def test_a_history_that_cannot_be_written_fails_no_restore(fleet: Fleet) -> None:
    web = fleet.add_one("web", "hostup")
    (fleet.folder / "evidence" / "restores.history.jsonl").mkdir(parents=True)
    played = again(fleet)
    assert played.code == 0, played.output
    assert (fleet.disk(web), report(fleet)["acted"]) == (SAVED, True)
    assert "The history could not be written" in played.output
    (fleet.folder / "here").write_text("a file, and no folder", encoding="utf-8")
    played = again(fleet, "-e", "restore_id=two", path="here/CHG-1")
    assert (played.code, fleet.restores(web)) == (0, 2), played.output
    assert "The report could not be written" in played.output


TELL = [
    {
        "name": "Tell",
        "ansible.builtin.copy": {"dest": "{{ evidence }}/told-{{ tag }}.json", "content": "{{ restore_report }}"},
        "vars": {"tag": "{{ lookup('ansible.builtin.password', '/dev/null', chars=['hexdigits']) }}"},
    }
]


def told(fleet: Fleet) -> list[dict[str, Any]]:
    found = sorted(fleet.folder.glob("evidence/told-*.json"), key=lambda path: path.stat().st_mtime_ns)
    return [json.loads(path.read_text(encoding="utf-8")) for path in found]


@pytest.mark.parametrize("ill", ["nothing", "one", "all", "invalid", "unreachable"])
def test_somebody_is_told_once_whatever_happened(fleet: Fleet, ill: str) -> None:
    fleet.add("hostup", 3)
    (fleet.folder / "tell.yml").write_text(json.dumps(TELL), encoding="utf-8")
    words = {"all": ["-e", "restore_snapshot=no"], "invalid": ["-e", "restore_stop=maybe"]}.get(ill, [])
    if ill == "one":
        fleet.extra["hostup-00"] = {"restore_snapshot": "no-such-snapshot"}
    if ill == "unreachable":
        # The host that reports for all leaves the play while it is verified.
        fleet.extra["hostup-00"] = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
        fleet.extra["hostup-01"] = fleet.extra["hostup-02"] = {"ansible_connection": "local"}
        (fleet.folder / "verify.yml").write_text('[{"ansible.builtin.raw": "true"}]', encoding="utf-8")
        words = ["-e", "restore_verify=tasks", "-e", f"restore_verify_tasks={fleet.folder}/verify.yml"]
    words += ["-e", "restore_notify_tasks=tell.yml", "-e", f"evidence={fleet.folder}/evidence"]
    played = again(fleet, *words)
    (report_,) = told(fleet)
    assert (played.code == 0) == (ill == "nothing"), played.output
    statuses = [row["status"] for row in report_["restores"]]
    assert statuses.count("failed") == {"nothing": 0, "one": 1, "unreachable": 0}.get(ill, 3)
    assert len(report_["restores"]) == 3
    assert report_["acted"] == ("restored" in statuses)
    assert any(line.startswith("hostup-01 ") for line in report_["lines"])


@pytest.mark.parametrize(
    "text",
    [
        '[{"name": "Send", "ansible.builtin.fail": {"msg": "no mail server"}}]',
        '[{"name": "Send", "ansible.builtin.debug": {"msg": "{{ nowhere }}"}}]',
        '[{"name": "Send", "no.such.module": null}]',
        "- name: [",
        None,
    ],
)
def test_a_notification_that_fails_changes_no_outcome(fleet: Fleet, text: str | None) -> None:
    fleet.add("hostup", 1)
    fleet.extra["hostup-00"] = {"ansible_become": True}
    place = fleet.folder / "tell.yml"
    if text is not None:
        place.write_text(text, encoding="utf-8")
    given = ["-e", f"restore_notify_tasks={place}"]
    played = again(fleet, *given, playbook=playbook(fleet, any_errors_fatal=True))
    assert played.code == 0, played.output
    assert "restore_notify_tasks" in played.output
    assert report(fleet)["restores"][0]["status"] == "restored"
    assert again(fleet, *given, "-e", "restore_snapshot=no").code == 2


def _write_many(place: Path, who: int) -> None:
    for number in range(50):
        append_lines(place, [{"who": who, "number": number, "text": "x" * 5000}, {"who": who, "number": -number}])


def test_writers_at_once_lose_and_mix_no_lines(tmp_path: Path) -> None:
    place = tmp_path / "new" / "restores.history.jsonl"
    writers = [multiprocessing.get_context("fork").Process(target=_write_many, args=(place, who)) for who in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]
    for who in range(4):
        ours = [line["number"] for line in found if line["who"] == who]
        assert ours == [number for one in range(50) for number in (one, -one)]
    assert place.stat().st_mode & 0o777 == 0o600


def test_what_is_in_the_history_stays(tmp_path: Path) -> None:
    place = tmp_path / "restores.history.jsonl"
    # Of a run on a disk that was full.
    place.write_bytes(b'{"a": 1}\n{"b": ')
    append_lines(place, [{"c": 3}])
    assert place.read_bytes() == b'{"a": 1}\n{"b": \n{"c": 3}\n'
    link = tmp_path / "link.jsonl"
    link.symlink_to(place)
    with pytest.raises(OSError, match="link"):
        append_lines(link, [{"d": 4}])
    assert place.read_bytes().endswith(b'{"c": 3}\n')
