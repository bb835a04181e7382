# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where requests may go: api_url, links that a provider sends, ids in paths."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api.url import fill_path, is_loopback, parse_api_url

JOBS = "/api/jobs/"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://api.example.com", "https://api.example.com/x"),
        ("https://api.example.com/", "https://api.example.com/x"),
        ("HTTPS://API.Example.com:443/api/", "https://api.example.com/api/x"),
        ("https://api.example.com:8443/a/b", "https://api.example.com:8443/a/b/x"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example/x"),
        ("https://192.0.2.7", "https://192.0.2.7/x"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443/x"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/x"),
        ("http://127.9.9.9", "http://127.9.9.9/x"),
        ("http://[::1]:8080/api", "http://[::1]:8080/api/x"),
        ("http://localhost:1", "http://localhost:1/x"),
    ],
)
def test_good_addresses(text: str, url: str) -> None:
    found = parse_api_url(text, allow_http=False)
    assert found.join("/x") == url
    assert found.owns(url)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must be a URL"),
        ("nonsense", "must be a URL"),
        ("api.example.com", "must be a URL"),
        ("//api.example.com", "must be a URL"),
        ("ftp://api.example.com", "must be a URL"),
        ("file:///etc/passwd", "must be a URL"),
        ("https://", "must be a URL"),
        ("https://:443", "must be a URL"),
        ("https:/api.example.com", "must be a URL"),
        ("https://user:secret@api.example.com", "user name or password"),
        ("https://@api.example.com", "user name or password"),
        ("https://api.example.com?a=secret", "query"),
        ("https://api.example.com/#secret", "fragment"),
        ("https://api.example.com/a/../b", "dot segments"),
        ("https://api.example.com/%2e%2e/b", "dot segments"),
        ("https://api.example.com\\@evil.example", "user name"),
        ("https://api.example.com/a\\b", "dot segments"),
        ("https://api.example.com:99999", "not a valid URL"),
        ("https://api.example.com:0", "port above 0"),
        ("https://api.example.com:secret", "not a valid URL"),
        ("https://[::1", "not a valid URL"),
        ("https://[secret]", "not a valid URL|plain ASCII"),
        ("https://bücher.example", "plain ASCII"),
        ("https://ex%61mple.com", "plain ASCII"),
        ("https://api.example.com\u3002evil.example", "plain ASCII|not a valid URL"),
        ("https://a,b", "plain ASCII"),
        ("https://api.example.com/a b", "white space or control"),
        (" https://api.example.com", "white space or control"),
        ("https://api.example.com\n", "white space or control"),
        ("https://api.exam\tple.com", "white space or control"),
        ("https://api.example.com\x00", "white space or control"),
        ("https://api.example.com\u2028", "white space or control"),
        ("http://api.example.com", "plain http"),
        ("http://10.0.0.1", "plain http"),
        ("http://localhost.example.com", "plain http"),
        ("http://127.0.0.1.example.com", "plain http"),
        ("http://127.1", "plain http"),
        ("http://0x7f000001", "plain http"),
        ("http://[::ffff:10.0.0.1]", "plain http"),
    ],
)
def test_bad_addresses(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse_api_url(text, allow_http=False)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_plain_http_when_allowed() -> None:
    assert parse_api_url("http://api.example.com", allow_http=True).origin == "http://api.example.com"


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    for candidate in (text, "https://" + text, "http://127.0.0.1" + text):
        try:
            found = parse_api_url(candidate, allow_http=False)
        except ValueError:
            continue
        assert found.scheme == "https" or is_loopback(found.host)
        assert found.owns(found.join("/x"))
        assert urlsplit(found.join("/x")).hostname == found.host


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("/api/jobs/job_1", "/api/jobs/job_1"),
        ("https://cloud.example.com/api/jobs/job_1", "/api/jobs/job_1"),
        ("https://cloud.example.com:443/api/jobs/job_1", "/api/jobs/job_1"),
        ("HTTPS://CLOUD.example.com/api/jobs/job_1", "/api/jobs/job_1"),
        ("/base/api/jobs/job_1", "/api/jobs/job_1"),
        ("https://cloud.example.com/base/api/jobs/job_1", "/api/jobs/job_1"),
    ],
)
def test_links_that_stay(link: str, path: str) -> None:
    assert parse_api_url("https://cloud.example.com/base", allow_http=False).local_path(link, JOBS) == path


