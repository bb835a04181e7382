# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trial that decides whether modules run in the controller's process, without each private part that it needs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from ansible.plugins.action.normal import ActionModule

from ansible_collections.indiecloud.compute.plugins.plugin_utils._controller.inline import is_supported


def test_this_core_is_supported() -> None:
    assert is_supported(ActionModule)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (basic, "_ANSIBLE_ARGS"),
        (warnings, "_global_warnings"),
        (warnings, "_global_deprecations"),
        (ActionModule.__mro__[1], "_parse_returned_data"),
        (basic.AnsibleModule, "_load_params"),
        (basic.AnsibleModule, "_return_formatted"),
    ],
)
def test_modules_are_shipped_if_a_part_is_gone(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    monkeypatch.delattr(owner, name)
    assert not is_supported(ActionModule)


def test_modules_are_shipped_if_the_result_takes_another_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A later core may print the result elsewhere; then our method is not called."""

    def exit_json(module: Any, **result: Any) -> None:
        print(result)
        raise SystemExit(0)

    monkeypatch.setattr(basic.AnsibleModule, "exit_json", exit_json)
    assert not is_supported(ActionModule)


def test_arguments_that_arrive_otherwise_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later core may read them from elsewhere, and find none or others."""

    def load(module: Any) -> None:
        module.params = {"option": "another"}

    monkeypatch.setattr(basic.AnsibleModule, "_load_params", load)
    assert not is_supported(ActionModule)
