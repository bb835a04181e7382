# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that end with an error, and those whose request was lost."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import AnswerLost, CloudError
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Kept, Scripted, restored


def failure(cloud: Scripted, store: Kept | None = None, **options: Any) -> CloudError:
    with pytest.raises(CloudError) as caught:
        restored(cloud, store, **options)
    return caught.value


def lost(cloud: Scripted, **options: Any) -> Kept:
    """The records after a run whose request was lost; the cloud answers as usual again."""
    store = Kept()
    cloud.answers("restore", AnswerLost("Cut."))
    assert failure(cloud, store, **options).error_code == "outcome_unknown"
    cloud.say.clear()
    cloud.transport.deadline = run_deadline(cloud)
    return store


def run_deadline(cloud: Scripted, seconds: float = 1800.0) -> Any:
    return Deadline(seconds, cloud.time.runtime)
