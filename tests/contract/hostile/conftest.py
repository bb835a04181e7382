# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud that lies, and proof of where its lies lead: every connection of the process, and every request's head."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.contract.conftest import Cloud, clock, make_cloud, provider, switches
from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock
from ansible_collections.indiecloud.compute.tests.simulator.hooks import Hooks
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

# Fixtures of these tests too.
__all__ = ["clock", "provider", "switches"]


class Heads(Hooks):
    """Keeps the target and the names of the headers of each request."""

    def __init__(self) -> None:
        self.targets: list[str] = []
        self.names: set[str] = set()

    def arrived(self, request: Request) -> bool:
        self.targets.append(request.target)
        self.names |= set(request.headers)
        return True


class Elsewhere:
    """Another server; it must never be spoken to."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.visits = 0
        self._thread = threading.Thread(target=self._wait, daemon=True)
        self._thread.start()

    def _wait(self) -> None:
        while True:
            try:
                visitor, _address = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    yield server
    server.close()
    assert server.visits == 0


@pytest.fixture
def sim(clock: ManualClock, switches: dict[str, Any]) -> Iterator[Simulator]:
    with Simulator(clock=clock, switches=switches) as running:
        running.hooks = Heads()
        yield running


@pytest.fixture
def heads(sim: Simulator) -> Heads:
    assert isinstance(sim.hooks, Heads)
    return sim.hooks


@pytest.fixture
def cloud(sim: Simulator, clock: ManualClock, provider: str, tmp_path: Path) -> Cloud:
    return make_cloud(sim, clock, provider, tmp_path)


@pytest.fixture(autouse=True)
def at_home(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No socket of this process is connected to anything but the simulator."""
    met: set[Any] = set()
    connect = socket.socket.connect

    def noting(self: socket.socket, address: Any) -> None:
        met.add(address if isinstance(address, str) else address[:2])
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noting)
    yield
    assert met <= {("127.0.0.1", int(sim.url.rpartition(":")[2]))}
