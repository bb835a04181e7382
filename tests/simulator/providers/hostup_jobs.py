# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostUp's jobs as JSON: the operation that starts one, and what polling shows of it."""

from __future__ import annotations

from typing import Any

from ..model import Job
from .hostup_json import stamp

STATUS = {"waiting": "queued", "running": "in_progress", "done": "completed", "failed": "failed"}
QUEUE_STATE = {"waiting": "waiting", "running": "active", "done": "completed", "failed": "failed"}  # assumed


def result_json(job: Job) -> dict[str, Any] | None:
    result: dict[str, Any] = {} if job.snapshot is None else {"snapshotName": job.snapshot.name}
    if job.finished is not None:
        result["success"] = job.works
    return result or None


def operation_json(job: Job, now: float, poll_url: str) -> dict[str, Any]:
    """The answer to accepted work; with poll_url "null" the client has to make the address from jobId."""
    address = f"/api/jobs/{job.id}" if poll_url == "relative" else None
    return {
        "operation": {
            "status": status_word(job, now),
            "jobId": job.id,
            "pollUrl": address,
            "result": result_json(job),
        }
    }


def status_word(job: Job, now: float) -> str:
    return job.word if job.word and job.finished is None else STATUS[job.phase(now)]


def job_json(job: Job, now: float) -> dict[str, Any]:
    """`data` of https://developer.hostup.se/endpoints/domain-services/get-jobs-jobid; error is from a user's script."""
    phase, percent = job.phase(now), round(job.progress(now) * 100)
    data: dict[str, Any] = {
        "jobId": job.id,
        "queueType": "vps",
        "type": job.verb,
        "jobName": job.verb,
        "state": QUEUE_STATE[phase],
        "status": status_word(job, now),
        "statusKey": f"jobs.status.{phase}",
        "progress": percent,
        "progressTextKey": f"jobs.progress.{phase}",
        "progressMessage": f"{job.verb}: {percent} %",
        "progressDetails": {"percentage": percent, "message": job.verb, "current": percent, "total": 100},
        "result": result_json(job),
        "isCompleted": phase == "done",
        "isFailed": phase == "failed",
        "isRunning": phase == "running",
        "isWaiting": phase == "waiting",
        "createdAt": stamp(job.created),
        "finishedAt": None if job.finished is None else stamp(job.finished),
        "vmId": str(job.instance.number),
        "hostbillAccountId": str(7000 + job.instance.number),
        "isScheduled": False,
        "delay": "0",
    }
    if phase == "failed":
        data["error"] = job.error
    return data
