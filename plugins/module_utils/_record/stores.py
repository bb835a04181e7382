# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record that the options of a task choose: a file, and notes at the provider."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .._api.errors import InvalidOption
from .._providers.base import Provider
from .._task.session import Context
from .._task.waiting import Patience
from .record_file import RecordFile
from .sqlite_store import FileRecord

if TYPE_CHECKING:
    from .provider_store import Notes

DEFAULT_RECORD = "~/.ansible/indiecloud/restores.sqlite3"
RECORD_VARIABLE = "INDIECLOUD_RECORD_PATH"


def file_record(
    context: Context,
    account: str,
    record_file: Callable[[Path], RecordFile | None] = lambda path: None,
    *,
    read_only: bool = False,
) -> FileRecord:
    """The records of an account in the file that the options name; check mode only reads it."""
    given = context.params.get("record_path") or context.environ.get(RECORD_VARIABLE) or DEFAULT_RECORD
    try:
        path = Path(given).expanduser()
    except RuntimeError as exc:
        # A container may run as a user that has no home.
        raise InvalidOption([f"record_path is required: {exc}"]) from None
    read_only = read_only or context.check_mode
    return FileRecord(path, context.runtime, account, read_only=read_only, file=record_file(path))


def notes_of(provider: Provider, patience: Patience, lease_seconds: float, *, stops_first: bool) -> Notes | None:
    """The notes of a provider; None where the name of the new instance identifies the restore."""
    # These imports are expensive and few tasks need them.
    if provider.capabilities.record_place == "snapshot":
        from .notes_in_snapshots import SnapshotNotes

        return SnapshotNotes(provider, patience, lease_seconds, stops_first=stops_first)
    if provider.capabilities.record_place == "tags":
        from .notes_in_tags import TagsNotes

        return TagsNotes(provider, provider.transport.deadline)
    return None
