# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links, redirects and ids that lead away: none is followed, nothing is injected, and every run ends with one error."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._info.task import instances_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome
from ansible_collections.indiecloud.compute.tests.contract.conftest import Cloud
from ansible_collections.indiecloud.compute.tests.contract.hostile.conftest import Elsewhere, Heads
from ansible_collections.indiecloud.compute.tests.resilience.faults.bench import unclear

AWAY = (
    "http://127.0.0.1:{port}{path}",
    "https://127.0.0.1:{port}{path}",
    "//127.0.0.1:{port}{path}",
    "///127.0.0.1:{port}{path}",
    "http:127.0.0.1:{port}{path}",
    "http:/127.0.0.1:{port}{path}",
    "{origin}@127.0.0.1:{port}{path}",
    "http://user:password@127.0.0.1:{port}{path}",
    "{origin}.evil.example{path}",
    "{origin}\\@127.0.0.1:{port}{path}",
    "\\\\127.0.0.1:{port}{path}",
    "/\\127.0.0.1:{port}{path}",
    "\thttp://127.0.0.1:{port}{path}",
    " //127.0.0.1:{port}{path}",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "HTTP://LOCALHOST:{port}{path}",
    "http://0:{port}{path}",
    "ftp://127.0.0.1:{port}/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "/../../latest",
    "{path}/../../keys",
    "{path}/%2e%2e/keys",
    "{path}/..%2fkeys",
    "{path}/%252e%252e/keys",
    "{path}\r\nX-Injected: 1",
    "{path}%0d%0aX-Injected:%201",
    "{path}#@127.0.0.1:{port}",
    "{path}?next=//127.0.0.1:{port}",
    "",
    "\x00",
    "x" * 100_000,
)
HOME = re.compile(r"/(?:v1/organizations|api/v2/(?:vps|audit-log)|api/jobs/job_|api/(?:snapshots|instances|pricing)/)")


def links(cloud: Cloud, elsewhere: Elsewhere, path: str) -> list[str]:
    filled = {"port": elsewhere.port, "path": path, "origin": cloud.sim.url}
    return [text.format(**filled) for text in AWAY]


def check(cloud: Cloud, heads: Heads, outcome: Outcome) -> None:
    """It ended; nothing left the published paths; an error is a clear one."""
    for target in heads.targets:
        assert HOME.match(target), target
        # What a cursor is, is the provider's affair; it stays a quoted value.
        path = target.partition("?")[0]
        assert not re.search(r"\.\.|%2e%2e|keys|meta-data|passwd", path, re.IGNORECASE), target
        assert not re.search(r"[\x00-\x20\x7f]", target), target
    assert "x-injected" not in heads.names
    assert cloud.sim.tokens[cloud.provider] not in repr(outcome)
    if outcome.failed:
        assert unclear(outcome.result) == []


@pytest.mark.parametrize("provider", ["hostup"])
@pytest.mark.parametrize("switches", [{"hostup_job_envelope": "operation"}, {"hostup_job_envelope": "legacy"}])
def test_poll_url(cloud: Cloud, heads: Heads, elsewhere: Elsewhere) -> None:
    for number, link in enumerate(links(cloud, elsewhere, "/api/jobs/job_1")):
        cloud.sim.faults.clear()
        cloud.sim.faults.add("poll_url", method="POST", times=None, url=link)
        cloud.vm.power = "running"
        outcome = cloud.restore(restore_id=f"r{number}", stop="always", power_after="previous")
        check(cloud, heads, outcome)
        assert outcome.failed or outcome.result["status"] in ("restored", "accepted_unverified")


@pytest.mark.parametrize("switches", [{"barrack_lists": "paginated"}])
def test_next_page(cloud: Cloud, heads: Heads, elsewhere: Elsewhere) -> None:
    for number in range(120):
        cloud.sim.cloud.add_instance(cloud.provider, name=f"vm-{number}")
    for link in links(cloud, elsewhere, "/api/v2/vps"):
        cloud.sim.faults.clear()
        cloud.sim.faults.add("next_link", method="GET", times=None, url=link)
        check(cloud, heads, cloud.run(instances_task))
    assert len(heads.targets) < 100 * len(AWAY)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("after_effect", [False, True])
def test_redirect(cloud: Cloud, heads: Heads, elsewhere: Elsewhere, status: int, after_effect: bool) -> None:
    some = [link for link in links(cloud, elsewhere, "/api/v2/vps") if not re.search(r"[\r\n\0]", link)]
    for number, link in enumerate(some):
        for method in ("GET", "POST"):
            cloud.sim.faults.clear()
            cloud.sim.faults.add("redirect", method=method, location=link, status=status, after_effect=after_effect)
            name = {"new_vm_name": f"again-{number}-{method.lower()}"} if cloud.creates else {}
            outcome = cloud.restore(restore_id=f"r{number}{method}", **name)
            check(cloud, heads, outcome)
            # Without a place to go, or with too long a head, it is one more answer that tells nothing.
            # One that came after the effect is a lost answer, and evidence may tell the rest.
            assert outcome.failed or len(link) in (0, 100_000) or (after_effect and cloud.restores)


IDS = (
    "x\r\nX-Injected: 1", "x HTTP/1.1\r\nX-Injected: 1\r\n\r\nGET /keys", "../../keys", "..", ".", "a/../../keys",
    "%2e%2e", "%2e%2e%2fkeys", "x\x00y", "x y", "x?y=1", "x#y", "x;y", "@127.0.0.1", "//127.0.0.1/x", "\\..\\keys",
    "é", "\ud800", "", "x" * 100_000,
)  # fmt: skip


@pytest.mark.parametrize("key", ["id", "instance_id"])
def test_id_in_a_list_is_one_quoted_segment(cloud: Cloud, heads: Heads, key: str) -> None:
    """Found by its name, an instance has whatever id the provider says."""
    ways: list[list[Any]] = [
        [0, key],
        ["results", 0, key],
        ["items", 0, key],
        ["data", "items", 0, key],
        ["data", 0, key],
    ]
    for evil in IDS:
        cloud.sim.faults.clear()
        for way in ways:
            cloud.sim.faults.add("field", method="GET", times=None, way=way, value=evil)
        outcome = cloud.run(instances_task, instance=cloud.vm.name)
        quoted = [target for target in heads.targets if HOME.match(target) is None or "X-Injected:" in target]
        assert quoted == []
        assert "x-injected" not in heads.names
        if outcome.failed:
            assert unclear(outcome.result) == []


def test_id_of_the_user_is_one_quoted_segment(cloud: Cloud, heads: Heads) -> None:
    for evil in IDS:
        for outcome in (
            cloud.restore(instance=evil) if not cloud.creates else cloud.restore(snapshot=evil),
            cloud.restore(snapshot=evil),
            cloud.restore(restore_id=evil, check=True),
        ):
            if outcome.failed:
                assert unclear(outcome.result) == []
    assert "x-injected" not in heads.names
    assert all(HOME.match(target) for target in heads.targets)
    assert not any(".." in target.split("?")[0].split("/") for target in heads.targets)
