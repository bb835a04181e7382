# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a module in this process: the same class, the same JSON in and out, but no process of its own.

Arguments and result take the way they take for a module that is shipped, so that there is one behaviour and no copy.
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
from ...module_utils._task.session import Context, Progress
from .core_compat import RAISES, Said, encoded, module_reads, parsed

Main = Callable[[type[Module]], None]


class Tell:
    """Who is told what goes on; this one keeps it for itself."""

    def request(self, line: str) -> None:
        """A request was sent."""

    def progress(self, provider: str, progress: Progress) -> None:
        """Something else is waited for, or more of it is done."""

    def waiting(self) -> None:
        """A pause begins."""


def run_inline(main: Main, arguments: bytes, folder: str, tell: Tell) -> Said:
    """What a module says that reads these arguments and works in ``folder``; ``tell`` hears what goes on."""
    said = io.StringIO()

    class InlineModule(Module):
        def _return_formatted(self, kwargs: dict[str, Any]) -> None:
            with redirect_stdout(said):
                super()._return_formatted(kwargs)

        def show_progress(self, progress: Progress) -> None:
            tell.progress(str(self.params["provider"]), progress)

        def show_wait(self) -> None:
            tell.waiting()

        def show_request(self, line: str) -> None:
            super().show_request(line)
            tell.request(line)

    with module_reads(arguments), _working_in(folder), warnings.catch_warnings(), suppress(SystemExit):
        # What Python warns of ends on the standard error of a shipped module, where nobody sees it.
        warnings.simplefilter("ignore")
        try:
            main(InlineModule)
        except Exception:
            if RAISES:
                raise
            return Said(said.getvalue(), traceback.format_exc())
    return Said(said.getvalue())


@contextmanager
def _working_in(folder: str) -> Iterator[None]:
    """The connection plugin ``local`` starts modules in the folder of the playbook; relative paths count on it."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def works_with(action_class: Any) -> bool:
    """Whether this ansible-core, perhaps one that is newer than this file, gives the result of a trial unchanged."""

    def trial(context: Context, outcome: Outcome) -> None:
        outcome.result["trial"] = context.params["option"]

    def main(module_class: type[Module]) -> None:
        run_module(trial, {"option": {"type": "str"}}, provider_required=False, module_class=module_class)

    try:
        arguments = encoded({"option": "{{ x }}", "_ansible_no_log": True})
        said = run_inline(main, arguments, os.getcwd(), Tell())
        result = parsed(action_class.__new__(action_class), said)
        return bool(result["trial"] == "{{ x }}" and not result["changed"])
    except Exception:
        return False
