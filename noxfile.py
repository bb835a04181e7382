# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every task of the project as a nox session; the targets of the Makefile call them. `nox --list` shows all.

Everything is made below .build. The tests run on the collection as users get it: built, and installed from the tarball
without network.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import nox

sys.path.insert(0, str(Path(__file__).parent / "tools"))


import ansible_test
import collection
import release as files
from collection import BUILD, COLLECTION, FQCN, ROOT, from_ansible, installed, linked, new_home, passes, run, run_all

nox.needs_version = ">=2026.2"
nox.options.default_venv_backend = "venv"
nox.options.download_python = "never"
nox.options.envdir = str(BUILD / "envs")
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"
nox.options.tags = ["test"]

# The shims of pyenv answer for Pythons that are switched off. The Pythons themselves are put behind the others.
PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
PATH = [folder for folder in os.environ.get("PATH", os.defpath).split(":") if not folder.endswith("/shims")]
os.environ["PATH"] = ":".join([*PATH, *map(str, sorted(PYENV.glob("versions/*/bin")))])

WITHOUT_ANSIBLE = ["tests/unit/module_utils", "tests/unit/simulator"]
# Which ansible-core is tried on which Python 3.
MATRIX = {
    "2.15": (9, 11),
    "2.16": (10, 12),
    "2.17": (10, 12),
    "2.18": (11, 13),
    "2.19": (11, 13),
    "newest": (12, 13, 14),
}
CELLS = [
    (f"3.{minor}", core)
    for core, minors in MATRIX.items()
    for minor in minors
    if core in os.environ.get("CORES", "").split() or not os.environ.get("CORES")
]

# What the transport leans on: the versions of Enterprise Linux 9 with its Python 3.9, the oldest on which execution
# environments with a supported ansible-core are built; the last urllib3 before version 2; the newest, released or not.
THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
LIBRARIES = {
    "oldest": ("3.9", ["requests==2.25.1", "urllib3==1.26.5"]),
    "urllib3-1": (THIS, ["requests", "urllib3==1.26.20"]),
    "newest": (THIS, ["--upgrade", "--pre", "requests", "urllib3"]),
}
LEANING = [
    f"tests/unit/module_utils/_api/test_{name}.py"
    for name in ("bodies", "sending_again", "time_limit", "tls", "token", "transport", "watching")
]


def stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


# nox stops its children when it is interrupted.
signal.signal(signal.SIGTERM, stop)


def needs(session: nox.Session, name: str, *more: str) -> None:
    session.install("--requirement", f"requirements/{name}.txt", *more)


def pytest(*words: str) -> list[str]:
    return ["python", "-m", "pytest", *words]


def on(folder: Path) -> dict[str, Any]:
    """The variables with which Ansible and Python find the collection below a folder."""
    return {"ANSIBLE_COLLECTIONS_PATH": str(folder), "PYTHONPATH": str(folder)}


@nox.session
def build(session: nox.Session) -> None:
    """Build the tarball and install it offline. An argument names a folder that gets a copy of the tarball."""
    session.install("ansible-core")
    collection.build(session)
    for folder in session.posargs:
        Path(folder).mkdir(exist_ok=True)
        session.log(f"Ready: {shutil.copy(collection.tarball(), folder)}")


@nox.session
def demo(session: nox.Session) -> None:
    """Restore on three simulated clouds: a preflight, the restore, the same again; then a change with a way back."""
    session.install("ansible-core", "requests")
    collection.build(session)
    run(session, "python", "tools/demo/demo.py", **on(installed()))


# Tests


@nox.session(tags=["test"], requires=["build"])
def plain(session: nox.Session) -> None:
    """The layers below Ansible and the simulator, in an environment without Ansible."""
    needs(session, "plain")
    run(session, *pytest(*WITHOUT_ANSIBLE, "-n", "2"), cwd=installed() / COLLECTION, **on(installed()))


@nox.session(tags=["test"], requires=["build"])
def tests(session: nox.Session) -> None:
    """All other tests with pytest: units, contract, fleet, guarded changes, samples of the kill and fault matrices."""
    needs(session, "core")
    suites = [
        ["tests/unit", *(f"--ignore={folder}" for folder in WITHOUT_ANSIBLE), "-n", "2", "--dist", "worksteal"],
        ["tests/contract", "-n", "2", "--dist", "worksteal"],
        # These wait more than they compute.
        ["tests/fleet", "-n", "4", "--dist", "worksteal"],
        ["tests/guarded", "-n", "4", "--dist", "worksteal"],
        # These use several processes themselves.
        ["tests/resilience"],
        ["tests/live"],
    ]
    run_all(session, [pytest(*words) for words in suites], cwd=installed() / COLLECTION, **on(installed()))


