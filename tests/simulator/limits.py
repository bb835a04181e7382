# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rate limits: token buckets that refill with simulated time."""

from __future__ import annotations

import math
from collections.abc import Callable


class Bucket:
    """Holds up to `size` tokens and refills them all in `seconds`."""

    def __init__(self, size: int, seconds: float, monotonic: Callable[[], float]) -> None:
        self._size, self._rate, self._monotonic = float(size), size / seconds, monotonic
        self._tokens, self._filled_at = float(size), monotonic()

    def take(self) -> int:
        """0 if a token was taken, else the whole seconds until there is one."""
        now = self._monotonic()
        self._tokens = min(self._size, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return max(1, math.ceil((1 - self._tokens) / self._rate))
        self._tokens -= 1
        return 0


class Limits:
    """Several buckets, all of which must have a token."""

    def __init__(self, *buckets: Bucket) -> None:
        self._buckets = buckets

    def take(self) -> int:
        return max((bucket.take() for bucket in self._buckets), default=0)
