# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of each module says what its code takes."""

from __future__ import annotations

import json
import re
from typing import Any

from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import NAME
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import known_variables

Pages = dict[str, dict[str, Any]]
VARIABLE = re.compile(r"\bE\(([^)=]+)")


def test_every_module_says_how_it_behaves(pages: Pages) -> None:
    for name, page in pages.items():
        attributes = page["doc"]["attributes"]
        assert set(attributes) >= {"check_mode", "diff_mode", "idempotent", "platform", "action_group"}, name
        assert attributes["check_mode"]["support"] == "full", name
        assert attributes["action_group"]["membership"] == [f"{NAME}.all"], name


def test_documented_variables_are_those_the_code_reads(pages: Pages) -> None:
    found = set(VARIABLE.findall(json.dumps(pages)))
    assert found == known_variables()
    # AWX takes no credential that would set such a variable.
    assert not [name for name in found if name.startswith("ANSIBLE_")]
