# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The features of the role around a restore, asserted on the ledger."""

from __future__ import annotations

import json
import re
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.fleet.fleet import LOST, SAVED, SNAPSHOT, VERIFY, Fleet

ROLE = {"name": "Restore", "ansible.builtin.import_role": {"name": "indiecloud.compute.restore"}}


def playbook(fleet: Fleet, *tasks: dict[str, Any], then: list[dict[str, Any]] | None = None, **play: Any) -> list[str]:
    """Write a play that runs the role; returns its path as arguments for ansible-playbook."""
    path = fleet.folder / "play.json"
    first = {"name": "Restore", "hosts": "all", "gather_facts": False, "tasks": [ROLE, *tasks], **play}
    path.write_text(json.dumps([first, *(then or [])]), encoding="utf-8")
    return [str(path)]


def says(fleet: Fleet, text: str) -> dict[str, Any]:
    return {"name": "Say", "ansible.builtin.debug": {"msg": text}}


def test_new_instance_joins_the_inventory(fleet: Fleet) -> None:
    old = fleet.add_one("train", "barrack", made="train-again")
    fleet.add_one("gpu", "barrack", made="gpu-again")
    fleet.add_one("mail", "hostup")
    later = {
        "name": "Look at the new ones",
        "hosts": "restored",
        "gather_facts": False,
        "tasks": [says(fleet, "{{ inventory_hostname }} is {{ indiecloud_id }} at {{ ansible_host }}.")],
    }
    tell = says(fleet, "made {{ restore_result.instance.id }} for {{ inventory_hostname }}")
    words = playbook(fleet, tell, then=[later])
    asked = ["-e", json.dumps({"restore_add_to_inventory": True, "restore_add_to_groups": ["restored"]})]
    for _run in range(2):
        played = fleet.play(*asked, playbook=words)
        assert played.code == 0, played.output
        for name in ("train", "gpu"):
            (new,) = (one for one in fleet.sim.cloud.instances("barrack") if one.name == f"{name}-again")
            assert f"made {new.id} for {name}" in played.output
            assert f"{name}-again is {new.id} at " in played.output
        assert "mail is" not in played.output
    assert set(played.changed.values()) == {0}
    assert fleet.sim.cloud.disk(old.id) == {"/srv/data": LOST}
    assert not [entry for entry in fleet.sim.ledger.power_cycles() if entry.instance_id == old.id]

    quiet = fleet.play(playbook=words)
    assert "train-again is" not in quiet.output


def test_a_restore_id_names_a_restore(fleet: Fleet) -> None:
    fleet.add("onetsolutions", 1)
    fleet.add("hostup", 1)
    for number, (name, status) in enumerate(
        [("CHG-1", "restored"), ("CHG-1", "already_restored"), ("CHG-2", "restored")]
    ):
        played = fleet.play("-e", f"restore_id={name}")
        assert played.code == 0, played.output
        assert {row["status"] for row in played.rows.values()} == {status}, number
        assert {row["restore_id"] for row in played.rows.values()} == {name}
    assert [fleet.restores(one) for one in fleet.machines] == [2, 2]


def test_verification_by_connection(fleet: Fleet) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        fleet.add_one("here", "hostup")
        fleet.add_one("off", "hostup", power="stopped")
        fleet.add_one("gone", "hostup")
        fleet.extra["here"] = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        nowhere = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": port}
        fleet.extra["gone"] = fleet.extra["off"] = nowhere
        played = fleet.play("-e", "restore_verify=reachable", "-e", "restore_verify_timeout=2")
    assert played.code == 2
    assert played.rows["here"]["status"] == "restored"
    # A stopped instance is not expected to be reachable.
    assert played.rows["off"]["status"] == "restored"
    gone = played.rows["gone"]
    assert (gone["status"], gone["phase"], gone["power_state"]) == ("failed", "verify", "running")
    assert fleet.restores(fleet.named("gone")) == 1


def test_verification_by_tasks_of_the_user(fleet: Fleet) -> None:
    fleet.add_one("well", "hostup")
    fleet.add_one("ill", "hostup")
    checks = fleet.folder / "checks.yml"
    check = {"name": "Ask", "ansible.builtin.assert": {"that": "inventory_hostname == 'well'", "fail_msg": "it is ill"}}
    checks.write_text(json.dumps([check]), encoding="utf-8")
    words = ["-e", "restore_verify=tasks", "-e", f"restore_verify_tasks={checks}"]
    played = fleet.play(*words)
    assert played.code == 2
    assert played.rows["well"]["status"] == "restored"
    assert (played.rows["ill"]["phase"], played.rows["ill"]["error_code"]) == ("verify", "verify_failed")
    assert "it is ill" in played.rows["ill"]["message"]
    # Nothing is restored, so nothing is verified.
    assert fleet.play(*words).code == 0


