# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown while a batch is restored: a line for each step of a few targets, or one line about many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...module_utils._fleet.target import Target
from .._controller.progress import ProgressLines, ProgressSink

MOST_LINES = 10
"""Of more targets one line tells how many do what."""
ENDED = "done"


class FleetProgress:
    """Shows the progress of the targets of a batch. ``show`` is called several times a second."""

    def __init__(self, template: ProgressLines) -> None:
        self._template = template
        self._lines: dict[str, _Lines] = {}
        self._targets: Sequence[Target] = ()
        self._shown = ""
        self._shown_at = self._started = template.monotonic()

    def of(self, name: str) -> ProgressSink:
        """Where a target reports to."""
        show = self._template.show_request
        line = _Lines(name, self._template.pace, self._template.show_progress, None if show is None else show)
        self._lines[name] = line
        return line

    def watch(self, targets: Sequence[Target]) -> None:
        """Show the progress of these from now on."""
        self._targets = targets

    def show(self) -> None:
        if len(self._lines) <= MOST_LINES:
            for line in self._lines.values():
                line.waiting()
            return
        show, now = self._template.show_progress, self._template.monotonic()
        if show is None or not self._targets or now - self._shown_at < self._template.pace.min_seconds:
            return
        text = self._summary()
        if text != self._shown or now - self._shown_at >= self._template.pace.max_seconds:
            self._shown, self._shown_at = text, now
            minutes, seconds = divmod(int(now - self._started), 60)
            show(f"{text} {minutes:02d}:{seconds:02d}")

    def _summary(self) -> str:
        counts: Counter[str] = Counter()
        for target in self._targets:
            line = self._lines[target.name]
            counts[ENDED if target.ended else line.doing or "waiting"] += 1
        return ", ".join(f"{number} {doing}" for doing, number in sorted(counts.items())) + f" of {len(self._targets)}"

    def end(self, *, interrupted: bool) -> None:
        """Say how an interrupted step ended; the result of another one is shown by the report."""
        if interrupted and self._template.show_progress is not None:
            done = sum(target.ended for target in self._targets)
            ended = f": {done} of {len(self._targets)} restores have ended" if self._targets else ""
            text = f"Interrupted{ended}. Run the play again: it continues what was begun and repeats nothing."
            self._template.show_progress(text)


class _Lines(ProgressLines):
    @property
    def doing(self) -> str:
        return self._current.doing if self._current else ""
