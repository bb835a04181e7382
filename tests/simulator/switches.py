# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the published pages leave open, one switch per question; the first choice is the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, NamedTuple

PROVIDER_OF_PREFIX = {"onet": "onetsolutions", "hostup": "hostup", "barrack": "barrack"}


class Variant(NamedTuple):
    """One switch turned away from its default: `name` is SWITCH=VALUE, `provider` None if it concerns several."""

    name: str
    switches: dict[str, Any]
    provider: str | None


ABOUT: dict[str, tuple[str, tuple[Any, ...]]] = {
    "documented_only": (
        "serve only routes that have a published page; the others answer 404",
        (False, True),
    ),
    "power_after_restore": (
        "power of an instance after an in-place restore",
        ("stopped", "running", "previous"),
    ),
    "onet_restore_answer": (
        "body of OnetSolutions' 202 answers (restore, power): nothing, the task, its id, or the task nested",
        ("empty", "task", "task_id", "nested"),
    ),
    "onet_snapshot_tasks": (
        "snapshot work shows up in OnetSolutions' task lists",
        (True, False),
    ),
    "onet_task_words": (
        "status words of tasks: pending/running/completed/failed or queued/processing/success/error",
        ("plain", "other"),
    ),
    "onet_tags": (
        "form of the tags of instances that were given none",
        ("list", "map", "null"),
    ),
    "onet_lists": (
        "lists are {count, next, previous, results} or bare arrays",
        ("paginated", "bare"),
    ),
    "onet_force_overrides_409": (
        "force: true restores a running instance",
        (False, True),
    ),
    "onet_sync_lag": (
        "seconds by which state_sync is behind (any number)",
        (0.0, 20.0),
    ),
    "hostup_job_envelope": (
        "where GET /api/jobs/{id} puts the job",
        ("legacy", "operation", "top"),
    ),
    "hostup_restore_code": (
        "success status of the restore",
        (202, 200),
    ),
    "hostup_running_restore": (
        "restore of a running VPS",
        ("allowed", "refused"),
    ),
    "hostup_newer_snapshots": (
        "snapshots newer than the restored one; refused: the restore answers 409",
        ("kept", "lost", "refused"),
    ),
    "hostup_job_vanishes": (
        "a finished job answers 404",
        (False, True),
    ),
    "hostup_poll_url": (
        "operation.pollUrl: host-relative, or null",
        ("relative", "null"),
    ),
    "hostup_current_entry": (
        "the snapshot list has the pseudo entry 'current'",
        (False, True),
    ),
    "hostup_schedule_fields": (
        "names of the fields of a snapshot schedule: as in the request, as in the legacy API, or others",
        ("camel", "snake", "other"),
    ),
    "hostup_schedule_kept": (
        "a snapshot schedule that was deleted is shown as not enabled",
        (False, True),
    ),
    "hostup_schedule_delete_code": (
        "success status of the deletion of a snapshot schedule",
        (200, 204),
    ),
    "hostup_audit_log": (
        "the audit log: the token lacks its scope, or it shows requests at once, or late",
        ("forbidden", "prompt", "late"),
    ),
    "barrack_restore": (
        "restore blocks until the VM is ACTIVE, or answers ACTIVE at once while it is built",
        ("sync", "async"),
    ),
    "barrack_lists": (
        "lists are bare arrays, below data, or paged",
        ("bare", "data", "paginated"),
    ),
    "barrack_names": (
        "instances say instance_id and vm_name, or id and name",
        ("documented", "short"),
    ),
    "barrack_duplicate_name": (
        "restore to a name that is taken",
        ("refused", "allowed"),
    ),
    "barrack_delete": (
        "a deleted instance is gone at once, DELETING for a while, or stays in the lists as DELETED",
        ("gone", "deleting", "listed"),
    ),
    "barrack_delete_while_building": (
        "deletion of an instance that is being created",
        ("allowed", "refused"),
    ),
    "barrack_provenance": (
        "what an instance tells of its origin",
        ("none", "boot_source", "snapshot"),
    ),
    "barrack_auth": (
        "accepted credential headers",
        ("any", "bearer", "x-api-key"),
    ),
}
"""Of each switch what it is about and its choices; the first choice is the default."""


@dataclass(frozen=True)
class Switches:
    documented_only: bool = False
    power_after_restore: str = "stopped"
    onet_restore_answer: str = "empty"
    onet_snapshot_tasks: bool = True
    onet_task_words: str = "plain"
    onet_tags: str = "list"
    onet_lists: str = "paginated"
    onet_force_overrides_409: bool = False
    onet_sync_lag: float = 0.0
    hostup_job_envelope: str = "legacy"
    hostup_restore_code: int = 202
    hostup_running_restore: str = "allowed"
    hostup_newer_snapshots: str = "kept"
    hostup_job_vanishes: bool = False
    hostup_poll_url: str = "relative"
    hostup_current_entry: bool = False
    hostup_schedule_fields: str = "camel"
    hostup_schedule_kept: bool = False
    hostup_schedule_delete_code: int = 200
    hostup_audit_log: str = "forbidden"
    barrack_restore: str = "sync"
    barrack_lists: str = "bare"
    barrack_names: str = "documented"
    barrack_duplicate_name: str = "refused"
    barrack_delete: str = "gone"
    barrack_delete_while_building: str = "allowed"
    barrack_provenance: str = "none"
    barrack_auth: str = "any"

    def __post_init__(self) -> None:
        for spec in fields(self):
            value = getattr(self, spec.name)
            if spec.name == "onet_sync_lag" and isinstance(value, (int, float)) and value >= 0:
                continue
            if value not in ABOUT[spec.name][1]:
                raise ValueError(f"switch {spec.name}: {value!r} is none of {list(ABOUT[spec.name][1])}")

    def changed(self, changes: Mapping[str, Any]) -> Switches:
        """A copy with some switches set; values may be text, as from a command line."""
        return replace(self, **{name: _read(name, value) for name, value in changes.items()})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def all_variants(cls) -> list[Variant]:
        """The default, then every switch at every other choice, alone."""
        variants = [Variant("default", {}, None)]
        for spec in fields(cls):
            for choice in ABOUT[spec.name][1][1:]:
                provider = PROVIDER_OF_PREFIX.get(spec.name.split("_")[0])
                variants.append(Variant(f"{spec.name}={_text(choice)}", {spec.name: choice}, provider))
        return variants

    @classmethod
    def describe(cls) -> list[str]:
        """One line per switch, for --help."""
        return [
            f"{spec.name} = {' | '.join(map(_text, ABOUT[spec.name][1]))}\n      {ABOUT[spec.name][0]}"
            for spec in fields(cls)
        ]


def _text(choice: object) -> str:
    return (
        str(choice).lower() if isinstance(choice, bool) else f"{choice:g}" if isinstance(choice, float) else str(choice)
    )


def _read(name: str, value: Any) -> Any:
    spec = next((spec for spec in fields(Switches) if spec.name == name), None)
    if spec is None:
        raise ValueError(f"unknown switch {name!r}; there are {', '.join(spec.name for spec in fields(Switches))}")
    if name == "onet_sync_lag":
        try:
            return float(value)
        except (TypeError, ValueError):
            raise ValueError(f"switch {name}: {value!r} is not a number of seconds") from None
    if value is None:
        return "null"
    if not isinstance(value, str):
        return value
    return next((choice for choice in ABOUT[spec.name][1] if _text(choice) == value.lower()), value)
