# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One restore in a process of its own: options as JSON on standard input, the result as JSON on standard output.

Its time is the simulator's: ``speed`` times as fast as real time, and ``now`` when this machine's clock was ``at``.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timezone
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context


def runtime(speed: float, now: float, at: float) -> Runtime:
    # All processes of a machine have one monotonic clock.
    return Runtime(
        monotonic=lambda: time.monotonic() * speed,
        now=lambda: datetime.fromtimestamp(now + (time.monotonic() - at) * speed, timezone.utc),
        sleep=lambda seconds: time.sleep(max(0.0, seconds) / speed),
    )


if __name__ == "__main__":
    told: dict[str, Any] = json.load(sys.stdin)
    outcome = execute(restore_task, Context(told["options"], runtime=runtime(**told["clock"])))
    json.dump({"failed": outcome.failed, **outcome.result}, sys.stdout)
