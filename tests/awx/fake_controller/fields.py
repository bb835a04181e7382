# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of each kind of object, from the documentation of awx.awx 24.6.1 and the API pages of AWX.

Stricter than AWX in one thing: AWX ignores a field it does not know, here it is an error, so that a typo is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ASKS = (
    *("credential", "diff_mode", "execution_environment", "forks", "instance_groups", "inventory", "job_slice_count"),
    *("job_type", "labels", "limit", "scm_branch", "skip_tags", "tags", "timeout", "variables", "verbosity"),
)


@dataclass(frozen=True)
class Field:
    """One field: the type of its value, or the kind of object that it names by id."""

    type: type = str
    default: Any = None
    required: bool = False
    choices: tuple[Any, ...] = ()
    refers: str = ""
    longest: int | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of object: its fields, its search fields, and the fields that identify it."""

    type: str
    fields: Mapping[str, Field]
    unique: tuple[str, ...] = ("name",)
    ignored: tuple[str, ...] = ()
    """Fields that awx.awx sends although the API has no such field."""
    associations: Mapping[str, str] = field(default_factory=dict)
    """The kind of the related objects, by the name of the related list."""


def _text(longest: int | None = None, *, required: bool = False, choices: tuple[Any, ...] = ()) -> Field:
    return Field(str, "", required=required, longest=longest, choices=choices)


def _flag(default: bool = False) -> Field:
    return Field(bool, default)


def _number(default: int = 0, choices: tuple[int, ...] = ()) -> Field:
    return Field(int, default, choices=choices)


def _id(kind: str, *, required: bool = False) -> Field:
    return Field(int, None, required=required, refers=kind)


NAMED = {"name": _text(512, required=True), "description": _text()}
SURVEY = {"survey_enabled": _flag(), "extra_vars": _text(), "allow_simultaneous": _flag(), "limit": _text(1024)}
NOTIFIED = {
    f"notification_templates_{event}": "notification_templates"
    for event in ("approvals", "error", "started", "success")
}
NOTIFIED_OF_JOBS = {event: listed for event, listed in NOTIFIED.items() if "approvals" not in event}
NODES = dict.fromkeys(("success_nodes", "failure_nodes", "always_nodes"), "workflow_job_template_nodes")

KINDS: dict[str, Kind] = {
    "organizations": Kind("organization", NAMED),
    "credential_types": Kind(
        "credential_type",
        {
            **NAMED,
            "kind": _text(required=True, choices=("cloud", "net")),
            "inputs": Field(dict, {}),
            "injectors": Field(dict, {}),
            "managed": _flag(),
        },
    ),
    "credentials": Kind(
        "credential",
        {
            **NAMED,
            "organization": _id("organizations"),
            "credential_type": _id("credential_types", required=True),
            "inputs": Field(dict, {}),
        },
        unique=("name", "organization", "credential_type"),
    ),
    "execution_environments": Kind(
        "execution_environment",
        {
            **NAMED,
            "image": _text(1024, required=True),
            "pull": _text(choices=("", "always", "missing", "never")),
            "organization": _id("organizations"),
            "credential": _id("credentials"),
        },
    ),
    "projects": Kind(
        "project",
        {
            **NAMED,
            "organization": _id("organizations", required=True),
            "scm_type": _text(choices=("", "git", "svn", "insights", "archive")),
            "scm_url": _text(1024),
            "scm_branch": _text(256),
            "scm_clean": _flag(),
            "scm_update_on_launch": _flag(),
            "allow_override": _flag(),
            "timeout": _number(),
            "default_environment": _id("execution_environments"),
        },
        unique=("name", "organization"),
    ),
    "notification_templates": Kind(
        "notification_template",
        {
            **NAMED,
            "organization": _id("organizations", required=True),
            "notification_type": _text(required=True, choices=("email", "slack", "webhook")),
            "notification_configuration": Field(dict, {}),
        },
        unique=("name", "organization"),
    ),
    "inventories": Kind(
        "inventory",
        {
            **NAMED,
            "organization": _id("organizations", required=True),
            "kind": _text(choices=("", "smart", "constructed")),
            "host_filter": Field(str, None),
            "variables": _text(),
        },
        unique=("name", "organization"),
    ),
    "inventory_sources": Kind(
        "inventory_source",
        {
            **NAMED,
            "inventory": _id("inventories", required=True),
            "source": _text(
                required=True, choices=("scm", "ec2", "gce", "azure_rm", "vmware", "openstack", "controller")
            ),
            "source_project": _id("projects"),
            "source_path": _text(1024),
            "credential": _id("credentials"),
            "execution_environment": _id("execution_environments"),
            "overwrite": _flag(),
            "overwrite_vars": _flag(),
            "update_on_launch": _flag(),
            "update_cache_timeout": _number(),
            "timeout": _number(),
            "verbosity": _number(1, choices=(0, 1, 2)),
            "limit": _text(),
        },
        unique=("name", "inventory"),
    ),
    "job_templates": Kind(
        "job_template",
        {
            **NAMED,
            **SURVEY,
            "organization": _id("organizations"),
            "job_type": _text(choices=("run", "check")),
            "inventory": _id("inventories"),
            "project": _id("projects", required=True),
            "playbook": _text(1024, required=True),
            "execution_environment": _id("execution_environments"),
            "forks": _number(),
            "timeout": _number(),
            "verbosity": _number(choices=(0, 1, 2, 3, 4, 5)),
            "job_tags": _text(),
            "skip_tags": _text(),
            "diff_mode": _flag(),
            "job_slice_count": _number(1),
            **{f"ask_{name}_on_launch": _flag() for name in ASKS},
        },
        unique=("name", "organization"),
        associations={"credentials": "credentials", **NOTIFIED_OF_JOBS},
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        {
            **NAMED,
            **SURVEY,
            "organization": _id("organizations"),
            "inventory": _id("inventories"),
            **{f"ask_{name}_on_launch": _flag() for name in ("inventory", "limit", "scm_branch", "variables")},
        },
        unique=("name", "organization"),
        associations=NOTIFIED,
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {
            "identifier": _text(512, required=True),
            "workflow_job_template": _id("workflow_job_templates", required=True),
            "unified_job_template": _id("unified_job_templates"),
            "extra_data": Field(dict, {}),
            "inventory": _id("inventories"),
            "job_type": Field(str, None, choices=("run", "check")),
            "limit": Field(str, None),
            "diff_mode": Field(bool, None),
            "timeout": Field(int, None),
            "all_parents_must_converge": _flag(),
        },
        unique=("identifier", "workflow_job_template"),
        ignored=("type",),
        associations=NODES,
    ),
    "schedules": Kind(
        "schedule",
        {
            **NAMED,
            "unified_job_template": _id("unified_job_templates", required=True),
            "rrule": _text(required=True),
            "enabled": _flag(),
            "extra_data": Field(dict, {}),
        },
        unique=("unified_job_template", "name"),
    ),
    "workflow_approval_templates": Kind(
        "workflow_approval_template",
        {**NAMED, "timeout": _number()},
        unique=(),
    ),
}
UNIFIED = ("projects", "inventory_sources", "job_templates", "workflow_job_templates", "workflow_approval_templates")
"""The kinds that a node of a workflow can run."""
