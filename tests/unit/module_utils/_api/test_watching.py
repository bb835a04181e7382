# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the watching of connections fails, as it may with a later urllib3, a lost write is not sent again."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import MAYBE_APPLIED, AnswerLost
from ansible_collections.indiecloud.compute.plugins.module_utils._api.in_flight import ConnectionWatcher
from ansible_collections.indiecloud.compute.tests.unit.module_utils._api.asking import OK, failure
from ansible_collections.indiecloud.compute.tests.unit.module_utils._api.test_sending_again import free_port
from ansible_collections.indiecloud.compute.tests.unit.module_utils.conftest import Connect
from ansible_collections.indiecloud.compute.tests.unit.module_utils.peer import RawServer, hang_up

watched_connection = ConnectionWatcher._watched_connection


class WithoutPools:
    """A manager of connections that keeps its classes under another name."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def __getattr__(self, name: str) -> Any:
        if name == "pool_classes_by_scheme":
            raise AttributeError(name)
        return getattr(self._manager, name)


def without_pools(patch: pytest.MonkeyPatch) -> None:
    watch = ConnectionWatcher.watch

    def watch_renamed(watcher: ConnectionWatcher, adapter: Any) -> None:
        adapter.poolmanager = WithoutPools(adapter.poolmanager)
        watch(watcher, adapter)

    patch.setattr(ConnectionWatcher, "watch", watch_renamed)


def other_class(patch: pytest.MonkeyPatch) -> None:
    """The pools make connections of a class that is not ours."""
    patch.setattr(ConnectionWatcher, "_watched_connection", lambda watcher, base: base)


def without(*names: str) -> Any:
    """Our methods of these names are not called."""

    def change(patch: pytest.MonkeyPatch) -> None:
        def deaf(watcher: ConnectionWatcher, base: Any) -> Any:
            made = watched_connection(watcher, base)
            for name in names:
                setattr(made, name, getattr(base, name))
            return made

        patch.setattr(ConnectionWatcher, "_watched_connection", deaf)

    return change


CHANGES = {
    "no pools": without_pools,
    "other class": other_class,
    "no send": without("send"),
    "no connect": without("connect"),
    "no socket": without("_new_conn"),
    "no send, no connect": without("send", "connect"),
    "nothing": without("send", "connect", "_new_conn"),
}
changed = pytest.mark.parametrize("change", [pytest.param(value, id=name) for name, value in CHANGES.items()])


@changed
def test_write_without_an_answer_is_not_sent_again(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    change(monkeypatch)
    with RawServer(hang_up, OK) as server:
        exc = failure(connect(server.url), "POST")
    assert isinstance(exc, AnswerLost)
    assert exc.applied == MAYBE_APPLIED
    assert len(server.requests) == 1


@changed
def test_write_on_a_connection_that_is_kept_is_not_sent_again(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    change(monkeypatch)
    with RawServer(OK, hang_up, OK) as server:
        transport = connect(server.url)
        transport.request("GET", "/x")
        exc = failure(transport, "POST")
    assert isinstance(exc, AnswerLost)
    assert (server.connections, len(server.requests)) == (1, 2)


@changed
def test_answers_are_read_all_the_same(connect: Connect, monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    change(monkeypatch)
    with RawServer(OK) as server:
        assert connect(server.url).request("POST", "/x").json() == {"ok": True}


def test_write_that_nothing_is_known_of_may_have_been_sent(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even though nobody listens there: what is not seen cannot be excluded."""
    other_class(monkeypatch)
    exc = failure(connect(f"http://127.0.0.1:{free_port()}"), "POST")
    assert isinstance(exc, AnswerLost)
    assert exc.applied == MAYBE_APPLIED
