# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AWX files agree with the code: environment variables, survey, timeouts, inventory files, pattern."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.launch import job
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.server import Controller
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.store import Refused
from ansible_collections.indiecloud.compute.tests.awx.programs import ROOT

PATTERN = ROOT / "extensions/patterns/restore_snapshot"
YES_OR_NO = ["yes", "no"]
# Variables of the playbook that are not variables of the role.
PLAYBOOK = {
    "restore_hosts": {"type": "str"},
    "restore_settle_answer": {"type": "str"},
    "restore_settle_power": {"type": "str"},
}
Question = dict[str, Any]


def role() -> dict[str, dict[str, Any]]:
    text = (ROOT / "roles/restore/meta/argument_specs.yml").read_text(encoding="utf-8")
    return {**yaml.safe_load(text)["argument_specs"]["main"]["options"], **PLAYBOOK}


def pattern() -> dict[str, Any]:
    found = json.loads((PATTERN / "meta/pattern.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_credentials_set_what_the_code_reads(data: dict[str, Any]) -> None:
    types = {item["name"]: item for item in data["controller_credential_types"]}
    assert len(types) == len(SPECS)
    for spec in SPECS.values():
        found = types[f"indiecloud {spec.label}"]
        options = ["api_token", "api_url", *spec.scope]
        assert list(found["injectors"]) == ["env"]
        assert found["injectors"]["env"] == {spec.env_name(name): "{{ " + name + " }}" for name in options}
        fields = {one["id"]: one for one in found["inputs"]["fields"]}
        assert list(fields) == options
        assert [name for name, one in fields.items() if one.get("secret")] == ["api_token"]
        assert found["inputs"]["required"] == ["api_token", *spec.scope]
        # AWX refuses other kinds for inventory sources.
        assert found["kind"] == "cloud"


def test_playbooks_use_restore_hosts() -> None:
    for name in ("restore.yml", "restore_verify.yml", "restore_settle.yml", "undo.yml"):
        (play, *_others) = yaml.safe_load((ROOT / "playbooks" / name).read_text(encoding="utf-8"))
        assert "lookup('indiecloud.compute.restore_hosts', restore_hosts | default('')" in play["hosts"]


def surveys(data: dict[str, Any]) -> list[list[Question]]:
    found = [one["survey_spec"]["spec"] for one in data["controller_templates"] + data["controller_workflows"]]
    return [*found, pattern()["aap_resources"]["controller_job_templates"][0]["survey"]["spec"]]


def test_survey_asks_for_options_of_the_role(data: dict[str, Any]) -> None:
    options = role()
    for questions in surveys(data):
        for question in questions:
            assert _kind(question) == options[question["variable"]]["type"], question
            known = options[question["variable"]].get("choices")
            if known:
                assert set(question["choices"]) <= set(known), question
        asked = {question["variable"] for question in questions if question["required"]}
        assert asked >= {"restore_provider", "restore_hosts", "restore_snapshot", "restore_id"}
        assert asked & {"restore_dry_run", "restore_settle_answer"}
        assert "restore_expected_instance_name" in asked


def _kind(question: Question) -> str:
    return "bool" if question.get("choices") == YES_OR_NO else "str"


def test_choices_are_all_providers(data: dict[str, Any]) -> None:
    for questions in surveys(data):
        (asked,) = (one for one in questions if one["variable"] == "restore_provider")
        assert sorted(asked["choices"]) == sorted(SPECS)


def test_limits_are_those_of_the_providers(data: dict[str, Any]) -> None:
    rules = [one.capabilities.new_instance_name for one in SPECS.values() if one.capabilities.new_instance_name]
    (question,) = (one for one in surveys(data)[0] if one["variable"] == "restore_new_vm_name")
    assert question["max"] == max(rule.longest for rule in rules)


def test_answers_pass_the_specification_of_the_role(data: dict[str, Any]) -> None:
    spec = {name: {"type": one["type"], "choices": one.get("choices")} for name, one in role().items()}
    for questions in surveys(data):
        for last in (False, True):
            answers = {}
            for question in questions:
                choices = question.get("choices") or [question.get("default", "x" * question.get("max", 10))]
                answers[question["variable"]] = choices[-1 if last else 0]
            checked = ArgumentSpecValidator({name: spec[name] for name in answers}).validate(answers)
            assert not checked.error_messages


ANSWERS = {
    "restore_provider": "hostup",
    "restore_hosts": "web1",
    "restore_expected_instance_name": "web1",
    "restore_snapshot": "before-upgrade",
    "restore_id": "CHG-1234",
    "restore_max_snapshot_age": "24h",
    "restore_dry_run": "no",
    "restore_accept_billing": "no",
}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"restore_provider": "hetzner"}, "expected to be one of"),
        ({"restore_id": "1"}, "too small"),
        ({"restore_id": "x" * 65}, "too large"),
        ({"restore_hosts": ""}, "too small"),
        ({"restore_expected_instance_name": 5}, "expected to be a string"),
        ({"restore_new_vm_name": "x" * 51}, "too large"),
        ({"restore_dry_run": True}, "expected to be one of"),
        ({"restore_force": "yes"}, "not allowed on launch"),
    ],
)
def test_answers_beyond_the_limits_launch_nothing(awx: Controller, wrong: dict[str, Any], said: str) -> None:
    assert job(awx.store, "indiecloud restore", ANSWERS).extra_vars["restore_id"] == "CHG-1234"
    with pytest.raises(Refused, match=said):
        job(awx.store, "indiecloud restore", {**ANSWERS, **wrong})


