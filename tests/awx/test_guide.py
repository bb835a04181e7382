# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands and tables of the guide agree with the files."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.awx.conftest import SETUP
from ansible_collections.indiecloud.compute.tests.awx.modules import LOADERS
from ansible_collections.indiecloud.compute.tests.awx.programs import ROOT

GUIDE = (ROOT / "docs/awx.md").read_text(encoding="utf-8")


def test_steps_are_those_of_the_tests() -> None:
    commands = [line.strip() for line in GUIDE.splitlines()]
    assert f"ansible-playbook {SETUP}" in commands
    exported = set(re.findall(r"^ *export (\w+)=", GUIDE, re.MULTILINE))
    accounts = {spec.env_name(option) for spec in SPECS.values() for option in ("api_token", *spec.scope)}
    assert exported == {"CONTROLLER_HOST", "CONTROLLER_OAUTH_TOKEN", *accounts}


def test_table_of_the_survey(whole: dict[str, Any]) -> None:
    told = re.findall(r"^ +\| ([^|]+) \| `((?:restore|guarded_change)_\w+)` \|", GUIDE, re.MULTILINE)
    surveyed = [*whole["controller_workflows"], *whole["controller_templates"]]
    specs = [item["survey_spec"]["spec"] for item in surveyed if item["survey_enabled"]]
    asked = {(one["question_name"], one["variable"]) for spec in specs for one in spec}
    assert sorted(told) == sorted(asked)


def test_numbers_are_those_of_the_files(whole: dict[str, Any]) -> None:
    (timeout,) = {one["timeout"] for one in whole["controller_templates"]}
    (wait,) = {
        one["extra_vars"]["restore_wait_timeout"]
        for one in whole["controller_templates"]
        if "restore_record" in one["extra_vars"]
    }
    approval = whole["controller_workflows"][0]["simplified_workflow_nodes"][1]["approval_node"]
    assert f"`timeout: {timeout}`" in GUIDE
    assert f"(`restore_wait_timeout`, {wait} seconds each)" in GUIDE
    assert f"approval ends after {approval['timeout']} seconds" in GUIDE
    for name in re.findall(r"\*(indiecloud [a-z ]+)\*", GUIDE):
        assert name in {one["name"] for found in whole.values() for one in found}


def test_order_of_infra_aap_configuration() -> None:
    (block,) = re.findall(r"^```yaml\n(- name: Set up.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    play = yaml.safe_load(block)[0]
    roles = {"job_template": "job_templates", "workflow_job_template": "workflow_job_templates"}
    wanted = [roles.get(module, variable.removeprefix("controller_")) for variable, module in LOADERS.items()]
    assert play["tasks"][1]["loop"] == wanted
    folder = play["tasks"][0]["ansible.builtin.include_vars"]["dir"].partition("indiecloud/compute/")[2]
    assert (ROOT / folder).is_dir()
    assert all(f"`{variable}`" in GUIDE for variable in LOADERS)
