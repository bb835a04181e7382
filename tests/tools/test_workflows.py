# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the workflows that zizmor does not check."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
PINNED = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_each_action_has_a_digest_and_a_version(path: Path) -> None:
    lines = [line.strip().removeprefix("- ") for line in path.read_text(encoding="utf-8").splitlines()]
    uses = [line for line in lines if line.startswith("uses:") and not line.startswith("uses: ./")]
    assert uses
    assert [line for line in uses if not PINNED.fullmatch(line)] == []


def test_a_digest_belongs_to_one_version() -> None:
    found = {line for path in WORKFLOWS for line in PINNED.findall(path.read_text(encoding="utf-8"))}
    actions = [line.partition("@")[0] for line in found]
    assert sorted(actions) == sorted(set(actions))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_each_job_has_a_limit_and_only_the_permissions_it_names(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert "permissions" in job, name
        # A called workflow has limits of its own.
        assert "uses" in job or job["timeout-minutes"] <= 120, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_checkout_keeps_the_token(path: Path) -> None:
    steps = [step for job in read(path)["jobs"].values() for step in job.get("steps", [])]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_release_is_attested_before_it_is_published() -> None:
    jobs = read(FOLDER / "release.yml")["jobs"]
    order, name = [], "github"
    while name:
        order.insert(0, name)
        name = jobs[name].get("needs")
    assert order == ["check", "build", "attest", "galaxy", "github"]
    assert set(order) == set(jobs)


def test_no_job_of_the_release_has_two_powers() -> None:
    """A secret, an identity, and the right to write are in three jobs; the one that builds has none of them."""
    powers: dict[str, set[str]] = {}
    for name, job in read(FOLDER / "release.yml")["jobs"].items():
        found = {right for right, kind in job["permissions"].items() if kind == "write" and right != "attestations"}
        powers[name] = found | set(re.findall(r"secrets\.\w+", str(job)))
    assert {name: found for name, found in powers.items() if found} == {
        "attest": {"id-token"},
        "galaxy": {"secrets.GALAXY_API_KEY"},
        "github": {"contents"},
    }
    assert read(FOLDER / "release.yml")["jobs"]["galaxy"]["environment"] == "galaxy"


def test_files_that_the_checklist_names_exist() -> None:
    text = (FOLDER.parents[1] / "docs/inclusion_checklist.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.-]+/[\w./-]+|[\w.-]+\.(?:md|py|yml|yaml))`", text))
    assert len(named) > 20
    assert {name for name in named if not (FOLDER.parents[1] / name).exists()} == set()


def test_bug_form_asks_for_what_a_diagnosis_needs() -> None:
    form = read(FOLDER.parent / "ISSUE_TEMPLATE/bug.yml")
    assert {"error_code", "request_id", "provider_info"} <= {item.get("id") for item in form["body"]}
