# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the published pages leave open, one switch per question; the first choice is the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, NamedTuple

PROVIDER_OF_PREFIX = {"onet": "onetsolutions", "hostup": "hostup", "barrack": "barrack"}


class Variant(NamedTuple):
    """One switch turned away from its default: `name` is SWITCH=VALUE, `provider` None if it concerns several."""

    name: str
    switches: dict[str, Any]
    provider: str | None


def _switch(about: str, *choices: Any) -> Any:
    return field(default=choices[0], metadata={"about": about, "choices": choices})


@dataclass(frozen=True)
class Switches:
    documented_only: bool = _switch("serve only routes that have a published page; the others answer 404", False, True)
    power_after_restore: str = _switch(
        "power of an instance after an in-place restore", "stopped", "running", "previous"
    )
    onet_restore_answer: str = _switch(
        "body of OnetSolutions' 202 answers (restore, power): nothing, the task, its id, or the task nested",
        "empty", "task", "task_id", "nested",
    )  # fmt: skip
    onet_snapshot_tasks: bool = _switch("snapshot work shows up in OnetSolutions' task lists", True, False)
    onet_task_words: str = _switch(
        "status words of tasks: pending/running/completed/failed or queued/processing/success/error", "plain", "other"
    )
    onet_tags: str = _switch("form of the tags of instances that were given none", "list", "map", "null")
    onet_lists: str = _switch("lists are {count, next, previous, results} or bare arrays", "paginated", "bare")
    onet_force_overrides_409: bool = _switch("force: true restores a running instance", False, True)
    onet_sync_lag: float = _switch("seconds by which state_sync is behind (any number)", 0.0, 20.0)
    hostup_job_envelope: str = _switch("where GET /api/jobs/{id} puts the job", "legacy", "operation", "top")
    hostup_restore_code: int = _switch("success status of the restore", 202, 200)
    hostup_running_restore: str = _switch("restore of a running VPS", "allowed", "refused")
    hostup_newer_snapshots: str = _switch(
        "snapshots newer than the restored one; refused: the restore answers 409", "kept", "lost", "refused"
    )
    hostup_job_vanishes: bool = _switch("a finished job answers 404", False, True)
    hostup_poll_url: str = _switch("operation.pollUrl: host-relative, or null", "relative", "null")
    hostup_current_entry: bool = _switch("the snapshot list has the pseudo entry 'current'", False, True)
    barrack_restore: str = _switch(
        "restore blocks until the VM is ACTIVE, or answers ACTIVE at once while it is built", "sync", "async"
    )
    barrack_lists: str = _switch("lists are bare arrays, below data, or paged", "bare", "data", "paginated")
    barrack_names: str = _switch("instances say instance_id and vm_name, or id and name", "documented", "short")
    barrack_duplicate_name: str = _switch("restore to a name that is taken", "refused", "allowed")
    barrack_provenance: str = _switch("what an instance tells of its origin", "none", "boot_source", "snapshot")
    barrack_auth: str = _switch("accepted credential headers", "any", "bearer", "x-api-key")

    def __post_init__(self) -> None:
        for spec in fields(self):
            value = getattr(self, spec.name)
            if spec.name == "onet_sync_lag" and isinstance(value, (int, float)) and value >= 0:
                continue
            if value not in spec.metadata["choices"]:
                raise ValueError(f"switch {spec.name}: {value!r} is none of {list(spec.metadata['choices'])}")

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
            for choice in spec.metadata["choices"][1:]:
                provider = PROVIDER_OF_PREFIX.get(spec.name.split("_")[0])
                variants.append(Variant(f"{spec.name}={_text(choice)}", {spec.name: choice}, provider))
        return variants

    @classmethod
    def describe(cls) -> list[str]:
        """One line per switch, for --help."""
        return [
            f"{spec.name} = {' | '.join(map(_text, spec.metadata['choices']))}\n      {spec.metadata['about']}"
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
    return next((choice for choice in spec.metadata["choices"] if _text(choice) == value.lower()), value)
