# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A warm process that forks controllers: each a session of its own, with ansible-playbook or one restore inside.

What it forks runs the same code as a controller that is started by hand; only the imports are done already. A line of
JSON asks for a run; its pid and then its exit code come back, a line each.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import traceback
from importlib import import_module
from typing import Any

PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    form = sys.argv[1]
    # Run by its path, so that nothing of ansible_collections is imported before Ansible's own loader is there.
    sys.path.pop(0)
    if sys.platform == "linux":
        # What outlives its controller becomes our child, so that it can be found and ended.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    import_module("requests")
    action = _warm(form)
    print("ready", flush=True)
    pid = 0
    for line in sys.stdin:
        job = json.loads(line)
        if pid:
            # Only now: until here nobody else can have its number, and whoever kills it hits nobody else.
            os.waitpid(pid, 0)
        pid = os.fork()
        if pid == 0:
            _become_controller(action, job)
        print(pid, flush=True)
        print(_code_at_its_end(pid), flush=True)


def _code_at_its_end(pid: int) -> int:
    """Wait for a child and leave it as a zombie; whatever else has become ours meanwhile is fetched."""
    while True:
        seen = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        if seen is None:
            continue
        if seen.si_pid == pid:
            return seen.si_status if seen.si_code == os.CLD_EXITED else -seen.si_status
        os.waitpid(seen.si_pid, 0)


def _warm(form: str) -> Any:
    if form == "tasks":
        from ansible_collections.indiecloud.compute.tests.resilience.sequence import run_restore

        return run_restore
    sys.argv = ["ansible-playbook"]
    for name in ("executor.playbook_executor", "executor.task_executor", "plugins.strategy.linear"):
        import_module(f"ansible.{name}")
    from ansible.cli.playbook import PlaybookCLI
    from ansible.plugins.loader import action_loader, init_plugin_loader

    init_plugin_loader()
    for name in ("snapshot_restore", "provider_info"):
        action_loader.get(f"indiecloud.compute.{name}", class_only=True)

    def play(job: dict[str, Any]) -> None:
        PlaybookCLI.cli_executor(["ansible-playbook", *job["words"]])

    return play


def _become_controller(action: Any, job: dict[str, Any]) -> None:
    code = 1
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDONLY)
        output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for source, target in ((null, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.environ.update(job.get("env", {}))
        os.chdir(job["folder"])
        action(job)
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
