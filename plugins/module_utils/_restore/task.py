# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._api.errors import InvalidOption
from .._providers.base import Provider
from .._providers.registry import SPECS
from .._record.record import RecordStore
from .._record.sqlite_store import FileRecord
from .._task import validation
from .._task.outcome import Outcome
from .._task.session import Context, open_provider
from .._task.waiting import Patience
from .context import Run
from .options import RestoreOptions, Until
from .restore import restore
from .result import Report

DEFAULT_RECORD = "~/.ansible/indiecloud/restores.sqlite3"
RECORD_VARIABLE = "INDIECLOUD_RECORD_PATH"


def restore_task(context: Context, outcome: Outcome) -> None:
    """The task of the module ``snapshot_restore``: options in, ``Report`` out, whatever happens."""
    report = Report(context.runtime.monotonic)
    started = context.runtime.monotonic()
    try:
        options, problems = _options(context.params)
        provider = open_provider(context, options.wait_timeout, problems)
        deadline = provider.transport.deadline
        store = _store(context, provider, options, report)
        run = Run(provider, options, store, context.runtime, deadline, report, context.on_progress)
        restore(run, check_mode=context.check_mode)
    finally:
        report.timings["total"] = round(context.runtime.monotonic() - started, 3)
        outcome.result.update(report.to_result())
        outcome.diff = report.diff
        outcome.warnings.extend(report.warnings)
        if report.unverified:
            outcome.warnings.append("Could not be verified: " + "; ".join(report.unverified))


def _store(context: Context, provider: Provider, options: RestoreOptions, report: Report) -> RecordStore:
    if options.record == "none":
        return RecordStore()
    file = _file(context)
    place, deadline = provider.capabilities.record_place, provider.transport.deadline
    if options.record != "provider" or place is None:
        return file
    # A fifth of all that a restore would import, and few ask for it.
    from .._record.provider_store import Notes, ProviderRecord

    notes: Notes
    if place == "snapshot":
        from .._record.notes_in_snapshots import SnapshotNotes

        notes = SnapshotNotes(provider, options, Patience(deadline, context.runtime))
    else:
        from .._record.notes_in_tags import TagsNotes

        notes = TagsNotes(provider, deadline)
    patient = options.on_unknown != "restore"
    return ProviderRecord(file, notes, provider, report.warnings.append, patient=patient)


def _file(context: Context) -> FileRecord:
    path = context.params.get("record_path") or context.environ.get(RECORD_VARIABLE) or DEFAULT_RECORD
    try:
        return FileRecord(Path(path).expanduser(), context.runtime, read_only=context.check_mode)
    except RuntimeError as exc:
        # A container may run as a user that has no home.
        raise InvalidOption([f"record_path is needed: {exc}"]) from None


def _options(params: Mapping[str, Any]) -> tuple[RestoreOptions, list[str]]:
    given = {name: params[name] for name in RestoreOptions._fields if params.get(name) is not None}
    given["max_snapshot_age"], problems = validation.seconds("max_snapshot_age", params.get("max_snapshot_age"))
    if "snapshot" not in given:
        problems.append("snapshot is required")
        given["snapshot"] = "-"
    if params.get("wait") is False:
        if params.get("until") not in (None, "done", Until.ACCEPTED):
            problems.append("wait: false and until cannot be used together")
        given["until"] = Until.ACCEPTED
    options = RestoreOptions(**given)
    problems += validation.reference("snapshot", options.snapshot)
    if options.instance is not None:
        problems += validation.reference("instance", options.instance)
    lengths = {
        "restore_id": 128,
        "expected_instance_name": validation.LONGEST,
    }
    for name, longest in lengths.items():
        if params.get(name) is not None:
            problems += validation.line(name, str(params[name]), longest)
    problems += validation.positive("wait_timeout", options.wait_timeout)
    if options.max_hourly_rate is not None:
        problems += validation.positive("max_hourly_rate", options.max_hourly_rate)
    return options, problems + _provider_problems(str(params.get("provider")), options)


def _provider_problems(name: str, options: RestoreOptions) -> list[str]:
    """Options that this provider requires or cannot honour."""
    spec = SPECS.get(name)
    if spec is None:
        return []
    capabilities, problems = spec.capabilities, []
    if not capabilities.bills_restore:
        if options.accept_billing:
            problems.append(f"accept_billing cannot be used with provider {name}, where a restore is not billed")
        if options.max_hourly_rate is not None:
            problems.append(f"max_hourly_rate cannot be used with provider {name}, where a restore is not billed")
    if options.provider_force is not None and not capabilities.takes_provider_force:
        problems.append(f"provider_force cannot be used with provider {name}, whose API has no such flag")
    if not capabilities.creates_instance:
        if options.instance is None:
            problems.append(f"instance is required with provider {name}")
        if options.new_vm_name is not None:
            problems.append(f"new_vm_name cannot be used with provider {name}, which restores in place")
        return problems
    for option, default in (("stop", "never"), ("power_after", "leave"), ("safety_snapshot", "never")):
        if getattr(options, option) != default:
            problems.append(f"{option} cannot be used with provider {name}, where a restore creates a new instance")
    if options.instance is None and options.expected_instance_name is not None:
        problems.append("expected_instance_name needs instance, whose name it is")
    if options.new_vm_name is None:
        problems.append(f"new_vm_name is required with provider {name}, where a restore creates a new instance")
    elif capabilities.new_instance_name is not None:
        problems += validation.named("new_vm_name", options.new_vm_name, capabilities.new_instance_name)
    return problems
