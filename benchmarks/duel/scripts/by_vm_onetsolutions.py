# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore many VMs at OnetSolutions: one coroutine for each VM, which polls that VM."""

import asyncio
import collections
import json
import os
import time
from pathlib import Path

import httpx

TARGETS = json.loads(Path("targets.json").read_text())
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


async def power(client, vm):
    return (await ask(client, "GET", f"/{vm}"))["state_sync"]["vm_status"]


async def wait(client, vm, state):
    while await power(client, vm) != state:
        await asyncio.sleep(EVERY)


async def restore(client, vm, snapshot):
    if await power(client, vm) != "stopped":
        await ask(client, "POST", f"/{vm}/shutdown")
        await wait(client, vm, "stopped")
    await ask(client, "POST", f"/{vm}/snapshots/{snapshot}/restore")
    while (await ask(client, "GET", f"/{vm}/tasks"))["results"][0]["status"] != "completed":
        await asyncio.sleep(EVERY)
    await ask(client, "POST", f"/{vm}/start")
    await wait(client, vm, "running")


async def main():
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    limits = httpx.Limits(max_connections=50)
    url = f"{os.environ['URL']}/v1/organizations/{os.environ['ORG']}/projects/{os.environ['PROJECT']}/compute/instances"
    async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=60) as client:
        ended = await asyncio.gather(*(restore(client, *one) for one in TARGETS), return_exceptions=True)
    for (vm, _snapshot), error in zip(TARGETS, ended, strict=True):
        print(vm, "ok" if error is None else repr(error))


asyncio.run(main())