@pytest.mark.parametrize(
    "link",
    [
        "",
        "/",
        "/api/jobs",
        "/api/other/job_1",
        "api/jobs/job_1",
        "http://cloud.example.com/api/jobs/job_1",
        "https://cloud.example.com:8443/api/jobs/job_1",
        "https://evil.example/api/jobs/job_1",
        "https://cloud.example.com.evil.example/api/jobs/job_1",
        "https://cloud.example.com@evil.example/api/jobs/job_1",
        "https://user@cloud.example.com/api/jobs/job_1",
        "https://:pw@cloud.example.com/api/jobs/job_1",
        "//evil.example/api/jobs/job_1",
        "///evil.example/api/jobs/job_1",
        "https:///api/jobs/job_1",
        "https:/api/jobs/job_1",
        "javascript:/api/jobs/job_1",
        "file:///api/jobs/job_1",
        "http://169.254.169.254/api/jobs/job_1",
        "http://[fd00:ec2::254]/api/jobs/job_1",
        "/\\evil.example/api/jobs/job_1",
        "\\\\evil.example\\api\\jobs",
        "/api/jobs/../v2/vps",
        "/api/jobs/./x",
        "/api/jobs/%2e%2e/v2/vps",
        "/api/jobs/%2E./v2/vps",
        "/api/jobs/x%2f..%2f..%2fv2",
        "/api/jobs/x%5c..%5cv2",
        "/api/jobs/job_1?token=x",
        "/api/jobs/job_1#x",
        "/api/jobs/job_1\r\nX: y",
        "/api/jobs/job 1",
        "https://[::1/api/jobs/job_1",
        "https://cloud.example.com:99999/api/jobs/job_1",
    ],
)
def test_links_that_lead_away(link: str) -> None:
    assert parse_api_url("https://cloud.example.com/base", allow_http=False).local_path(link, JOBS) is None


@given(st.text(max_size=60))
def test_any_link_stays_or_is_refused(text: str) -> None:
    home = parse_api_url("https://cloud.example.com", allow_http=False)
    for link in (text, JOBS + text, "https://cloud.example.com" + text, "https://" + text + JOBS + "x"):
        path = home.local_path(link, JOBS)
        if path is not None:
            assert path.startswith(JOBS)
            assert ".." not in unquote(path).split("/")
            assert urlsplit(home.join(path)).netloc == "cloud.example.com"


TEMPLATE = "/v1/{organization_id}/instances/{instance_id}/restore"


@given(st.text(max_size=80))
def test_an_id_fills_one_segment_or_is_refused(value: str) -> None:
    try:
        path = fill_path(TEMPLATE, {"organization_id": "o", "instance_id": value})
    except ValueError:
        assert value in ("", ".", "..") or not value.isprintable()
        return
    segments = path.split("/")
    assert len(segments) == 6
    assert segments[:4] + segments[5:] == ["", "v1", "o", "instances", "restore"]
    assert unquote(segments[4]) == value
    assert re.fullmatch(r"[A-Za-z0-9_.~%-]+", segments[4])
    assert segments[4] not in (".", "..")


@pytest.mark.parametrize("value", ["", ".", "..", "a\nb", "a\x00", "\ud800", "a\x1b[0m"])
def test_ids_that_cannot_be_part_of_a_path(value: str) -> None:
    with pytest.raises(ValueError, match="cannot be part of a path"):
        fill_path("/x/{id}", {"id": value})
