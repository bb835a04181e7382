# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readings of a power state, one after the other, and what is made of them."""

from __future__ import annotations

from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Operation
from ansible_collections.indiecloud.compute.plugins.module_utils._power.power import PowerChange, bring_to
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Scripted

PENDING = Operation("op", status="running")
REBOOTED = "the provider accepted the restart and gave no evidence of it"


def readings(cloud: Scripted, *words: str) -> Scripted:
    return cloud.answers(
        "read_power", *(cloud.instance._replace(power_state=word, power_state_raw=None) for word in words)
    )


def asks(cloud: Scripted) -> int:
    return [name for _second, name in cloud.asked].count("read_power")


def changed(cloud: Scripted, wanted: str, **change: Any) -> tuple[str, list[str]]:
    instance, warnings = bring_to(cloud, cloud.instance.id, PowerChange(wanted, **change), cloud.patience)
    return instance.power_state, warnings
