# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A transport whose time is a number, for tests that use real sockets and no real time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline
from ansible_collections.indiecloud.compute.plugins.module_utils._api.redact import Redactor
from ansible_collections.indiecloud.compute.plugins.module_utils._api.transport import Connection, Transport
from ansible_collections.indiecloud.compute.plugins.module_utils._api.url import parse_api_url
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import TOKEN, FakeTime

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """No proxy, no .netrc, no CA bundle of the machine that runs the tests."""
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


Connect = Callable[..., Transport]


@pytest.fixture
def connect(time: FakeTime) -> Connect:
    """A transport to a URL, with 1000 seconds for the run."""

    def make(url: str, *, seconds: float = 1000.0, allow_http: bool = False, **options: Any) -> Transport:
        connection = Connection(
            api_url=parse_api_url(url, allow_http=allow_http),
            auth_header="Authorization",
            auth_value=f"Bearer {TOKEN}",
            token_source="the option api_token",
            reset_header="X-RateLimit-Reset",
            **options,
        )
        return Transport(connection, Deadline(seconds, time.runtime), time.runtime, Redactor([TOKEN]))

    return make
