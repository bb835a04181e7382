# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restore a snapshot on three simulated clouds, first as a preflight, and change with a way back."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from clouds import FILE, HOSTS, SNAPSHOT, Clouds, Host, clouds
from guarded import BAD, GOOD, UPGRADED, write_playbook

from ansible_collections.indiecloud.compute.tests.processes import child

PLAYBOOK = ["ansible-playbook", "-i", "inventory.json", "indiecloud.compute.restore", "-e", "restore_hosts=all"]
RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")


class Demo:
    """The runs; whatever is claimed is asked of the clouds, and `wrong` lists what they did not bear out."""

    def __init__(self, found: Clouds, scratch: Path, env: dict[str, str]) -> None:
        self.clouds, self.scratch = found, scratch
        self.env = {**env, **found.environment()}
        self.wrong: list[str] = []

    def run(self, title: str, *words: str) -> tuple[dict[str, int], list[dict[str, Any]]]:
        """Run the playbook; gives the tasks that changed something by host, and the requests that were sent."""
        code, changed, requests = self.play(title, [*PLAYBOOK, *words])
        self.claim(code == 0 and len(changed) == len(HOSTS), "the playbook ran without an error")
        return changed, requests

    def play(self, title: str, command: list[str]) -> tuple[int, dict[str, int], list[dict[str, Any]]]:
        """Run any playbook; gives its exit code too."""
        self.clouds.ask("ledger", "DELETE")
        print(f"\n== {title}\n\n   $ {' '.join(command)}\n", flush=True)
        program = shutil.which(command[0], path=self.env["PATH"]) or command[0]
        changed: dict[str, int] = {}
        blank = True
        with child([program, *command[1:]], self.scratch, self.env) as play:
            for line in play.stdout or []:
                if recap := RECAP.match(line):
                    changed[recap[1]] = int(recap[2])
                if line.strip() or not blank:
                    print(f"   {line.rstrip()}".rstrip(), flush=True)
                blank = not line.strip()
            code = play.wait()
        return code, changed, self.clouds.ask("requests")

    def claim(self, true: bool, what: str) -> None:
        print(f"   {'yes' if true else 'NO'}: {what}", flush=True)
        if not true:
            self.wrong.append(what)

    def disk(self, host: Host, name: str | None = None) -> str | None:
        found = self.clouds.instance(host.provider, name or host.name)
        return found["disk"].get(FILE) if found else None

    def preflight(self) -> None:
        _changed, requests = self.run("Preflight: what would happen?", "--check", "--diff")
        self.claim(all(map(only_reads, requests)), f"all of its {len(requests)} requests only read")
        self.claim(all(self.disk(host) == host.lost for host in HOSTS), "no disk changed")
        made = [host.made for host in HOSTS if host.made and self.clouds.instance(host.provider, host.made)]
        self.claim(not made, "no instance was made")

    def restore(self) -> list[list[str]]:
        before = {host.name: self.disk(host, host.made) for host in HOSTS}
        _changed, requests = self.run("Restore")
        ledger = self.clouds.ask("ledger")
        rows = []
        for host in HOSTS:
            found = self.clouds.instance(host.provider, host.made or host.name)
            if host.made:
                times = sum(entry["name"] == host.made for entry in ledger["vms_billed"])
                happened = f"made {found['id']}" if found else "nothing"
                self.claim(times == 1, f"{host.provider}: one instance was made, and one is billed")
                self.claim(self.disk(host) == host.lost, f"{host.provider}: the old instance was not touched")
            else:
                times = sum(found is not None and entry["instance_id"] == found["id"] for entry in ledger["restores"])
                power = [entry["action"] for entry in ledger["power_cycles"] if entry["provider"] == host.provider]
                happened = "stopped, restored, started"
                self.claim(times == 1, f"{host.provider}: restored once")
                self.claim(power == ["stop", "start"], f"{host.provider}: stopped for it, and running again as before")
            running = found is not None and found["power"] == "running"
            self.claim(running, f"{host.provider}: {host.made or host.name} runs")
            self.claim(self.disk(host, host.made) == host.saved, f"{host.provider}: the disk is that of the snapshot")
            sent = [one for one in requests if one["provider"] == host.provider]
            posts = [one["path"] for one in sent if one["method"] == "POST"]
            restores = sum(path.rstrip("/").endswith("/restore") for path in posts)
            self.claim(restores == 1, f"{host.provider}: one request to restore was sent")
            rows.append(
                [
                    host.provider,
                    host.made or host.name,
                    happened,
                    before[host.name] or "(no instance)",
                    self.disk(host, host.made) or "(nothing)",
                    str(len(sent)),
                    str(len(posts)),
                    f"{sent[-1]['time'] - sent[0]['time']:.0f}" if sent else "-",
                ]
            )
        return rows

    def again(self) -> None:
        changed, requests = self.run("The same once more")
        self.claim(all(map(only_reads, requests)), f"all of its {len(requests)} requests only read")
        self.claim(not any(changed.values()), "no task changed anything")
        self.claim(all(self.disk(host, host.made) == host.saved for host in HOSTS), "no disk changed")

    def change_with_a_way_back(self) -> None:
        """Break a VM on purpose, and see its disk come back."""
        good, bad = (next(host for host in HOSTS if host.name == name) for name in (GOOD, BAD))
        before = self.disk(bad)
        command = write_playbook(self.scratch, self.clouds)
        code, _changed, _requests = self.play(f"Upgrade with a way back, and break {BAD} on purpose", command)
        restored = [entry["instance_id"] for entry in self.clouds.ask("ledger")["restores"]]
        broken = self.clouds.instance(bad.provider, bad.name) or {}
        self.claim(code != 0, "the playbook failed, since one of the changes is not in effect")
        self.claim(restored == [broken["id"]], f"{bad.provider}: {BAD} was restored once, and no other instance")
        self.claim(self.disk(bad) == before, f"{bad.provider}: its disk is back: {before!r}")
        self.claim(broken["power"] == "running", f"{bad.provider}: {BAD} runs")
        self.claim(self.disk(good) == UPGRADED, f"{good.provider}: {GOOD} keeps its upgrade: {UPGRADED!r}")
        _code, changed, requests = self.play("The same once more", command)
        self.claim(all(map(only_reads, requests)), f"all of its {len(requests)} requests only read")
        self.claim(not any(changed.values()), "no task changed anything")


