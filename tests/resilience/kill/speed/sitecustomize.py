# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On ``PYTHONPATH`` of the controllers of the kill matrix: their waits pass faster, as does the simulator's clock.

What is tested knows nothing of it. The product has no switch for it; it only sees another ``time.monotonic`` and
``time.sleep``.
"""

from __future__ import annotations

import os
import time

FACTOR = float(os.environ.get("KILL_MATRIX_SPEED", "1"))

if FACTOR != 1.0:
    _monotonic, _sleep = time.monotonic, time.sleep

    def monotonic() -> float:
        return _monotonic() * FACTOR

    def sleep(seconds: float) -> None:
        _sleep(seconds / FACTOR)

    time.monotonic, time.sleep = monotonic, sleep
