# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make test: every test, on the built and installed collection. `make unit`: the pytest parts, on the checkout."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from awx import awx_collection
from children import environ, run, run_together, scratch
from collection import NOT_SOURCES, installed, linked
from parts import run_parts
from paths import CHECKOUT, COLLECTION, PYTHON
from suites import WITHOUT_ANSIBLE
from venvs import venv


class Tests:
    """The parts of `make test`, all against the same tree."""

    def __init__(self, parent: Path, home: Path, *, dev: bool) -> None:
        self.parent = parent
        self.home = home
        # pytest reads pyproject.toml from where it runs.
        self.root = CHECKOUT if dev else parent / COLLECTION

    def plain(self) -> None:
        """the lower layers and the simulator, in an environment without ansible"""
        self.pytest("plain", WITHOUT_ANSIBLE)

    def unit(self) -> None:
        """the other unit tests, with ansible-core"""
        self.pytest("core", ["tests/unit", *(f"--ignore={folder}" for folder in WITHOUT_ANSIBLE)])

    def contract(self) -> None:
        """every provider against the simulator, under every switch"""
        self.pytest("core", ["tests/contract", "-n", "2", "--dist", "worksteal"])
        # It ends with a table of what all its tests saw.
        self.pytest("core", ["tests/live", "-n", "0"])

    def live(self) -> None:
        """the accounts of tests/integration/integration_config.yml: reading, and what they name for more"""
        path = CHECKOUT / "tests/integration/integration_config.yml"
        if not path.exists():
            sys.exit(
                "FAILED: tests/integration/integration_config.yml is not there; CONTRIBUTING.md says what it holds"
            )
        self.pytest("core", ["tests/live/test_account.py", "-n", "0"], INDIECLOUD_TEST_ACCOUNTS=path)

    def ansible_units(self) -> None:
        """ansible-test units"""
        # The architecture is that of the repository, and was looked at without ansible-test.
        folders = [f"tests/unit/{name}/" for name in ("module_utils", "plugin_utils", "simulator")]
        self.ansible_test("units", self.root, *folders)

    def integration(self) -> None:
        """ansible-test integration: playbooks against the simulator over HTTP, in both forms of execution"""
        # ansible-test is content when there is nothing to run.
        targets = self.root.glob("tests/integration/targets/*/aliases")
        if all("hidden" in aliases.read_text().split() for aliases in targets):
            sys.exit("FAILED: there is no target to run")
        root = self.home / COLLECTION
        shutil.copytree(self.root, root, ignore=shutil.ignore_patterns(*NOT_SOURCES))
        # The same with every module shipped, as to another machine. ansible-test hands this file to every playbook.
        (root / "tests/integration/integration_config.yml").write_text("indiecloud_execution: module\n")
        # Each with a home of its own: ansible-test makes a key in it.
        homes = (self.home, self.home / "shipped")
        run_together(
            [self.ansible_test_call("integration", *one) for one in zip((self.root, root), homes, strict=True)]
        )

    def fleet(self) -> None:
        """the role: a fleet, failures, and controllers that are killed"""
        self.pytest("core", ["tests/fleet", "-n", "2"])

    def kill(self) -> None:
        """controllers killed at a sample of the requests of a restore; all of them: make kill-matrix"""
        self.pytest("core", ["tests/resilience/kill"])

    def awx(self) -> None:
        """what AWX loads: into a fake controller by awx.awx, and its jobs by ansible-runner"""
        # As AWX does it where this repository is its project.
        with scratch() as folder:
            env = environ(venv("awx"), home=self.home, ANSIBLE_COLLECTIONS_PATH=folder)
            words: list[str | Path] = ["-r", "collections/requirements.yml", "-p", folder]
            run(["ansible-galaxy", "collection", "install", *words], cwd=CHECKOUT, env=env)
        path = f"{self.parent}:{awx_collection()}"
        env = environ(venv("awx"), home=self.home, ANSIBLE_COLLECTIONS_PATH=path, PYTHONPATH=path)
        run(["python", "-m", "pytest", "tests/awx", "-n", "2", "--dist", "worksteal"], cwd=self.root, env=env)

    def faults(self) -> None:
        """a sample of faults at the requests of a restore; many more: make fault-matrix"""
        self.pytest("core", ["tests/resilience/faults"])

    def hostile(self) -> None:
        """a server that lies: links, ids, names, lists, templates, tokens"""
        self.pytest("core", ["tests/contract/hostile", "-n", "2"])

    def fuzz(self) -> None:
        """the corpus, and some more of what hypothesis makes of it"""
        self.pytest("core", ["tests/contract/fuzz"])

    def molecule(self) -> None:
        """the role under molecule: create, prepare, converge, idempotence, verify on the ledger, destroy"""
        env = environ(venv("molecule"), home=self.home, ANSIBLE_COLLECTIONS_PATH=self.parent)
        # molecule takes a folder for a collection by its galaxy.yml, which an installed copy does not have.
        run(["molecule", "test"], cwd=CHECKOUT, env=env)

    def pytest(self, name: str, arguments: Sequence[str | Path], **more: str | Path) -> None:
        env = environ(venv(name), home=self.home, ANSIBLE_COLLECTIONS_PATH=self.parent, PYTHONPATH=self.parent, **more)
        run(["python", "-m", "pytest", *arguments], cwd=self.root, env=env)

    def ansible_test(self, command: str, root: Path, *targets: str) -> None:
        words, cwd, env = self.ansible_test_call(command, root, self.home, *targets)
        run(words, cwd=cwd, env=env)

    def ansible_test_call(
        self, command: str, root: Path, home: Path, *targets: str
    ) -> tuple[list[str], Path, dict[str, str]]:
        # Else ansible-test would look upwards, find the git of this checkout and see ignored files only.
        env = environ(venv("core"), home=home, ANSIBLE_TEST_CONTENT_ROOT=root)
        return ["ansible-test", command, "--local", "--python", PYTHON, "--color", "no", *targets], root, env


def core_version() -> str:
    """The version of the ansible-core in use."""
    (info,) = venv("core").parent.glob("lib/python*/site-packages/ansible_core-*.dist-info")
    return info.name.removeprefix("ansible_core-").removesuffix(".dist-info")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="use the checkout instead of an installed copy")
    parser.add_argument("parts", nargs="*", metavar="PART", help="some of the parts (default: all)")
    options = parser.parse_args()
    with scratch() as home:
        parent = linked() if options.dev else installed()
        tests = Tests(parent, home, dev=options.dev)
        parts = {
            "plain": tests.plain,
            "unit": tests.unit,
            "contract": tests.contract,
            "ansible-units": tests.ansible_units,
            "integration": tests.integration,
            "fleet": tests.fleet,
            "kill": tests.kill,
            "faults": tests.faults,
            "hostile": tests.hostile,
            "fuzz": tests.fuzz,
            "awx": tests.awx,
            "molecule": tests.molecule,
            "live": tests.live,
        }
        print(f"Python {sys.version.split()[0]}, ansible-core {core_version()}, collection in {tests.root}")
        # A real account is the user's.
        return run_parts(parts, options.parts or [name for name in parts if name != "live"])


if __name__ == "__main__":
    sys.exit(main())
