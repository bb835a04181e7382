# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a drill: its instance is deleted in every outcome."""

from __future__ import annotations

from typing import Any

from ...module_utils._api.errors import CloudError, InvalidOption
from ...module_utils._change.controller import Controller
from ...module_utils._drill.drills import DrillUnrecorded
from ...module_utils._instance.deletion import StillBilled
from ...module_utils._record.record import RecordUnavailable
from .._role.batch import Run, context_of
from .._role.together import together
from .account import drills_of


def end_drill(run: Run, host: str, verdict: str, controller: Controller) -> dict[str, Any]:
    """Delete the instance of the drill of this host.

    ``error`` says why it is not proved to be gone, and ``deleted`` is False then, or if it was gone before.
    """
    plan = run.plans[host]
    name = plan["rehearsal"]["name"]
    found: dict[str, Any] = {"verdict": verdict, "deleted": False, "changed": False, "error": None}
    with together(run.plans, run.progress) as (_crew, runtime):
        try:
            if not plan["targets"]:
                raise InvalidOption(plan["problems"])
            context, wrong = context_of(host, plan["targets"][0], plan, run, runtime)
            if wrong:
                raise InvalidOption(wrong)
            drills, patience = drills_of(context, controller.for_host(host))
            record = drills.find(name)
            if record is None:
                raise RecordUnavailable(f"the record does not hold the drill that created {name} any more")
            deletion = drills.end(record, verdict, patience)
            found["deleted"] = found["changed"] = deletion.seen is not None
        except DrillUnrecorded as exc:
            found.update(verdict=exc.message, deleted=True, changed=True)
        except CloudError as exc:
            by_hand = f"To end the bill by hand, delete instance {name} in the provider's console."
            steps = list(exc.next_steps) if name in " ".join(exc.next_steps) else [by_hand, *exc.next_steps]
            known = isinstance(exc, StillBilled)
            text = exc.message if known else f"instance {name} may still be billed: {exc.message}"
            found["error"] = {
                "msg": f"{text.rstrip('.')}.",
                "error_code": exc.error_code,
                "next_steps": steps,
                "refusals": [],
            }
    return found
