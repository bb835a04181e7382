# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostnames at HostUp: the only metadata there, behind a gate and rules."""

from __future__ import annotations

import pytest

from .conftest import HOSTUP, Cloud
from .test_metadata import change, methods


@HOSTUP
class TestHostUp:
    def test_closed_gate_is_ignored_if_nothing_changes(self, cloud: Cloud) -> None:
        change(cloud, hostname="web.example.com")
        cloud.vm.extra["gates"] = {"canChange": {"allowed": False, "reason": "Inactive.", "code": "x"}}
        outcome = change(cloud, hostname="web.example.com")
        assert not outcome.failed, outcome.result
        assert not outcome.result["changed"]

    def test_hostname_changes_once(self, cloud: Cloud) -> None:
        predicted = change(cloud, check=True, hostname="Web.Example.com")
        real = change(cloud, hostname="Web.Example.com")
        assert not real.failed, real.result
        assert real.result["changed"]
        assert predicted.result["changed"]
        assert not change(cloud, hostname="web.example.COM").result["changed"]
        assert len(cloud.sim.ledger.requests(method="PUT")) == 1

    def test_recommended_reload_is_a_warning(self, cloud: Cloud) -> None:
        assert any("reloadRecommended" in text for text in change(cloud, hostname="web.example.com").warnings)
        assert change(cloud, hostname="web.example.com").warnings == []

    def test_lost_answer_is_decided_by_reading(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_after", method="PUT")
        outcome = change(cloud, hostname="web.example.com")
        assert not outcome.failed, outcome.result
        assert cloud.writes == 1

    def test_closed_gate_is_quoted(self, cloud: Cloud) -> None:
        gate = {"allowed": False, "reason": "The account is inactive.", "code": "account_inactive"}
        cloud.vm.extra["gates"] = {"canChange": gate}
        outcome = change(cloud, hostname="web.example.com")
        assert outcome.result["error_code"] == "change_not_allowed", outcome.result
        assert "account_inactive" in outcome.result["msg"]
        assert cloud.writes == 0

    @pytest.mark.parametrize("hostname", ["-web.example.com", "web..example.com", "web_1", "a" * 64, "a." * 127 + "aa"])
    def test_rules_are_checked_before_the_write(self, cloud: Cloud, hostname: str) -> None:
        assert change(cloud, hostname=hostname).failed
        assert cloud.writes == 0

    @pytest.mark.parametrize("option", ["name", "os_name", "billing_cycle", "tags"])
    def test_unsupported_fields_name_the_providers_that_support_them(self, cloud: Cloud, option: str) -> None:
        outcome = change(cloud, **{option: ["free"] if option == "tags" else "free"})
        assert outcome.result["error_code"] == "unsupported_field"
        assert "OnetSolutions" in outcome.result["msg"]
        assert methods(cloud) == []
