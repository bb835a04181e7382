# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read from an account, and change only the instance that is named for it.

A route that is assumed and not there is a finding, printed at the end, and no failure.
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._info.snapshots import snapshots_task
from ansible_collections.indiecloud.compute.plugins.module_utils._info.task import instances_task
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.task import metadata_task
from ansible_collections.indiecloud.compute.plugins.module_utils._power.task import power_task
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._retention.task import snapshot_task

from .conftest import Live

UNCONFIRMED = ("route_unconfirmed", "unsupported")


def findings(result: dict[str, Any]) -> bool:
    """Whether the result is that of a route that the provider does not have."""
    return result.get("error_code") in UNCONFIRMED


class TestReading:
    def test_instances(self, live: Live) -> None:
        result = live.run(instances_task)
        if findings(result):
            return
        assert "error_code" not in result, result
        for item in result["instances"]:
            assert item["id"], item
            assert item["power_state"] in ("running", "stopped", "starting", "stopping", "changing", "error", "unknown")

    def test_one_instance_reads_as_in_the_list(self, live: Live) -> None:
        listed = live.run(instances_task)
        wanted = live.account.instance or next((item["id"] for item in listed.get("instances", ())), None)
        if wanted is None:
            return
        result = live.run(instances_task, instance=wanted)
        assert findings(result) or [item["id"] for item in result["instances"]] == [wanted], result

    def test_an_unknown_instance_is_said_to_be_so(self, live: Live) -> None:
        result = live.run(snapshots_task, instance="no-instance-has-this-name")
        assert findings(result) or result["error_code"].startswith("instance_"), result
        assert result["api_calls"].keys() <= {"GET", "total"}

    def test_snapshots(self, live: Live) -> None:
        if live.account.instance is None:
            return
        result = live.run(snapshots_task, **({} if live.creates else {"instance": live.account.instance}))
        assert findings(result) or all(item["id"] and item["name"] for item in result["snapshots"]), result

    def test_metadata_that_is_asked_for_as_it_is_changes_nothing(self, live: Live) -> None:
        fields = SPECS[live.account.provider].capabilities.metadata_fields
        if live.account.instance is None or "hostname" not in fields:
            return
        found = live.run(instances_task, instance=live.account.instance)
        hostname = next((item["hostname"] for item in found.get("instances", ())), None)
        result = live.run(metadata_task, check=True, instance=live.account.instance, hostname=hostname or "unchanged")
        # Where a restore creates an instance, a query of its price is a POST.
        assert result["api_calls"].keys() <= {"GET", "total", *(["POST"] if live.creates else [])}, result
        assert result["api_calls"].get("POST", 0) <= 1, result
        assert findings(result) or hostname is None or not result["changed"], result

    def test_check_mode_of_a_restore_sends_get_only(self, live: Live) -> None:
        if live.account.instance is None:
            return
        in_place = {"stop": "if_required"}
        needs = {"new_vm_name": "indiecloud-check", "accept_billing": True} if live.creates else in_place
        listed = live.run(snapshots_task, **({} if live.creates else {"instance": live.account.instance}))
        snapshot = next((item["id"] for item in listed.get("snapshots", ())), "none")
        result = live.run(restore_task, check=True, instance=live.account.instance, snapshot=snapshot, **needs)
        # Where a restore creates an instance, a query of its price is a POST.
        assert result["api_calls"].keys() <= {"GET", "total", *(["POST"] if live.creates else [])}, result
        assert result["api_calls"].get("POST", 0) <= 1, result
        assert result["status"] == "would_restore" or result["refusals"] or findings(result), result


@pytest.fixture
def lasting(live: Live) -> dict[str, Any]:
    """The options that name what may be overwritten. Nothing else is changed."""
    return {name: live.lasting[name] for name in ("instance", "expected_instance_name") if name in live.lasting}


class TestLasting:
    """None of this runs on a real account without an instance in its section ``destructive``."""

    def test_power(self, live: Live, lasting: dict[str, Any]) -> None:
        if not lasting:
            return
        for state, power in (("stopped", "stopped"), ("started", "running")):
            result = live.run(power_task, state=state, **lasting)
            assert findings(result) or result["power_state"] == power, result
            again = live.run(power_task, state=state, **lasting)
            assert findings(again) or not again["changed"], again

    def test_snapshot_comes_once_and_goes(self, live: Live, lasting: dict[str, Any]) -> None:
        if not lasting:
            return
        options = {"name": "indiecloud-live", **lasting}
        taken = live.run(snapshot_task, state="present", **options)
        if findings(taken):
            return
        assert taken["changed"], taken
        try:
            assert not live.run(snapshot_task, state="present", **options)["changed"]
        finally:
            gone = live.run(snapshot_task, state="absent", **options)
        assert findings(gone) or gone["changed"], gone

    def test_restore_happens_once(self, live: Live, lasting: dict[str, Any]) -> None:
        if not lasting or not live.lasting.get("snapshot"):
            return
        if live.creates and not live.lasting.get("accept_billing"):
            return
        needs = {name: live.lasting[name] for name in ("new_vm_name", "accept_billing") if name in live.lasting}
        in_place = {} if live.creates else {"stop": "if_required", "power_after": "previous"}
        options = {"snapshot": live.lasting["snapshot"], **in_place, **lasting, **needs}
        first = live.run(restore_task, **options)
        assert first["status"] in ("restored", "accepted_unverified"), first
        again = live.run(restore_task, **options)
        assert (again["status"], again["changed"]) == ("already_restored", False), again
