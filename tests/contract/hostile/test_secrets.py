# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token that comes back: in every dress, where a text is cut, and in what is shown at once."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._power.task import power_task
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context, Progress
from ansible_collections.indiecloud.compute.tests.contract.conftest import Cloud
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request, Response
from ansible_collections.indiecloud.compute.tests.simulator.providers.base import Provider

TOKEN = 'tok/en+with="odd"<marks>~0123456789'
LEAK = 6
"""So many characters of a token in a row."""
LONGEST = 400
"""Of the texts that are cut."""


@pytest.fixture
def cloud(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A cloud with that token."""
    for provider in cloud.sim.providers:
        monkeypatch.setattr(provider, "token", TOKEN)
    cloud.always["api_token"] = TOKEN
    return cloud


def leaks(said: object) -> list[str]:
    text = repr(said)
    parts = [TOKEN[i : i + LEAK] for i in range(len(TOKEN) - LEAK + 1)]
    return [part for part in parts if part in text or repr(part)[1:-1] in text]


def straddling() -> list[str]:
    """Texts of which one has the token across its character number N, for each N that a text may be cut at."""
    return ["x" * length + TOKEN for length in range(0, LONGEST, len(TOKEN) - 2 * LEAK)]


def dresses(token: str) -> list[Any]:
    raw = token.encode()
    texts = [
        token, quote(token, safe=""), quote_plus(token), json.dumps(token), f"Bearer {token}",
        base64.b64encode(raw).decode(), base64.b64encode(b"Bearer " + raw).decode(),
        base64.urlsafe_b64encode(b"user:" + raw).decode(), f"<html><title>{token}</title></html>",
    ]  # fmt: skip
    return [*texts, {token: token}, [[token]], {"error": {"message": token, "code": token}}, {"detail": [token]}]


@pytest.mark.parametrize("after_effect", [False, True])
def test_token_is_nowhere(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, after_effect: bool) -> None:
    lines: list[str] = []
    work = cloud.sim._handled
    answers = [Response(status, payload, {"X-Request-Id": str(payload).replace("\n", " "), "X-Echo": TOKEN})
               for payload in dresses(TOKEN) for status in (200, 400, 403, 500)]  # fmt: skip
    for answer in answers:
        answer.headers["X-Request-Id"] = answer.headers["X-Request-Id"].encode("latin-1", "replace").decode("latin-1")
        for method in ("GET", "POST"):

            def handled(provider: Provider, request: Request, at: str = method, bad: Response = answer) -> Any:
                done = work(provider, request) if after_effect or request.method != at else None
                return bad if request.method == at else done

            monkeypatch.setattr(cloud.sim, "_handled", handled)
            outcome = cloud.restore(wait_timeout=20.0, force=True)
            lines.append(repr(outcome) + repr(outcome.missing_library))
    if cloud.record.exists():
        lines.append(repr(b"".join(path.read_bytes() for path in cloud.record.parent.iterdir())))
    said = "\n".join(lines)
    for form in [item for item in dresses(TOKEN) if isinstance(item, str)][:8]:
        assert form.strip('"=')[:-3] not in said


@pytest.mark.parametrize("provider", ["hostup"])
@pytest.mark.parametrize("lead", ["x" * 285, " " * 14990])
def test_reason_of_a_closed_gate(cloud: Cloud, lead: str) -> None:
    gate = {"allowed": False, "reason": lead + TOKEN, "code": "pending_order"}
    cloud.sim.faults.add("field", method="GET", times=None, way=["actions", "canRestore"], value=gate)
    outcome = cloud.restore()
    assert "pending_order" in repr(outcome)
    assert leaks(outcome) == []


def test_name_that_is_near(cloud: Cloud) -> None:
    for text in straddling():
        cloud.vm.name = cloud.snapshot.name = text
        for outcome in (
            cloud.restore(snapshot="another", check=True),
            cloud.run(power_task, instance="another", state="started", check=True),
        ):
            assert outcome.failed
            assert leaks(outcome) == []


def test_message_of_a_refusal(cloud: Cloud) -> None:
    for text in straddling():
        cloud.sim.faults.add("status", method="GET", status=403, message=text)
        outcome = cloud.restore()
        assert outcome.result["http_status"] == 403
        assert leaks(outcome) == []


@pytest.mark.parametrize("provider", ["hostup", "onetsolutions"])
def test_word_for_a_state(cloud: Cloud, provider: str) -> None:
    way = {"hostup": ["powerState"], "onetsolutions": ["state_sync", "vm_status"]}[provider]
    for text in straddling():
        cloud.sim.faults.clear()
        cloud.sim.faults.add("field", method="GET", times=None, way=way, value=text)
        outcome = cloud.run(power_task, instance=cloud.vm.id, state="started", wait_timeout=30.0)
        assert outcome.failed
        assert leaks(outcome) == []


@pytest.mark.parametrize("option", ["provider", "instance", "snapshot", "api_auth_header", "new_vm_name"])
def test_option_that_holds_the_token(cloud: Cloud, option: str) -> None:
    for text in straddling():
        outcome = cloud.restore(check=True, **{option: text})
        assert outcome.failed
        assert leaks(outcome) == []


def test_line_of_progress(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    # HostUp's snapshots are known by their names, and no id has a slash.
    token = TOKEN.replace("/", "")
    for provider in cloud.sim.providers:
        monkeypatch.setattr(provider, "token", token)
    snapshot = cloud.sim.cloud.add_snapshot(cloud.vm.id, name=token)
    options = {**cloud.connection, **cloud.needs, "snapshot": snapshot.id, "api_token": token}
    told: list[Progress] = []
    outcome = execute(restore_task, Context(options, runtime=cloud.runtime, on_progress=told.append))
    assert told, outcome
    assert leaks(told) == []
