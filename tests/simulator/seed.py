# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the clouds hold at the start. The ids are fixed, and named in the README."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .cloud import Cloud
from .identity import PROVIDERS
from .model import RUNNING, STOPPED, Instance

SNAPSHOT_NAME = "before-upgrade"
SNAPSHOT_AGE = 3600.0  # seconds
MOTD = "/etc/motd"


def add_default_seed(cloud: Cloud) -> None:
    """web1 (running) and db1 (stopped) on the clouds that restore in place, gpu1 (running) on Barrack; each has been
    changed since its snapshot was made."""
    for provider in ("onetsolutions", "hostup"):
        _add_changed(cloud, provider, "web1", RUNNING)
        _add_changed(cloud, provider, "db1", STOPPED)
    _add_changed(cloud, "barrack", "gpu1", RUNNING)


def _add_changed(cloud: Cloud, provider: str, name: str, power: str) -> Instance:
    instance = cloud.add_instance(provider, name, power, {MOTD: f"{name} before the upgrade"})
    cloud.add_snapshot(instance.id, SNAPSHOT_NAME, age=SNAPSHOT_AGE)
    cloud.write(instance.id, MOTD, f"{name} after the upgrade")
    return instance


def add_many(cloud: Cloud, number: int) -> None:
    """`number` stopped instances a provider (running on Barrack), vm-00001 and so on, with a snapshot each."""
    for provider in PROVIDERS:
        power = RUNNING if provider == "barrack" else STOPPED
        for index in range(1, number + 1):
            instance = cloud.add_instance(provider, f"vm-{index:05d}", power, {MOTD: "v1"})
            name = SNAPSHOT_NAME if provider != "barrack" else f"{SNAPSHOT_NAME}-{index:05d}"
            cloud.add_snapshot(instance.id, name, age=SNAPSHOT_AGE)
            instance.disk[MOTD] = "v2"


def add_described(cloud: Cloud, description: Mapping[str, Any]) -> list[dict[str, Any]]:
    """{"instances": [{provider, name, id?, power?, disk?, …, "snapshots": [{name, id?, age?, …}]}]}; `disk` is the disk
    at the time of the snapshots, `disk_now` what it is by now (if that differs). Returns the ids that were given."""
    added = []
    for entry in description.get("instances", []):
        arguments = dict(entry)
        snapshots, disk_now = arguments.pop("snapshots", []), arguments.pop("disk_now", None)
        instance = cloud.add_instance(**arguments)
        ids = [cloud.add_snapshot(instance.id, **snapshot).id for snapshot in snapshots]
        if disk_now is not None:
            instance.disk = dict(disk_now)
        added.append({"id": instance.id, "name": instance.name, "snapshots": ids})
    return added
