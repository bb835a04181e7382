# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock, RealClock, http_date, iso


def test_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(start=1000.0)
    clock.advance(2.5)
    clock.sleep(1.5)
    clock.sleep(-1.0)
    assert (clock.now(), clock.monotonic()) == (1004.0, 4.0)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


def test_real_clock_runs_faster_when_told() -> None:
    clock = RealClock(speed=1000.0)
    before = clock.now()
    clock.sleep(5.0)
    assert 5.0 <= clock.now() - before < 5000.0


def test_real_clock_jumps() -> None:
    clock = RealClock()
    before = clock.monotonic()
    clock.advance(3600)
    assert 3600 <= clock.monotonic() - before < 3660


def test_forms_of_times() -> None:
    assert iso(1_767_225_600.25) == "2026-01-01T00:00:00Z"
    assert iso(1_767_225_600.25, 3) == "2026-01-01T00:00:00.250Z"
    assert http_date(1_767_225_600.25) == "Thu, 01 Jan 2026 00:00:00 GMT"
