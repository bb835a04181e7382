# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from .accounts import ConfigWrong, read

GOOD = """
live_accounts:
  hostup:
    api_token: t
    instance: vps_1
    destructive: {instance: vps_2, expected_instance_name: scratch, snapshot: before}
"""


def test_an_account_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.yml"
    path.write_text(GOOD)
    (account,) = read(path)
    assert account.connection == {"provider": "hostup", "api_token": "t"}
    assert (account.instance, account.destructive["instance"]) == ("vps_1", "vps_2")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("", "live_accounts"),
        ("live_accounts: {}", "live_accounts"),
        ("live_accounts: {nimbus: {api_token: t}}", "nimbus"),
        ("live_accounts: {hostup: {token: t}}", "hostup.token"),
        ("live_accounts: {hostup: {destructive: {instance: vps_2}}}", "expected_instance_name"),
        ("live_accounts: {hostup: {destructive: {instances: all}}}", "destructive.instances"),
    ],
)
def test_mistakes_are_reported_before_any_request(tmp_path: Path, content: str, word: str) -> None:
    path = tmp_path / "config.yml"
    path.write_text(content)
    with pytest.raises(ConfigWrong, match=word):
        read(path)
