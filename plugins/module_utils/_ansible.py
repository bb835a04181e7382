# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface to Ansible: argument specs, and outcomes as module results."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._providers.registry import SCOPE_OPTIONS, SPECS
from ._task.outcome import Outcome, Task, execute
from ._task.rate_limit import shared_state_dir
from ._task.run_by import RunBy, run_by
from ._task.session import Context, Progress

Spec = dict[str, dict[str, Any]]


def connection_spec(*, provider_required: bool = True) -> Spec:
    """The options common to all modules (doc fragment ``connection``)."""
    return {
        "provider": {"type": "str", "required": provider_required, "choices": sorted(SPECS)},
        "api_token": {"type": "str", "no_log": True},
        "api_url": {"type": "str"},
        "api_allow_http": {"type": "bool", "default": False},
        **{option: {"type": "str"} for option in SCOPE_OPTIONS},
        "request_timeout": {"type": "float", "default": 30.0},
        "requests_per_minute": {"type": "int"},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
        "api_routes": {"type": "dict"},
        "api_auth_header": {"type": "str"},
        "api_auth_scheme": {"type": "str"},
    }


class Module(AnsibleModule):
    """Keeps which options were set, since null and not set look the same afterwards."""

    def _load_params(self) -> None:
        super()._load_params()
        self.given = frozenset(self.params)

    def run_by(self) -> RunBy:
        """Who runs it. A module does not know the variables of the play."""
        return run_by()

    def show_progress(self, progress: Progress) -> None:
        """Show what is being waited for. A module cannot: its output is its result."""

    def show_wait(self) -> None:
        """Show that the wait goes on."""

    def show_request(self, line: str) -> None:
        """Show a request; a module can write it to the system log only."""
        self.debug(line)


def run_module(
    task: Task, spec: Mapping[str, Any], *, provider_required: bool = True, module_class: Callable[..., Module] = Module
) -> None:
    """Run a task as a module with these options and the common ones. Ends with SystemExit, as modules do."""
    module = module_class(
        argument_spec={**connection_spec(provider_required=provider_required), **spec}, supports_check_mode=True
    )
    context = Context(
        module.params,
        module.check_mode,
        os.environ,
        on_request=module.show_request,
        on_progress=module.show_progress,
        on_wait=module.show_wait,
        given=module.given,
        shared_state_dir=shared_state_dir(os.environ),
        run_by=module.run_by(),
    )
    for name in (spec.env_name("api_token") for spec in SPECS.values()):
        if os.environ.get(name):
            # Ansible masks only the secrets that it knows from options.
            module.no_log_values.add(os.environ[name].strip())
    _leave(module, execute(task, context))


def _leave(module: Module, outcome: Outcome) -> None:
    for warning in outcome.warnings:
        module.warn(warning)
    result = dict(outcome.result)
    if outcome.diff is not None and module._diff:
        result["diff"] = outcome.diff
    if outcome.missing_library is not None:
        result["msg"] = missing_required_lib(outcome.missing_library.package)
        result["exception"] = outcome.missing_library.trace
    if outcome.failed:
        module.fail_json(**result)
    module.exit_json(**result)
