# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module in this process: the same class and the same JSON in and out, without a process of its own.

Arguments and results are encoded as for a module that is shipped to a target, so both ways behave the same.
"""

from __future__ import annotations

import io
import os
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Any

from ...module_utils._ansible import Module, run_module
from ...module_utils._task.outcome import Outcome
from ...module_utils._task.run_by import RunBy, run_by
from ...module_utils._task.session import Context, Progress
from .core_compat import RAISES, ModuleOutput, encode_arguments, module_globals, parse_output
from .progress import ProgressSink

Main = Callable[[type[Module]], None]


def run_inline(main: Main, arguments: bytes, cwd: str, sink: ProgressSink, who: RunBy | None = None) -> ModuleOutput:
    """Run a module with ``arguments`` in the folder ``cwd``. ``sink`` receives progress and requests."""
    stdout = io.StringIO()

    class InlineModule(Module):
        def _return_formatted(self, kwargs: dict[str, Any]) -> None:
            with redirect_stdout(stdout):
                super()._return_formatted(kwargs)

        def run_by(self) -> RunBy:
            return who or run_by()

        def show_progress(self, progress: Progress) -> None:
            sink.progress(str(self.params["provider"]), progress)

        def show_wait(self) -> None:
            sink.waiting()

        def show_request(self, line: str) -> None:
            super().show_request(line)
            sink.request(line)

    with module_globals(arguments), _working_in(cwd), warnings.catch_warnings(), suppress(SystemExit):
        # Python's warnings of a shipped module go to its standard error, which Ansible does not show.
        warnings.simplefilter("ignore")
        try:
            main(InlineModule)
        except Exception:
            if RAISES:
                raise
            return ModuleOutput(stdout.getvalue(), traceback.format_exc())
    return ModuleOutput(stdout.getvalue())


@contextmanager
def _working_in(folder: str) -> Iterator[None]:
    """Change into a folder. The connection plugin ``local`` starts modules in that of the playbook."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def is_supported(action_class: Any) -> bool:
    """Whether a trial run in this ansible-core, which may be newer than this file, returns the expected result."""

    def trial(context: Context, outcome: Outcome) -> None:
        outcome.result["trial"] = context.params["option"]

    def main(module_class: type[Module]) -> None:
        run_module(trial, {"option": {"type": "str"}}, provider_required=False, module_class=module_class)

    try:
        arguments = encode_arguments({"option": "{{ x }}", "_ansible_no_log": True})
        output = run_inline(main, arguments, os.getcwd(), ProgressSink())
        result = parse_output(action_class.__new__(action_class), output)
        return bool(result["trial"] == "{{ x }}" and not result["changed"])
    except Exception:
        return False
