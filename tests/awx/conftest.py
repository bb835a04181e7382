# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.awx.fake_controller.server import TOKEN, Controller
from ansible_collections.indiecloud.compute.tests.awx.modules import calls, load
from ansible_collections.indiecloud.compute.tests.awx.programs import FOREIGN, ROOT, run
from ansible_collections.indiecloud.compute.tests.contract.ours import variables
from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

SPEED = 100.0
SETUP = "indiecloud.compute.awx_setup"


@pytest.fixture(scope="session")
def sim() -> Iterator[Simulator]:
    """The providers, each with an instance that was not restored yet."""
    with Simulator(clock=RealClock(speed=SPEED), seed=True) as running:
        yield running


@pytest.fixture(scope="session")
def accounts(sim: Simulator) -> dict[str, str]:
    """The environment of the administrator who sets up AWX: the accounts at all providers."""
    return variables(sim)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory, accounts: Mapping[str, str]) -> dict[str, Any]:
    """The variables of playbooks/vars/awx as infra.aap_configuration would see them."""
    return shown(tmp_path_factory.mktemp("data"), accounts)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, accounts: Mapping[str, str]) -> dict[str, Any]:
    """The same with the workflow for guarded changes and the regular rehearsal."""
    changes = {"project": "shop", "playbook": "upgrade_shop.yml", "record_path": "/var/lib/a.sqlite3"}
    words = [f"awx_guarded_change_{name}={value}" for name, value in changes.items()]
    words.append("awx_rehearse_rrule='DTSTART:20260101T020000Z RRULE:FREQ=DAILY;INTERVAL=1'")
    return shown(tmp_path_factory.mktemp("whole"), accounts, *words)


def shown(home: Path, accounts: Mapping[str, str], *settings: str) -> dict[str, Any]:
    names = [
        f"controller_{name}"
        for name in (
            *("credential_types", "credentials", "execution_environments", "projects", "inventories"),
            *("inventory_sources", "templates", "schedules", "workflows"),
        )
    ]
    play = {
        "name": "Show",
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [str(path) for path in sorted((ROOT / "playbooks/vars/awx").glob("*.yml"))],
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": [
            {
                "name": "Write",
                "ansible.builtin.copy": {
                    "content": "{{ shown | to_json }}",
                    "dest": str(home / "data.json"),
                    "mode": "0600",
                },
                "vars": {"shown": {name: f"{{{{ {name} }}}}" for name in names}},
            }
        ],
    }
    (home / "show.json").write_text(json.dumps([play]), encoding="utf-8")
    words = ["-c", "local", "-i", "localhost,"]
    for setting in ("awx_execution_environment_image=registry.example.com/indiecloud", *settings):
        words += ["-e", setting]
    done = run(home, "ansible-playbook", *words, home / "show.json", **accounts)
    assert done.returncode == 0, done.stdout + done.stderr
    loaded = json.loads((home / "data.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def set_up(controller: Controller, home: Path, *words: str, **variables: str) -> CompletedProcess[str]:
    """Run the playbook that sets up AWX, as the guide describes it."""
    known = {"CONTROLLER_HOST": controller.url, "CONTROLLER_OAUTH_TOKEN": TOKEN}
    return run(home, "ansible-playbook", SETUP, *words, **{**known, **variables})


def add_shop(controller: Controller, folder: Path) -> None:
    """What users have in their AWX before: a project of their own, and the key for their hosts."""
    store = controller.store
    (organization,) = store.objects["organizations"]
    store.checkouts["shop"] = folder
    store.add("projects", {"name": "shop", "organization": organization})
    kind = store.add("credential_types", {"name": "Machine", "kind": "cloud"})
    key = {"name": "shop key", "organization": organization, "credential_type": kind["id"]}
    store.add("credentials", {**key, "inputs": {}})


@contextmanager
def loaded(data: Mapping[str, Any], home: Path) -> Iterator[Controller]:
    """A controller into which the real modules of awx.awx have loaded everything, in this process."""
    with pytest.MonkeyPatch.context() as patch, Controller(ROOT) as controller:
        for name in [name for name in os.environ if name.startswith(FOREIGN)]:
            if name != "ANSIBLE_COLLECTIONS_PATH":
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("CONTROLLER_HOST", controller.url)
        patch.setenv("CONTROLLER_OAUTH_TOKEN", TOKEN)
        patch.chdir(home)
        assert load(calls(data)) == []
        yield controller


@pytest.fixture(scope="session")
def awx(data: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """A controller that was set up, from which jobs can be launched."""
    with loaded(data, tmp_path_factory.mktemp("awx")) as controller:
        yield controller
