# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module of awx.awx in this process: its real code, without the seconds that starting Ansible takes."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from typing import Any

from ansible.module_utils import basic

# In the order of the playbook: the variable of infra.aap_configuration, and the module that creates each of its items.
LOADERS = {
    "controller_credential_types": "credential_type",
    "controller_credentials": "credential",
    "controller_execution_environments": "execution_environment",
    "controller_projects": "project",
    "controller_inventories": "inventory",
    "controller_inventory_sources": "inventory_source",
    "controller_templates": "job_template",
    "controller_schedules": "schedule",
    "controller_workflows": "workflow_job_template",
}


def run_module(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The module's result."""
    module = importlib.import_module(f"ansible_collections.awx.awx.plugins.modules.{name}")
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": {**options, "_ansible_remote_tmp": "."}}).encode()
    # ansible-core 2.19 and newer need the profile for serializing results.
    basic._ANSIBLE_PROFILE = "legacy"
    output = io.StringIO()
    try:
        with redirect_stdout(output):
            module.main()
    except SystemExit:
        pass
    except TypeError as error:
        # Some modules do not check whether they found the object.
        return {"failed": True, "msg": f"{error}: {options}"}
    finally:
        basic._ANSIBLE_ARGS = None
    result = json.loads(output.getvalue())
    assert isinstance(result, dict)
    return result


Call = tuple[str, dict[str, Any]]


def calls(data: Mapping[str, Any]) -> Iterator[Call]:
    """The modules and options that create all objects, as in the playbook."""
    for variable, module in LOADERS.items():
        for item in data[variable]:
            if module == "project":
                # Do not wait for a checkout that exists already.
                item = {**item, "wait": False}
            yield module, {name: value for name, value in item.items() if name != "simplified_workflow_nodes"}
    for links in (False, True):
        for workflow in data["controller_workflows"]:
            for node in workflow["simplified_workflow_nodes"]:
                where = {"workflow_job_template": workflow["name"], "organization": workflow["organization"]}
                linked = {"identifier": node["identifier"], "success_nodes": node.get("success_nodes", [])}
                bare = {name: value for name, value in node.items() if name != "success_nodes"}
                yield "workflow_job_template_node", {**where, **(linked if links else bare)}


def load(wanted: Iterable[Call]) -> list[str]:
    """Create all objects up to the first failure; returns what failed, and why."""
    for module, options in wanted:
        result = run_module(module, options)
        if result.get("failed"):
            return [f"{module}: {result['msg']}"]
    return []