def only_reads(request: dict[str, Any]) -> bool:
    # Barrack's prices are asked for with a POST.
    return bool(request["method"] == "GET" or request["path"].endswith("/pricing/"))


def inventory(scratch: Path) -> None:
    hosts: dict[str, dict[str, Any]] = {host.name: {"restore_provider": host.provider} for host in HOSTS}
    for host in HOSTS:
        if host.made:
            hosts[host.name].update(
                restore_new_vm_name=host.made, restore_accept_billing=True, restore_max_hourly_rate=5
            )
    shared = {
        "restore_snapshot": SNAPSHOT,
        "restore_record_path": str(scratch / "restores.sqlite3"),
    }
    (scratch / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": shared}}), encoding="utf-8")


def environment(scratch: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ANSIBLE_LOCAL_TEMP": str(scratch / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(scratch / "tmp"),
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        # Only what changed is of interest here.
        "ANSIBLE_DISPLAY_OK_HOSTS": "false",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        "COLUMNS": "100",
    }


def table(rows: list[list[str]]) -> str:
    head = ["provider", "instance", "what happened", "disk before", "disk after", "requests", "POSTs", "seconds"]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [head, *rows]
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(f"   {line}" for line in lines)


def stopped(number: int, _frame: object) -> None:
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    # Not print: it may be what was interrupted.
    os.write(sys.stdout.fileno(), b"\nInterrupted, cleaning up.\n")
    sys.exit(128 + number)


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="indiecloud-demo-", ignore_cleanup_errors=True) as name:
        scratch = Path(name).resolve()
        inventory(scratch)
        env = environment(scratch)
        with clouds(scratch, env) as found:
            found.write_after_the_snapshot()
            print(f"Three simulated clouds at {found.url}. After each snapshot, {FILE} went wrong:\n")
            for host in HOSTS:
                print(f"   {host.provider:<14} {host.name:<6} {host.saved!r} became {host.lost!r}")
            demo = Demo(found, scratch, env)
            demo.preflight()
            rows = demo.restore()
            demo.again()
            demo.change_with_a_way_back()
    print(f"\n== Summary of the restore\n\n{table(rows)}\n")
    seconds = time.monotonic() - started
    if demo.wrong:
        print(f"   {len(demo.wrong)} claims are not true: {'; '.join(demo.wrong)}")
        return 1
    print(f"   Every claim was checked in the ledger of the clouds. {seconds:.0f} s in all.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
