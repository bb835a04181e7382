# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals: no wrong target, no surprise bill, all reasons at once, the same in check mode, and nothing written."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome

from .conftest import BARRACK, HOSTUP, IN_PLACE, IN_PLACE_PROVIDERS, NEW_INSTANCE, Cloud


def refused(cloud: Cloud, **params: Any) -> list[str]:
    """The codes of a refused restore; check mode says the same and neither writes."""
    cloud.sim.ledger.clear()
    real, dry = cloud.restore(**params), cloud.restore(check=True, **params)
    assert real.failed, real.result
    assert cloud.writes == 0
    assert codes(real) == codes(dry)
    assert real.result["next_steps"]
    assert not cloud.sim.ledger.restores()
    return codes(real)


def codes(outcome: Outcome) -> list[str]:
    return [item["code"] for item in outcome.result["refusals"]]


class TestTarget:
    def test_unknown_snapshot_names_the_candidates(self, cloud: Cloud) -> None:
        assert refused(cloud, snapshot="before-upgrad") == ["snapshot_not_found"]
        assert "before-upgrade" in cloud.restore(snapshot="before-upgrad").result["msg"]

    def test_names_work_like_ids(self, cloud: Cloud) -> None:
        named = {} if cloud.creates else {"instance": "web1"}
        outcome = cloud.restore(check=True, snapshot="before-upgrade", **named)
        assert outcome.result["restore_id"] == cloud.restore(check=True).result["restore_id"]

    def test_expected_name_is_demanded(self, cloud: Cloud) -> None:
        found = refused(cloud, instance=cloud.vm.id, expected_instance_name="db1")
        assert found == ["instance_name_differs"]

    def test_snapshot_of_another_instance_is_refused(self, cloud: Cloud) -> None:
        other = cloud.sim.cloud.add_instance(cloud.provider, name="web2", power="stopped")
        code = refused(cloud, instance=other.id)[0]
        assert code in ("snapshot_not_found", "snapshot_of_other_instance")

    def test_old_snapshot_is_refused(self, cloud: Cloud) -> None:
        assert refused(cloud, max_snapshot_age="30m") == ["snapshot_too_old"]
        assert not cloud.restore(check=True, max_snapshot_age="2h").failed


HONOURED_BY_SOME = {
    "stop": ("always", IN_PLACE_PROVIDERS),
    "power_after": ("previous", IN_PLACE_PROVIDERS),
    "safety_snapshot": ("auto", IN_PLACE_PROVIDERS),
    "accept_billing": (True, NEW_INSTANCE),
    "max_hourly_rate": (5.0, NEW_INSTANCE),
    "new_vm_name": ("x", NEW_INSTANCE),
    "provider_force": (True, ["onetsolutions"]),
}


@pytest.mark.parametrize("option", HONOURED_BY_SOME)
def test_option_that_the_provider_cannot_honour_is_refused(cloud: Cloud, option: str) -> None:
    value, providers = HONOURED_BY_SOME[option]
    wanted = {"snapshot": cloud.snapshot.id, **cloud.needs, option: value}
    outcomes = [cloud.run(restore_task, check=check, **wanted) for check in (True, False)]
    if cloud.provider in providers:
        assert not any(outcome.failed for outcome in outcomes), outcomes[-1].result
    else:
        assert [outcome.result["error_code"] for outcome in outcomes] == ["invalid_option"] * 2
        assert option in outcomes[-1].result["msg"]
        assert not cloud.sim.ledger.requests()


@IN_PLACE
class TestInstance:
    def test_unknown_instance(self, cloud: Cloud) -> None:
        assert refused(cloud, instance="nosuch") == ["instance_not_found"]

    def test_several_of_one_name(self, cloud: Cloud) -> None:
        twin = cloud.sim.cloud.add_instance(cloud.provider, name="web1")
        assert refused(cloud, instance="web1") == ["instance_ambiguous"]
        message = cloud.restore(instance="web1").result["msg"]
        assert cloud.vm.id in message
        assert twin.id in message

    def test_an_id_is_never_a_name(self, cloud: Cloud) -> None:
        other = cloud.sim.cloud.add_instance(cloud.provider, name=cloud.vm.id)
        assert not cloud.restore().failed
        assert (cloud.restores, cloud.sim.ledger.restores(other.id)) == (1, [])

    def test_names_are_exact(self, cloud: Cloud) -> None:
        assert refused(cloud, instance="WEB1") == ["instance_not_found"]

    def test_a_name_on_the_last_page_is_found(self, cloud: Cloud) -> None:
        for number in range(250):
            cloud.sim.cloud.add_instance(cloud.provider, name=f"filler{number}")
        last = cloud.sim.cloud.add_instance(cloud.provider, name="last", power="stopped")
        cloud.sim.cloud.add_snapshot(last.id, name="before-upgrade", age=60.0)
        outcome = cloud.restore(check=True, instance="last", snapshot="before-upgrade")
        assert outcome.result["instance"]["id"] == last.id, outcome.result


