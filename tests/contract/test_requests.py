# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of requests in docs/execution.md is what the ledger counts, and nothing is read twice in one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._info.snapshots import snapshots_task
from ansible_collections.indiecloud.compute.plugins.module_utils._info.task import instances_task
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.task import metadata_task
from ansible_collections.indiecloud.compute.plugins.module_utils._power.task import power_task
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._retention.task import snapshot_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome

from .conftest import Cloud

PAGE = Path(__file__).resolve().parents[2] / "docs" / "execution.md"
Do = Callable[[Cloud], Outcome]


def restored(cloud: Cloud) -> Outcome:
    first = cloud.restore()
    assert first.result["changed"], first.result
    cloud.sim.ledger.clear()
    return cloud.restore()


def by_name(cloud: Cloud) -> Outcome:
    names = {} if cloud.creates else {"instance": "web1"}
    return cloud.restore(snapshot="before-upgrade", **names)


def power(cloud: Cloud, state: str) -> Outcome:
    return cloud.run(power_task, instance=cloud.vm.id, state=state)


def taken(cloud: Cloud) -> Outcome:
    # One provider takes snapshots of running instances only.
    cloud.set_power("running")
    return cloud.run(snapshot_task, instance=cloud.vm.id, name="before-reboot")


OPERATIONS: dict[str, Do] = {
    "restore of a stopped instance, by ids": Cloud.restore,
    "the same by names": by_name,
    "the same in check mode": lambda cloud: cloud.restore(check=True),
    "the same once more: already restored": restored,
    "power: it is so already": lambda cloud: power(cloud, "stopped"),
    "power: start": lambda cloud: power(cloud, "started"),
    "snapshot: take": taken,
    "snapshot: it is there": lambda cloud: cloud.run(snapshot_task, instance=cloud.vm.id, name="before-upgrade"),
    "metadata: change the hostname": lambda cloud: cloud.run(
        metadata_task, instance=cloud.vm.id, hostname="new.example"
    ),
    "instances: all": lambda cloud: cloud.run(instances_task),
    "instances: one by its id": lambda cloud: cloud.run(instances_task, instance=cloud.vm.id),
    "instances: one by its name": lambda cloud: cloud.run(instances_task, instance="web1"),
    "snapshots of an instance": lambda cloud: cloud.run(snapshots_task, instance=cloud.vm.id),
}


def counted(cloud: Cloud, do: Do) -> tuple[str, list[tuple[str, str]]]:
    """What an operation sends as the table says it, and each request."""
    outcome = do(cloud)
    if outcome.failed and outcome.result["error_code"] in ("unsupported_field",):
        return "-", []
    assert not outcome.failed, outcome.result
    every = [(item.method, item.path) for item in cloud.sim.ledger.requests()]
    # A POST that changes nothing.
    sent = [item for item in every if not item[1].endswith("/pricing/")]
    queries = len(every) - len(sent)
    last_write = max((index for index, (method, dummy) in enumerate(sent) if method != "GET"), default=len(sent))
    reads = sum(method == "GET" for method, dummy in sent[:last_write])
    writes = len([method for method, dummy in sent if method != "GET"])
    after = len(sent) - reads - writes
    parts = [f"{reads} GET", *([f"{writes} write"] if writes else []), *([f"{after} GET"] if after else [])]
    parts += [f"{queries} price query"] if queries else []
    return ", ".join(parts), sent[:last_write]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_table_matches_what_is_sent(cloud: Cloud, operation: str) -> None:
    said, dummy = counted(cloud, OPERATIONS[operation])
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    (columns,) = [row for row in rows if row[0] == "operation"]
    (row,) = [row for row in rows if row[0] == operation]
    assert row[columns.index(SPECS[cloud.provider].label)] == said


@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_is_read_twice_before_it_is_changed(cloud: Cloud, operation: str) -> None:
    dummy, sent = counted(cloud, OPERATIONS[operation])
    if operation.startswith(("metadata", "restore", "the same by")):
        # The last look just before the write.
        sent = sent[:-1]
    assert [request for request, times in Counter(sent).items() if times > 1] == []


def test_nothing_is_read_twice_if_the_old_instance_is_given(cloud: Cloud) -> None:
    dummy, sent = counted(cloud, lambda cloud: cloud.restore(instance=cloud.vm.id))
    sent = sent[:-1]
    assert [request for request, times in Counter(sent).items() if times > 1] == []
