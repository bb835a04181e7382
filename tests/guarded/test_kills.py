# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of what ``python -m ansible_collections.indiecloud.compute.tests.guarded.kills`` does at every request."""

from __future__ import annotations

import pytest

from ansible_collections.indiecloud.compute.tests.guarded.kills import Kill, attempt
from ansible_collections.indiecloud.compute.tests.guarded.site import NEW, OLD, Site


@pytest.mark.parametrize(
    "kill",
    [
        Kill(4, ill=""),
        Kill(14, works=False),
        Kill(20, resume="continue", scope="play"),
    ],
)
def test_killed_at_a_request(site: Site, kill: Kill) -> None:
    killed, wrong = attempt(site, kill)
    assert killed
    assert wrong == []


@pytest.mark.parametrize(("resume", "data", "status"), [("restore", OLD, "rolled_back"), ("continue", NEW, "kept")])
def test_killed_while_the_tasks_run(site: Site, resume: str, data: str, status: str) -> None:
    web = site.host(ill="hang")
    assert site.kill(lambda: site.data(web) == NEW, playbook=site.write())
    site.extra["web1"]["ill"] = ""
    ended = site.change("-e", f"guarded_change_on_resume={resume}")
    assert ended.statuses == {"web1": status}, ended.output
    assert (site.data(web), site.guards(web)) == (data, {"guard-CHG-1": OLD})


def test_a_living_run_is_not_taken_for_a_dead_one(site: Site) -> None:
    web = site.host(ill="hang")
    seen: list[str | None] = []

    def second() -> bool:
        if site.data(web) == NEW and not seen:
            ended = site.change("-e", "guarded_change_on_resume=restore")
            seen.append(ended.results["web1"]["error_code"])
        return bool(seen)

    site.kill(second, playbook=site.write())
    assert seen == ["guarded_change_in_progress"]
    assert (site.data(web), site.restores(web)) == (NEW, 0)