@pytest.mark.parametrize("wish", ["leave", "start_again"])
def test_power_state_after_a_failure(fleet: Fleet, wish: str) -> None:
    broken = fleet.add_one("broken", "hostup")
    refused = fleet.add_one("refused", "onetsolutions")
    lost = fleet.add_one("lost", "hostup")
    fleet.sim.faults.add_job("fail", broken.id, "restore")
    fleet.sim.faults.add("status", method="POST", path=f"{refused.id}.*restore", status=422, times=None)
    fleet.sim.faults.add("cut_after", method="POST", path=f"{lost.id}.*restore", times=None)
    played = fleet.play("-e", f"restore_on_failure={wish}", "-e", "restore_wait_timeout=8")
    assert played.code == 2
    after = "running" if wish == "start_again" else "stopped"
    assert (fleet.power(broken), fleet.power(refused)) == (after, after)
    # The outcome is unknown, so it must not be started.
    assert fleet.power(lost) == "stopped"
    for host, phase in (("broken", "accepted"), ("refused", "sent"), ("lost", "sent")):
        row = played.rows[host]
        assert (row["status"], row["phase"], row["power_state"]) == ("failed", phase, fleet.power(fleet.named(host)))


def test_safety_snapshot(fleet: Fleet) -> None:
    mail = fleet.add_one("mail", "hostup")
    played = fleet.play("-e", "restore_safety_snapshot=required")
    assert played.code == 0, played.output
    names = [one.name for one in fleet.sim.cloud.snapshots(mail.id)]
    assert played.rows["mail"]["safety_snapshot"] in names
    assert played.rows["mail"]["safety_snapshot"].startswith("pre-")


def test_max_hosts(fleet: Fleet) -> None:
    fleet.add("hostup", 3)
    played = fleet.play("-e", "restore_max_hosts=2")
    assert played.code == 2
    assert not fleet.sim.ledger.requests()
    assert fleet.play("-e", "restore_max_hosts=2", "--limit", "hostup-00,hostup-01", "--check").code == 0
    assert fleet.sim.ledger.writes == 0


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_max_hosts_counts_the_targets_of_all_hosts(fleet: Fleet, strategy: str) -> None:
    fleet.add("hostup", 4)
    one, two, three, four = (machine.id for machine in fleet.machines)
    fleet.extra["hostup-00"] = {"restore_targets": [{"instance": one}, {"instance": two}]}
    fleet.extra["hostup-01"] = {"restore_targets": [{"instance": three}]}
    fleet.extra["hostup-02"] = {"restore_targets": [{"instance": four}]}
    words = playbook(fleet, strategy=strategy)
    three_hosts = ("--limit", "!hostup-03")
    played = fleet.play("-e", "restore_max_hosts=3", *three_hosts, playbook=words)
    assert played.code == 2
    assert "restores 4 instances and restore_max_hosts allows 3" in played.output
    # With the strategy free a host may have been restored before the others were counted.
    assert sum(fleet.restores(machine) for machine in fleet.machines) <= (0 if strategy == "linear" else 3)
    played = fleet.play("-e", "restore_max_hosts=4", *three_hosts, playbook=words)
    assert played.code == 0, played.output
    assert [fleet.restores(machine) for machine in fleet.machines] == [1, 1, 1, 1]


def test_booleans_as_strings(fleet: Fleet) -> None:
    """From -e name=value, or from a survey."""
    mail = fleet.add_one("mail", "hostup")
    train = fleet.add_one("train", "barrack", made="train-again")
    fleet.extra["train"] = {"restore_accept_billing": "yes"}
    names = ("force", "dry_run", "add_to_inventory", "allow_unverified")
    played = fleet.play(*(word for name in names for word in ("-e", f"restore_{name}=false")))
    assert played.code == 0, played.output
    assert {row["status"] for row in played.rows.values()} == {"restored"}
    assert not played.report["check_mode"]

    refused = fleet.play("-e", "restore_accept_billing=no", "-e", "restore_id=two", "-e", "restore_dry_run=true")
    assert refused.rows["train"]["error_code"] == "billing_not_accepted"
    assert refused.rows["mail"]["status"] == "would_restore"

    played = fleet.play("-e", "restore_add_to_inventory=true", "--limit", "train")
    assert played.code == 0, played.output
    assert "train-again" in played.output
    played = fleet.play("-e", "restore_force=true", "--limit", "mail")
    assert played.rows["mail"]["status"] == "restored"
    assert [fleet.restores(one) for one in (mail, train)] == [2, 1]


