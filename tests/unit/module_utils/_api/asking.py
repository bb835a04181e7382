# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api import transport as sending
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import FakeTime
from ansible_collections.indiecloud.compute.tests.unit.module_utils.peer import Peer, answer

OK = answer(200, {"ok": True})


def failure(transport: sending.Transport, method: str = "GET", path: str = "/x", **send: Any) -> CloudError:
    with pytest.raises(CloudError) as caught:
        transport.request(method, path, **send)
    return caught.value


def drip(time: FakeTime, head: bytes, then: bytes) -> Any:
    """Sends some of an answer, byte by byte, until the alarm of the request rings."""

    def step(peer: Peer) -> None:
        peer.send(head)
        for letter in then[:20]:
            peer.send(bytes([letter]))
        time.alarms.ring()
        peer.wait_for_hang_up()

    return step
