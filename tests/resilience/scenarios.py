# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kill matrix goes through: providers, switches, records and power states, and the moments of a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.simulator.switches import Switches

ARRIVED, WORKED, ANSWERED = "before", "after", "answered"
MOMENTS = {
    ARRIVED: "as the request arrives: it has no effect",
    WORKED: "after its effect, before its answer",
    ANSWERED: "after its answer has left",
}


@dataclass(frozen=True)
class Scenario:
    """One cloud and one wish; every request of a run of it is a place to be killed at."""

    provider: str
    variant: str
    power: str
    record: str
    switches: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)
    options: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)
    """Options of ``snapshot_restore`` besides those of every run."""

    @property
    def creates(self) -> bool:
        return SPECS[self.provider].capabilities.creates_instance

    @property
    def name(self) -> str:
        return f"{self.provider} {self.variant}, {self.power} before, record: {self.record}"


def scenarios(providers: Iterable[str], records: Iterable[str]) -> Iterator[Scenario]:
    """All of them, in an order that never changes."""
    records = list(records)
    for provider in sorted(providers):
        capabilities = SPECS[provider].capabilities
        for variant in Switches.all_variants():
            if variant.provider not in (None, provider):
                continue
            options: dict[str, Any] = {}
            if variant.switches.get("barrack_auth") == "x-api-key":
                # What is published names no header.
                options = {"api_auth_header": "X-API-Key", "api_auth_scheme": ""}
            if capabilities.creates_instance and variant.switches.get("documented_only"):
                # Without a list of instances by name the run is refused unless it is told so.
                options["allow_unverified"] = True
            for power in ("running",) if capabilities.creates_instance else ("running", "stopped"):
                for record in records:
                    yield Scenario(provider, variant.name, power, record, variant.switches, options)
        if not capabilities.creates_instance:
            for record in records:
                wish = {"safety_snapshot": "required"}
                yield Scenario(provider, "with a safety snapshot", "running", record, {}, wish)


def default(provider: str, power: str) -> Scenario:
    """The scenario in which no switch is turned, with the record in a file."""
    found = scenarios([provider], ["file"])
    return next(item for item in found if (item.variant, item.power) == ("default", power))
