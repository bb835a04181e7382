# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._api.models import iso
from .._providers.registry import SPECS
from .._record.sqlite_store import FileRecord
from .._record.stores import file_record
from .._task import validation
from .._task.outcome import Outcome, reporting_changes
from .._task.refusal import Refusal, Refused
from .._task.resolve import canonical_id, is_id
from .._task.session import Context, Progress, open_provider
from .._task.waiting import Patience
from .deletion import Deletion


def instance_task(context: Context, outcome: Outcome) -> None:
    """The task of the module ``instance``: an instance that one of our restores created is absent.

    ``billed`` is None until it is proved that the instance exists or is gone.
    """
    result, params = outcome.result, context.params
    result.update(instance=None, billed=None)
    provider = open_provider(context, float(params.get("wait_timeout") or 600.0), _problems(params))
    name = str(params["expected_instance_name"])
    context.on_progress(Progress("deleting", name))
    file = file_record(context, provider.account)
    with file.holding(provider.spec.name, name, provider.transport.deadline):
        record = file.find(provider.spec.name, name, str(params["restore_id"]))
        if record is None:
            raise _unknown(params, file)
        deletion = Deletion(provider, record, Patience(provider.transport.deadline, context.runtime))
        _delete(context, outcome, deletion)
        if not context.check_mode and record.deleted_at is None:
            file.save(deletion.record._replace(deleted_at=iso(provider.transport.provider_now())))


def _delete(context: Context, outcome: Outcome, deletion: Deletion) -> None:
    result, provider = outcome.result, deletion.provider
    found = deletion.look()
    if found is not None:
        result.update(instance=found.to_result(), billed=True)
    _require_meant(str(context.params["instance"]), deletion)
    if found is not None:
        outcome.diff = {"before": {"instance": found.name}, "after": {"instance": None}}
    if context.check_mode:
        result.update(changed=found is not None, billed=None if deletion.may_appear else False)
        return
    with reporting_changes(outcome, provider):
        deletion.delete()
    if deletion.seen is not None:
        result["instance"] = deletion.seen.to_result()
    result.update(changed=provider.transport.writes > 0, billed=False)


def _require_meant(wanted: str, deletion: Deletion) -> None:
    spec, made = deletion.provider.spec, deletion.record.instance_id
    if is_id(spec, wanted) and canonical_id(spec, wanted) != made:
        what = f"instance {made}" if made else "no instance whose id is known"
        text = f"restore {deletion.record.restore_id!r} created {what}, and the option instance is {wanted}"
        refusal = Refusal("not_made_by_restore", text, "Correct the option instance.")
        raise Refused(f"deleting instance {wanted}", [refusal])


def _problems(params: Mapping[str, Any]) -> list[str]:
    wanted, name = str(params["instance"]), str(params["expected_instance_name"])
    problems = validation.line("instance", wanted)
    problems += validation.line("expected_instance_name", name, validation.LONGEST)
    problems += validation.line("restore_id", str(params["restore_id"]), 128)
    if params.get("wait_timeout") is not None:
        problems += validation.positive("wait_timeout", float(params["wait_timeout"]))
    spec = SPECS.get(str(params.get("provider")))
    if spec is not None and not spec.capabilities.creates_instance:
        problems.append(
            f"instances of provider {spec.name} cannot be deleted with this module: a restore there creates no instance"
        )
    elif spec is not None and not is_id(spec, wanted) and wanted != name:
        problems.append("instance must be an id, or the same name as expected_instance_name")
    return problems


def _unknown(params: Mapping[str, Any], file: FileRecord) -> Refused:
    name = params["expected_instance_name"]
    text = (
        f"the record at {file.path} holds no restore {params['restore_id']!r} that created an instance named {name!r}"
    )
    step = (
        "Check restore_id and record_path; the module restore_info lists the restores on record. An instance that this "
        "collection did not create is deleted in the provider's console."
    )
    return Refused(f"deleting instance {name}", [Refusal("not_made_by_restore", text, step)])
