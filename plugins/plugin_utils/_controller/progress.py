# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that are shown while a task runs in the controller's worker: progress, and with -v each request."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible import constants, context
from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ...module_utils._task.session import Progress
from .inline import Tell

PROGRESS = "indiecloud_progress"
CHOICES = AUTO, ALWAYS, NEVER = "auto", "always", "never"
# What these print is read by people. Of others nobody knows what reads their output, and a line more would spoil it.
FOR_PEOPLE = {"default", "default_without_diff", "yaml", "debug", "skippy", "unixy", "diy", "awx_display"}

display = Display()
# This is looked at where the plugin is loaded: workers have no terminal.
IS_TERMINAL = bool(sys.stdout) and sys.stdout.isatty()


class Pace(NamedTuple):
    """How calm progress is: seconds between lines at least, percent between them, seconds without any at most."""

    pause: float
    percent: float
    silence: float


TERMINAL = Pace(pause=5.0, percent=1.0, silence=30.0)
FILE = Pace(pause=60.0, percent=25.0, silence=300.0)


@dataclass
class Lines(Tell):
    """The lines about one task. Progress is shown when a pause begins, so that what takes no time says nothing."""

    host: str
    pace: Pace
    show_progress: Callable[[str], None] | None
    show_request: Callable[[str], None] | None
    monotonic: Callable[[], float] = time.monotonic
    _provider: str = ""
    _now: Progress | None = None
    _shown: Progress | None = None
    _shown_at: float = 0.0
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.monotonic()

    def request(self, line: str) -> None:
        if self.show_request is not None:
            self.show_request(line)

    def progress(self, provider: str, progress: Progress) -> None:
        before = self._now
        if progress.percent is None and before and (before.doing, before.what) == (progress.doing, progress.what):
            return
        self._provider, self._now = provider, progress

    def waiting(self) -> None:
        if self.show_progress is None or self._now is None or not self._is_due(self._now):
            return
        self._shown, self._shown_at = self._now, self.monotonic()
        self.show_progress(self._line(self._now))

    def _is_due(self, now: Progress) -> bool:
        shown = self._shown
        if shown is None or (shown.doing, shown.what) != (now.doing, now.what):
            return True
        silent = self.monotonic() - self._shown_at
        steps = [(item.percent or 0.0) // self.pace.percent for item in (shown, now)]
        # In a file a quarter is worth a line at once; a terminal has one every few seconds.
        worth = steps[0] != steps[1] and (self.pace is FILE or silent >= self.pace.pause)
        return worth or silent >= self.pace.silence

    def _line(self, now: Progress) -> str:
        minutes, seconds = divmod(int(self.monotonic() - self._started), 60)
        percent = None if now.percent is None else f"{now.percent:.0f}%"
        words = (self.host, self._provider, now.doing, now.what, percent, f"{minutes:02d}:{seconds:02d}")
        return " ".join(word for word in words if word)


def lines_of(task: Any, variables: dict[str, Any], wanted: object) -> Lines:
    """The lines about a task, as its user wants them; none of a task that must not be logged."""
    if wanted not in CHOICES:
        raise AnsibleActionFail(f"{PROGRESS} must be one of {', '.join(CHOICES)}, not {str(wanted)!r}")
    host = str(variables.get("inventory_hostname", ""))
    people = _is_for_people()

    def show(line: str) -> None:
        display.display(line, stderr=not people)

    def show_request(line: str) -> None:
        show(f"<{host}> {line}")

    progress = not task.no_log and (wanted == ALWAYS or (wanted == AUTO and people and not _is_quiet()))
    request = not task.no_log and display.verbosity > 0
    return Lines(host, TERMINAL if IS_TERMINAL else FILE, show if progress else None, show_request if request else None)


def _is_for_people() -> bool:
    """Whether a line of ours on the standard output is read by a person."""
    # ansible, the command, prints in the form of the callback "minimal", which scripts read.
    name = str(constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK"))
    return not context.CLIARGS.get("module_name") and name.rsplit(".", maxsplit=1)[-1] in FOR_PEOPLE


def _is_quiet() -> bool:
    """Whether the user wants to see no more than what goes wrong."""
    try:
        shown = constants.config.get_config_value("display_ok_hosts", plugin_type="callback", plugin_name="default")
    except Exception:
        return False
    return not shown
