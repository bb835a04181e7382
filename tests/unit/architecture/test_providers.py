# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a provider costs: one provider file, one line in the registry, one simulator file, one section in the guide."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.url import placeholders
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import ProviderSpec
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import PROVIDERS, SPECS
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import MODULE_UTILS, ROOT, python_files

IDS = {"instance_id", "snapshot_id", "operation_id"}
EACH = pytest.mark.parametrize("spec", [pytest.param(spec, id=name) for name, spec in SPECS.items()])


def test_every_provider_file_is_in_the_registry() -> None:
    files = {path.stem for path in python_files(MODULE_UTILS / "_providers")}
    classes = {cls.__module__.rsplit(".", 1)[1] for cls in PROVIDERS.values()}
    assert classes == set(PROVIDERS)
    assert classes <= files
    holding = {
        path.stem
        for path in python_files(MODULE_UTILS / "_providers")
        if "spec = ProviderSpec(" in path.read_text(encoding="utf-8")
    }
    assert holding == classes


@EACH
def test_simulator_has_the_provider(spec: ProviderSpec) -> None:
    assert (ROOT / "tests" / "simulator" / "providers" / f"{spec.name}.py").is_file()
    sim = Simulator()
    try:
        assert spec.name in sim.urls
        assert spec.name in sim.tokens
    finally:
        sim.stop()


@EACH
def test_every_route_is_documented_by_a_page_or_says_what_it_rests_on(spec: ProviderSpec) -> None:
    for name, route in spec.routes.items():
        if route.documented is None:
            assert route.note, f"{name} is assumed and does not say why"
        else:
            assert re.match(r"https://[a-z0-9.-]+/\S+$", route.documented), (name, route.documented)
            assert route.note is None, f"{name} is documented and needs no note"
    if spec.auth_documented is not None:
        assert spec.auth_documented.startswith("https://")


@EACH
def test_paths_use_ids_and_the_scope_only(spec: ProviderSpec) -> None:
    for name, route in spec.routes.items():
        assert route.path.startswith("/"), name
        assert set(placeholders(route.path)) <= IDS | set(spec.scope), name


@EACH
def test_doubts_are_told_where_something_is_assumed(spec: ProviderSpec) -> None:
    assumed = [name for name, route in spec.routes.items() if route.documented is None]
    assert not (assumed or spec.auth_documented is None) or spec.unconfirmed


# The rows of the README's table that tell how well routes are known.
ROWS = {
    "restore: route and request": ("snapshot_restore",),
    "reading instances and their power": ("instance_list", "instance_get", "instance_status"),
    "listing, taking, deleting snapshots": ("snapshot_list", "snapshot_create", "snapshot_delete"),
    "start, graceful stop, restart": ("instance_start", "instance_shutdown", "instance_restart"),
    "forced stop": ("instance_stop",),
}


@EACH
def test_readme_claims_no_more_than_the_routes(spec: ProviderSpec) -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    rows = {cells[1]: cells for line in lines if line.startswith("| ") and (cells := re.split(r" *\| *", line))}
    (header,) = (cells for cells in rows.values() if spec.label in cells)
    for title, names in ROWS.items():
        known = [spec.routes[name].documented is not None for name in names if name in spec.routes]
        expected = "documented" if all(known) else "assumed"
        assert rows[title][header.index(spec.label)].split(" ")[0] == expected, title


@EACH
def test_readme_counts_the_routes(spec: ProviderSpec) -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    rows = {cells[1]: cells for line in lines if line.startswith("| ") and (cells := re.split(r" *\| *", line))}
    (header,) = (cells for cells in rows.values() if spec.label in cells)
    documented = sum(1 for route in spec.routes.values() if route.documented is not None)
    assert rows["routes documented"][header.index(spec.label)] == str(documented)
    assert rows["routes assumed"][header.index(spec.label)] == str(len(spec.routes) - documented)


def test_guide_is_what_the_code_knows() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
