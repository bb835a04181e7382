# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of restores: its contents, and that no name can change its structure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.plugin_utils._report.report import report_as
from ansible_collections.indiecloud.compute.plugins.plugin_utils._report.wording import clean, duration

HOSTILE = [
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "' onmouseover='document.title=1",
    "</title></style></svg><script>document.title='owned'</script>",
    "{{ lookup('ansible.builtin.pipe', 'id') }}{% raw %}",
    "| a | b |\n# head\n[x](javascript:alert(1)) @everyone ![i](http://example.com/i.png)",
    "\x1b[31mred\x1b[0m \u202egnp.exe \x00",
    "&lt;b&gt; &#60;i&#62; `code` <!-- -->",
]
VOID = {"meta", "img", "br", "hr", "input", "link"}


def restore(**changes: Any) -> dict[str, Any]:
    """The ``restore_result`` of one restore."""
    return {
        "name": "web1",
        "provider": "hostup",
        "in_place": True,
        "failed": False,
        "status": "restored",
        "phase": "done",
        "resumed": False,
        "restore_id": "CHG-1",
        "instance": {"id": "vps_1", "name": "web1", "ipv4": "192.0.2.1"},
        "snapshot": {"name": "before-upgrade", "created_at": "2026-01-01T00:00:00Z"},
        "operation": {"id": "job_1"},
        "changed": True,
        "restore_sent": "accepted",
        "began_at": "2026-01-01T02:29:00Z",
        "sent_at": "2026-01-01T02:30:00Z",
        "ended_at": "2026-01-01T02:31:00Z",
        "run_by": {"user": "deploy", "host": "control1", "job_id": "7", "job_user": "alice"},
        "safety_snapshot": None,
        "previous_power_state": "running",
        "power_state": "running",
        "unverified": [],
        "timeline": [
            {"phase": "preflight", "started_at": "2026-01-01T02:00:00.000Z", "seconds": 1.5},
            {"phase": "restore", "started_at": "2026-01-01T02:30:00.000Z", "seconds": 60},
        ],
        **changes,
    }


def failure(**changes: Any) -> dict[str, Any]:
    found = {
        "failed": True,
        "status": "unknown",
        "phase": "accepted",
        "error_code": "restore_failed",
        "msg": "it broke",
    }
    return restore(**{**found, "next_steps": ["Look.", "Run again."], "power_state": "stopped", **changes})


def report(results: list[Any], form: str, **options: Any) -> Any:
    hosts = options.pop("hosts", [f"host{index}" for index in range(len(results))])
    return report_as(form, results, hosts, **options)


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text. Fails if an element is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "\n".join(self.words)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def hostile(text: str) -> dict[str, Any]:
    """A failure in which each string of a provider or a user is hostile."""
    return failure(
        name=text, provider=text, phase=text, error_code=text, msg=text, next_steps=[text], restore_id=text,
        instance={"id": text, "name": text, "ipv4": text}, snapshot={"name": text, "created_at": text},
        operation={"id": text},
        run_by={"user": text, "host": text, "job_id": text, "job_user": text},
        safety_snapshot={"name": text}, previous_power_state=text, power_state=text,
        unverified=[text],
        timeline=[{"phase": text, "started_at": "2026-01-01T00:00:00Z", "seconds": 1}],
    )  # fmt: skip


def test_html_holds_what_a_change_ticket_needs() -> None:
    page = Page(report([restore(), failure()], "html", title="CHG-1", created_at="2026-01-01T03:00:00Z"))
    for words in ("CHG-1", "job_1", "2 h 30 min", "2026-01-01T00:00:00Z to 2026-01-01T02:30:00Z", "restore_failed"):
        assert words in page.text
    for words in ("it broke", "Look.", "Current power state", "accepted", "running \N{RIGHTWARDS ARROW} stopped"):
        assert words in page.text
    assert sum(tag == "rect" for tag, _attributes in page.elements) == 4


@pytest.mark.parametrize("text", HOSTILE)
def test_names_do_not_change_the_elements_of_the_page(text: str) -> None:
    harmless = Page(report([hostile("x")], "html", hosts=["x"], title="x", created_at="x"))
    page = Page(report([hostile(text)], "html", hosts=[text], title=text, created_at=text))
    assert page.elements == harmless.elements
    # The text is shown as it is, except where the timeline shortens it.
    assert page.text.count(clean(text)) >= harmless.words.count("x") - 3


