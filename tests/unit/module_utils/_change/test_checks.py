# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import re
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import (
    Gate,
    Instance,
    PowerState,
    Snapshot,
    SnapshotList,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._change.checks import (
    Planned,
    Seen,
    refusals,
    snapshot_name,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._change.controller import Controller, require_alone
from ansible_collections.indiecloud.compute.plugins.module_utils._change.decision import Action, Wish
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.unit.module_utils._record.records import record

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
HOUR = Planned(3000.0, 600.0)
RUNNING = Instance("vps_1", "web1", power_state=PowerState.RUNNING)
OURS = Snapshot("guard-CHG-1", "guard-CHG-1", created_at=NOW, expires_at=NOW + timedelta(hours=24))
GOOD = Seen(RUNNING, SnapshotList(()), None, None, True)
AGAIN = Seen(RUNNING, SnapshotList((OURS,)), OURS, None, True)


@pytest.mark.parametrize(
    ("seen", "planned", "code"),
    [
        (GOOD, HOUR, None),
        (GOOD._replace(answers=None), HOUR, None),
        (GOOD._replace(answers=False), HOUR, "host_unreachable"),
        (GOOD._replace(instance=RUNNING._replace(power_state=PowerState.STOPPED)), HOUR, "instance_not_running"),
        (GOOD._replace(same_name=OURS), HOUR, "snapshot_name_taken"),
        (GOOD._replace(listed=SnapshotList((), complete=False)), HOUR, "snapshot_name_unresolvable"),
        (GOOD._replace(listed=SnapshotList((), limit=0)), HOUR, "no_snapshot_slot"),
        # What an interrupted run took is deleted first.
        (AGAIN._replace(listed=SnapshotList((OURS,), limit=1, can_create=Gate(False, "full"))), HOUR, None),
        (AGAIN._replace(listed=SnapshotList((OURS,), Gate(False, "busy"))), HOUR, "restore_not_allowed"),
        # The provider deletes it after 24 hours.
        (GOOD, Planned(23 * 3600.0, 3599.0), None),
        (GOOD, Planned(23 * 3600.0, 3600.0), "snapshot_expires_soon"),
    ],
)
def test_new_change(seen: Seen, planned: Planned, code: str | None) -> None:
    found = refusals(Action.CHANGE, SPECS["hostup"].capabilities, "guard-CHG-1", seen, planned, NOW)
    assert [item.code for item in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("seen", "hours", "code"),
    [
        (AGAIN, 22.9, None),
        # A new snapshot would be one of a half-changed disk.
        (AGAIN, 23.1, "snapshot_expires_soon"),
        (GOOD, 0.0, "snapshot_not_found"),
        (AGAIN._replace(answers=False), 0.0, "host_unreachable"),
    ],
)
def test_resumed_change(seen: Seen, hours: float, code: str | None) -> None:
    now = NOW + timedelta(hours=hours)
    found = refusals(Action.RESUME, SPECS["hostup"].capabilities, "guard-CHG-1", seen, HOUR, now)
    assert [item.code for item in found] == ([code] if code else [])


@pytest.mark.parametrize("change_id", ["CHG-1", "x" * 128, "CHG 1/ü", "CHG 1/ö", "--"])
def test_names(change_id: str) -> None:
    name = snapshot_name(change_id)
    assert re.fullmatch(r"guard-[A-Za-z0-9_-]{1,34}", name)
    others = {snapshot_name(one) for one in ("CHG-1", "CHG 1/ü", "CHG 1/ö", "CHG-1--", "x" * 127)} - {name}
    assert len(others) >= 4


def test_controller() -> None:
    own = Controller.of(os.getpid())
    assert Controller.parse(str(own)) == own
    assert own.is_alive() is True
    assert Controller.parse(str(own.for_host("web 1\n"))) == own.for_host("web 1\n") != own.for_host("web2")
    assert own._replace(began="1").is_alive() is False
    assert own._replace(pid=2**22 + 1).is_alive() is False
    assert own._replace(machine="elsewhere").is_alive() is None
    assert Controller.parse(None) is None
    assert Controller.parse("nonsense") is None


@pytest.mark.parametrize(
    ("by", "until", "wish", "alone"),
    [
        (None, None, Wish("CHG-1"), True),
        ("own", None, Wish("CHG-1"), True),
        # This process, which is alive, as that of another run.
        ("living", "2026-01-01T01:00:00Z", Wish("CHG-1", on_resume="continue"), False),
        # Another host of the same play that means the same instance.
        ("other", "2026-01-01T01:00:00Z", Wish("CHG-1", on_resume="restore"), False),
        ("dead", "2026-01-01T01:00:00Z", Wish("CHG-1"), True),
        # A person may know better than the record, and after its time the change is over anyway.
        ("elsewhere", "2026-01-01T01:00:00Z", Wish("CHG-1"), False),
        ("elsewhere", "2026-01-01T01:00:00Z", Wish("CHG-1", on_resume="restore"), True),
        ("elsewhere", "2025-12-31T23:00:00Z", Wish("CHG-1"), True),
    ],
)
def test_second_controller(by: str | None, until: str | None, wish: Wish, alone: bool) -> None:
    this = Controller.of(os.getpid())
    own = Controller.of(1)
    known = {
        "own": own,
        "living": this,
        "other": own.for_host("web2"),
        "dead": this._replace(began="1"),
        "elsewhere": this._replace(machine="elsewhere"),
    }
    found = record(change="changing", change_by=str(known[by]) if by else None, change_until=until)
    if alone:
        require_alone(found, own, wish, NOW)
        return
    with pytest.raises(CloudError, match="being carried out"):
        require_alone(found, own, wish, NOW)
