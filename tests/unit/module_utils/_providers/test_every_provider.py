# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every provider: routes with their evidence, and no surprise whatever JSON comes."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    NOT_APPLIED,
    AnswerUnreadable,
    CloudError,
    RouteUnconfirmed,
    Unsupported,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Operation, Snapshot
from ansible_collections.indiecloud.compute.plugins.module_utils._api.url import fill_path, placeholders
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import Provider, RestoreRequest
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import PROVIDERS, SPECS
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fake_wire import provider

EVERY = pytest.mark.parametrize("name", sorted(SPECS))
SINCE = datetime(2020, 1, 1, tzinfo=timezone.utc)
ROUTES = [(name, route) for name in sorted(SPECS) for route in SPECS[name].routes]

# The fields that any of the three providers reads, so that arbitrary values land where they are looked at.
KEYS = [
    "id",
    "name",
    "status",
    "state",
    "result",
    "results",
    "next",
    "data",
    "hasMore",
    "nextCursor",
    "operation",
    "jobId",
    "pollUrl",
    "success",
    "isFailed",
    "isCompleted",
    "progress",
    "progressDetails",
    "error",
    "message",
    "createdAt",
    "expiresAt",
    "actions",
    "canRestore",
    "limits",
    "totalSnapshots",
    "powerState",
    "operatingSystem",
    "state_sync",
    "vm_status",
    "ip_addresses",
    "primary_ipv4",
    "task",
    "task_id",
    "task_type",
    "completed_at",
    "created",
    "parameters",
    "instances",
    "snapshots",
    "snapshot",
    "pagination",
    "total",
    "page_size",
    "pages",
    "has_next",
    "instance_id",
    "vm_name",
    "specs",
    "billing",
    "hourly_rate",
    "gpu_type",
    "gpu_count",
    "boot_source",
    "pricing_data",
    "gpus",
    "pricing",
    "legacy",
    "prices",
    "USD",
    "L40",
    "request_id",
]
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["..", "/api/jobs/", "/api/jobs/x", "completed", "0001-01-01T00:00:00+14:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)


def everything(found: Provider) -> list[Any]:
    """Each call that reads or writes, as thunks."""
    restore = RestoreRequest("i-1", "s-1", new_instance_name="new")
    priced = Snapshot("s-1", "s", extra={"gpu_type": "L40", "gpu_count": 2})
    return [
        lambda: found.get_instance("i-1"),
        lambda: found.read_power("i-1"),
        lambda: found.list_instances("web"),
        found.list_instances,
        lambda: found.list_snapshots("i-1"),
        lambda: found.restore_gate("i-1"),
        lambda: found.restore(restore),
        lambda: found.get_operation(Operation("o-1"), "i-1"),
        lambda: found.restores_since("i-1", "s-1", SINCE),
        *(lambda action=action: found.set_power("i-1", action) for action in ("start", "stop", "shutdown", "restart")),
        lambda: found.create_snapshot("i-1", "s", None),
        lambda: found.delete_snapshot("i-1", "s-1"),
        lambda: found.hourly_price(priced),
        lambda: found.recent_operations("i-1", SINCE),
    ]


@EVERY
@settings(max_examples=150, deadline=None)
@given(payload=JUNK)
def test_any_json_gives_a_value_or_one_of_our_errors(name: str, payload: Any) -> None:
    for call in everything(provider(name, payload, payload, (404, None))[0]):
        try:
            found = call()
        except CloudError:
            continue
        for item in getattr(found, "instances", ()) or getattr(found, "snapshots", ()):
            assert isinstance(item.id, str)
            assert item.id
            item.to_result()


@EVERY
@pytest.mark.parametrize("body", [b"", b"<html>", b"ok", b"null", b"[]", b'"x"', b"7"])
def test_a_body_that_is_no_object_gives_a_value_or_one_of_our_errors(name: str, body: bytes) -> None:
    for call in everything(provider(name, body)[0]):
        with suppress(AnswerUnreadable, Unsupported):
            call()


@pytest.mark.parametrize(("name", "route"), ROUTES)
def test_a_route_has_a_page_or_says_what_it_rests_on(name: str, route: str) -> None:
    found = SPECS[name].routes[route]
    assert (found.documented is None) != (found.note is None)
    assert found.documented is None or found.documented.startswith("https://")
    assert found.note is None or len(found.note) > 10


@pytest.mark.parametrize(("name", "route"), ROUTES)
def test_a_route_is_a_method_and_a_path_that_can_be_filled(name: str, route: str) -> None:
    found = SPECS[name].routes[route]
    assert found.method in ("GET", "POST", "PUT", "DELETE")
    assert found.path.startswith("/")
    ids = {"instance_id": "i/1", "snapshot_id": "s 1", "operation_id": "o%1"}
    assert set(placeholders(found.path)) <= {*ids, *SPECS[name].scope}
    assert "{" not in fill_path(found.path, {**SPECS[name].scope, **ids})


@EVERY
def test_the_main_route_and_the_credential_are_published_or_said_not_to_be(name: str) -> None:
    spec = SPECS[name]
    assert spec.routes["snapshot_restore"].documented
    assert spec.auth_documented or any("API key" in text for text in spec.unconfirmed)
    assert spec.unconfirmed


@pytest.mark.parametrize(("name", "route"), ROUTES)
@pytest.mark.parametrize("status", [404, 405])
def test_an_assumed_route_that_is_not_there_says_so_and_names_the_option(name: str, route: str, status: int) -> None:
    found, dummy = provider(name, (status, None))
    with pytest.raises(CloudError) as caught:
        found.call(route, instance_id="i", snapshot_id="s", operation_id="o")
    assert isinstance(caught.value, RouteUnconfirmed) is found.is_assumed(route)
    if found.is_assumed(route):
        assert f"api_routes: {{{route}: {SPECS[name].routes[route].path}}}" in caught.value.next_steps[0]
        assert caught.value.error_code == "route_unconfirmed"


@pytest.mark.parametrize(("name", "route"), ROUTES)
def test_the_path_of_the_user_is_taken_and_is_no_guess(name: str, route: str) -> None:
    ids = SPECS[name].routes[route].ids(SPECS[name].scope)
    own, sent = ("/own/{id}/way", "/own/a%2Fb/way") if ids else ("/own/way", "/own/way")
    found, wire = provider(name, (404, None), routes={route: own})
    with pytest.raises(CloudError) as caught:
        found.call(route, **{item: "a/b" if item == ids[-1] else "x" for item in ids})
    assert not isinstance(caught.value, RouteUnconfirmed)
    assert wire.asked[0][:2] == (SPECS[name].routes[route].method, sent)


@EVERY
@pytest.mark.parametrize("read", ["get_instance", "read_power"])
def test_an_answer_about_another_instance_is_an_error(name: str, read: str) -> None:
    found, wire = provider(name, {"id": "i-2", "name": "web2"})
    with pytest.raises(AnswerUnreadable) as caught:
        getattr(found, read)("i-1")
    assert caught.value.applied == NOT_APPLIED
    assert len(wire.asked) == 1


@EVERY
def test_ids_are_one_segment_of_the_path(name: str) -> None:
    found, wire = provider(name, {})
    with pytest.raises(AnswerUnreadable):
        found.get_instance("../../admin?x=1#y")
    assert "..%2F..%2Fadmin%3Fx%3D1%23y" in wire.asked[0][1]


@EVERY
@pytest.mark.parametrize("bad", ["", ".", "..", "a\r\nX: y"])
def test_an_id_that_cannot_be_sent_sends_nothing(name: str, bad: str) -> None:
    found, wire = provider(name, {})
    with pytest.raises(AnswerUnreadable) as caught:
        found.get_instance(bad)
    assert caught.value.applied == NOT_APPLIED
    assert wire.asked == []


@EVERY
def test_an_unknown_route_is_unsupported(name: str) -> None:
    with pytest.raises(Unsupported):
        provider(name, {})[0].call("no_such_route")


@EVERY
def test_a_restore_is_one_post(name: str) -> None:
    found, wire = provider(name, (500, None))
    with pytest.raises(CloudError):
        found.restore(RestoreRequest("i-1", "s-1", new_instance_name="new"))
    assert [method for method, *dummy in wire.asked] == ["POST"]


@EVERY
def test_the_registry_knows_it_by_its_name(name: str) -> None:
    assert PROVIDERS[name].spec is SPECS[name]
    assert SPECS[name].name == name
    assert SPECS[name].default_url.startswith("https://")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("barrack", ["a", "a b", "x" * 50, "A.b_c-1"], ["", " ", " a", "a ", "x" * 51, "a/b", "ä", "a\n", "a\tb"]),
        ("hostup", ["a", "x" * 40, "A_b-1"], ["", "x" * 41, "a b", "a.b", "a\n", "ä", "../a"]),
    ],
)
def test_names_of_snapshots(name: str, good: list[str], bad: list[str]) -> None:
    rule = SPECS[name].capabilities.snapshot_name
    assert rule
    assert [text for text in good if not rule.accepts(text)] == []
    assert [text for text in bad if rule.accepts(text)] == []