def test_page_loads_nothing() -> None:
    text = report([restore(), failure()], "html")
    page = Page(text)
    assert not {tag for tag, _attributes in page.elements} & {"script", "link", "img", "iframe", "a", "object", "form"}
    names = {name for _tag, attributes in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on") or name in ("src", "href", "style")}
    assert not re.search(r"https?:|url\(|@import", text)


@pytest.mark.parametrize("form", ["lines", "markdown"])
@pytest.mark.parametrize("text", HOSTILE)
def test_names_do_not_change_lines_and_markdown(form: str, text: str) -> None:
    found = report([hostile(text)], form, hosts=[text], title=text)
    lines = found if isinstance(found, list) else found.splitlines()
    same = report([hostile("x")], form, hosts=["x"], title="x")
    assert len(lines) == len(same if isinstance(same, list) else same.splitlines())
    assert all(char.isprintable() for line in lines for char in line)
    if form == "markdown":
        bare = re.sub(r"\\.", "", found)
        assert not re.search(r"[<>@`\[\]]|https?:", bare.replace("---", ""))
        assert {line.replace("\\|", "").count("|") for line in lines if line.startswith("|")} == {13}


@pytest.mark.parametrize("text", HOSTILE)
def test_json_holds_the_names_as_text(text: str) -> None:
    (found,) = json.loads(report([hostile(text)], "json", hosts=[text]))["restores"]
    assert found["host"] == found["restore_id"] == clean(text)


def test_hosts_without_a_result_have_a_row() -> None:
    results = [[restore(), failure()], None, None, []]
    found = json.loads(
        report(results, "json", hosts=["many", "gone", "later", "none"], active=["many", "later", "none"])
    )
    rows = [(row["host"], row["status"]) for row in found["restores"]]
    assert rows == [
        *[("many", "restored"), ("many", "failed"), ("gone", "failed")],
        *[("later", "not_started"), ("none", "not_started")],
    ]
    assert found["totals"] == {"failed": 2, "restored": 1, "not_started": 2}


def test_lost_writes_are_given_for_restores_in_place_only() -> None:
    results = [restore(), restore(in_place=False), restore(sent_at=None), restore(snapshot=None)]
    results += [restore(restore_sent="refused")]
    found = json.loads(report(results, "json"))["restores"]
    assert [row["lost_seconds"] for row in found] == [9000.0, None, None, None, None]


def test_check_mode_is_shown() -> None:
    would = restore(status="would_restore", timeline=restore()["timeline"][:1])
    for form in ("lines", "markdown", "html"):
        assert "check mode" in str(report([would], form, check_mode=True)).lower()
        assert "check mode" not in str(report([would], form)).lower()


@pytest.mark.parametrize("form", ["lines", "markdown", "html"])
def test_preview_shows_the_plan_and_how_long_the_snapshot_lasts(form: str) -> None:
    snapshot = {"name": "nightly", "created_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-02T00:00:00Z"}
    plan = ["stop instance i", "take a safety snapshot of instance i", "restore snapshot s", "wait", "start instance i"]
    would = restore(status="would_restore", timeline=restore()["timeline"][:1], snapshot=snapshot, plan=plan)
    shown = str(report([would, failure()], form, check_mode=True, created_at="2026-01-01T03:00:00Z"))
    new = {**would, "in_place": False, "plan": ["restore s"], "hourly_price": {"amount": 4.5, "currency": "USD"}}
    shown += str(report([new], form, check_mode=True))
    for words in (
        "stop, safety snapshot, restore, start",
        "nightly",
        "21 h",
        "restore to a new instance",
        "4.5 USD an h",
    ):
        assert words in shown
    assert "col'>Duration" not in shown


def test_columns_that_say_nothing_are_left_out() -> None:
    assert "error code" not in report([restore()], "lines")[0]
    assert "error code" in report([restore(), failure()], "lines")[0]


def test_long_cells_are_shortened() -> None:
    lines = report([restore(), failure(error_code="x" * 100)], "lines")
    assert len(lines) == 5
    assert len(lines[1]) <= 180
    assert lines[-1] == "1 FAILED, 1 restored."


def test_report_without_hosts() -> None:
    for form in ("lines", "markdown", "html", "json"):
        assert report([], form)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0.04, "0.0 s"),
        (9.96, "10.0 s"),
        (59.6, "1 min"),
        (3600, "1 h"),
        (5405, "1 h 30 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text