@nox.session(tags=["test"], requires=["build"])
def integration(session: nox.Session) -> None:
    """ansible-test integration: playbooks against the simulator."""
    session.install("ansible-core", "requests")
    if not ansible_test.integration(session, *session.posargs):
        session.error("a target failed")


@nox.session(tags=["test"], requires=["build"])
def awx(session: nox.Session) -> None:
    """What AWX loads: into a fake controller with awx.awx, and its jobs with ansible-runner."""
    needs(session, "awx")
    # AWX does this with a project.
    folder = new_home()
    words = ("collection", "install", "-r", "collections/requirements.yml", "-p", folder)
    run(session, "ansible-galaxy", *words, ANSIBLE_COLLECTIONS_PATH=folder)
    path = Path(f"{installed()}:{from_ansible(session, 'awx.awx')}")
    run(session, *pytest("tests/awx", "-n", "4", "--dist", "worksteal"), cwd=installed() / COLLECTION, **on(path))


@nox.session(tags=["test"], requires=["build"])
def mitogen(session: nox.Session) -> None:
    """All modules with the strategy of Mitogen, compared with Ansible's own."""
    needs(session, "mitogen")
    run(session, *pytest("tests/mitogen"), cwd=installed() / COLLECTION, **on(installed()))


@nox.session(tags=["test"], requires=["build"])
def molecule(session: nox.Session) -> None:
    """The role under molecule: create, prepare, converge, idempotence, verify on the ledger, destroy."""
    needs(session, "molecule")
    # molecule knows a collection by its galaxy.yml, which an installed one does not have.
    run(session, "molecule", "test", ANSIBLE_COLLECTIONS_PATH=installed())


@nox.session(requires=["build"])
def live(session: nox.Session) -> None:
    """The accounts of tests/integration/integration_config.yml; CONTRIBUTING.md says what that file holds."""
    accounts = ROOT / "tests/integration/integration_config.yml"
    if not accounts.is_file():
        session.error(f"{accounts.relative_to(ROOT)} is missing; CONTRIBUTING.md says what it holds")
    needs(session, "core")
    variables = {**on(installed()), "INDIECLOUD_TEST_ACCOUNTS": accounts}
    run(session, *pytest("tests/live/test_account.py"), cwd=installed() / COLLECTION, **variables)


@nox.session(requires=["build"])
@nox.parametrize("python,core", CELLS)
def matrix(session: nox.Session, core: str) -> None:
    """Units, sanity and both forms of integration with one ansible-core on one Python. Arguments name some of these."""
    needs(session, "core", "ansible-core" if core == "newest" else f"ansible-core=={core}.*")
    words = pytest("tests/unit", "-n", "2", "--dist", "worksteal")
    parts = {
        "units": lambda: passes(session, *words, cwd=installed() / COLLECTION, **on(installed())),
        "integration": lambda: ansible_test.integration(session),
        "shipped": lambda: ansible_test.integration(session, shipped=True),
        "sanity": lambda: ansible_test.sanity(session),
    }
    if failed := [name for name in session.posargs or parts if not parts[name]()]:
        session.error(f"failed: {', '.join(failed)}")


@nox.session
@nox.parametrize("python,libraries", [(python, name) for name, (python, _words) in LIBRARIES.items()], ids=LIBRARIES)
def libraries(session: nox.Session, libraries: str) -> None:
    """The tests that lean on how requests and urllib3 work inside, with both ends of their versions."""
    needs(session, "plain")
    session.install(*LIBRARIES[libraries][1])
    session.run("python", "-m", "pip", "freeze")
    run(session, *pytest(*LEANING), cwd=linked() / COLLECTION, **on(linked()))


# Checks


@nox.session(tags=["check"], requires=["build"])
def lint(session: nox.Session) -> None:
    """Formatting, lint, licences, workflows, types, imports, documentation, changelog, and the tests of tools/."""
    needs(session, "lint")
    plugins, cache = f"ansible_collections.{FQCN}.plugins", BUILD / "mypy"
    commands: list[list[str | Path]] = [
        ["pre-commit", "run", "--all-files", "--show-diff-on-failure"],
        ["mypy", "--cache-dir", cache, "-p", f"{plugins}.module_utils", "-p", f"{plugins}.plugin_utils"],
        ["mypy", "--cache-dir", cache, "noxfile.py", "tools"],
        ["python", "-m", "pytest", "--quiet", "tests/tools"],
        ["lint-imports", "--cache-dir", BUILD / "imports"],
        # Offline, it looks at the installed copy instead of installing one of its own.
        ["ansible-lint", "--offline", "--strict"],
        ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs=all", "."],
        ["antsibull-changelog", "lint"],
        ["antsibull-changelog", "lint-changelog-yaml", "changelogs/changelog.yaml", "--no-semantic-versioning"],
    ]
    variables: dict[str, Any] = {
        "PRE_COMMIT_HOME": BUILD / "pre-commit",
        "PYTHONPATH": linked(),
        "MYPYPATH": ROOT / "tools",
    }
    run_all(session, commands, ANSIBLE_COLLECTIONS_PATH=installed(), **variables)


