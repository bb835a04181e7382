# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Barrack: the published restore answer, its odd ones, and prices."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    MAYBE_APPLIED,
    AnswerUnreadable,
    ProviderError,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Snapshot
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import RestoreRequest
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fake_wire import provider
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import TOKEN

# The 200 of https://docs.barrack.ai/restore-snapshot-25396656e0, word for word.
RESTORED = {
    "success": True,
    "message": "Snapshot restored successfully",
    "request_id": "o1p2q3r4",
    "timestamp": "2025-12-11T16:00:00Z",
    "data": {
        "instance_id": "BRK-901234D",
        "vm_name": "restored-prod-vm",
        "ip_address": "192.168.1.100",
        "ip_status": "assigned",
        "billing": {"hourly_rate": 2.49, "currency": "USD"},
        "specs": {"gpu_type": "H100-PCIe-NVLink-80GB", "gpu_count": 2, "ram_gb": 256, "vcpus": 32, "storage_gb": 500},
        "status": "ACTIVE",
        "boot_source": "snapshot",
        "created_at": "2025-12-11T16:00:00Z",
    },
    "snapshot": {"id": "BRK-123456S", "name": "prod-backup-dec11"},
    "tier": "legacy",
}
REQUEST = RestoreRequest("", "BRK-123456S", new_instance_name="restored-prod-vm", timeout=600.0)


def test_the_published_restore() -> None:
    client, wire = provider("barrack", RESTORED)
    found = client.restore(REQUEST)
    assert wire.asked == [("POST", "/snapshots/BRK-123456S/restore/", {"new_vm_name": "restored-prod-vm"})]
    assert found.request_id == "o1p2q3r4"
    assert found.operation is None
    assert found.instance
    shown = {name: value for name, value in found.instance.to_result().items() if value is not None}
    assert shown == {
        "id": "BRK-901234D",
        "name": "restored-prod-vm",
        "power_state": "running",
        "power_state_raw": "ACTIVE",
        "status": "ACTIVE",
        "ipv4": "192.168.1.100",
        "addresses": ["192.168.1.100"],
        "size": "H100-PCIe-NVLink-80GB",
        "hourly_rate": 2.49,
        "currency": "USD",
        "created_at": "2025-12-11T16:00:00Z",
        "from_snapshot": True,
        "origin": "BRK-123456S",
    }


@pytest.mark.parametrize("payload", [None, [], {}, {"data": None}, {"success": True, "data": {"vm_name": "x"}}])
def test_a_restore_whose_answer_names_no_instance_may_have_worked(payload: Any) -> None:
    with pytest.raises(AnswerUnreadable) as caught:
        provider("barrack", payload)[0].restore(REQUEST)
    assert caught.value.applied == MAYBE_APPLIED


def test_success_false_is_an_error_and_shows_no_token() -> None:
    payload = {"success": False, "message": f"bad\n\x1b[31m {TOKEN}", "request_id": "r1", "code": "NO_CREDIT"}
    with pytest.raises(ProviderError) as caught:
        provider("barrack", payload)[0].restore(REQUEST)
    assert str(caught.value) == "Barrack answered success: false [request r1]: bad [31m ********"
    assert (caught.value.request_id, caught.value.provider_code) == ("r1", "NO_CREDIT")
    assert caught.value.applied == MAYBE_APPLIED
    assert TOKEN not in "".join(
        traceback.format_exception(type(caught.value), caught.value, caught.value.__traceback__)
    )


@pytest.mark.parametrize("action", ["get", "list", "start"])
def test_success_false_is_an_error_everywhere(action: str) -> None:
    client = provider("barrack", {"success": False, "instances": []})[0]
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: client.get_instance("BRK-1D"),
        "list": client.list_instances,
        "start": lambda: client.set_power("BRK-1D", "start"),
    }
    with pytest.raises(ProviderError, match="no message"):
        calls[action]()


