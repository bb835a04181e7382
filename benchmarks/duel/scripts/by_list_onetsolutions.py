# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore many VMs at OnetSolutions: one loop that polls the list of VMs and the list of tasks."""

import asyncio
import collections
import json
import os
import time
from pathlib import Path

import httpx

TARGETS = dict(json.loads(Path("targets.json").read_text()))
EVERY = 2 if len(TARGETS) <= 50 else 5
sent = collections.deque(maxlen=1000)
turn = asyncio.Lock()


async def ask(client, method, path):
    while True:
        async with turn:
            for number, seconds in ((100, 1.05), (1000, 60.1)):
                if len(sent) >= number:
                    await asyncio.sleep(max(0, sent[-number] + seconds - time.monotonic()))
            sent.append(time.monotonic())
        answer = await client.request(method, path)
        if answer.status_code != 429:
            answer.raise_for_status()
            return answer.json() if answer.content else None
        await asyncio.sleep(int(answer.headers["Retry-After"]))


async def states(client):
    found, path = {}, "/instances?page_size=50"
    while path:
        page = await ask(client, "GET", path)
        found.update((vm["id"], vm["state_sync"]["vm_status"]) for vm in page["results"])
        path = page["next"]
    return found


async def ended(client, vms):
    """Those whose newest restore has ended. The newest tasks come first."""
    seen, path = {}, "/tasks?page_size=50"
    while path and vms - seen.keys():
        page = await ask(client, "GET", path)
        for task in page["results"]:
            if task["task_type"] == "restore_snapshot":
                seen.setdefault(task["instance_id"], task["status"])
        path = page["next"]
    return [vm for vm in vms if seen.get(vm) == "completed"]


async def all_at_once(client, vms, path):
    """Those that were accepted."""
    paths = [path.format(vm=vm, snapshot=TARGETS[vm]) for vm in vms]
    answers = await asyncio.gather(*(ask(client, "POST", one) for one in paths), return_exceptions=True)
    for vm, answer in zip(vms, answers, strict=True):
        if isinstance(answer, Exception):
            print(vm, repr(answer))
    return {vm for vm, answer in zip(vms, answers, strict=True) if not isinstance(answer, Exception)}


async def main():
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    limits = httpx.Limits(max_connections=50)
    url = f"{os.environ['URL']}/v1/organizations/{os.environ['ORG']}/projects/{os.environ['PROJECT']}/compute"
    async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=60) as client:
        now = await states(client)
        running = [vm for vm in TARGETS if now[vm] != "stopped"]
        stopping = await all_at_once(client, running, "/instances/{vm}/shutdown")
        ready, restoring, starting = [vm for vm in TARGETS if now[vm] == "stopped"], set(), set()
        while ready or stopping or restoring or starting:
            restoring |= await all_at_once(client, ready, "/instances/{vm}/snapshots/{snapshot}/restore")
            await asyncio.sleep(EVERY)
            now = await states(client) if stopping or starting else {}
            ready = [vm for vm in stopping if now[vm] == "stopped"]
            stopping.difference_update(ready)
            starting -= {vm for vm in starting if now[vm] == "running"}
            done = await ended(client, restoring) if restoring else []
            restoring.difference_update(done)
            starting |= await all_at_once(client, done, "/instances/{vm}/start")


asyncio.run(main())
