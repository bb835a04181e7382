# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a virtual environment with nox below .build, once, and hand all arguments on to nox."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A name of its own for each Python, since an environment works with one only.
NOX = ROOT / ".build" / "{}.{}".format(*sys.version_info) / "nox"
REQUIREMENT = "nox>=2026.2"

TOO_OLD = "{} is older than Python 3.10. Choose another one: make PYTHON=python3.12 ..."
NO_VENV = """{} cannot make virtual environments, because it has no ensurepip.
On Debian and Ubuntu, install it with: apt-get install python3-venv
Or choose another Python 3.10 or newer: make PYTHON=/path/to/python3 ..."""


def bootstrap() -> None:
    try:
        import ensurepip  # noqa: F401 (imported to see whether it is there)
    except ImportError:
        sys.exit(NO_VENV.format(sys.executable))
    print(f"Installing nox in {NOX}", file=sys.stderr, flush=True)
    pip = [str(NOX / "bin/python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install", REQUIREMENT]
    for command in ([sys.executable, "-m", "venv", "--clear", str(NOX)], pip):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
        if done.returncode:
            sys.exit("FAILED: " + " ".join(command))
    (NOX / "ready").write_text(str(NOX))


def main() -> int:
    if sys.version_info < (3, 10):  # noqa: UP036 (an older Python gets this far, and is told so)
        sys.exit(TOO_OLD.format(sys.executable))
    # A checkout that was moved needs a new environment.
    if not (NOX / "ready").is_file() or (NOX / "ready").read_text() != str(NOX):
        bootstrap()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        nox = [str(NOX / "bin/python"), "-m", "nox", "--noxfile", str(ROOT / "noxfile.py"), "--report", str(report)]
        child = subprocess.Popen([*nox, *sys.argv[1:]], cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"})
        try:
            code = child.wait()
        except KeyboardInterrupt:
            # The terminal has interrupted nox as well, which now ends what it started.
            return child.wait() or 130
        results = [one["result"] for one in json.loads(report.read_text())["sessions"]] if report.is_file() else []
    if len(results) > 1:
        passed, skipped = results.count("success"), results.count("skipped")
        print(f"\n{passed} passed, {len(results) - passed - skipped} failed, {skipped} skipped", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
