# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the records say before a rehearsal: how long restores take, and which drills were left behind."""

from __future__ import annotations

from typing import Any

from ...module_utils._api.errors import CloudError
from ...module_utils._change.controller import Controller
from ...module_utils._drill.drills import DELETION_SECONDS, INTERRUPTED, Drills
from ...module_utils._drill.usual import usual_seconds
from ...module_utils._record.record import Record
from ...module_utils._record.stores import file_record
from ...module_utils._task.session import Context, open_provider, read_account
from ...module_utils._task.waiting import Patience


def drills_of(context: Context, own: Controller, *, read_only: bool = False) -> tuple[Drills, Patience]:
    """The drills of the account that the options choose, and how long the end of one may take."""
    provider = open_provider(context, DELETION_SECONDS, [])
    file = file_record(context, provider.account, read_only=read_only)
    return Drills(provider, file, own), Patience(provider.transport.deadline, context.runtime)


class Accounts:
    """Reads the record of each account once for all hosts, and ends the drills that were left behind once."""

    def __init__(self, *, check_only: bool) -> None:
        self._check_only = check_only
        self._records: dict[tuple[str, str, str], list[Record]] = {}
        self._left: dict[tuple[str, ...], list[str]] = {}
        self._errors: dict[tuple[str, ...], CloudError] = {}

    def usual_seconds(self, context: Context, target: str) -> float | None:
        """How long a restore usually takes; None if no record can be read, about which the check says more."""
        try:
            return usual_seconds(self._read(context), target)
        except CloudError:
            return None

    def _read(self, context: Context) -> list[Record]:
        key = _key(context)
        if key not in self._records:
            file = file_record(context, key[1], read_only=True)
            self._records[key] = file.of_account(key[0])
        return self._records[key]

    def look_for_drills(self, context: Context, own: Controller, drill: str, host: str) -> dict[str, Any]:
        """``ended``: this very drill by the record, if it has ended. ``left``: drills of controllers that died.

        Unless in check mode, their instances are deleted. Raises the errors of the options, the record and a deletion.
        """
        drills, patience = drills_of(context, own, read_only=self._check_only)
        # Tokens at one address may be those of several accounts.
        key = (*_key(context), drills.provider.transport.connection.auth_value)
        if key not in self._left:
            left = drills.left_behind()
            self._left[key] = [item.target for item in left]
            self._clean(key, drills, left, patience)
        if key in self._errors:
            raise self._errors[key]
        ended = drills.ended(drill, host)
        known = {"verdict": ended.drill_verdict, "name": ended.target, "at": ended.deleted_at} if ended else None
        return {"ended": known, "left": self._left[key]}

    def _clean(self, key: tuple[str, ...], drills: Drills, left: list[Record], patience: Patience) -> None:
        try:
            for record in left if not self._check_only else ():
                drills.end(record, INTERRUPTED, patience)
        except CloudError as exc:
            self._errors[key] = exc.with_context("an earlier drill was left behind")


def _key(context: Context) -> tuple[str, str, str]:
    account = read_account(context, [])
    return str(context.params.get("provider")), account, str(file_record(context, account, read_only=True).path)
