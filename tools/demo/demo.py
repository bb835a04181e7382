# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restore a snapshot on three simulated clouds, first as a preflight, and change with a way back."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import plays
from clouds import FILE, HOSTS, MAIL, SHOP, Clouds, clouds

RESTORE = "ansible-playbook -i inventory.yml restore.yml"
UPGRADE = "ansible-playbook -i inventory.yml upgrade.yml"
WHOLE = len(HOSTS)
NEXT = """
What to try next

  The same by hand, in ten minutes        docs/getting_started.md
  Short recipes: one VM, fleets, cron     docs/cookbook.md
  Simulated clouds that keep running      python3 tests/simulator --port 8765
"""


class Demo:
    """The runs; whatever is claimed is asked of the clouds, and `wrong` lists what they did not bear out."""

    def __init__(self, found: Clouds, scratch: Path, env: dict[str, str]) -> None:
        self.clouds, self.scratch = found, scratch
        self.env = {**env, **found.environment()}
        self.wrong: list[str] = []

    def play(self, command: str, expected: int = 0) -> tuple[plays.Play, list[dict[str, Any]]]:
        """Run a playbook; gives how it ended, and the requests that were sent."""
        self.clouds.ask("ledger", "DELETE")
        done = plays.run(command, self.scratch, self.env, expected)
        print("\nWhat the clouds say:")
        return done, self.clouds.ask("requests")

    def claim(self, what: str, **true: bool) -> None:
        """`what` is said if all of it is true; else the names of what is not."""
        wrong = [name.replace("_", " ") for name, is_true in true.items() if not is_true]
        print(f"  NO: {what} (not so: {', '.join(wrong)})" if wrong else f"  yes: {what}", flush=True)
        if wrong:
            self.wrong.append(what)

    def preflight(self) -> None:
        before = {host: self.clouds.disk(host) for host in HOSTS}
        done, requests = self.play(f"{RESTORE} --check --diff")
        made = [host.made for host in HOSTS if host.made and self.clouds.instance(host, host.made)]
        self.claim(
            f"its {len(requests)} requests only read, and nothing changed",
            success=done.code == 0 and len(done.changed) == WHOLE,
            only_reads=all(map(only_reads, requests)),
            disks=before == {host: self.clouds.disk(host) for host in HOSTS},
            no_new_instance=not made,
        )

    def restore(self) -> list[list[str]]:
        before = {host: self.clouds.disk(host) for host in HOSTS}
        done, requests = self.play(RESTORE)
        ledger = self.clouds.ask("ledger")
        rows = []
        for host in HOSTS:
            sent = [one for one in requests if one["provider"] == host.provider]
            posts = [one["path"] for one in sent if one["method"] == "POST"]
            found = self.clouds.instance(host, host.made) or {}
            now = self.clouds.disk(host, host.made) or ""
            facts = {
                "success": done.code == 0,
                "running": found.get("power") == "running",
                "disk": now == f"{host.instance} before the upgrade",
                "one_request": sum(path.rstrip("/").endswith("/restore") for path in posts) == 1,
            }
            if host.made:
                happened = "new instance made"
                facts["billed_once"] = [entry["name"] for entry in ledger["vms_billed"]] == [host.made]
                facts["old_instance"] = self.clouds.disk(host) == before[host]
                said = f"one new instance, {host.made}, with the disk of the snapshot; the old one was not touched"
            else:
                happened = "stopped, restored, started"
                restored = [entry["instance_id"] for entry in ledger["restores"]]
                power = [entry["action"] for entry in ledger["power_cycles"] if entry["provider"] == host.provider]
                facts["restored_once"] = restored.count(found.get("id")) == 1
                facts["stopped_and_started"] = power == ["stop", "start"]
                said = "stopped, restored once, started; its disk is that of the snapshot"
            self.claim(f"{host.name}: {said}", **facts)
            seconds = f"{sent[-1]['time'] - sent[0]['time']:.0f}" if sent else "-"
            was = before[host] if not host.made else "(no instance)"
            rows.append([host.name, host.provider, happened, was or "", now, str(len(sent)), str(len(posts)), seconds])
        return rows

    def again(self) -> None:
        done, requests = self.play(RESTORE)
        self.claim(
            f"its {len(requests)} requests only read, and nothing changed",
            success=done.code == 0 and len(done.changed) == WHOLE,
            only_reads=all(map(only_reads, requests)),
            no_task_changed=not any(done.changed.values()),
        )

    def change_with_a_way_back(self) -> None:
        """Break a VM on purpose, and see its disk come back."""
        before = self.clouds.disk(MAIL)
        done, _requests = self.play(UPGRADE, expected=2)
        restored = [entry["instance_id"] for entry in self.clouds.ask("ledger")["restores"]]
        broken = self.clouds.instance(MAIL) or {}
        self.claim(
            f"mail: restored once, runs, and its disk is again {before!r}",
            failed=done.code == 2 and done.failed == {"shop": 0, "mail": 1},
            restored_once_and_no_other=restored == [broken.get("id")],
            running=broken.get("power") == "running",
            disk=self.clouds.disk(MAIL) == before,
        )
        self.claim("shop: keeps its upgrade: 'version 2'", disk=self.clouds.disk(SHOP) == "version 2")


def only_reads(request: dict[str, Any]) -> bool:
    # Barrack's prices are asked for with a POST.
    return bool(request["method"] == "GET" or request["path"].endswith("/pricing/"))


def title(text: str) -> None:
    print(f"\n== {text}", flush=True)


def table(rows: list[list[str]]) -> str:
    head = ["host", "provider", "what happened", "disk before", "disk after", "requests", "POSTs", "seconds"]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [head, *rows]
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(f"  {line}" for line in lines)


def stopped(number: int, _frame: object) -> None:
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    # Not print: it may be what was interrupted.
    os.write(sys.stdout.fileno(), b"\nInterrupted, cleaning up.\n")
    sys.exit(128 + number)


def tell(demo: Demo) -> list[list[str]]:
    """All of it in order; returns the rows of the table."""
    title("The inventory and the playbook")
    print(f"\nThree instances on three simulated clouds. {FILE} was changed on each since its snapshot.")
    for name in ("inventory.yml", "restore.yml"):
        plays.show(name, demo.scratch)
    title("Preflight: what would happen?")
    demo.preflight()
    title("Restore")
    rows = demo.restore()
    title("The same once more: nothing is left to do")
    demo.again()
    title("Change with a way back: the upgrade breaks mail on purpose")
    for name in ("upgrade.yml", "change.yml", "verify.yml"):
        plays.show(name, demo.scratch)
    demo.change_with_a_way_back()
    return rows


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="indiecloud-demo-", ignore_cleanup_errors=True) as name:
        scratch = Path(name).resolve()
        env = plays.environment(scratch)
        with clouds(scratch, env) as found:
            demo = Demo(found, scratch, env)
            rows = tell(demo)
    title(f"Summary of the restore\n\n{table(rows)}\n")
    if demo.wrong:
        print(f"{len(demo.wrong)} claims are not true: {'; '.join(demo.wrong)}")
        return 1
    print(f"Every claim was checked in the ledger of the clouds. {time.monotonic() - started:.0f} s in all.\n{NEXT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
