# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read, merge, PUT, read: any instance comes back equal but for the asked fields.

PROPERTY_EXAMPLES sets how many instances are made up.
"""

from __future__ import annotations

import copy
import os
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api.answer import Answer
from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._api.transport import Transport
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata import change
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.tags import (
    MARKER,
    TagsRefused,
    combine,
    same,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.task import choices
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.onetsolutions import OnetSolutions

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "400"))
SCOPE = {"organization_id": "org", "project_id": "project"}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6)
REFERENCE = st.fixed_dictionaries({"id": st.uuids().map(str), "slug": st.text(max_size=10)}, optional={"extra": JSON})
INSTANCE = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "name": st.text(min_size=1, max_size=255),
        "os_name": st.text(min_size=1, max_size=100),
        "size": REFERENCE,
        "location": REFERENCE,
        "image": REFERENCE,
        "volumes": st.lists(JSON, max_size=2),
        "modified": st.just("2026-01-01T00:00:00Z"),
    },
    optional={
        "hostname": st.text(max_size=255) | st.none(),
        "vpc": REFERENCE | st.none(),
        "billing_cycle": st.sampled_from(choices("billing_cycle")),
        "tags": JSON,
        "state_sync": st.none() | st.fixed_dictionaries({"vm_status": st.text(max_size=20), "uptime": st.integers(0)}),
        "a_field_of_the_future": JSON,
    },
)
TEXT = st.text(min_size=1, max_size=100)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "hostname": TEXT,
        "os_name": TEXT,
        "billing_cycle": st.sampled_from(choices("billing_cycle")),
        "vpc": st.none() | st.uuids().map(str),
        "tags": st.none() | st.lists(JSON, max_size=3) | st.dictionaries(st.text(), JSON, max_size=3),
    },
)
MODES = st.sampled_from(["merge", "replace", "remove"])


class Shelf:
    """A provider's memory of one instance: GET reads it, PUT replaces what the schema makes writable."""

    runtime = Runtime()

    def __init__(self, data: dict[str, Any], spoil: str | None = None) -> None:
        self.data = copy.deepcopy(data)
        self.spoil = spoil
        self.bodies: list[dict[str, Any]] = []

    def request(self, method: str, path: str, *, body: Any = None, **dummy: Any) -> Answer:
        if method == "PUT":
            self.bodies.append(copy.deepcopy(body))
            for part in ("size", "location", "image"):
                assert body[f"{part}_id"] == self.data[part]["id"]
            for name in ("name", "os_name", "hostname", "billing_cycle", "tags"):
                if name in body:
                    self.data[name] = copy.deepcopy(body[name])
                elif name in self.data and self.data[name] is not None:
                    raise AssertionError(f"the PUT left out {name}")
            if "vpc_id" not in body:
                assert not self.data.get("vpc"), "the PUT left out vpc_id"
            elif body["vpc_id"] != (self.data.get("vpc") or {}).get("id"):
                self.data["vpc"] = body["vpc_id"] and {"id": body["vpc_id"]}
            self.data["modified"] = "2026-01-02T00:00:00Z"
            if self.spoil:
                self.data[self.spoil] = "changed by the provider"
        return Answer(200, {}, copy.deepcopy(self.data), None, f"{method} {path}")


def provider(shelf: Shelf) -> OnetSolutions:
    return OnetSolutions(cast(Transport, shelf), SCOPE, {})


def expected(data: dict[str, Any], asked: dict[str, Any], mode: str) -> dict[str, Any]:
    """What a careful clerk would write; raises TagsRefused."""
    after = {**data, **{name: value for name, value in asked.items() if name not in ("tags", "vpc")}}
    if "tags" in asked:
        tags = combine(data.get("tags"), asked["tags"], mode)
        after.update({"tags": tags} if "tags" in data or tags is not None else {})
    if "vpc" in asked and asked["vpc"] != (data.get("vpc") or {}).get("id"):
        after["vpc"] = asked["vpc"] and {"id": asked["vpc"]}
    return after


@settings(max_examples=EXAMPLES, deadline=None)
@given(INSTANCE, CHANGES, MODES)
def test_only_the_asked_fields_change(data: dict[str, Any], asked: dict[str, Any], mode: str) -> None:
    shelf = Shelf(data)
    cloud = provider(shelf)
    found = cloud.read_metadata(data["id"])
    try:
        wanted = expected(data, asked, mode)
    except TagsRefused:
        with pytest.raises(TagsRefused):
            change.plan(cloud.capabilities, found, asked, mode)
        return
    changes = change.plan(cloud.capabilities, found, asked, mode)
    if changes:
        change.apply(cloud, data["id"], found, changes, [])
    assert same({**shelf.data, "modified": None}, {**wanted, "modified": None})
    assert change.plan(cloud.capabilities, cloud.read_metadata(data["id"]), asked, mode) == {}
    assert len(shelf.bodies) == (1 if changes else 0)


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(INSTANCE, CHANGES, MODES)
def test_record_of_a_restore_survives_any_change(data: dict[str, Any], asked: dict[str, Any], mode: str) -> None:
    tags = data.get("tags")
    marked: Any = {**tags, MARKER: "v1"} if isinstance(tags, dict) else [f"{MARKER}=v1"]
    shelf = Shelf({**data, "tags": marked})
    cloud = provider(shelf)
    found = cloud.read_metadata(data["id"])
    try:
        changes = change.plan(cloud.capabilities, found, asked, mode)
    except TagsRefused:
        return
    if changes:
        change.apply(cloud, data["id"], found, changes, [])
    after = shelf.data["tags"]
    assert after[MARKER] == "v1" if isinstance(marked, dict) else f"{MARKER}=v1" in after


@settings(max_examples=100, deadline=None)
@given(INSTANCE, st.sampled_from(["size", "location", "image", "volumes", "tags", "os_name", "status"]))
def test_unexpected_change_of_any_field_is_reported(data: dict[str, Any], field: str) -> None:
    cloud = provider(Shelf(data, spoil=field))
    found = cloud.read_metadata(data["id"])
    with pytest.raises(change.MetadataError) as caught:
        change.apply(cloud, data["id"], found, {"name": "renamed"}, [])
    assert caught.value.error_code == "unexpected_change"
    assert [item.field.split(".")[0] for item in caught.value.differences] == [field]
