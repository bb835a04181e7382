# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that are shown while a task runs: calm, and none where they would be in the way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Progress
from ansible_collections.indiecloud.compute.plugins.plugin_utils._controller import progress as module
from ansible_collections.indiecloud.compute.plugins.plugin_utils._controller.progress import (
    FILE,
    TERMINAL,
    Pace,
    ProgressLines,
)


class Wait:
    """A restore that is looked at each second, on a clock that only this test moves."""

    def __init__(self, pace: Pace) -> None:
        self.seconds = 0.0
        self.shown: list[str] = []
        self.lines = ProgressLines("web1", pace, self.shown.append, None, lambda: self.seconds)

    def go(self, seconds: int, doing: str, percent: Any) -> None:
        for second in range(seconds):
            self.lines.progress("hostup", Progress(doing, "before-upgrade", percent(second)))
            self.lines.waiting()
            self.seconds += 1.0


def test_terminal_gets_a_line_every_few_seconds() -> None:
    wait = Wait(TERMINAL)
    wait.go(20, "restoring", lambda second: second * 5.0)
    assert wait.shown == [
        "web1 hostup restoring before-upgrade 0% 00:00",
        "web1 hostup restoring before-upgrade 25% 00:05",
        "web1 hostup restoring before-upgrade 50% 00:10",
        "web1 hostup restoring before-upgrade 75% 00:15",
    ]


def test_file_gets_a_line_for_each_quarter() -> None:
    wait = Wait(FILE)
    wait.go(600, "restoring", lambda second: second / 6.0)
    assert [line.split()[4] for line in wait.shown] == ["0%", "25%", "50%", "75%"]


def test_each_phase_gets_a_line_and_long_waits_more() -> None:
    wait = Wait(TERMINAL)
    wait.go(2, "stopping", lambda second: None)
    wait.go(60, "restoring", lambda second: None)
    assert wait.shown == [
        "web1 hostup stopping before-upgrade 00:00",
        "web1 hostup restoring before-upgrade 00:02",
        "web1 hostup restoring before-upgrade 00:32",
    ]


def test_work_that_takes_no_time_prints_nothing() -> None:
    wait = Wait(TERMINAL)
    wait.lines.progress("hostup", Progress("restoring", "before-upgrade", 100.0))
    assert wait.shown == []


Shown = list[tuple[str, bool]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    found: Shown = []
    fake = SimpleNamespace(verbosity=1, display=lambda line, stderr: found.append((line, stderr)))
    monkeypatch.setattr(module, "display", fake)
    monkeypatch.setattr(module.context, "CLIARGS", {})
    return found


def show(wanted: str = "auto", *, no_log: bool = False) -> None:
    lines = module.progress_lines(SimpleNamespace(no_log=no_log), {"inventory_hostname": "web1"}, wanted)
    lines.request("GET /x -> 200 in 1 ms, 2 bytes")
    lines.progress("hostup", Progress("stopping", "web1"))
    lines.waiting()


def use_callback(monkeypatch: pytest.MonkeyPatch, name: str, *, display_ok_hosts: bool = True) -> None:
    monkeypatch.setattr(
        module.constants.config,
        "get_config_value",
        lambda setting, **where: name if setting == "DEFAULT_STDOUT_CALLBACK" else display_ok_hosts,
    )


def test_default_callback_prints_to_stdout(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    use_callback(monkeypatch, "ansible.builtin.default")
    show()
    assert shown == [("<web1> GET /x -> 200 in 1 ms, 2 bytes", False), ("web1 hostup stopping 00:00", False)]


@pytest.mark.parametrize(
    "callback", ["json", "ansible.posix.json", "ansible.posix.jsonl", "minimal", "oneline", "null", "dense", "own"]
)
def test_machine_readable_output_is_left_alone(callback: str, shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    use_callback(monkeypatch, callback)
    show()
    assert shown == [("<web1> GET /x -> 200 in 1 ms, 2 bytes", True)]
    show("always")
    assert all(stderr for line, stderr in shown)
    assert len(shown) == 3


def test_ad_hoc_output_is_left_alone(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.context, "CLIARGS", {"module_name": "ping"})
    show()
    assert shown == [("<web1> GET /x -> 200 in 1 ms, 2 bytes", True)]


def test_hidden_ok_hosts_hide_progress(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    use_callback(monkeypatch, "default", display_ok_hosts=False)
    show()
    assert [line for line, dummy in shown] == ["<web1> GET /x -> 200 in 1 ms, 2 bytes"]


def test_never_and_no_log_print_nothing(shown: Shown) -> None:
    show("never")
    assert len(shown) == 1
    show("always", no_log=True)
    assert len(shown) == 1


def test_unknown_value_is_an_error() -> None:
    with pytest.raises(AnsibleActionFail, match="indiecloud_progress must be one of auto, always, never, not 'x'"):
        show("x")
