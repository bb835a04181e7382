# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of a connection: each problem names its option, all at once, never the token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import InvalidOption, MissingLibrary
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import Provider
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._task import session
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome, execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context, open_provider
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import TOKEN, FakeTime

GOOD = {"provider": "onetsolutions", "api_token": TOKEN, "organization_id": "org", "project_id": "proj"}


def opened(environ: dict[str, str] | None = None, **options: Any) -> Provider:
    return open_provider(Context({**GOOD, **options}, environ=environ or {}, runtime=FakeTime().runtime), 100.0, [])


def problems(environ: dict[str, str] | None = None, found: list[str] | None = None, **options: Any) -> list[str]:
    context = Context({**GOOD, **options}, environ=environ or {}, runtime=FakeTime().runtime)
    with pytest.raises(InvalidOption) as caught:
        open_provider(context, 100.0, found or [])
    assert TOKEN not in str(caught.value) + repr(caught.value.problems)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("provider", "aws"),
        ("provider", None),
        ("api_token", None),
        ("api_token", " \n"),
        ("api_token", TOKEN + "\nX: y"),
        ("api_token", "tök"),
        ("organization_id", None),
        ("project_id", ""),
        ("project_id", "a/b"),
        ("project_id", ".."),
        ("project_id", "%2f"),
        ("project_id", "a\nb"),
        ("project_id", "x" * 300),
        ("project_id", "\U0001f600"),
        ("api_url", ""),
        ("api_url", "nonsense"),
        ("api_url", "http://api.example.com"),
        ("api_url", f"https://u:{TOKEN}@x"),
        ("request_timeout", -1.0),
        ("request_timeout", 0),
        ("request_timeout", float("nan")),
        ("request_timeout", float("inf")),
        ("ca_path", "/no/such/file"),
        ("api_auth_header", "X: y"),
        ("api_auth_header", "é" * 100),
        ("api_auth_scheme", "a\nb"),
        ("api_routes", {"nonsense": "/x"}),
        ("api_routes", {"instance_get": "x"}),
        ("api_routes", {"instance_get": "/a/../b"}),
        ("api_routes", {"instance_get": "/a?b=c"}),
        ("api_routes", {"instance_get": "/%2e%2e/b"}),
        ("api_routes", {"instance_get": "/{nonsense}"}),
        # A list is read without an id at hand.
        ("api_routes", {"instance_list": "/{id}"}),
    ],
)
def test_problem_names_its_option(option: str, value: Any) -> None:
    (problem,) = problems(**{option: value})
    assert option in problem
    assert problem.isprintable()
    assert len(problem) < 400


def test_placeholders_of_a_route_are_those_of_its_provider() -> None:
    assert len(problems(provider="hostup", api_routes={"instance_get": "/{project_id}"})) == 1
    assert len(problems(provider="barrack", api_routes={"instance_list": "/{id}"})) == 1


def test_several_problems_are_reported_together() -> None:
    found = problems(found=["instance is wrong"], api_token=None, project_id=None, api_url="x", request_timeout=-1.0)
    assert len(found) == 5
    assert {text.split()[0] for text in found} >= {"instance", "api_url", "request_timeout"}


def test_every_route_is_checked() -> None:
    routes = {"nonsense": "/x", "instance_get": "x", "instance_list": "//x", "snapshot_list": "/a b"}
    assert len(problems(api_routes=routes)) == 4


@pytest.mark.parametrize(
    "path", ["/x", "/a/{instance_id}", "/a/{id}", "/{organization_id}/{project_id}/x", "/a...b/.c/~d:@,"]
)
def test_routes_that_can_be(path: str) -> None:
    assert opened(api_routes={"instance_get": path}).route_path("instance_get") == path


@pytest.mark.parametrize(("given", "seconds"), [(None, 30.0), (0.5, 0.5), (90, 90.0)])
def test_time_of_a_request(given: float | None, seconds: float) -> None:
    assert opened(request_timeout=given).transport.connection.request_timeout == seconds


def test_a_token_in_the_wrong_option_is_hidden() -> None:
    assert "********" in problems(provider=TOKEN[:20], found=[f"instance {TOKEN} is wrong"])[1]


def test_an_option_beats_the_environment_and_the_source_of_a_token_is_known() -> None:
    environ = {"ONETSOLUTIONS_API_TOKEN": " from-env \n", "ONETSOLUTIONS_API_URL": "https://env.example"}
    explicit = opened(environ, api_url="https://option.example").transport.connection
    assert (explicit.auth_value, explicit.token_source) == (f"Bearer {TOKEN}", "the option api_token")
    assert explicit.api_url.host == "option.example"
    implicit = opened(environ, api_token=None).transport.connection
    assert implicit.auth_value == "Bearer from-env"
    assert implicit.token_source == "the environment variable ONETSOLUTIONS_API_TOKEN"
    assert implicit.api_url.host == "env.example"


@pytest.mark.parametrize("name", sorted(SPECS))
def test_defaults_of_each_provider(name: str) -> None:
    connection = opened(provider=name).transport.connection
    assert connection.api_url.join("") == SPECS[name].default_url
    assert (connection.verify, connection.request_timeout) == (True, 30.0)


def test_missing_library_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert session.import_library() is True

    def missing() -> None:
        raise MissingLibrary("requests", "trace")

    monkeypatch.setattr(session, "load_requests", missing)
    assert session.import_library() is False


def test_trust(tmp_path: Path) -> None:
    for options, verify in (
        ({}, True),
        ({"validate_certs": True}, True),
        ({"validate_certs": False}, False),
        ({"validate_certs": False, "ca_path": "/no/such/file"}, False),
        ({"ca_path": str(tmp_path)}, str(tmp_path)),
    ):
        assert opened(**options).transport.connection.verify == verify


def test_empty_url() -> None:
    """As a variable it is none, as an option it is a mistake that must not end at the real API."""
    assert opened({"ONETSOLUTIONS_API_URL": ""}).transport.connection.api_url.host == "api.onetsolutions.net"
    assert problems(api_url="")[0].startswith("api_url must be a URL")
    assert problems({"ONETSOLUTIONS_API_URL": "x"})[0].startswith("the variable ONETSOLUTIONS_API_URL must be a URL")


def test_header_and_scheme_may_be_changed() -> None:
    connection = opened(api_auth_header="X-API-Key", api_auth_scheme="", validate_certs=False).transport.connection
    assert (connection.auth_header, connection.auth_value, connection.verify) == ("X-API-Key", TOKEN, False)


def test_an_unexpected_error_is_a_result_without_the_token() -> None:
    def task(context: Context, outcome: Outcome) -> None:
        open_provider(context, 10.0, [])
        raise ZeroDivisionError(f"with {TOKEN}")

    outcome = execute(task, Context(GOOD, runtime=FakeTime().runtime))
    assert outcome.failed
    assert outcome.result["error_code"] == "internal_error"
    assert "ZeroDivisionError" in outcome.result["msg"]
    assert TOKEN not in repr(outcome)


def test_a_problem_of_a_variable_names_the_variable() -> None:
    (problem,) = problems({"ONETSOLUTIONS_ORGANIZATION_ID": "org\r"}, organization_id=None)
    assert "ONETSOLUTIONS_ORGANIZATION_ID" in problem
