# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local machine in the place of a simulated one, which answers only while its power and its disk let it."""

from __future__ import annotations

from typing import Any

import requests
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: site
short_description: Run on this machine while a simulated one answers
description:
  - Fails like an unreachable host if the simulated instance is off, or its network is broken.
author: indiecloud.compute contributors (@indiecloud)
options:
  pipelining:
    description: As in the connection local.
    type: boolean
    default: false
  control:
    description: The address of the simulator.
    vars: [{name: control}]
  instance:
    description: The id of the simulated instance.
    vars: [{name: guarded_change_instance}]
  network:
    description: The file that says whether its network is up.
    default: /etc/network
"""


class Connection(Local):
    """A connection that is there only while the simulated machine is."""

    transport = "site"

    def _require_answer(self) -> None:
        asked = {"instance_id": self.get_option("instance")}
        found = requests.get(f"{self.get_option('control')}/_sim/instance", params=asked, timeout=30).json()
        if found["power"] != "running" or found["disk"][self.get_option("network")] != "up":
            raise AnsibleConnectionFailure("the simulated machine does not answer")

    def exec_command(self, *args: Any, **words: Any) -> Any:
        self._require_answer()
        return super().exec_command(*args, **words)

    def put_file(self, *args: Any, **words: Any) -> Any:
        self._require_answer()
        return super().put_file(*args, **words)

    def fetch_file(self, *args: Any, **words: Any) -> Any:
        self._require_answer()
        return super().fetch_file(*args, **words)
