# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that look like those of the role."""

from __future__ import annotations

import pytest

from ansible_collections.indiecloud.compute.plugins.plugin_utils._role.spec import role_options
from ansible_collections.indiecloud.compute.plugins.plugin_utils._role.spelling import HARMLESS, misspelled


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("restore_max_snapshot_agee", "restore_max_snapshot_age"),
        ("restore_max_snapshots_age", "restore_max_snapshot_age"),
        ("restore_max_host", "restore_max_hosts"),
        ("restore_expected_instnce_name", "restore_expected_instance_name"),
        ("restore_acept_billing", "restore_accept_billing"),
        ("restore_safety_snapshots", "restore_safety_snapshot"),
        ("restore_all_or_none", "restore_all_or_nothing"),
        ("restore_max_hourly_rates", "restore_max_hourly_rate"),
    ],
)
def test_a_misspelled_guard_is_refused(written: str, meant: str) -> None:
    ((problem,), warnings) = misspelled([written, "restore_provider"])
    assert (meant in problem, warnings) == (True, [])


def test_what_protects_from_nothing_is_a_warning() -> None:
    problems, (warning,) = misspelled(["restore_report_pathh"])
    assert (problems, "restore_report_path" in warning) == ([], True)


def test_other_variables_are_left_alone() -> None:
    own = ["restore_hosts", "restore_result", "restore__plan", "restore_bucket", "backup_max_hosts", "restored"]
    assert misspelled([*role_options(), *own]) == ([], [])
    assert {f"restore_{name}" for name in HARMLESS} <= set(role_options())
