# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task of a role finds of its own use of the role: the plans of the hosts, and the results of shared tasks.

``name`` is the variable in which the task that plans is registered.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail

from ...module_utils._change.controller import Controller
from .._controller import progress
from .batch import Run
from .progress import FleetProgress
from .registered import registered
from .variables import use_of


def controller() -> Controller:
    """The process of ansible-playbook that runs this task."""
    return Controller.of(os.getppid())


def planned(variables: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The plan of this host; raises AnsibleActionFail if there is none."""
    found = (variables.get(name) or {}).get("plan")
    if found is None:
        # With --start-at-task or tags.
        raise AnsibleActionFail("The host has no plan. Run the role from its first task.")
    return dict(found)


def plans_of_use(variables: Mapping[str, Any], name: str, use: str) -> dict[str, dict[str, Any]]:
    """The plans of the hosts of the play that are in this very use of the role."""
    found = {}
    for host in map(str, variables["ansible_play_hosts_all"]):
        one = (registered(variables, host, name) or {}).get("plan") or {}
        if one.get("use") == use:
            found[host] = one
    return found


def plans_to_carry_out(action: Any, variables: Mapping[str, Any], name: str, *, alone: bool) -> dict[str, Any]:
    """The plans of the batch, or of this host ``alone``. A plan that was carried out has no environment any more."""
    host = str(variables["inventory_hostname"])
    known = {host: planned(variables, name)} if alone else plans_of_use(variables, name, use_of(action._task))
    batch = [host] if alone else [str(one) for one in variables["ansible_play_batch"]]
    return {one: known[one] for one in batch if "environment" in known.get(one, {})}


def run_of(action: Any, variables: Mapping[str, Any], plans: Mapping[str, Any], *, others: int, alone: bool) -> Run:
    """A run of these plans, with the progress that the play asks for."""
    setting = action._templar.template(variables.get(progress.VARIABLE, progress.AUTO))
    lines = progress.progress_lines(action._task, dict(variables), setting, is_secret=False)
    return Run(plans, others, action.spec, FleetProgress(lines), diff=bool(action._task.diff), is_alone=alone)


def shared(variables: Mapping[str, Any], name: str, host: str, use: str) -> dict[str, Any] | None:
    """What a shared task of this use of the role, registered as ``name``, found for a host."""
    found = variables.get(name) or {}
    return found.get("hosts", {}).get(host) if found.get("use") == use else None
