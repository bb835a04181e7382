# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore many VMs at HostUp: one loop that polls the list of VMs, and of the jobs the one that began first."""

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
            return answer.raise_for_status().json()
        await asyncio.sleep(int(answer.headers["Retry-After"]))


async def states(client):
    found, page = {}, {"hasMore": True, "nextCursor": None}
    while page["hasMore"]:
        cursor = f"&cursor={page['nextCursor']}" if page["nextCursor"] else ""
        page = await ask(client, "GET", f"/api/v2/vps?limit=100{cursor}")
        found.update((vps["id"], vps["powerState"]) for vps in page["data"])
    return found


async def all_at_once(client, vms, path):
    """The answers of those that were accepted."""
    paths = [path.format(vm=vm, snapshot=TARGETS[vm]) for vm in vms]
    answers = await asyncio.gather(*(ask(client, "POST", one) for one in paths), return_exceptions=True)
    for vm, answer in zip(vms, answers, strict=True):
        if isinstance(answer, Exception):
            print(vm, repr(answer))
    return {vm: answer for vm, answer in zip(vms, answers, strict=True) if not isinstance(answer, Exception)}


async def main():
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(base_url=os.environ["URL"], headers=headers, limits=limits, timeout=60) as client:
        now = await states(client)
        running = [vm for vm in TARGETS if now[vm] != "stopped"]
        stopping = set(await all_at_once(client, running, "/api/v2/vps/{vm}/actions/shutdown"))
        ready, jobs, starting = [vm for vm in TARGETS if now[vm] == "stopped"], {}, set()
        while ready or stopping or jobs or starting:
            path = "/api/v2/vps/{vm}/snapshots/{snapshot}/actions/restore"
            jobs.update(await all_at_once(client, ready, path))
            await asyncio.sleep(EVERY)
            now = await states(client) if stopping or starting else {}
            ready = [vm for vm in stopping if now[vm] == "stopped"]
            stopping.difference_update(ready)
            starting -= {vm for vm in starting if now[vm] == "running"}
            done = []
            for vm, answer in jobs.items():
                if not (await ask(client, "GET", answer["operation"]["pollUrl"]))["data"]["isCompleted"]:
                    break
                done.append(vm)
            for vm in done:
                del jobs[vm]
            starting.update(await all_at_once(client, done, "/api/v2/vps/{vm}/actions/start"))


asyncio.run(main())