@pytest.mark.parametrize("question", sorted(set(ANSWERS)))
def test_missing_answers_launch_nothing(awx: Controller, question: str) -> None:
    with pytest.raises(Refused, match=f"'{question}' value missing"):
        job(awx.store, "indiecloud restore", {name: value for name, value in ANSWERS.items() if name != question})


def test_job_timeout_is_longer_than_the_steps_of_the_role(data: dict[str, Any]) -> None:
    """The check, the restore, and the start after a restore that failed have the same timeout."""
    for template in data["controller_templates"]:
        assert int(template["timeout"]) > 3 * int(template["extra_vars"]["restore_wait_timeout"])


def test_templates_are_safe(data: dict[str, Any]) -> None:
    by_name = {one["name"].removeprefix("indiecloud "): one for one in data["controller_templates"]}
    assert {name: one["job_type"] for name, one in by_name.items()} == {
        "plan": "check",
        "restore": "run",
        "verify": "check",
        "settle": "run",
    }
    for one in data["controller_templates"] + data["controller_workflows"]:
        # One that waits for its approval must not hold back the others.
        assert one["allow_simultaneous"] is True
        assert not one.get("ask_variables_on_launch")
    for one in data["controller_templates"]:
        assert one["extra_vars"]["restore_record"] == "provider"
    (workflow,) = data["controller_workflows"]
    approval = workflow["simplified_workflow_nodes"][1]["approval_node"]
    lifetimes = [one.capabilities.snapshot_lifetime_hours for one in SPECS.values()]
    assert approval["timeout"] < min(hours for hours in lifetimes if hours) * 3600


def test_each_provider_has_an_inventory_file(data: dict[str, Any]) -> None:
    files = {path.name: yaml.safe_load(path.read_text()) for path in (ROOT / "playbooks/inventory").iterdir()}
    assert files == {
        f"{name}.indiecloud.yml": {
            "plugin": "indiecloud.compute.instances",
            "provider": name,
            "hostnames": ["{{ indiecloud_name }}." + name, "id"],
        }
        for name in SPECS
    }
    paths = {item["source_path"] for item in data["controller_inventory_sources"]}
    assert paths == {f"playbooks/inventory/{name}" for name in files}


def test_pattern_is_valid() -> None:
    schema = json.loads((ROOT / "tests/awx/pattern.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(pattern())
    assert pattern()["name"] == PATTERN.name
    assert (PATTERN / "README.md").is_file()
    (template,) = pattern()["aap_resources"]["controller_job_templates"]
    assert (PATTERN / "playbooks" / template["playbook"]).is_file()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("title",), "x" * 65),
        (("tags",), "restore"),
        (("short_description",), "It ends in a period."),
        (("aap_resources", "controller_job_templates"), []),
        (("aap_resources", "controller_job_templates", 0, "playbok"), "a.yml"),
        (("aap_resources", "controller_job_templates", 0, "survey", "spec", 0, "type"), "choice"),
        (("aap_resources", "controller_job_templates", 0, "survey", "spec", 0, "choices"), "a"),
        (("aap_resources", "controller_job_templates", 0, "survey", "spec", 7, "default"), True),
    ],
)
def test_mistakes_in_the_pattern_are_found(path: tuple[str | int, ...], value: Any) -> None:
    schema = json.loads((ROOT / "tests/awx/pattern.schema.json").read_text(encoding="utf-8"))
    changed = pattern()
    found: Any = changed
    for step in path[:-1]:
        found = found[step]
    found[path[-1]] = value
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(changed))


def test_play_argument_spec_is_the_survey_of_the_pattern() -> None:
    (template,) = pattern()["aap_resources"]["controller_job_templates"]
    path = (PATTERN / "playbooks" / template["playbook"]).with_suffix(".meta.yml")
    options = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["restore_snapshot"]["options"]
    questions = {one["variable"]: one for one in template["survey"]["spec"]}
    assert list(options) == list(questions)
    known = role()
    for name, option in options.items():
        assert option["type"] == known[name]["type"], name
        assert option.get("choices") == known[name].get("choices"), name
        assert option.get("default") == known[name].get("default"), name
        assert option["required"] == (questions[name]["required"] and "default" not in questions[name]), name
        assert option["description"] == questions[name]["question_description"]