@pytest.mark.parametrize(
    "payload",
    [
        {"instance_id": "BRK-1D", "vm_name": "a", "status": "SHUTOFF"},
        {"id": "BRK-1D", "name": "a", "status": "shutoff"},
        {"data": {"id": "BRK-1D", "name": "a", "vm_status": "Stopped"}},
        {"instance": {"id": "BRK-1D", "name": "a", "state": "HIBERNATED"}},
        {"success": True, "data": {"vm": {"id": "BRK-1D", "name": "a", "status": "STOPPED"}}},
    ],
)
def test_instances_in_each_envelope(payload: Any) -> None:
    found = provider("barrack", payload)[0].get_instance("BRK-1D")
    assert (found.id, found.name, found.power_state) == ("BRK-1D", "a", "stopped")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("ACTIVE", "running"),
        ("ERROR", "error"),
        ("CREATING", "changing"),
        ("BUILD", "changing"),
        ("RESTORING", "changing"),
        ("REBOOTING", "starting"),
        ("STOPPING", "stopping"),
        ("DELETED", "deleted"),
        ("NEVER_HEARD_OF", "unknown"),
        (None, "unknown"),
        (7, "unknown"),
    ],
)
def test_state_words(word: Any, state: str) -> None:
    assert provider("barrack", {"id": "x", "status": word})[0].get_instance("x").power_state == state


@pytest.mark.parametrize(
    ("status", "restorable"),
    [("SUCCESS", True), ("available", True), ("COMPLETE", True), ("creating", False), ("FAILED", False), (None, None)],
)
def test_snapshots(status: Any, restorable: bool | None) -> None:
    item = {
        "id": "BRK-1S",
        "name": "s",
        "instance_id": "BRK-1D",
        "status": status,
        "size": "100",
        "created_at": "2025-12-11T16:00:00.5Z",
        "specs": {"gpu_type": "L40", "gpu_count": "2"},
    }
    client, dummy = provider("barrack", {"snapshots": [item, {"id": "BRK-2S", "vm_id": "BRK-2D"}]})
    (found,) = client.list_snapshots("BRK-1D").snapshots
    assert (found.restorable, found.size_gb, *found.extra.values()) == (restorable, 100.0, "L40", 2)
    assert found.to_result()["created_at"] == "2025-12-11T16:00:00Z"
    assert [each.id for each in client.list_snapshots(None).snapshots] == ["BRK-1S", "BRK-2S"]


class TestPrice:
    """Of the published pricing answer only what is needed: legacy GPUs, US dollars per GPU and hour."""

    PAYLOAD: ClassVar[dict[str, Any]] = {
        "success": True,
        "pricing_data": {
            "gpus": {
                "pricing": {
                    "legacy": {"H100-PCIe-NVLink-80GB": {"prices": {"USD": 2.29}, "unit": "per GPU per hour"}},
                    "advanced": {"B300-262GB": {"prices": {"USD": 5.79}}},
                }
            }
        },
    }
    SNAPSHOT = Snapshot("BRK-1S", "s", extra={"gpu_type": "H100-PCIe-NVLink-80GB", "gpu_count": 2})

    def test_price_of_all_gpus(self) -> None:
        client, wire = provider("barrack", self.PAYLOAD)
        assert client.hourly_price(self.SNAPSHOT, read_only=True) == (4.58, "USD")
        assert wire.asked[0][:2] == ("GET", "/pricing/")

    def test_the_published_post_where_the_guessed_get_does_not_exist(self) -> None:
        client, wire = provider("barrack", (405, None), self.PAYLOAD)
        assert client.hourly_price(self.SNAPSHOT, read_only=False) == (4.58, "USD")
        assert [method for method, *dummy in wire.asked] == ["GET", "POST"]

    def test_check_mode_sends_no_post(self) -> None:
        client, wire = provider("barrack", (404, None), self.PAYLOAD)
        assert client.hourly_price(self.SNAPSHOT, read_only=True) is None
        assert [method for method, *dummy in wire.asked] == ["GET"]

    @pytest.mark.parametrize(
        "snapshot",
        [
            Snapshot("x", "s"),
            Snapshot("x", "s", extra={"gpu_type": "L40"}),
            Snapshot("x", "s", extra={"gpu_type": "B300-262GB", "gpu_count": 1}),
            Snapshot("x", "s", extra={"gpu_type": "none", "gpu_count": 1}),
        ],
    )
    def test_no_price_rather_than_a_wrong_one(self, snapshot: Snapshot) -> None:
        assert provider("barrack", self.PAYLOAD)[0].hourly_price(snapshot, read_only=True) is None