def test_verification_of_a_restore(fleet: Fleet) -> None:
    """It takes the variables of the restore, and changes nothing even if restore_dry_run says otherwise."""
    fleet.add("hostup", 2)
    fleet.add("barrack", 1)
    listed = fleet.add_one("listed", "onetsolutions")
    # As the inventory plugin lists it.
    fleet.extra["listed"] = {
        "restore_provider": None, "restore_instance": None,
        "indiecloud_provider": "onetsolutions", "indiecloud_id": listed.id,
    }  # fmt: skip
    given = ("-e", "restore_id=CHG-1", "-e", "restore_dry_run=no")
    before = fleet.play(*given, playbook=VERIFY)
    assert before.code == 2
    assert "No finished restore is recorded" in before.output
    assert fleet.sim.ledger.writes == 0

    assert fleet.play(*given).code == 0
    writes = fleet.sim.ledger.writes
    assert fleet.play(*given, playbook=VERIFY).code == 0
    dry = fleet.play("-e", "restore_id=CHG-2", "-e", "restore_dry_run=yes", playbook=VERIFY)
    assert dry.code == 0
    assert "nothing to verify" in dry.output
    assert fleet.play("-e", "restore_id=CHG-2", "-e", "restore_dry_run=no", playbook=VERIFY).code == 2
    assert fleet.sim.ledger.writes == writes


def test_verification_of_targets(fleet: Fleet) -> None:
    fleet.add("hostup", 2)
    targets = [{"provider": "hostup", "instance": one.id, "snapshot": SNAPSHOT} for one in fleet.machines]
    fleet.extra["hostup-00"] = {"restore_targets": targets}
    only = ("--limit", "hostup-00")
    assert fleet.play(*only, "-e", json.dumps({"restore_targets": targets[:1]})).code == 0
    assert fleet.play(*only, playbook=VERIFY).code == 2
    assert fleet.play(*only).code == 0
    assert fleet.play(*only, playbook=VERIFY).code == 0
    assert [fleet.restores(one) for one in fleet.machines] == [1, 1]


def test_serial_and_limit(fleet: Fleet) -> None:
    fleet.add("hostup", 4)
    fleet.sim.faults.add_job("fail", fleet.named("hostup-01").id, "restore")
    played = fleet.play("--limit", "hostup-00,hostup-01,hostup-02", playbook=playbook(fleet, serial=2))
    assert played.code == 2
    assert played.tables == 2
    assert {host: row["status"] for host, row in played.rows.items()} == {
        "hostup-00": "restored",
        "hostup-01": "failed",
        "hostup-02": "restored",
    }
    assert fleet.restores(fleet.named("hostup-03")) == 0
    first, last = (fleet.sim.ledger.restores(fleet.named(host).id)[0] for host in ("hostup-00", "hostup-02"))
    assert first.time < last.time


def test_batch_that_did_not_start_is_reported(fleet: Fleet) -> None:
    fleet.add("hostup", 2)
    fleet.extra["hostup-00"] = {"restore_snapshot": "no-such-snapshot"}
    played = fleet.play(playbook=playbook(fleet, serial=1))
    assert {host: row["status"] for host, row in played.rows.items()} == {
        "hostup-00": "failed",
        "hostup-01": "not_started",
    }


def test_free_strategy(fleet: Fleet) -> None:
    fleet.add("hostup", 3)
    fleet.extra["hostup-01"] = {"restore_snapshot": "no-such-snapshot"}
    played = fleet.play(playbook=playbook(fleet, strategy="free"))
    assert played.code == 2
    assert {host: row["status"] for host, row in played.rows.items()} == {
        "hostup-00": "restored",
        "hostup-01": "failed",
        "hostup-02": "restored",
    }
    # Ansible warns once that it ignores run_once here; the role works without it, and each host reports for itself.
    assert played.output.count("run_once") == 1
    assert played.tables == 3
    assert all(
        len(re.findall(f"^{host} +hostup +(restored|FAILED) ", played.output, re.MULTILINE)) == 1
        for host in played.rows
    )


def test_tags(fleet: Fleet) -> None:
    fleet.add("hostup", 1)
    words = playbook(fleet, tasks=[{**ROLE, "tags": ["rollback"]}, says(fleet, "something else")])
    assert "something else" not in fleet.play("--tags", "rollback", playbook=words).output
    assert fleet.restores(fleet.named("hostup-00")) == 1
    assert "something else" in fleet.play("--skip-tags", "rollback", playbook=words).output


