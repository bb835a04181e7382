# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore, seen from the cloud: once, only when asked, and never in check mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Cloud


def test_restores_once(cloud: Cloud) -> None:
    outcome = cloud.restore()
    assert not outcome.failed, outcome.result
    assert outcome.result["changed"]
    assert cloud.restores == 1
    assert cloud.posts == 1


def test_second_run_sends_nothing(cloud: Cloud) -> None:
    cloud.restore()
    cloud.sim.ledger.clear()
    outcome = cloud.restore()
    assert outcome.result["status"] == "already_restored"
    assert not outcome.result["changed"]
    assert cloud.writes == 0


def test_check_mode_sends_get_only(cloud: Cloud) -> None:
    outcome = cloud.restore(check=True)
    assert outcome.result["status"] == "would_restore", outcome.result
    assert outcome.result["changed"]
    assert cloud.writes == 0
    assert not cloud.record.parent.exists()
