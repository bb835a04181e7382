# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure CPU and time of a process tree. Rounds alternate between the forms, so noise affects all of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from clouds import Clouds
from forms import NOTHING, Form

HERE = Path(__file__).absolute().parent
PARENT = HERE.parents[3]
LOOP = """
import sys, requests
session = requests.Session()
session.trust_env = False
session.headers["Authorization"] = "Bearer " + sys.argv[1]
for url in sys.stdin.read().split():
    session.get(url).json()
"""


@dataclass(frozen=True)
class Cost:
    """The cost of one more task of a form, in seconds, per round.

    ``first`` is what the first one of a play costs beyond that (imports, packing a module), ``start`` what a play costs
    without any.
    """

    form: Form
    cpu: tuple[float, ...]
    wall: tuple[float, ...]
    requests: float
    first: float
    start: float

    def cpu_to(self, other: Cost) -> float:
        """The ratio to the CPU time of another form, by the median of the rounds."""
        return median(mine / theirs for mine, theirs in zip(self.cpu, other.cpu, strict=True))

    def wall_to(self, other: Cost) -> float:
        return median(mine / theirs for mine, theirs in zip(self.wall, other.wall, strict=True))


@dataclass(frozen=True)
class _Used:
    cpu: float
    wall: float
    requests: int


def measure(forms: Sequence[Form], clouds: Clouds, number: int, rounds: int, peer: Path | None) -> list[Cost]:
    """The costs of the forms, from plays with one task and with ``number`` more."""
    plays: list[list[tuple[_Used, _Used]]] = [[] for dummy in forms]
    starts = []
    for index in range(rounds):
        starts.append(_play(None, clouds, 0, None).cpu)
        for form, seen in zip(forms, plays, strict=True):
            print(f"round {index + 1} of {rounds}, {form.name}", file=sys.stderr, flush=True)
            run = _loop if form.python else _play
            seen.append((run(form, clouds, 1, peer), run(form, clouds, 1 + number, peer)))
    return [
        _cost(form, seen, number, 0.0 if form.python else median(starts))
        for form, seen in zip(forms, plays, strict=True)
    ]


def _cost(form: Form, plays: list[tuple[_Used, _Used]], number: int, start: float) -> Cost:
    cpu = tuple((more.cpu - one.cpu) / number for one, more in plays)
    wall = tuple((more.wall - one.wall) / number for one, more in plays)
    requests = median((more.requests - one.requests) / number for one, more in plays)
    return Cost(form, cpu, wall, requests, median(one.cpu for one, dummy in plays) - start - median(cpu), start)


def _play(form: Form | None, clouds: Clouds, number: int, peer: Path | None) -> _Used:
    clouds.again()
    text, variables = (form.tasks, form.variables) if form else (NOTHING, {})
    tasks = "\n".join(text.replace("@ID@", clouds.ids[index % len(clouds.ids)]) for index in range(number))
    # Anchors belong to a document, so each task needs its own.
    for index in range(tasks.count("&headers")):
        tasks = _named(tasks, index)
    lines = [
        "- name: Measure",
        "  hosts: localhost",
        "  gather_facts: false",
        f"  vars: {json.dumps({'api': clouds.url, 'token': clouds.token, **variables})}",
        "  tasks:",
        textwrap.indent(tasks or NOTHING, "    "),
    ]
    play = clouds.folder / "play.yml"
    play.write_text("\n".join(lines), encoding="utf-8")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    program = shutil.which("ansible-playbook", path=path)
    assert program, "ansible-core is not installed beside this Python"
    return _used(
        clouds,
        [program, "-i", "localhost,", "-c", "local", str(play)],
        _environment(clouds, peer if form and form.peer else None),
    )


def _named(text: str, index: int) -> str:
    """Rename the anchors and aliases of a task by its ``index``."""
    before, _mark, after = text.partition("&headers")
    own, mark, others = after.partition("&headers")
    return f"{before}&h{index}{own.replace('*headers', f'*h{index}')}{mark}{others}"


def _loop(form: Form, clouds: Clouds, number: int, peer: Path | None) -> _Used:
    clouds.again()
    urls = [f"{clouds.url}/api/v2/vps/{clouds.ids[index % len(clouds.ids)]}" for index in range(number)]
    return _used(clouds, [sys.executable, "-c", LOOP, clouds.token], dict(os.environ), "\n".join(urls))


def _used(clouds: Clouds, command: list[str], environment: dict[str, str], said: str = "") -> _Used:
    log = clouds.folder / "said"
    asked, started = clouds.requests, time.monotonic()
    with log.open("w") as output:
        child = subprocess.Popen(
            command, cwd=clouds.folder, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT
        )
        assert child.stdin is not None
        child.stdin.write(said.encode())
        child.stdin.close()
        _pid, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}:\n{log.read_text()[-3000:]}")
    return _Used(usage.ru_utime + usage.ru_stime, time.monotonic() - started, clouds.requests - asked)


def _environment(clouds: Clouds, peer: Path | None) -> dict[str, str]:
    places = [str(PARENT), *([str(peer)] if peer else [])]
    return {
        **os.environ,
        "HOME": str(clouds.folder),
        "ANSIBLE_ACTION_PLUGINS": str(HERE / "play" / "action_plugins"),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(places),
        "ANSIBLE_LOCAL_TEMP": str(clouds.folder / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(clouds.folder / "tmp"),
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        # The most favourable setting for modules that are shipped.
        "ANSIBLE_PIPELINING": "true",
        "HCLOUD_ENDPOINT": f"{clouds.peer_url}/v1",
        "HCLOUD_TOKEN": clouds.token,
        "HOSTUP_API_TOKEN": clouds.token,
        "HOSTUP_API_URL": clouds.url,
        "INDIECLOUD_RECORD_PATH": str(clouds.folder / "record" / "restores.sqlite3"),
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": os.pathsep.join([str(peer)] if peer else []),
    }