@nox.session(tags=["check"], requires=["build"])
def sanity(session: nox.Session) -> None:
    """ansible-test sanity without ignore files, on every Python of the machine."""
    session.install("ansible-core")
    if not ansible_test.sanity(session, *session.posargs):
        session.error("sanity failed")


@nox.session(tags=["check"], requires=["build"])
def package(session: nox.Session) -> None:
    """The tarball: what is in it, ansible-galaxy verify, and galaxy-importer without a warning."""
    session.install("ansible-core", "ansible-lint", "galaxy-importer")
    collection.contents(session)
    folder = new_home()
    collection.install(session, folder)
    words = ["collection", "verify", "--offline", FQCN]
    run(session, "ansible-galaxy", *words, cwd=folder, ANSIBLE_COLLECTIONS_PATH=folder)
    collection.galaxy_importer(session, folder)


@nox.session(tags=["check"], requires=["build"])
def docs(session: nox.Session) -> None:
    """The site in .build/site: guides and reference. Warnings and broken links are errors."""
    needs(session, "docs")
    sources, site = BUILD / "docs", ROOT / ".build/site"
    for folder in (sources, site):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "docs/site", sources)
    for pattern in ("*.md", "docs/*.md", "docs/diagrams/*", "docs/images/*", "tests/simulator/*.md"):
        for path in ROOT.glob(pattern):
            target = sources / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    # antsibull-docs wants a folder to which others cannot write.
    (sources / "reference").mkdir(mode=0o700)
    options = ("--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", sources / "reference", FQCN)
    words = ("antsibull-docs", "--config-file", sources / "antsibull-docs.cfg", "collection")
    run(session, *words, *options, ANSIBLE_COLLECTIONS_PATH=installed())
    run(session, "sphinx-build", "-W", "-n", "-q", "--keep-going", sources, site)
    # Links into the repository are looked up in the checkout.
    remap = f"https://github.com/indiecloud/compute/(?:blob|tree)/main/(.*) {ROOT.as_uri()}/$1"
    pages = [path for pattern in ("*.md", "docs/*.md", "roles/*/*.md", "tests/*/*.md") for path in ROOT.glob(pattern)]
    checks = ("--offline", "--include-fragments", "--no-progress", "--remap", remap, "--root-dir", site)
    run(session, "lychee", *checks, site, *pages)
    session.log(f"The site: {site.relative_to(ROOT)}/index.html")


# Development and release


@nox.session
def dev(session: nox.Session) -> None:
    """Run the arguments as a command on the checkout, where edits count at once. Without any, print how to do it."""
    needs(session, "core")
    if session.posargs:
        run(session, *session.posargs, **on(linked()))
    else:
        print(f"export ANSIBLE_COLLECTIONS_PATH={linked()} PATH={session.bin}:$PATH")


@nox.session
def bench(session: nox.Session) -> None:
    """What a task costs, or with --duel a fleet, compared with the usual ways. Arguments go to benchmarks/."""
    needs(session, "bench")
    words = list(session.posargs)
    if "--duel" not in words:
        peer = from_ansible(session, "hetzner.hcloud")
        # Without dependencies: the copy of requests that Ansible's own environment has is measured.
        session.install("--no-deps", "--target", str(peer), "hcloud==2.27.0", "python-dateutil")
        words = ["--peer", str(peer), *words]
    run(session, "python", linked() / COLLECTION / "benchmarks", *words)


@nox.session
def changelog(session: nox.Session) -> None:
    """Turn the fragments into the release notes of the version in galaxy.yml, which may be done again."""
    session.install("ansible-core", "antsibull-changelog")
    # There is no version before this one, so nothing of the file is kept.
    (ROOT / "changelogs/changelog.yaml").unlink(missing_ok=True)
    run(session, "antsibull-changelog", "release", "--reload-plugins")


@nox.session(requires=["package", "demo"])
def release(session: nox.Session) -> None:
    """After all checks of the tarball and the demo from it, build it again, and fill dist/. Nothing is uploaded."""
    session.install("ansible-core")
    collection.notes(session)
    files.check_tag(session)
    files.compare_with_commit(session)
    for path in files.write(ROOT / "dist"):
        session.log(f"Ready: {path.relative_to(ROOT)}")


@nox.session(name="format")
def format_(session: nox.Session) -> None:
    """Let ruff format and sort."""
    session.install("pre-commit")
    for hook in ("ruff", "format"):
        words = ["pre-commit", "run", "--all-files", hook]
        # 1: it has changed something.
        run(session, *words, PRE_COMMIT_HOME=BUILD / "pre-commit", success_codes=[0, 1])
