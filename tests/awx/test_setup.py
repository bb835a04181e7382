# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules of awx.awx accept the files, a second run changes nothing, and mistakes in the files are found."""

from __future__ import annotations

import copy
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.awx.conftest import loaded, set_up
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.server import Controller
from ansible_collections.indiecloud.compute.tests.awx.modules import calls, load
from ansible_collections.indiecloud.compute.tests.awx.programs import ROOT

Data = dict[str, Any]
GUIDE = (ROOT / "docs/awx.md").read_text(encoding="utf-8")


def test_playbook_sets_up_once(data: Data, accounts: Mapping[str, str], tmp_path: Path) -> None:
    with Controller(ROOT) as controller:
        words = ["-e", f"awx_execution_environment_image={data['controller_execution_environments'][0]['image']}"]
        for again in (False, True):
            before = len(controller.writes)
            done = set_up(controller, tmp_path, *words, **accounts)
            assert done.returncode == 0, done.stdout + done.stderr
            changed = [int(number) for number in re.findall(r"\bchanged=(\d+)", done.stdout)]
            assert (changed == [0], len(controller.writes) == before) == (again, again)
        (tmp_path / "other").mkdir()
        with loaded(data, tmp_path / "other") as other:
            # The tests below create the same objects as the playbook, but in their own process.
            assert other.store.objects == controller.store.objects
            assert other.store.lists == controller.store.lists
            assert other.store.surveys == controller.store.surveys
    assert {name: len(found) for name, found in controller.store.objects.items()} == {
        "organizations": 1,
        "credential_types": 3,
        "credentials": 3,
        "execution_environments": 1,
        "notification_templates": 0,
        "projects": 1,
        "inventories": 1,
        "inventory_sources": 3,
        "job_templates": 4,
        "workflow_job_templates": 1,
        "workflow_job_template_nodes": 4,
        "schedules": 0,
        "workflow_approval_templates": 1,
    }


def test_notifications_are_attached_to_the_workflow(data: Data, accounts: Mapping[str, str], tmp_path: Path) -> None:
    with Controller(ROOT) as controller:
        (organization,) = controller.store.objects["organizations"]
        mail = {"name": "operations mail", "organization": organization, "notification_type": "email"}
        made = controller.store.add("notification_templates", mail)
        for again in (False, True):
            before = len(controller.writes)
            done = set_up(controller, tmp_path, "-e", "awx_notifications='operations mail'", **accounts)
            assert done.returncode == 0, done.stdout + done.stderr
            assert (len(controller.writes) == before) == again
        attached = {name: ids for (kind, _id, name), ids in controller.store.lists.items() if "notification" in name}
        assert attached == {f"notification_templates_{event}": [made["id"]] for event in ("approvals", "error")}


def test_regular_rehearsal_is_set_up_once_and_tells_of_failures(accounts: Mapping[str, str], tmp_path: Path) -> None:
    rule = "DTSTART:20260101T020000Z RRULE:FREQ=DAILY;INTERVAL=1"
    (command,) = re.findall(r"^ansible-playbook indiecloud.compute.awx_setup .*awx_rehearse.*$", GUIDE, re.MULTILINE)
    assert rule in command
    with Controller(ROOT) as controller:
        (organization,) = controller.store.objects["organizations"]
        mail = {"name": "operations-mail", "organization": organization, "notification_type": "email"}
        made = controller.store.add("notification_templates", mail)
        for again in (False, True):
            before = len(controller.writes)
            done = set_up(controller, tmp_path, *shlex.split(command)[2:], **accounts)
            assert done.returncode == 0, done.stdout + done.stderr
            assert (len(controller.writes) == before) == again
        store = controller.store
        (schedule,) = store.objects["schedules"].values()
        template = store.objects["job_templates"][schedule["unified_job_template"]]
        assert (template["name"], template["job_type"], schedule["rrule"]) == ("indiecloud rehearse", "check", rule)
        assert store.lists["job_templates", template["id"], "notification_templates_error"] == [made["id"]]


def test_tokens_are_not_printed(awx: Controller, accounts: Mapping[str, str], tmp_path: Path) -> None:
    others = {name: value for name, value in accounts.items() if "HOSTUP" in name}
    # Without the credential types nothing else can be created, so this fails where tokens are used.
    done = set_up(awx, tmp_path, "-vvv", "-e", "awx_organization=Nobody", **others)
    assert done.returncode == 2
    assert "Nobody" in done.stdout
    assert [value for name, value in accounts.items() if name.endswith("_TOKEN") and value in done.stdout] == []


def test_nothing_is_set_up_without_a_token(tmp_path: Path) -> None:
    with Controller(ROOT) as controller:
        done = set_up(controller, tmp_path)
        assert done.returncode == 2
        assert "HOSTUP_API_TOKEN" in done.stdout
        assert controller.writes == []


def test_settings_of_guarded_changes_belong_together(accounts: Mapping[str, str], tmp_path: Path) -> None:
    with Controller(ROOT) as controller:
        done = set_up(controller, tmp_path, "-e", "awx_guarded_change_project=shop", **accounts)
        assert done.returncode == 2
        assert "awx_guarded_change_record_path" in done.stdout
        assert controller.writes == []


