# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests a run may send: what the provider publishes, or what the user says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._api.clock import Runtime
from .._api.limiter import MOST_PER_MINUTE, Limiter, budget, limiter_of, shared_state_dir
from .._api.text import quoted
from .._providers.base import ProviderSpec

# What the layers above take from here, which import nothing from below it.
__all__ = ["OPTION", "VARIABLE", "open_limiter", "requests_per_minute", "shared_state_dir"]

OPTION = "requests_per_minute"
VARIABLE = "INDIECLOUD_REQUESTS_PER_MINUTE"


def requests_per_minute(params: Mapping[str, Any], environ: Mapping[str, str], problems: list[str]) -> int | None:
    """What the user says, if anything; an explicit option beats the environment."""
    given, said = params.get(OPTION), OPTION
    if given is None:
        given, said = environ.get(VARIABLE, "").strip(), f"the variable {VARIABLE}"
    if given == "":
        return None
    number = int(given) if re.fullmatch("[0-9]{1,9}", str(given)) else 0
    if not 1 <= number <= MOST_PER_MINUTE:
        problems.append(f"{said} must be a number from 1 to {MOST_PER_MINUTE}, not {quoted(given, 20)}")
    return number


def open_limiter(
    folder: Path | None, spec: ProviderSpec, origin: str, token: str, per_minute: int | None, runtime: Runtime
) -> Limiter | None:
    """The limiter that all processes share which meet in ``folder`` and use this account."""
    if folder is None:
        return None
    published = [limit.window for limit in spec.capabilities.rate_limits]
    return limiter_of(folder, (spec.name, origin, token), budget(published, per_minute), runtime)
