# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .._providers.base import Capabilities, Provider
from .._providers.registry import SPECS
from .._record.record import RecordStore
from .._record.record_file import RecordFile
from .._record.stores import file_record, notes_of
from .._task import validation
from .._task.outcome import Outcome
from .._task.session import Context, open_provider
from .._task.waiting import Patience
from .in_place import InPlace
from .new_instance import NewInstance
from .options import RestoreOptions
from .restore import Restore
from .result import Result


class Surroundings(NamedTuple):
    """What a restore gets from outside: the connection, the file of records, and a look at the object before it runs.

    ``connect`` is ``open_provider`` or does the same. ``record_file`` gives the file that all threads of a process
    share, or None if this is the only restore of the process.
    """

    connect: Callable[[Context, float, list[str]], Provider] = open_provider
    record_file: Callable[[Path], RecordFile | None] = lambda path: None
    begin: Callable[[Restore], None] = lambda restore: None


ALONE = Surroundings()


def restore_task(context: Context, outcome: Outcome, around: Surroundings = ALONE) -> None:
    """The task of the module ``snapshot_restore``: options in, a ``Result`` out, whatever happens."""
    result = Result(context.runtime.monotonic)
    started = context.runtime.monotonic()
    try:
        options, problems = _options(context.params)
        provider = around.connect(context, options.wait_timeout, problems)
        store = _store(context, provider, options, result, around.record_file)
        kind = _kind_of(provider.capabilities)
        run_by = context.redactor.text(context.run_by.to_text())
        restore = kind(provider, options, store, result, context.on_progress, run_by)
        around.begin(restore)
        restore.run(check_mode=context.check_mode)
    finally:
        result.timings["total"] = round(context.runtime.monotonic() - started, 3)
        outcome.result.update(result.to_result())
        outcome.diff = result.diff
        outcome.warnings.extend(result.warnings)
        if result.unverified:
            outcome.warnings.append("Could not be verified: " + "; ".join(result.unverified))


def _kind_of(capabilities: Capabilities) -> type[Restore]:
    return NewInstance if capabilities.creates_instance else InPlace


def _store(
    context: Context,
    provider: Provider,
    options: RestoreOptions,
    result: Result,
    record_file: Callable[[Path], RecordFile | None],
) -> RecordStore:
    if options.record == "none":
        return RecordStore()
    file = file_record(context, provider.account, record_file)
    patience = Patience(provider.transport.deadline, context.runtime)
    # A claim in a snapshot cannot be renewed, so it lasts for the whole run.
    notes = (
        notes_of(provider, patience, options.wait_timeout, stops_first=options.stop == "always")
        if options.record == "provider"
        else None
    )
    if notes is None:
        return file
    from .._record.provider_store import ProviderRecord

    # A person who says what became of a restore says that its controller has ended. A claim that is renewed shows it.
    patient = options.on_unknown == "fail" or (notes.renews and options.on_unknown == "accept")
    return ProviderRecord(file, notes, provider, result.warnings.append, patient=patient)


def _snapshot_problems(given: dict[str, Any]) -> list[str]:
    """Problems of ``snapshot`` and ``snapshot_as_of``, of which one is required; converts the time."""
    problems: list[str] = []
    if "undo_of" in given:
        return ["record: none keeps nothing that could be undone"] if given.get("record") == "none" else []
    if "snapshot_as_of" in given:
        given["snapshot_as_of"], problems = validation.moment("snapshot_as_of", given["snapshot_as_of"])
        if "snapshot" in given:
            problems.append("snapshot and snapshot_as_of cannot be used together")
        for option in ("restore_id", "instance"):
            if option not in given:
                problems.append(f"{option} is required with snapshot_as_of")
    elif "snapshot" not in given:
        problems.append("snapshot or snapshot_as_of is required")
    return problems


def _options(params: Mapping[str, Any]) -> tuple[RestoreOptions, list[str]]:
    given = {name: params[name] for name in RestoreOptions._fields if params.get(name) is not None}
    given["max_snapshot_age"], problems = validation.seconds("max_snapshot_age", params.get("max_snapshot_age"))
    problems += _snapshot_problems(given)
    given.setdefault("snapshot", "")
    options = RestoreOptions(**given)
    if params.get("snapshot") is not None:
        problems += validation.line("snapshot", options.snapshot)
    if options.instance is not None:
        problems += validation.line("instance", options.instance)
    for name, longest in (("restore_id", 128), ("expected_instance_name", validation.LONGEST)):
        if params.get(name) is not None:
            problems += validation.line(name, str(params[name]), longest)
    problems += validation.positive("wait_timeout", options.wait_timeout)
    if options.max_hourly_rate is not None:
        problems += validation.positive("max_hourly_rate", options.max_hourly_rate)
    spec = SPECS.get(str(params.get("provider")))
    if spec is not None:
        problems += _kind_of(spec.capabilities).option_problems(spec, options)
    return options, problems
