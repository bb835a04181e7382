# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ids in each provider's own form, counted so that a run can be repeated."""

from __future__ import annotations

ORGANIZATION_ID = "0e700000-0000-4000-8000-00000000000a"
PROJECT_ID = "0e700000-0000-4000-8000-00000000000b"
TOKENS = {
    "onetsolutions": "sim-onetsolutions-token",
    "hostup": "sim-hostup-token",
    "barrack": "sim-barrack-token",
}
PROVIDERS = tuple(TOKENS)

_ULID_START = "01hxa3b4c5d6e7f8"  # 16 of the 26 characters of HostUp's public ids
_ONET_KINDS = {"instance": "0e700000", "snapshot": "5a900000", "job": "7a500000"}


def make_id(provider: str, kind: str, number: int) -> str:
    """`kind` is instance, snapshot or job; HostUp's snapshots have no id but their name."""
    if provider == "onetsolutions":
        return f"{_ONET_KINDS[kind]}-0000-4000-8000-{number:012d}"
    if provider == "hostup":
        return f"{'job' if kind == 'job' else 'vps'}_{_ULID_START}{number:010d}"
    return f"BRK-{500_000 + number}S" if kind == "snapshot" else f"BRK-{100_000 + number:06d}D"