@pytest.fixture(scope="module")
def spoilt(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """A separate controller for the mistakes, since some objects are created before a mistake is found."""
    with loaded(data, tmp_path_factory.mktemp("spoilt")) as controller:
        yield controller


def test_own_execution_environment(data: Data, spoilt: Controller) -> None:
    (made,) = spoilt.store.objects["execution_environments"].values()
    users = [*spoilt.store.objects["job_templates"].values(), *spoilt.store.objects["inventory_sources"].values()]
    assert {one["execution_environment"] for one in users} == {made["id"]}
    written = len(spoilt.writes)
    assert load(calls(data)) == []
    assert len(spoilt.writes) == written > 20


def renamed(*path: str | int, name: str) -> Callable[[Data], None]:
    """A typo in the name of a field."""

    def change(data: Data) -> None:
        *above, last = path
        found: Any = data
        for step in above:
            found = found[step]
        found[name] = found.pop(last)

    return change


def set_to(*path: str | int, value: Any) -> Callable[[Data], None]:
    """Another value."""

    def change(data: Data) -> None:
        *above, last = path
        found: Any = data
        for step in above:
            found = found[step]
        found[last] = value

    return change


T, W, C = "controller_templates", "controller_workflows", "controller_credential_types"
QUESTIONS = (T, 0, "survey_spec", "spec")
NODES = (W, 0, "simplified_workflow_nodes")
MISTAKES = {
    "field of a template": (renamed(T, 0, "playbook", name="playbok"), "playbok"),
    "field of a source": (renamed("controller_inventory_sources", 0, "source_path", name="path"), "path"),
    "field of a credential": (renamed("controller_credentials", 0, "inputs", name="input"), "input"),
    "field of an input": (renamed(C, 0, "inputs", "fields", 0, "secret", name="secrt"), "secrt"),
    "kind of injector": (renamed(C, 0, "injectors", "env", name="environ"), "environ"),
    "field of a question": (renamed(*QUESTIONS, 0, "required", name="requird"), "required"),
    "limit of a question": (renamed(*QUESTIONS, 1, "max", name="maximum"), "maximum"),
    "field of a node": (renamed(*NODES, 0, "unified_job_template", name="job_template"), "job_template"),
    "field of an approval": (renamed(*NODES, 1, "approval_node", "name", name="nam"), "name is required"),
    "inventory of a template": (set_to(T, 0, "inventory", value="indiecloud instance"), "expected 1"),
    "project of a template": (set_to(T, 0, "project", value="indie"), "was not found"),
    "credentials of a template": (set_to(T, 0, "credentials", value=["indiecloud Hostup"]), "expected 1"),
    "playbook of a template": (set_to(T, 0, "playbook", value="restore.yml"), "Playbook not found"),
    "file of a source": (set_to("controller_inventory_sources", 0, "source_path", value="a.yml"), "no such file"),
    "type of a credential": (set_to("controller_credentials", 0, "credential_type", value="HostUp"), "expected 1"),
    "input of a credential": (set_to("controller_credentials", 0, "inputs", value={"token": "x"}), "token is no field"),
    "template of a node": (set_to(*NODES, 0, "unified_job_template", value="indiecloud plans"), "plans"),
    "next of a node": (set_to(*NODES, 0, "success_nodes", value=["aproval"]), "aproval"),
    "default beyond the limit": (set_to(*QUESTIONS, 5, "default", value="x" * 11), "too large"),
    "default that is no choice": (set_to(*QUESTIONS, 6, "default", value="maybe"), "expected to be one of"),
    "question without choices": (set_to(*QUESTIONS, 6, "choices", value=[]), "must have choices"),
    "type of a question": (set_to(*QUESTIONS, 1, "type", value="string"), "no type of questions"),
    "same question twice": (set_to(*QUESTIONS, 1, "variable", value="restore_provider"), "asked for twice"),
    "text for a limit": (set_to(*QUESTIONS, 1, "max", value="255"), "expected to be an integer"),
    "text for a switch": (set_to(*QUESTIONS, 1, "required", value="yes"), "no bool"),
    "text for a number": (set_to(T, 0, "timeout", value="four hours"), "timeout"),
    "text for a list": (set_to("controller_inventories", 0, "kind", value="clever"), "clever"),
    "choice of a job type": (set_to(T, 0, "job_type", value="dry"), "dry"),
    "text for a time-out of an approval": (set_to(*NODES, 1, "approval_node", "timeout", value="soon"), "valid int"),
    "variable of Ansible": (set_to(C, 0, "injectors", "env", value={"ANSIBLE_TOKEN": "x"}), "is not allowed"),
    "unknown input": (set_to(C, 0, "injectors", "env", value={"A_TOKEN": "{{ token }}"}), "undefined field"),
    "required input": (set_to(C, 0, "inputs", "required", value=["token"]), "not defined"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_found(mistake: str, data: Data, spoilt: Controller) -> None:
    change, said = MISTAKES[mistake]
    changed = copy.deepcopy(data)
    change(changed)
    different = [new for old, new in zip(calls(data), calls(changed), strict=True) if new != old]
    assert different
    (problem,) = load(different)
    assert said in problem
