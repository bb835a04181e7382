# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make release: the tarball in dist/, and the proof that it can be published. Nothing is uploaded.

make changelog (``--changelog``) comes before it: it turns the fragments into the release notes of the version in
galaxy.yml. They stay beside it.
"""

from __future__ import annotations

import re
import shutil
import sys
import tarfile
from pathlib import Path

from check import importer, lint
from children import scratch
from collection import build, install
from demo import demonstrate
from parts import run_parts
from paths import CHECKOUT, NAME, NAMESPACE
from versions import version

LARGEST = 300 * 1024
CACHES = re.compile(r"(^|/)(__pycache__|\.[^/]+|output|dist|[^/]+\.(pyc|tar\.gz))(/|$)")
"""Names that no tarball should hold: everything hidden, and what tools leave behind."""
ALLOWED = {".ansible-lint", ".yamllint"}


class Release:
    """The steps, on one tarball."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tarball = Path()

    def notes(self) -> None:
        """the release notes name this version, and no fragment waits"""
        text = (CHECKOUT / "changelogs/changelog.yaml").read_text(encoding="utf-8")
        if not re.search(rf"^  {re.escape(version())}:$", text, re.MULTILINE):
            sys.exit(f"FAILED: the changelog has no {version()}; run make changelog")
        # Fragments stay when they are in the release notes, which list them.
        listed = set(re.findall(r"^    - (\S+\.ya?ml)$", text, re.MULTILINE))
        waiting = sorted({path.name for path in (CHECKOUT / "changelogs/fragments").glob("*.y*ml")} - listed)
        if waiting:
            sys.exit(f"FAILED: not in the changelog yet: {', '.join(waiting)}; run make changelog")

    def build(self) -> None:
        """build it"""
        self.tarball = build(self.folder / "dist")

    def contents(self) -> None:
        """no caches in it, and not too large"""
        with tarfile.open(self.tarball) as archive:
            names = archive.getnames()
        strange = [name for name in names if CACHES.search(name) and name not in ALLOWED]
        if strange:
            sys.exit(f"FAILED: in the tarball: {', '.join(strange[:5])}")
        size = self.tarball.stat().st_size
        print(f"{len(names)} files, {size / 1024:.0f} KB")
        if size > LARGEST:
            sys.exit(f"FAILED: {size / 1024:.0f} KB are more than {LARGEST / 1024:.0f} KB")

    def imported(self) -> None:
        """galaxy-importer, without a warning"""
        importer(self.tarball)

    def installed(self) -> None:
        """install it offline into an empty folder, and verify every file"""
        install(self.tarball, self.folder)
        words = ["collection", "verify", "--offline", f"{NAMESPACE}.{NAME}"]
        lint("ansible-galaxy", *words, cwd=self.folder, ANSIBLE_COLLECTIONS_PATH=self.folder)

    def demo(self) -> None:
        """the demonstration, from that copy"""
        if demonstrate(self.folder):
            sys.exit("FAILED: the demonstration")


def changelog() -> int:
    """Fragments become release notes; a version that is not published yet may be done again."""
    lint("antsibull-changelog", "release", "--update-existing", "--reload-plugins")
    return 0


def main() -> int:
    if sys.argv[1:] == ["--changelog"]:
        return changelog()
    with scratch() as folder:
        steps = Release(folder)
        parts = {
            "notes": steps.notes,
            "build": steps.build,
            "contents": steps.contents,
            "importer": steps.imported,
            "install": steps.installed,
            "demo": steps.demo,
        }
        failed = run_parts(parts, [])
        if not failed:
            (target := CHECKOUT / "dist").mkdir(exist_ok=True)
            print(f"Ready: {Path(shutil.copy(steps.tarball, target)).relative_to(CHECKOUT)}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
