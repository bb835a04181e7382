# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read, merge, PUT, read: any instance comes back equal but for the asked fields."""

from __future__ import annotations

import copy
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api.answer import Answer
from ansible_collections.indiecloud.compute.plugins.module_utils._api.transport import Transport
from ansible_collections.indiecloud.compute.plugins.module_utils._operations import metadata
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.onetsolutions import OnetSolutions

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
        "billing_cycle": st.sampled_from(metadata.BILLING_CYCLES),
        "tags": JSON,
        "state_sync": st.none() | st.fixed_dictionaries({"vm_status": st.text(max_size=20), "uptime": st.integers(0)}),
        "a_field_of_the_future": JSON,
    },
)
CHANGES = st.dictionaries(
    st.sampled_from(["name", "hostname", "os_name"]), st.text(min_size=1, max_size=100), max_size=3
)


class Shelf:
    """A provider's memory of one instance: GET reads it, PUT replaces what the schema makes writable."""

    def __init__(self, data: dict[str, Any], spoil: str | None = None) -> None:
        self.data = copy.deepcopy(data)
        self.spoil = spoil
        self.bodies: list[dict[str, Any]] = []

    def request(self, method: str, path: str, *, params: object = None, body: Any = None) -> Answer:
        if method == "PUT":
            self.bodies.append(copy.deepcopy(body))
            for part in ("size", "location", "image"):
                assert body[f"{part}_id"] == self.data[part]["id"]
            for name in ("name", "os_name", "hostname", "billing_cycle", "tags"):
                if name in body:
                    self.data[name] = copy.deepcopy(body[name])
                elif name in self.data and self.data[name] is not None:
                    raise AssertionError(f"the PUT left out {name}")
            if "vpc_id" in body:
                assert body["vpc_id"] == (self.data.get("vpc") or {}).get("id")
            self.data["modified"] = "2026-01-02T00:00:00Z"
            if self.spoil:
                self.data[self.spoil] = "changed by the provider"
        return Answer(200, {}, copy.deepcopy(self.data), None, f"{method} {path}")


def provider(shelf: Shelf) -> OnetSolutions:
    return OnetSolutions(cast(Transport, shelf), SCOPE, {})


@settings(max_examples=400, deadline=None)
@given(INSTANCE, CHANGES)
def test_comes_back_equal_but_for_what_was_asked(data: dict[str, Any], asked: dict[str, Any]) -> None:
    shelf = Shelf(data)
    cloud = provider(shelf)
    found = cloud.read_metadata("i")
    changes = metadata.plan(cloud.capabilities, found, asked, "merge")
    if changes:
        metadata.apply(cloud, "i", found, changes)
    assert {**shelf.data, "modified": None} == {**data, **asked, "modified": None}
    assert metadata.plan(cloud.capabilities, cloud.read_metadata("i"), asked, "merge") == {}
    assert len(shelf.bodies) == (1 if changes else 0)


@settings(max_examples=100, deadline=None)
@given(INSTANCE, st.sampled_from(["size", "location", "image", "volumes", "tags", "os_name", "status"]))
def test_any_field_the_provider_changes_by_itself_is_named(data: dict[str, Any], field: str) -> None:
    cloud = provider(Shelf(data, spoil=field))
    found = cloud.read_metadata("i")
    with pytest.raises(metadata.MetadataError) as caught:
        metadata.apply(cloud, "i", found, {"name": "renamed"})
    assert caught.value.error_code == "unexpected_change"
    assert [item.field.split(".")[0] for item in caught.value.differences] == [field]
