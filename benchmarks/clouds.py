# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers for all forms: the simulator in this process, and a stub of the peer's API."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

sys.path.insert(0, str(Path(__file__).absolute().parents[4]))

from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

PLACE = {"id": 1, "name": "fsn1", "description": "", "country": "DE", "city": "", "latitude": 0.0, "longitude": 0.0}
SERVER: dict[str, Any] = {
    "id": 1,
    "name": "web1",
    "status": "running",
    "created": "2026-01-01T00:00:00+00:00",
    "public_net": {"ipv4": None, "ipv6": None, "floating_ips": []},
    "private_net": [],
    "server_type": {"id": 1, "name": "cx22"},
    "datacenter": {"id": 1, "name": "fsn1-dc14", "description": "", "location": PLACE},
    "image": None,
    "iso": None,
    "rescue_enabled": False,
    "locked": False,
    "backup_window": None,
    "labels": {},
    "volumes": [],
    "load_balancers": [],
    "protection": {"delete": False, "rebuild": False},
    "placement_group": None,
}


class _Peer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        body = json.dumps({"server": SERVER}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        """Log nothing."""


class Clouds:
    """Instances to read and to restore, and the number of requests."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self._size = folder, size
        # A restore takes a quarter of a second of real time.
        self._sim = Simulator(clock=RealClock(speed=40), seed=False, durations={"restore": 10.0, "power": 4.0})
        self._peer = ThreadingHTTPServer(("127.0.0.1", 0), _Peer)
        self.url, self.token = self._sim.urls["hostup"], self._sim.tokens["hostup"]
        self.peer_url = f"http://127.0.0.1:{self._peer.server_port}"
        self.ids: list[str] = []

    def __enter__(self) -> Clouds:
        self._sim.start()
        threading.Thread(target=self._peer.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sim.stop()
        self._peer.shutdown()

    def again(self) -> None:
        """Reset to the same running instances for each form, without a record of earlier restores."""
        self._sim.reset(seed=False)
        shutil.rmtree(self.folder / "record", ignore_errors=True)
        machines = [self._sim.cloud.add_instance("hostup", f"vm-{index}", "running") for index in range(self._size)]
        for one in machines:
            self._sim.cloud.add_snapshot(one.id, "before-upgrade", age=3600)
        self.ids = [one.id for one in machines]

    @property
    def requests(self) -> int:
        return len(self._sim.ledger.requests()) + _Peer.asked