@HOSTUP
class TestHostUp:
    def test_closed_gate_is_quoted(self, cloud: Cloud) -> None:
        gate = {"allowed": False, "reason": "There is a pending order.", "code": "pending_order"}
        cloud.vm.extra["gates"] = {"canRestore": gate}
        assert refused(cloud) == ["restore_not_allowed"]
        message = cloud.restore().result["msg"]
        assert "pending_order" in message
        assert "There is a pending order." in message

    def test_expired_and_expiring_snapshots(self, cloud: Cloud) -> None:
        soon = cloud.sim.cloud.add_snapshot(cloud.vm.id, name="soon", age=60.0, expires_in=600.0)
        assert refused(cloud, snapshot=soon.id) == ["snapshot_expires_soon"]
        assert not cloud.restore(check=True, snapshot=soon.id, wait_timeout=300.0).failed

    def test_a_name_used_again_is_another_snapshot(self, cloud: Cloud) -> None:
        cloud.restore(restore_id="CHG-1")
        cloud.sim.cloud.remove_snapshot(cloud.snapshot)
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="before-upgrade", age=1.0)
        assert cloud.restore(restore_id="CHG-1").result["error_code"] == "restore_id_conflict"
        assert cloud.restore(check=True).result["status"] == "would_restore"


@BARRACK
class TestBarrack:
    def test_billing_must_be_accepted(self, cloud: Cloud) -> None:
        assert refused(cloud, accept_billing=False) == ["billing_not_accepted"]

    def test_several_reasons_are_listed_at_once(self, cloud: Cloud) -> None:
        found = refused(cloud, accept_billing=False, max_snapshot_age="1m", snapshot="before-upgrade")
        assert found == ["snapshot_too_old", "billing_not_accepted"]

    def test_name_taken_by_another_instance(self, cloud: Cloud) -> None:
        cloud.sim.cloud.add_instance("barrack", name="restored")
        assert refused(cloud) == ["new_vm_name_taken"]

    @pytest.mark.parametrize("switches", [{"barrack_provenance": "snapshot", "barrack_lists": "paginated"}])
    def test_instance_of_a_lost_record_is_found_by_its_name(self, cloud: Cloud) -> None:
        for number in range(40):
            cloud.sim.cloud.add_instance("barrack", name=f"filler{number}")
        cloud.restore()
        cloud.record.unlink()
        outcome = cloud.restore()
        assert outcome.result["status"] == "already_restored", outcome.result
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_price_is_checked_before_the_bill(self, cloud: Cloud) -> None:
        vm = cloud.sim.cloud.add_instance("barrack", name="gpu", specs={"gpu_type": "RTX-A6000", "gpu_count": 4})
        snapshot = cloud.sim.cloud.add_snapshot(vm.id, name="gpu-snapshot", age=60.0)
        assert refused(cloud, snapshot=snapshot.id, max_hourly_rate=2.5) == ["price_too_high"]
        assert not cloud.restore(check=True, snapshot=snapshot.id, max_hourly_rate=3.0).failed

    def test_old_instance_is_never_touched(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.restore(stop="if_required", power_after="started")
        assert cloud.sim.cloud.power(cloud.vm.id) == "running"
        assert not cloud.sim.ledger.power_cycles()
        assert dict(cloud.sim.cloud.disk(cloud.vm.id)) == {"/etc/motd": "after"}


@pytest.mark.parametrize("switches", [{"documented_only": True}])
class TestDocumentedRoutesOnly:
    def test_names_are_refused_where_they_need_a_list(self, cloud: Cloud) -> None:
        if cloud.provider == "onetsolutions":
            assert refused(cloud, instance="web1") == ["instance_name_unresolvable"]
        elif cloud.creates:
            found = refused(cloud, snapshot="before-upgrade", allow_unverified=True)
            assert found == ["snapshot_name_unresolvable"]
        else:
            assert not cloud.restore(check=True, instance="web1").failed

    def test_a_double_bill_cannot_be_risked_by_accident(self, cloud: Cloud) -> None:
        if cloud.creates:
            assert refused(cloud) == ["name_unverified"]
        else:
            assert not cloud.restore().failed

    def test_what_could_not_be_verified_is_said_once(self, cloud: Cloud) -> None:
        outcome = cloud.restore(allow_unverified=True)
        assert not outcome.failed, outcome.result
        warnings = [text for text in outcome.warnings if text.startswith("Could not be verified")]
        assert len(warnings) == (1 if outcome.result["unverified"] else 0)
        assert bool(outcome.result["unverified"]) == (cloud.provider != "hostup")