def test_tags_apply_to_followup_tasks(fleet: Fleet) -> None:
    fleet.add("hostup", 2)
    fleet.sim.switch(power_after_restore="running")
    extra = ("-e", "restore_power_after=stopped", "-e", f"restore_report_path={fleet.folder}/written")
    words = playbook(fleet, tasks=[{**ROLE, "tags": ["rollback"]}, says(fleet, "something else")])
    played = fleet.play("--tags", "rollback", *extra, playbook=words)
    assert played.code == 0, played.output
    assert "something else" not in played.output
    assert [fleet.power(one) for one in fleet.machines] == ["stopped", "stopped"]
    assert sorted(path.suffix for path in fleet.folder.glob("written.*")) == [".html", ".json", ".md"]


def test_invalid_values_are_refused_before_any_request(fleet: Fleet) -> None:
    fleet.add("hostup", 2)
    played = fleet.play("-e", "restore_power_after=off", "-e", "restore_max_hosts=many")
    assert played.code == 2
    assert "got: off" in played.output
    assert "restore_max_hosts" in played.output
    assert {row["error_code"] for row in played.rows.values()} == {"invalid_option"}
    assert fleet.sim.ledger.requests() == []


@pytest.mark.parametrize("name", ["restore", "restore_verify", "undo"])
def test_playbook_without_targets_fails(name: str, fleet: Fleet) -> None:
    """Its success means that something is restored. A role with an empty list has nothing to do."""
    fleet.add("hostup", 1)
    playbook = (f"indiecloud.compute.{name}", "-e", "restore_hosts=all")
    played = fleet.play("-e", json.dumps({"restore_targets": [], "restore_id": "CHG-1"}), playbook=playbook)
    assert played.code == 2, played.output
    assert "restore_targets is empty" in played.output
    assert fleet.sim.ledger.requests() == []


def test_role_without_targets_does_nothing(fleet: Fleet) -> None:
    fleet.add("hostup", 1)
    role = {"ansible.builtin.import_role": {"name": "indiecloud.compute.restore"}, "vars": {"restore_targets": []}}
    play = {"name": "Restore", "hosts": "all", "gather_facts": False, "tasks": [role]}
    (fleet.folder / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    played = fleet.play(playbook=("play.yml",))
    assert played.code == 0, played.output
    assert fleet.sim.ledger.requests() == []


def test_all_fail_and_are_reported(fleet: Fleet) -> None:
    fleet.add("hostup", 3)
    played = fleet.play("-e", "restore_snapshot=no-such-snapshot")
    assert played.code == 2
    assert {row["error_code"] for row in played.rows.values()} == {"snapshot_not_found"}
    assert played.tables == 1
    assert fleet.sim.ledger.writes == 0


def test_hostile_names_are_data(fleet: Fleet) -> None:
    name = "{{ lookup('ansible.builtin.pipe', 'touch owned') }}<b>"
    fleet.add_one("mail", "hostup", name=name)
    played = fleet.play("-e", "restore_report_path=new/folder/CHG-1")
    assert played.code == 0, played.output
    assert not (fleet.folder / "owned").exists()
    written = {path.name: path.read_text(encoding="utf-8") for path in (fleet.folder / "new" / "folder").iterdir()}
    assert sorted(written) == ["CHG-1.html", "CHG-1.json", "CHG-1.md", "restores.history.jsonl"]
    assert json.loads(written["restores.history.jsonl"])["instance"] == name
    assert json.loads(written["CHG-1.json"])["restores"][0]["instance"] == name
    assert "<b>" not in written["CHG-1.md"].replace("\\", "")
    assert "touch owned" in written["CHG-1.html"]
    assert "&lt;b&gt;" in written["CHG-1.html"]


def test_check_mode_does_not_overwrite_the_report(fleet: Fleet, tmp_path: Path) -> None:
    fleet.add_one("mail", "hostup")
    assert fleet.play("--check").report["check_mode"]
    assert [path.name for path in sorted(tmp_path.glob("report*"))] == [
        *("report-check.html", "report-check.json", "report-check.md")
    ]
    assert fleet.disk(fleet.named("mail")) == LOST
    assert not fleet.play().report["check_mode"]
    assert fleet.disk(fleet.named("mail")) == SAVED


@pytest.mark.parametrize("words", [["-e", "restore_dry_run=yes"], ["--check"], ["--check", "-e", "restore_dry_run=no"]])
def test_dry_run_is_check_mode(fleet: Fleet, words: list[str]) -> None:
    mail = fleet.add_one("mail", "hostup")
    fleet.add_one("train", "barrack", made="train-again")
    # A survey passes an empty answer as an empty string.
    played = fleet.play("-e", "restore_max_snapshot_age=", "-e", "restore_safety_snapshot=auto", *words)
    assert played.code == 0, played.output
    assert {row["status"] for row in played.rows.values()} == {"would_restore"}
    assert played.report["check_mode"]
    assert fleet.sim.ledger.writes == 0
    assert fleet.power(mail) == "running"
