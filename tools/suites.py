# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tests run where."""

from __future__ import annotations

from pathlib import Path

# These layers promise to run without ansible (plugins/module_utils, and the simulator).
WITHOUT_ANSIBLE = [
    Path("tests/unit/module_utils/_api"),
    Path("tests/unit/module_utils/_providers"),
    *(Path("tests/unit/module_utils") / name for name in ("_info", "_metadata", "_record", "_restore", "_task")),
    Path("tests/unit/simulator"),
]
