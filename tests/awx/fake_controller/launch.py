# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch as AWX does: the playbook, variables and environment of a job, and the steps of a workflow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.indiecloud.compute.tests.awx.fake_controller import credentials, survey
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.store import Object, Refused, Store


@dataclass(frozen=True)
class Job:
    """The input of ansible-runner."""

    name: str
    project: Path
    playbook: str
    extra_vars: dict[str, Any]
    environment: dict[str, str]
    arguments: list[str]


def named(store: Store, kind: str, name: str) -> Object:
    (found,) = (one for one in store.objects[kind].values() if one["name"] == name)
    return found


def environment(store: Store, numbers: list[int]) -> dict[str, str]:
    """The environment variables that credentials set for a job or an inventory update."""
    found: dict[str, str] = {}
    for number in numbers:
        kind = store.objects["credential_types"][store.objects["credentials"][number]["credential_type"]]
        found.update(credentials.injected(kind, store.secrets[number]))
    return found


def job(store: Store, template: str, answers: Mapping[str, Any]) -> Job:
    """Launch a job template. The variables of the template, then the defaults of its survey, then the answers."""
    found = named(store, "job_templates", template)
    spec = store.surveys["job_templates", found["id"]]
    _refuse(spec, answers)
    defaults = {one["variable"]: one["default"] for one in spec["spec"] if "default" in one}
    switches = {"--check": found["job_type"] == "check", "--diff": found["diff_mode"]}
    return Job(
        template,
        store.checkout(found["project"]),
        found["playbook"],
        {**json.loads(found["extra_vars"]), **defaults, **answers},
        environment(store, store.lists.get(("job_templates", found["id"], "credentials"), [])),
        [name for name, given in switches.items() if given],
    )


def steps(store: Store, workflow: str, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Launch a workflow; returns type and name of what its nodes run, in order of success."""
    found = named(store, "workflow_job_templates", workflow)
    _refuse(store.surveys["workflow_job_templates", found["id"]], answers)
    kind = "workflow_job_template_nodes"
    nodes = {number: one for number, one in store.objects[kind].items() if one["workflow_job_template"] == found["id"]}
    follow = {number: store.lists.get((kind, number, "success_nodes"), []) for number in nodes}
    (here,) = set(nodes) - {one for following in follow.values() for one in following}
    ordered = [here]
    while follow[here]:
        (here,) = follow[here]
        ordered.append(here)
    assert sorted(ordered) == sorted(nodes)
    runs = [store.find("unified_job_templates", nodes[one]["unified_job_template"]) for one in ordered]
    return [(one["type"], one["name"]) for one in runs if one]


def _refuse(spec: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    if wrong := survey.refusals(spec, answers):
        raise Refused(" ".join(wrong))
