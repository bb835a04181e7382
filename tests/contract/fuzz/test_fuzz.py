# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of foreign data, fed with what was found before and with what hypothesis makes of it.

``FUZZ_EXAMPLES=100000 make unit TESTS=tests/contract/fuzz`` looks longer. What it finds goes into ``corpus.FOUND``.
"""

from __future__ import annotations

import copy
import json
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._record.note_format import NAMES, PREFIX
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Record
from ansible_collections.indiecloud.compute.plugins.module_utils._record.sqlite_store import FileRecord
from ansible_collections.indiecloud.compute.tests.contract.fuzz import corpus, readers
from ansible_collections.indiecloud.compute.tests.resilience.faults.catalogue import VALUES, pointers

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES") or 200)
FUZZ = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(VALUES)
KEYS = st.text(max_size=8) | st.sampled_from(
    ["id", "data", "items", "results", "next", "status", "error", "errors", "detail", "message", "code", "operation"]
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """A known answer with up to three of its parts replaced."""
    payload = copy.deepcopy(draw(st.sampled_from(corpus.payloads())))
    for _turn in range(draw(st.integers(1, 3))):
        ways = list(pointers(payload))
        if not ways:
            break
        *parents, last = draw(st.sampled_from(ways))
        holder = payload
        for parent in parents:
            holder = holder[parent]
        # A later turn may change what is within it, and some of it is of everyone.
        holder[last] = copy.deepcopy(draw(JSON))
    return payload


@pytest.mark.parametrize("name", corpus.FOUND)
def test_found_before(name: str) -> None:
    readers.replay(corpus.FOUND[name])


@pytest.mark.parametrize("provider", sorted(SPECS))
def test_answers_of_the_simulator(provider: str) -> None:
    assert len(corpus.answers(provider)) > 10
    for content in corpus.answers(provider):
        readers.replay(content)


@FUZZ
@given(st.sampled_from(sorted(SPECS)), st.sampled_from(sorted(readers.ASKS)), spoiled() | JSON)
def test_answers(name: str, question: str, payload: Any) -> None:
    readers.ask(name, question, payload)


@FUZZ
@given(spoiled() | JSON, st.text(max_size=300))
def test_errors(payload: Any, text: str) -> None:
    readers.problem(payload, text)


MARKUP = st.sampled_from(["<", ">", "<title>", "</title", "<script", "</script>", "<style ", "&lt;", "&#0;", "&amp;"])


@FUZZ
@given(st.lists(MARKUP | st.text(max_size=10), max_size=40).map("".join) | st.binary(max_size=300))
def test_bodies(content: str | bytes) -> None:
    readers.body(content.encode("utf-8", "replace") if isinstance(content, str) else content)


LINKS = st.sampled_from(["?page=2", "?page=", "//[", "https://x/?page=3&page=4", "?page=%00"]) | SCALARS


@FUZZ
@given(st.lists(LINKS | JSON, max_size=12))
def test_pages(marks: list[Any]) -> None:
    readers.pager(marks)


@FUZZ
@given(spoiled() | JSON)
def test_lists(payload: Any) -> None:
    readers.lists(payload)


NOTES = st.lists(st.dictionaries(st.sampled_from(sorted(NAMES.values())) | KEYS, SCALARS, max_size=8), max_size=3)


@FUZZ
@given(NOTES.map(lambda value: PREFIX + str(value)) | JSON.map(lambda value: PREFIX + repr(value)) | st.text())
def test_notes(text: str) -> None:
    readers.note(text)


CELLS = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=20) | st.binary(max_size=20)


@FUZZ
@given(st.dictionaries(st.sampled_from(Record._fields), CELLS) | CELLS)
def test_rows(stored: Any) -> None:
    """A row that another program has written."""
    with tempfile.TemporaryDirectory() as folder:
        store = FileRecord(Path(folder) / "r.sqlite3", Runtime(), "x")
        plain: dict[str, Any] = {**dict.fromkeys(Record._fields, "x"), "default_id": False, "stopped_by_us": False}
        store.save(Record(**plain))
        text = stored
        if isinstance(stored, dict):
            text = json.dumps({**plain, **stored}, default=repr)
        with sqlite3.connect(store.path) as connection:
            connection.execute("UPDATE restores SET record = ?", [text])
        try:
            found = store.all_of("x", "x")
            for record in found:
                assert record.unfinished in (True, False)
                assert record.was_stopped in (True, False)
                assert record.sent_time is None or record.sent_time.tzinfo is not None
        except CloudError as exc:
            readers.typed(exc, "record_unavailable")
