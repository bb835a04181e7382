# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records as one line of text, kept in a tag or in the description of a snapshot.

The line is ``indiecloud-restore=`` and a JSON list of records, the most recent first. A record is an object of its
non-empty fields. Anyone with access to the provider's console can change it, so nothing in it is trusted.
"""

from __future__ import annotations

import json
from typing import Any

from .._metadata.tags import MARKER
from .record import Record, RecordUnavailable, from_text

PREFIX = f"{MARKER}="
LONGEST = 100_000
# Short names, since the maximum length of a tag or a description is not published.
NAMES = {
    "restore_id": "id",
    "snapshot_id": "snapshot",
    "snapshot_name": "name",
    "snapshot_created_at": "of",
    "default_id": "auto",
    "phase": "phase",
    "claimed_at": "since",
    "updated_at": "at",
    "previous_power_state": "power",
    "stopped_by_us": "stopped",
    "sent_at": "sent",
    "repeated_at": "again",
    "attempts": "tries",
    "operations_before": "before",
    "operation_id": "op",
    "operation_path": "op_path",
    "outcome": "outcome",
    "error_code": "error",
    "safety_snapshot": "safety",
    "repeat_unsafe": "unsafe",
    "left_power": "left",
    "claim": "claim",
    "lease_until": "lease",
    "snapshot_as_of": "as_of",
    "change": "change",
    "change_mark": "mark",
    "change_by": "by",
    "change_until": "until",
}
_FLAGS = ("default_id", "stopped_by_us")
_REQUIRED = ("restore_id", "snapshot_id", "phase", "claimed_at", "updated_at")
_DONE_FIELDS = (
    *_REQUIRED,
    "snapshot_name",
    "snapshot_created_at",
    "snapshot_as_of",
    "default_id",
    "outcome",
    "previous_power_state",
)


def is_note(text: Any) -> bool:
    return isinstance(text, str) and text.startswith(PREFIX)


def encode(records: list[Record]) -> str:
    """The line for these records. All but the first are cut down to what shows that they are done."""
    shown = [_shown(item, tuple(NAMES) if number == 0 else _DONE_FIELDS) for number, item in enumerate(records)]
    return PREFIX + json.dumps(shown, separators=(",", ":"), sort_keys=True)


def decode(text: str, provider: str, account: str, target: str) -> list[Record]:
    """The records of a line; raises RecordUnavailable if this collection did not write it."""
    try:
        if len(text) > LONGEST or not is_note(text):
            raise ValueError("it is too long or does not start with the marker")
        items = json.loads(text.removeprefix(PREFIX))
        if not isinstance(items, list):
            raise ValueError("it is not a list")
        return [_record(item, provider, account, target) for item in items]
    except (ValueError, RecursionError) as exc:
        raise RecordUnavailable(
            f"the record of restores that {target} carries cannot be read: {exc}",
            next_steps=(
                "Check in the provider's console what happened to the instance, then remove the entry "
                f"{MARKER} from its tags, or the snapshot whose description starts with it, and run again.",
            ),
        ) from None


def _shown(record: Record, names: tuple[str, ...]) -> dict[str, Any]:
    values = record._asdict()
    return {NAMES[name]: values[name] for name in names if values[name] not in (None, False)}


def _record(item: Any, provider: str, account: str, target: str) -> Record:
    if not isinstance(item, dict):
        raise ValueError("a record in it is not an object")
    values: dict[str, Any] = {}
    for name, short in NAMES.items():
        value = item.get(short)
        if name in _FLAGS:
            if value not in (None, True, False):
                raise ValueError(f"{short} is not a boolean")
            values[name] = bool(value)
        elif value is None and name not in _REQUIRED:
            values[name] = None
        elif not isinstance(value, str) or not value:
            raise ValueError(f"{short} is not text")
        else:
            values[name] = value
    return from_text({**values, "provider": provider, "account": account, "target": target})
