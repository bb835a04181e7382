# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment that tests and tools run in: clean, UTF-8, without anyone's tokens."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from paths import HOME, SCRATCH

# A test must never meet the configuration or the real account of the person who runs it.
FOREIGN = (
    "ANSIBLE_",
    "BARRACK_",
    "COVERAGE_",
    "HOSTUP_",
    "INDIECLOUD_",
    "MAKE",
    "MFLAGS",
    "ONETSOLUTIONS_",
    "PYENV_",
    "PYTHON",
    "VIRTUAL_ENV",
)
Command = Sequence[str | Path]
LOOPBACK = "127.0.0.1,localhost,::1"


def environ(bin_folder: Path, home: Path = HOME, **extra: str | Path) -> dict[str, str]:
    """The variables for a child that uses the virtual environment `bin_folder`."""
    home.mkdir(parents=True, exist_ok=True)
    (config := home / "empty.cfg").touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    # The shims of pyenv answer for Pythons that are switched off, which misleads ansible-test.
    path = [part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if "shims" not in Path(part).parts]
    return {
        **kept,
        **pip_configuration(),
        "ANSIBLE_CONFIG": str(config),
        "HOME": str(home),
        "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8",
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
        "PATH": os.pathsep.join([str(bin_folder), *path]),
        "PYTHONUNBUFFERED": "1",
        **{name: str(value) for name, value in extra.items()},
    }


def pip_configuration() -> dict[str, str]:
    """Keep the user's pip settings (a proxy, a mirror), which the other HOME would hide."""
    for name in (".config/pip/pip.conf", ".pip/pip.conf"):
        if (Path.home() / name).is_file() and "PIP_CONFIG_FILE" not in os.environ:
            return {"PIP_CONFIG_FILE": str(Path.home() / name)}
    return {}


def run(command: Command, *, cwd: Path, env: Mapping[str, str]) -> None:
    """Show a command and run it, with no input to wait for; give up with a message when it fails."""
    words = shown(command, env)
    done = subprocess.run(words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(f"FAILED: {command[0]} ended with {done.returncode}")


def run_together(calls: Sequence[tuple[Command, Path, Mapping[str, str]]]) -> None:
    """The same for several commands (with cwd and env) at once; what each printed is shown when it has ended."""
    children = []
    with ExitStack() as stack:
        for command, cwd, env in calls:
            printed = stack.enter_context(tempfile.TemporaryFile())
            words = shown(command, env)
            options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": printed, "stderr": subprocess.STDOUT}
            children.append((stack.enter_context(subprocess.Popen(words, cwd=cwd, env=env, **options)), words, printed))
        failed = []
        for child, words, printed in children:
            code = child.wait()
            printed.seek(0)
            print(f"\n--- {shlex.join(words)}\n{printed.read().decode(errors='replace')}", flush=True)
            failed += [f"{Path(words[0]).name} ended with {code}"] if code else []
    if failed:
        sys.exit(f"FAILED: {'; '.join(failed)}")


def output(command: Command, *, cwd: Path, env: Mapping[str, str]) -> str:
    """The same, for a command whose output is to be read as well."""
    words = shown(command, env)
    with subprocess.Popen(
        words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        lines = []
        for line in child.stdout or []:
            print(line, end="", flush=True)
            lines.append(line)
    if child.returncode:
        sys.exit(f"FAILED: {command[0]} ended with {child.returncode}")
    return "".join(lines)


def shown(command: Command, env: Mapping[str, str]) -> list[str]:
    """Print the command, and find its program in the child's PATH instead of ours."""
    name, *words = map(str, command)
    print(f"$ {shlex.join([name, *words])}", flush=True)
    return [shutil.which(name, path=env["PATH"]) or name, *words]


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards, for a HOME that remembers nothing of the last run."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH, ignore_cleanup_errors=True) as name:
        yield Path(name)
