# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pytest plugin: ``--instead FILE OTHER`` imports the module of one file from the text of another.

``--these FILE`` names the tests to run, in order: names of tests may hold what no argument of pytest can.
"""

from __future__ import annotations

import json
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

import pytest


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--instead", nargs=2)
    parser.addoption("--these")


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    path, other = early_config.known_args_namespace.instead
    usual = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        if self.path == path:
            return compile(Path(other).read_text(encoding="utf-8"), path, "exec", dont_inherit=True)
        return usual(self, fullname)

    setattr(SourceFileLoader, "get_code", get_code)  # noqa: B010 - mypy knows the method of a base class only


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = json.loads(Path(config.getoption("--these")).read_text())
    known = {item.nodeid: item for item in items}
    items[:] = [known[name] for name in wanted]
