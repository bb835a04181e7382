# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists that come in pages: read to the end, or said not to have one."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import AnswerUnreadable
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.pages import (
    MOST_BYTES,
    MOST_PAGES,
    Page,
    first_list,
    page_of_link,
    read_pages,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fake_wire import provider


def item(number: int) -> dict[str, Any]:
    return {"id": f"id-{number}", "name": f"n{number}"}


def ids(found: Any) -> list[str]:
    return [entry.id for entry in found.instances]


class TestOnetSolutions:
    def test_a_bare_array(self) -> None:
        found = provider("onetsolutions", [item(1), item(2)])[0].list_instances()
        assert (ids(found), found.complete) == (["id-1", "id-2"], True)

    def test_three_pages_by_their_next_links(self) -> None:
        link = "https://evil.example/x?page_size=1&page="
        pages = [
            {"count": 3, "next": link + "2", "previous": None, "results": [item(1)]},
            {"count": 3, "next": link + "3", "previous": link + "1", "results": [item(2)]},
            {"count": 3, "next": None, "previous": link + "2", "results": [item(3)]},
        ]
        client, wire = provider("onetsolutions", *pages)
        assert ids(client.list_instances()) == ["id-1", "id-2", "id-3"]
        assert [asked[2] for asked in wire.asked] == [
            {"page_size": "100"},
            {"page_size": "100", "page": "2"},
            {"page_size": "100", "page": "3"},
        ]
        assert {asked[1] for asked in wire.asked} == {
            "/v1/organizations/organization/projects/project/compute/instances"
        }

    def test_operations_of_all_pages(self) -> None:
        client, wire = provider(
            "onetsolutions", {"next": "https://x/?page=2", "results": [item(1)]}, {"next": None, "results": [item(2)]}
        )
        client.restores_since("i-1", "s-1", datetime(2026, 1, 1, tzinfo=timezone.utc))
        assert len(wire.asked) == 2

    @pytest.mark.parametrize("more", [{"count": 2}, {"results": [item(1), None]}, {"results": [item(1), 7]}])
    def test_a_list_that_misses_something_is_not_complete(self, more: dict[str, Any]) -> None:
        client, dummy = provider("onetsolutions", {"next": None, "count": 1, "results": [item(1)], **more})
        assert not client.list_instances().complete

    def test_an_instance_without_a_name_makes_names_incomplete(self) -> None:
        client, dummy = provider("onetsolutions", {"next": None, "results": [item(1), {**item(2), "name": ""}]})
        listed = client.list_instances()
        assert listed.complete
        assert not listed.names_are_complete

    @pytest.mark.parametrize("link", ["https://x/?page=2", "?page=2"])
    def test_a_next_link_that_comes_back_is_an_end(self, link: str) -> None:
        client, wire = provider("onetsolutions", {"next": link, "results": [item(1)]})
        with pytest.raises(AnswerUnreadable, match="does not end"):
            client.list_instances()
        assert len(wire.asked) <= 3

    @pytest.mark.parametrize("link", ["https://x/?cursor=abc", "https://[", 7, {"a": 1}, True])
    def test_a_next_link_without_a_page_is_no_silent_end(self, link: Any) -> None:
        with pytest.raises(AnswerUnreadable):
            provider("onetsolutions", {"next": link, "results": [item(1)]})[0].list_instances()

    @pytest.mark.parametrize("payload", [{}, {"results": None}, {"data": []}, "x", None])
    def test_no_list_at_all(self, payload: Any) -> None:
        with pytest.raises(AnswerUnreadable):
            provider("onetsolutions", payload)[0].list_instances()


class TestHostUp:
    def test_three_pages_by_cursor(self) -> None:
        pages = [
            {"data": [item(1)], "hasMore": True, "nextCursor": "c1"},
            {"data": [item(2)], "hasMore": True, "nextCursor": "c2"},
            {"data": [item(3)], "hasMore": False, "nextCursor": None},
        ]
        client, wire = provider("hostup", *pages)
        assert ids(client.list_instances("web")) == ["id-1", "id-2", "id-3"]
        assert [asked[2] for asked in wire.asked] == [
            {"limit": "100", "name": "web"},
            {"limit": "100", "name": "web", "cursor": "c1"},
            {"limit": "100", "name": "web", "cursor": "c2"},
        ]

    @pytest.mark.parametrize(
        "end",
        [{"hasMore": False, "nextCursor": "c9"}, {"hasMore": False}, {"nextCursor": None}, {"nextCursor": ""}, {}],
    )
    def test_each_way_to_say_the_end(self, end: dict[str, Any]) -> None:
        found = provider("hostup", {"data": [item(1)], **end})[0].list_instances()
        assert (ids(found), found.complete) == (["id-1"], True)

    def test_a_cursor_that_comes_back_is_an_end(self) -> None:
        client, wire = provider("hostup", {"data": [], "hasMore": True, "nextCursor": "c1"})
        with pytest.raises(AnswerUnreadable, match="does not end"):
            client.list_instances()
        assert len(wire.asked) == 2

    def test_more_without_a_cursor_is_no_silent_end(self) -> None:
        with pytest.raises(AnswerUnreadable):
            provider("hostup", {"data": [item(1)], "hasMore": True, "nextCursor": None})[0].list_instances()


class TestBarrack:
    @pytest.mark.parametrize(
        "envelope",
        [
            lambda items: items,
            lambda items: {"success": True, "instances": items},
            lambda items: {"success": True, "data": items},
            lambda items: {"data": {"vms": items}},
            lambda items: {"results": items, "count": 1},
        ],
    )
    def test_each_envelope(self, envelope: Any) -> None:
        assert ids(provider("barrack", envelope([item(1)]))[0].list_instances()) == ["id-1"]

    @pytest.mark.parametrize(
        "info",
        [
            lambda page: {"pagination": {"has_next": page < 3}},
            lambda page: {"pagination": {"page": page, "total_pages": 3}},
            lambda page: {"pagination": {"total": 3, "per_page": 1}},
            lambda page: {"count": 3, "page": page, "page_size": 1},
            lambda page: {"data": {"pagination": {"hasMore": page < 3}}},
            lambda page: {"next": f"https://x/?page={page + 1}" if page < 3 else None},
        ],
    )
    def test_each_way_to_count_pages(self, info: Any) -> None:
        client, wire = provider("barrack", *({"instances": [item(page)], **info(page)} for page in (1, 2, 3)))
        assert ids(client.list_instances()) == ["id-1", "id-2", "id-3"]
        assert [asked[2] for asked in wire.asked] == [None, {"page": "2"}, {"page": "3"}]

    def test_a_server_that_does_not_know_the_page_parameter_is_found_out(self) -> None:
        client, wire = provider("barrack", {"instances": [item(1)], "pagination": {"has_next": True}})
        with pytest.raises(AnswerUnreadable):
            client.list_instances()
        assert len(wire.asked) == 2

    @pytest.mark.parametrize("payload", [{}, {"instances": None}, {"a": {"b": {"instances": []}}}, "x"])
    def test_no_list_at_all(self, payload: Any) -> None:
        with pytest.raises(AnswerUnreadable):
            provider("barrack", payload)[0].list_instances()


def test_pages_without_end_are_given_up() -> None:
    reads: list[str | None] = []

    def read(mark: str | None) -> Page:
        reads.append(mark)
        return Page([{"n": len(reads)}], str(len(reads)))

    with pytest.raises(AnswerUnreadable, match=f"after {MOST_PAGES} pages"):
        read_pages(read)
    assert len(reads) == MOST_PAGES == 10000


def test_large_pages_are_given_up_at_a_total_size() -> None:
    reads: list[str | None] = []

    def read(mark: str | None) -> Page:
        reads.append(mark)
        return Page([{"n": len(reads)}], str(len(reads)), size=MOST_BYTES // 4)

    with pytest.raises(AnswerUnreadable) as caught:
        read_pages(read)
    assert (caught.value.error_code, len(reads)) == ("answer_too_large", 5)


def test_empty_pages_may_stand_between() -> None:
    pages = {None: Page([], "1"), "1": Page([], "2"), "2": Page([{"n": 1}])}
    assert read_pages(lambda mark: pages[mark]) == ([{"n": 1}], True)


def test_marks_of_a_hostile_provider_are_not_repeated() -> None:
    with pytest.raises(AnswerUnreadable) as caught:
        read_pages(lambda mark: Page([], "x" * 100_000))
    assert len(caught.value.message) < 200


def test_no_link_is_the_end() -> None:
    assert page_of_link(None, "page") is None
    assert page_of_link("", "page") is None
    assert page_of_link("https://x/?a=1&page=7&page=8", "page") == "7"


def test_lists_are_looked_for_two_deep() -> None:
    assert first_list({"a": {"items": [1]}}, ("items",)) == [1]
    assert first_list({"a": {"b": {"items": [1]}}}, ("items",)) is None
    assert first_list(3, ("items",)) is None


def test_pages_that_stay_empty_have_an_end() -> None:
    reads: list[str | None] = []

    def read(mark: str | None) -> Page:
        reads.append(mark)
        return Page([], str(len(reads)))

    with pytest.raises(AnswerUnreadable, match="10 pages in a row are empty"):
        read_pages(read)
    assert len(reads) == 10


def test_empty_pages_between_others_are_passed_over() -> None:
    pages = [[{"id": 1}], *[[]] * 9, [{"id": 2}], *[[]] * 9]

    def read(mark: str | None) -> Page:
        at = int(mark or 0)
        return Page(pages[at], str(at + 1) if at + 1 < len(pages) else None)

    assert read_pages(read) == ([{"id": 1}, {"id": 2}], True)
