# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuse a change of what users run that has no changelog fragment: python tools/changelog_gate.py BASE.

BASE is the commit on which the change is based. A change that users do not notice has a fragment with the section
``trivial``, which stays out of the release notes.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDERS = ("plugins/", "roles/", "playbooks/")
FRAGMENTS = "changelogs/fragments/"


def changed(base: str, folder: Path) -> list[str]:
    """The files that were changed since the branch left ``base``. A removed fragment does not count."""
    words = ["git", "diff", "--name-status", "--no-renames", f"{base}...HEAD"]
    done = subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True)
    found = [line.split("\t", 1) for line in done.stdout.splitlines()]
    return [name for status, name in found if not (status == "D" and name.startswith(FRAGMENTS))]


def problem(names: Sequence[str]) -> str | None:
    """Why these changes cannot be merged, or None."""
    noticed = [name for name in names if name.startswith(FOLDERS)]
    fragments = [name for name in names if name.startswith(FRAGMENTS) and name.endswith((".yml", ".yaml"))]
    if not noticed or fragments:
        return None
    return (
        f"{len(noticed)} changed files below {', '.join(FOLDERS)} (such as {noticed[0]}), but no fragment in "
        f"{FRAGMENTS}. Add one; use the section `trivial` if users do not notice the change. See CONTRIBUTING.md."
    )


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python tools/changelog_gate.py BASE", file=sys.stderr)
        return 2
    found = problem(changed(sys.argv[1], Path(__file__).resolve().parent.parent))
    if found:
        print(found, file=sys.stderr)
    return int(found is not None)


if __name__ == "__main__":
    sys.exit(main())
