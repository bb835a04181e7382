# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record file in folders that do not exist yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._record.sqlite_store import FileRecord
from ansible_collections.indiecloud.compute.tests.unit.module_utils._record.records import ACCOUNT
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import FakeTime


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "restores.sqlite3"


@pytest.fixture
def store(path: Path, time: FakeTime) -> FileRecord:
    return FileRecord(path, time.runtime, ACCOUNT)
