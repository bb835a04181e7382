# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the play and kill it, with all its descendants, as soon as the clouds have accepted so many restores.

kill.py PROCESSES_FOLDER SIM_URL NUMBER COMMAND...
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import requests

sys.path.insert(0, sys.argv[1])

processes = importlib.import_module("processes")

url, wanted, command = sys.argv[2], int(sys.argv[3]), sys.argv[4:]


def accepted() -> int:
    sent = requests.get(url + "/_sim/requests?method=POST&path_contains=/restore", timeout=10).json()
    return sum(one["status"] == 202 for one in sent)


play = subprocess.Popen(command, start_new_session=True)
end = time.monotonic() + 60
while accepted() < wanted and time.monotonic() < end and play.poll() is None:
    time.sleep(0.05)
for pid in [play.pid, *processes.descendants(play.pid)]:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
play.wait()
sys.exit(0 if accepted() == wanted else 1)
