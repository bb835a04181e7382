# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make check: formatting, lint, types, documentation, ansible-test sanity and the package."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from children import environ, output, run, scratch
from collection import build, install, installed, linked
from parts import run_parts
from paths import BUILD, CHECKOUT, COLLECTION, HOME, NAME, NAMESPACE
from sanity import cannot_run, interpreters, prime_pip
from venvs import venv
from versions import version

from docs import main as docs_site

FQCN = f"{NAMESPACE}.{NAME}"
PYTHON_FILES = ["plugins", "tests", "tools", "docs"]


def lint(*command: str | Path, cwd: Path = CHECKOUT, **extra: str | Path) -> None:
    run(list(command), cwd=cwd, env=environ(venv("lint"), HOME, **extra))


def formatting() -> None:
    """ruff format"""
    lint("ruff", "format", "--check", "--diff", "--no-cache", *PYTHON_FILES)


def ruff() -> None:
    """ruff check"""
    lint("ruff", "check", "--no-cache", *PYTHON_FILES)


def types() -> None:
    """mypy --strict on what the plugins are made of, and on tools/"""
    linked()
    package = f"ansible_collections.{FQCN}.plugins"
    packages = [part for part in ("module_utils", "plugin_utils") if (CHECKOUT / "plugins" / part).is_dir()]
    cache = BUILD / "mypy"
    lint("mypy", "--strict", "--cache-dir", cache, *(word for part in packages for word in ("-p", f"{package}.{part}")))
    lint("mypy", "--strict", "--cache-dir", cache, ".", cwd=CHECKOUT / "tools", MYPYPATH=CHECKOUT / "tools")


def flake8() -> None:
    """flake8 on the plugins, as galaxy-importer runs it"""
    lint("flake8", "--isolated", "--select", "E,F,W", "--extend-ignore", "E402", "--max-line-length", "160", "plugins")


def reuse() -> None:
    """every file says whose it is and under which licence"""
    lint("reuse", "lint", "--lines")


def repository() -> None:
    """tests of what is in the repository only: tools, Makefile, CI, site"""
    env = environ(venv("core"), HOME, PYTHONPATH=f"{linked()}:{CHECKOUT / 'tools'}")
    run(["python", "-m", "pytest", "tools/tests"], cwd=CHECKOUT, env=env)


def site() -> None:
    """the docs site: no warning, no broken link"""
    if docs_site():
        sys.exit("FAILED: broken links")


def yaml() -> None:
    """yamllint"""
    lint("yamllint", "--strict", ".")


def shell() -> None:
    """shellcheck on what ansible-test does not see"""
    lint("shellcheck", ".ci/run")


def ansible_lint() -> None:
    """ansible-lint, profile production"""
    # Offline: it shall look at the installed copy instead of installing one of its own.
    lint("ansible-lint", "--offline", "--strict", ANSIBLE_COLLECTIONS_PATH=installed())


def docs() -> None:
    """antsibull-docs: every page renders, every reference leads somewhere"""
    root = installed() / COLLECTION
    lint("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs=all", root, cwd=root)


def changelog() -> None:
    """antsibull-changelog"""
    lint("antsibull-changelog", "lint")
    lint("antsibull-changelog", "lint-changelog-yaml", "changelogs/changelog.yaml", "--no-semantic-versioning")


def package() -> None:
    """build, install offline, verify, import as Galaxy does"""
    with scratch() as folder:
        tarball = build(folder / "dist")
        install(tarball, folder)
        lint("ansible-galaxy", "collection", "verify", "--offline", FQCN, cwd=folder, ANSIBLE_COLLECTIONS_PATH=folder)
        importer(tarball)


def importer(tarball: Path) -> None:
    switches = ["CHECK_CHANGELOG", "CHECK_REQUIRED_TAGS", "RUN_ANSIBLE_DOC", "RUN_ANSIBLE_LINT", "RUN_FLAKE8"]
    if not version().startswith("0."):
        # As Automation Hub asks.
        switches.append("REQUIRE_V1_OR_GREATER")
    config = tarball.parent / "galaxy-importer.cfg"
    config.write_text("\n".join(["[galaxy-importer]", *(f"{name} = True" for name in switches)]) + "\n")
    command = ["python", "-m", "galaxy_importer.main", tarball.name]
    log = output(command, cwd=tarball.parent, env=environ(venv("lint"), GALAXY_IMPORTER_CONFIG=config))
    # What it finds are warnings, with which it ends well all the same.
    findings = [line for line in log.splitlines() if line.startswith(("WARNING", "ERROR"))]
    if findings:
        sys.exit(f"FAILED: galaxy-importer found {len(findings)} things")


def sanity() -> None:
    """ansible-test sanity, on every Python that is there"""
    root = installed() / COLLECTION
    ignored = sorted(path.name for path in root.glob("tests/sanity/ignore*"))
    if ignored:
        sys.exit(f"FAILED: ignore files: {', '.join(ignored)}")
    core, shellcheck = venv("core"), venv("shellcheck") / "shellcheck"
    prime_pip(core)
    with scratch() as extra:
        # Only shellcheck from there, which ansible-test would silently skip.
        (extra / "shellcheck").symlink_to(shellcheck)
        env = environ(core, ANSIBLE_TEST_CONTENT_ROOT=root)
        env["PATH"] = ":".join([env["PATH"], str(extra), *map(str, interpreters())])
        skipped = [word for test in cannot_run(core) for word in ("--skip-test", test)]
        run(["ansible-test", "sanity", "--local", "--color", "no", *skipped], cwd=root, env=env)


PARTS = {
    "format": formatting,
    "ruff": ruff,
    "types": types,
    "flake8": flake8,
    "reuse": reuse,
    "repository": repository,
    "yamllint": yaml,
    "shellcheck": shell,
    "ansible-lint": ansible_lint,
    "docs": docs,
    "site": site,
    "changelog": changelog,
    "package": package,
    "sanity": sanity,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", action="store_true", help="let ruff format and sort, then stop")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    options = parser.parse_args()
    if options.fix:
        lint("ruff", "check", "--no-cache", "--fix", *PYTHON_FILES)
        lint("ruff", "format", "--no-cache", *PYTHON_FILES)
        return 0
    return run_parts(PARTS, options.parts)


if __name__ == "__main__":
    sys.exit(main())
