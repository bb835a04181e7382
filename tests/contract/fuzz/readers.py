# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is fed to the readers of foreign data, and what may come of it: a value of bounded size, or a typed error."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.answer import parse_body
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Operation, Snapshot
from ansible_collections.indiecloud.compute.plugins.module_utils._api.problem import LONGEST_TEXT, Problem, read_problem
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import Provider, RestoreRequest
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.pages import (
    Page,
    first_list,
    page_of_link,
    read_pages,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._record.note_format import PREFIX, decode, encode
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fake_wire import provider

SECONDS = 5.0
SINCE = datetime(2026, 1, 1, tzinfo=timezone.utc)

ASKS: dict[str, Callable[[Provider], Any]] = {
    "get_instance": lambda it: it.get_instance("id"),
    "read_power": lambda it: it.read_power("id"),
    "list_instances": lambda it: it.list_instances(),
    "list_instances by name": lambda it: it.list_instances("web1"),
    "list_snapshots": lambda it: it.list_snapshots("id"),
    "restore": lambda it: it.restore(RestoreRequest("id", "snap", new_instance_name="restored")),
    "get_operation": lambda it: it.get_operation(Operation("job_1"), "id"),
    "restores_since": lambda it: it.restores_since("id", "snap", SINCE),
    "set_power": lambda it: it.set_power("id", "start"),
    "create_snapshot": lambda it: it.create_snapshot("id", "name", None),
    "restore_gate": lambda it: it.restore_gate("id"),
    "read_metadata": lambda it: it.read_metadata("id"),
    "hourly_price": lambda it: it.hourly_price(Snapshot("id", "name")),
}


def typed(exc: CloudError, code: str | None = None) -> None:
    """An error that an operator can read."""
    assert exc.message
    assert len(exc.message) < 5000
    assert exc.error_code not in ("internal_error", "")
    assert code in (None, exc.error_code)


def ask(name: str, question: str, payload: Any) -> None:
    """One question to a provider that answers all with this payload."""
    client, wire = provider(name, payload)
    started = time.thread_time()
    try:
        found = ASKS[question](client)
    except CloudError as exc:
        typed(exc)
    else:
        assert len(repr(found)) < 20 * len(repr(payload)) + 5000
    assert time.thread_time() - started < SECONDS
    assert len(wire.asked) <= 20


def ask_all(payload: Any) -> None:
    for name in sorted(SPECS):
        for question in ASKS:
            ask(name, question, payload)


def problem(payload: Any, text: str = "") -> Problem:
    found = read_problem(payload, text)
    assert len(found.text) <= LONGEST_TEXT
    assert "\n" not in found.text
    for word in (found.code, found.request_id, found.retry_after):
        assert word is None or (0 < len(word) <= 100 and "\n" not in word)
    return found


def body(content: bytes) -> None:
    payload, unreadable = parse_body(content)
    assert payload is None or unreadable is None
    problem(payload, content.decode("utf-8", "replace"))


def pager(marks: list[Any]) -> None:
    """Pages whose ``next`` links are foreign; they end, or that they do not is said."""
    left = list(marks)

    def read(mark: str | None) -> Page:
        link = left.pop(0) if left else None
        return Page([{"id": len(left)}], page_of_link(link, "page"))

    try:
        items, complete = read_pages(read)
    except CloudError:
        return
    assert complete
    assert len(items) <= len(marks) + 1


def lists(payload: Any) -> None:
    found = first_list(payload, ("items", "results", "data"))
    assert found is None or isinstance(found, list)


def note(text: str) -> None:
    try:
        records = decode(text, "hostup", "account", "vps_1")
    except CloudError as exc:
        typed(exc, "record_unavailable")
        return
    assert decode(encode(records), "hostup", "account", "vps_1")[:1] == records[:1]


def replay(content: bytes) -> None:
    """Feed one answer to every reader."""
    body(content)
    payload, _unreadable = parse_body(content)
    problem(payload)
    lists(payload)
    ask_all(payload)
    text = content.decode("utf-8", "replace")
    note(text)
    note(PREFIX + text)
    pager([payload, text, {"next": text}])
