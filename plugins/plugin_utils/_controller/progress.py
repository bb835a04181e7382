# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Output while a task runs in the controller's worker: progress, and with -v each request."""

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

VARIABLE = "indiecloud_progress"
CHOICES = AUTO, ALWAYS, NEVER = "auto", "always", "never"
# People read the output of these callbacks. A program may read that of others, so nothing is added to it.
HUMAN_CALLBACKS = {"default", "default_without_diff", "yaml", "debug", "skippy", "unixy", "diy", "awx_display"}

display = Display()
# Evaluated when the plugin is loaded, since workers have no terminal.
IS_TERMINAL = bool(sys.stdout) and sys.stdout.isatty()


class Pace(NamedTuple):
    """How often progress is shown.

    ``min_seconds`` pass between two lines, ``percent_step`` percent make a new line worthwhile, and after
    ``max_seconds`` a line is shown in any case.
    """

    min_seconds: float
    percent_step: float
    max_seconds: float


TERMINAL = Pace(min_seconds=5.0, percent_step=1.0, max_seconds=30.0)
FILE = Pace(min_seconds=60.0, percent_step=25.0, max_seconds=300.0)


class ProgressSink:
    """Receives the progress of a task; this base class discards it."""

    def request(self, line: str) -> None:
        """A request was answered; ``line`` describes both."""

    def progress(self, provider: str, progress: Progress) -> None:
        """The task waits for something else, or that has progressed."""

    def waiting(self) -> None:
        """The task is about to pause."""


@dataclass
class ProgressLines(ProgressSink):
    """Shows the progress of one task as lines. A line is shown when a pause begins, so quick steps show none."""

    host: str
    pace: Pace
    show_progress: Callable[[str], None] | None
    show_request: Callable[[str], None] | None
    monotonic: Callable[[], float] = time.monotonic
    _provider: str = ""
    _current: Progress | None = None
    _shown: Progress | None = None
    _shown_at: float = 0.0
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.monotonic()

    def request(self, line: str) -> None:
        if self.show_request is not None:
            self.show_request(f"<{self.host}> {line}")

    def progress(self, provider: str, progress: Progress) -> None:
        if progress.percent is None and self._current is not None and _is_same_step(self._current, progress):
            return
        self._provider, self._current = provider, progress

    def waiting(self) -> None:
        if self.show_progress is None or self._current is None or not self._is_due(self._current):
            return
        self._shown, self._shown_at = self._current, self.monotonic()
        self.show_progress(self._line(self._current))

    def _is_due(self, current: Progress) -> bool:
        if self._shown is None or not _is_same_step(self._shown, current):
            return True
        elapsed = self.monotonic() - self._shown_at
        steps = [(item.percent or 0.0) // self.pace.percent_step for item in (self._shown, current)]
        # Each quarter is shown at once in a file; a terminal gets a line every few seconds.
        has_advanced = steps[0] != steps[1] and (self.pace is FILE or elapsed >= self.pace.min_seconds)
        return has_advanced or elapsed >= self.pace.max_seconds

    def _line(self, current: Progress) -> str:
        minutes, seconds = divmod(int(self.monotonic() - self._started), 60)
        percent = None if current.percent is None else f"{current.percent:.0f}%"
        what = None if current.what == self.host else current.what
        parts = (self.host, self._provider, current.doing, what, percent, f"{minutes:02d}:{seconds:02d}")
        return " ".join(part for part in parts if part)


def _is_same_step(one: Progress, other: Progress) -> bool:
    return (one.doing, one.what) == (other.doing, other.what)


def progress_lines(
    task: Any, variables: dict[str, Any], setting: object, *, is_secret: bool | None = None
) -> ProgressLines:
    """What to show of a task; ``setting`` is the value of ``indiecloud_progress``. Nothing with ``no_log``, unless
    ``is_secret`` says that only its result is secret.

    Raises AnsibleActionFail if the setting is invalid.
    """
    if setting not in CHOICES:
        raise AnsibleActionFail(f"{VARIABLE} must be one of {', '.join(CHOICES)}, not {str(setting)!r}")
    host = str(variables.get("inventory_hostname", ""))
    is_read, is_secret = is_read_by_people(), task.no_log if is_secret is None else is_secret

    def show(line: str) -> None:
        display.display(line, stderr=not is_read)

    progress = not is_secret and (setting == ALWAYS or (setting == AUTO and is_read and not _is_quiet()))
    requests = not is_secret and display.verbosity > 0
    return ProgressLines(
        host,
        TERMINAL if IS_TERMINAL else FILE,
        show if progress else None,
        show if requests else None,
    )


def is_read_by_people() -> bool:
    """Whether people read the standard output."""
    # The command ansible prints with the callback "minimal", whose output scripts read.
    name = str(constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK"))
    return not context.CLIARGS.get("module_name") and name.rsplit(".", maxsplit=1)[-1] in HUMAN_CALLBACKS


def _is_quiet() -> bool:
    """Whether the user wants to see only failures (``display_ok_hosts: false``)."""
    try:
        shown = constants.config.get_config_value("display_ok_hosts", plugin_type="callback", plugin_name="default")
    except Exception:
        return False
    return not shown
