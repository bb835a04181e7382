# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.switches import Switches


@pytest.mark.parametrize(
    ("name", "value"),
    [("onet_colour", "blue"), ("onet_lists", "sorted"), ("documented_only", "maybe"), ("onet_sync_lag", "soon")],
)
def test_unknown_names_and_values_are_errors(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        Switches().changed({name: value})


def test_values_may_be_text() -> None:
    texts = {"documented_only": "true", "hostup_restore_code": "200", "onet_sync_lag": "7.5", "barrack_lists": "data"}
    switches = Switches().changed(texts)
    assert switches.documented_only is True
    assert switches.hostup_restore_code == 200
    assert switches.onet_sync_lag == 7.5
    assert switches.barrack_lists == "data"


def test_variants_turn_one_switch_each() -> None:
    variants = Switches.all_variants()
    assert variants[0] == ("default", {}, None)
    assert len({variant.name for variant in variants}) == len(variants)
    for name, switches, provider in variants[1:]:
        ((switch, value),) = switches.items()
        assert getattr(Switches().changed(switches), switch) == value != getattr(Switches(), switch)
        assert name.startswith(f"{switch}=")
        assert provider in (None, "onetsolutions", "hostup", "barrack")
