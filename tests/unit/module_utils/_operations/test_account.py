# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose instances a list has: by what the options say of how to reach the provider."""

from __future__ import annotations

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._info.listing import Account
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context, open_provider

SCOPE = {"organization_id": "org", "project_id": "proj"}


def account(**options: object) -> Account:
    params = {"provider": "onetsolutions", "api_token": "x", **SCOPE, **options}
    return Account.of(open_provider(Context(params), 100.0, []))


def test_default_url_is_not_told() -> None:
    found = account()
    assert (found.provider, found.is_default_url, found.scope) == ("onetsolutions", True, SCOPE)
    assert found.list_path.endswith("/compute/instances")
    assert found.variables() == {"provider": "onetsolutions", **SCOPE}


@pytest.mark.parametrize("url", ["https://aaa.example", "https://zzz.example"])
def test_another_url_is(url: str) -> None:
    found = account(api_url=url)
    assert (found.api_url.rstrip("/"), found.is_default_url) == (url, False)
    assert found.variables()["api_url"] == found.api_url
    assert found.key != account().key
