# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What finished work does to the clouds: all of it at one moment, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ledger import PowerCycle, Restore
from .model import FAILED, READY, RUNNING, STOPPED, Job

if TYPE_CHECKING:
    from .cloud import Cloud


def finish(cloud: Cloud, job: Job) -> None:
    """End a job whose time has come; the moment is `job.ends`."""
    job.finished = job.ends
    job.instance.jobs.remove(job)
    if job.works:
        EFFECTS[job.work](cloud, job)
    else:
        _without_effect(cloud, job)


def _without_effect(cloud: Cloud, job: Job) -> None:
    if job.work == "snapshot" and job.snapshot is not None:
        job.snapshot.status = FAILED
        if job.provider == "hostup":
            cloud.remove_snapshot(job.snapshot)  # its list has no place for a status
    if job.work == "restore" and job.provider == "barrack":
        job.instance.broken = True


def _restore(cloud: Cloud, job: Job) -> None:
    assert job.snapshot is not None
    instance, snapshot = job.instance, job.snapshot
    if job.provider == "barrack":
        return  # the VM was made from the snapshot when the work began
    discarded = instance.disk != snapshot.disk
    instance.disk = dict(snapshot.disk)
    instance.modified = job.ends
    if cloud.switches.power_after_restore != "previous":
        instance.set_power(cloud.switches.power_after_restore, job.ends)
    if job.provider == "hostup" and cloud.switches.hostup_newer_snapshots == "lost":
        for newer in cloud.newer_snapshots(snapshot):
            cloud.remove_snapshot(newer)
    cloud.ledger.add_restore(
        Restore(job.ends, job.provider, instance.id, snapshot.id, snapshot.name, discarded, job.created)
    )


def _power(cloud: Cloud, job: Job) -> None:
    job.instance.set_power(STOPPED if job.work == "stop" else RUNNING, job.ends)
    cloud.ledger.add_power_cycle(PowerCycle(job.ends, job.provider, job.instance.id, job.work, job.verb))


def _snapshot(cloud: Cloud, job: Job) -> None:
    assert job.snapshot is not None
    job.snapshot.disk = dict(job.instance.disk)
    job.snapshot.status = READY


def _delete_snapshot(cloud: Cloud, job: Job) -> None:
    assert job.snapshot is not None
    cloud.remove_snapshot(job.snapshot)


def _delete_instance(cloud: Cloud, job: Job) -> None:
    cloud.delete_instance(job.instance, job.ends, stays_listed=False)


EFFECTS = {
    "restore": _restore,
    "start": _power,
    "stop": _power,
    "restart": _power,
    "snapshot": _snapshot,
    "delete_snapshot": _delete_snapshot,
    "delete_instance": _delete_instance,
}
