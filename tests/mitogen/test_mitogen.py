# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With the strategy of Mitogen, tasks give the same results and send the same requests as without it.

Needs an environment with Mitogen, see requirements/mitogen.txt.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import ansible_mitogen
import pytest

from ansible_collections.indiecloud.compute.tests.contract.test_parity import SLOW, Seen, differences, run
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import ansible

MITOGEN = {
    "ANSIBLE_STRATEGY": "mitogen_linear",
    "ANSIBLE_STRATEGY_PLUGINS": str(Path(ansible_mitogen.__file__).parent / "plugins" / "strategy"),
}
# Mitogen cannot serialize dates in the arguments of a module that it runs itself.
DATES = {"a time", "a date"}
REQUEST = re.compile(r"^<\w+> GET ", re.MULTILINE)
# The first sends no request. The other names its own strategy, which is not one of Mitogen.
NOT_COUNTED = {"here: a word that is none", "here: free"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The same folder for all runs, since results name it.
    return tmp_path_factory.mktemp("mitogen") / "run"


@pytest.fixture(scope="module")
def plain(folder: Path) -> Seen:
    return run(folder, "module", "tasks.yml")


def requests(seen: Seen) -> list[object]:
    """The requests to the clouds, without those of a task that times out before its module ends."""
    return [item for item in seen.requests if SLOW not in item[1]]


def differing(one: Seen, other: Seen) -> dict[str, list[str]]:
    """The differences in the results, by task."""
    assert [item["task"] for item in one.results] == [item["task"] for item in other.results], other.printed
    pairs = [
        (left["task"], list(differences(left, right))) for left, right in zip(one.results, other.results, strict=True)
    ]
    return {task: lines for task, lines in pairs if lines}


def test_in_the_worker_nothing_differs(folder: Path, plain: Seen) -> None:
    seen = run(folder, "auto", "tasks.yml", **MITOGEN)
    assert differing(plain, seen) == {}
    assert requests(seen) == requests(plain)


def test_as_modules_only_dates_as_arguments_fail(folder: Path, plain: Seen) -> None:
    seen = run(folder, "module", "tasks.yml", **MITOGEN)
    assert differing(plain, seen).keys() == DATES
    assert len(requests(seen)) == len(requests(plain)) - len(DATES)


def test_what_a_task_needs_decides_where_it_runs(tmp_path: Path) -> None:
    seen = run(tmp_path / "run", "auto", "forms.yml", "-v", free=True, **MITOGEN)
    tasks = re.findall(r"^TASK \[((?:here|shipped): .*?)\] \**$(.*?)(?=^TASK |^PLAY )", seen.printed, re.M | re.S)
    # Only a task in the worker shows its requests.
    shown = {name: bool(REQUEST.search(text)) for name, text in tasks if name not in NOT_COUNTED}
    assert len(shown) > 10
    assert shown == {name: name.startswith("here") for name in shown}, seen.printed


def test_hosts_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Mitogen runs the modules of one connection one after the other, and all hosts delegate to localhost."""
    with Simulator(durations={"power": 10.0}, seed=True) as sim:
        play = {
            "hosts": "all",
            "gather_facts": False,
            "tasks": [
                {
                    "indiecloud.compute.instance_power": {
                        "provider": "hostup",
                        "api_url": sim.urls["hostup"],
                        "api_token": sim.tokens["hostup"],
                        "instance": "{{ inventory_hostname }}",
                        "state": "{{ state }}",
                    },
                    "delegate_to": "localhost",
                }
            ],
        }
        (tmp_path / "play.json").write_text(json.dumps([play]))
        (tmp_path / "hosts").write_text("web1 state=stopped\ndb1 state=started\n")
        done = ansible(tmp_path, "playbook", "-i", "hosts", "play.json", **MITOGEN)
        assert done.returncode == 0, done.stdout + done.stderr
        sent = [item.time for item in sim.ledger.requests("POST", "/actions/")]
    assert len(sent) == 2
    assert sent[1] - sent[0] < 10.0
