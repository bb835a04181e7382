# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rate limit of a run: the one that the provider publishes, or the one that the user sets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._api.clock import Runtime
from .._api.limiter import MOST_PER_MINUTE, Limiter, Window, budget, limiter_of, shared_state_dir
from .._api.text import quoted
from .._providers.base import ProviderSpec

# What the layers above take from here, which import nothing from below it.
__all__ = ["OPTION", "VARIABLE", "open_limiter", "requests_per_minute", "shared_state_dir"]

OPTION = "requests_per_minute"
VARIABLE = "INDIECLOUD_REQUESTS_PER_MINUTE"


def requests_per_minute(params: Mapping[str, Any], environ: Mapping[str, str], problems: list[str]) -> int | None:
    """The option, or else the environment variable, or else None."""
    given, source = params.get(OPTION), OPTION
    if given is None:
        given, source = environ.get(VARIABLE, "").strip(), f"the environment variable {VARIABLE}"
    if given == "":
        return None
    number = int(given) if re.fullmatch("[0-9]{1,9}", str(given)) else 0
    if not 1 <= number <= MOST_PER_MINUTE:
        problems.append(f"{source} must be a number from 1 to {MOST_PER_MINUTE}, not {quoted(given, 20)}")
    return number


def open_limiter(
    folder: Path | None, spec: ProviderSpec, origin: str, token: str, per_minute: int | None, runtime: Runtime
) -> Limiter | None:
    """The limiter that all processes share which use this account and this ``folder``."""
    if folder is None:
        return None
    published = [Window(limit.requests, limit.seconds) for limit in spec.capabilities.rate_limits]
    return limiter_of(folder, (spec.name, origin, token), budget(published, per_minute), runtime)
