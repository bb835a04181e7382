# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between the client and a provider, and bends, loses, delays or keeps requests and answers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.indiecloud.compute.tests.resilience.adversary import lies
from ansible_collections.indiecloud.compute.tests.resilience.adversary.cloud import Cloud
from ansible_collections.indiecloud.compute.tests.resilience.adversary.onetsolutions import OnetSolutions
from ansible_collections.indiecloud.compute.tests.resilience.adversary.run_state import RunState
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import Fault
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import (
    Attempt,
    Reading,
    Refuse,
    Reply,
    Request,
    Work,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.wire import Lost, Raw, Sent

if TYPE_CHECKING:
    from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import World

NEVER = float("inf")


class Gateway:
    """Carries a request to the provider and its answer back, as the fault of this moment wants it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._cache: dict[tuple[str, ...], tuple[float, Raw, tuple[Reading, ...]]] = {}

    def respond(
        self, run: RunState, cloud: Cloud, request: Request, sent: Sent, fault: Fault | None
    ) -> tuple[Raw, tuple[Reading, ...]]:
        what, arg = (fault.what, fault.arg) if fault else ("", None)
        attempt = request.attempt
        if what == "not_sent" and self._world.settings.wire == "socket":
            what = "lost_before"
        if what:
            run.fired.append(what)
            self._world.counted[f"fault: {what}" + (f" {arg}" if isinstance(arg, str) else "")] += 1
        if what == "not_sent":
            self._tell(attempt, "not_sent")
            raise Lost(sent=False)
        if what == "lost_before":
            self._world.advance(1.0)
            raise Lost(sent=True)
        if what == "held":
            self._hold(cloud, request, float(arg))
            self._world.advance(min(sent.timeout, 30.0))
            raise Lost(sent=True, slow=True)
        if what in ("refuse", "odd") or (what == "early" and arg):
            reply = lies.reply(cloud, str(arg))
            if lies.is_own(str(arg)):
                cloud.answered(request, reply.status)
            if what != "odd" and lies.is_definite(cloud.provider, str(arg)):
                self._tell(attempt, "refused")
            return self._raw(cloud, reply)._replace(early=what == "early"), ()
        if what in ("cached", "stale") and (kept := self._kept(cloud, request, with_age=what == "cached")):
            return kept
        request.fails = what == "work_fails"
        subject = self._about_other(cloud, request) if what == "other" else request
        reply = self._handled(cloud, subject)
        if attempt is not None:
            attempt.arrived = self._world.clock.now
        instead = lies.reply(cloud, str(arg)) if what in ("refuse_after", "odd_after") else None
        shown = instead if instead is not None and lies.is_own(str(arg)) else reply
        cloud.answered(request, shown.status)
        seconds = reply.seconds + (float(arg) if what == "slow" else 0.0)
        if seconds >= sent.timeout:
            self._world.advance(sent.timeout)
            raise Lost(sent=True, slow=True)
        self._world.advance(seconds)
        if what == "lost_after":
            raise Lost(sent=True)
        if instead is not None:
            return self._raw(cloud, instead), ()
        if what == "names_other":
            self._name_other(cloud, reply, str(arg))
        raw = self._raw(cloud, reply)._replace(cut=what == "cut", early=what == "early")
        if what == "cut" and raw.body:
            return raw, ()
        self._tell(attempt, "accepted" if reply.status < 300 else "refused")
        if request.method == "GET" and reply.status == 200 and not self._world.settings.endless:
            self._cache[self._place(request)] = (self._world.clock.now, raw, reply.readings)
            if request.kind in ("instance", "hostname") and what != "other":
                run.served[request.ids[0].lower()] = (self._world.clock.now, raw.body.decode())
        return raw, reply.readings

    def _handled(self, cloud: Cloud, request: Request) -> Reply:
        if request.kind == "unknown":
            return cloud.refusal(Refuse(404, "Not found.", "not_found"))
        return cloud.handle(request)

    @staticmethod
    def _tell(attempt: Attempt | None, told: str) -> None:
        if attempt is not None:
            attempt.told = told

    def _hold(self, cloud: Cloud, request: Request, seconds: float) -> None:
        attempt = request.attempt
        if attempt is not None:
            attempt.held, attempt.held_until = True, self._world.clock.now + seconds
        request.late = True

        def deliver(when: float) -> None:
            if attempt is not None:
                attempt.held, attempt.arrived = False, when
            if request.kind != "unknown":
                cloud.answered(request, cloud.handle(request).status)

        cloud.at(self._world.clock.now + seconds, deliver)

    @staticmethod
    def _place(request: Request) -> tuple[str, ...]:
        return (request.path, *(f"{name}={value}" for name, value in sorted(request.query.items())))

    def _kept(self, cloud: Cloud, request: Request, *, with_age: bool) -> tuple[Raw, tuple[Reading, ...]] | None:
        """What a cache in front of the provider, or a copy of its data, has kept, for two minutes at most."""
        found = self._cache.get(self._place(request))
        if request.method != "GET" or found is None or not 1.0 <= self._world.clock.now - found[0] <= 120.0:
            return None
        at, raw, readings = found
        now = {"Age": str(int(self._world.clock.now - at))} if with_age else cloud.date_headers()
        headers = {**raw.headers, **now}
        return raw._replace(headers=headers), readings

    @staticmethod
    def _about_other(cloud: Cloud, request: Request) -> Request:
        if request.kind not in ("instance", "status") or not request.ids:
            return request
        return replace(request, ids=(cloud.other_id, *request.ids[1:]))

    def _name_other(self, cloud: Cloud, reply: Reply, how: str) -> None:
        """Let the answer to a restore name work that is none of it, and that has ended well."""
        now = self._world.clock.now
        makes: dict[str, dict[str, Any]] = {
            "other_instance": {"word": "snapshot_rollback", "owner": cloud.other_id},
            "other_kind": {"word": "snapshot_create"},
            "older": {"word": "snapshot_rollback", "created": now - 600.0},
            "other_snapshot": {"word": "snapshot_rollback", "parameters": {"result": {"snapshotName": "another"}}},
        }
        work = Work(cloud.job_id(), "other", cloud.web, now, now, done=True, listed_from=NEVER, **makes[how])
        if cloud.provider == "onetsolutions":
            work.word = "resize_vps" if how == "other_kind" else "restore_snapshot"
            if how == "other_snapshot":
                work.parameters = {"snapshot_id": cloud.snapshot_id("another", 999)}
        cloud.web.work.append(work)
        payload = reply.payload
        if not isinstance(payload, dict):
            return
        if isinstance(payload.get("operation"), dict):
            payload["operation"].update(jobId=work.id, pollUrl=f"/api/jobs/{work.id}")
        elif isinstance(cloud, OnetSolutions):
            shown = cloud._task(work)
            if "task" in payload:
                payload["task"] = shown
            elif "task_id" in payload:
                payload["task_id"] = work.id
            else:
                payload.clear()
                payload.update(shown)

    def _raw(self, cloud: Cloud, reply: Reply) -> Raw:
        headers = {"Content-Type": "application/json", **cloud.date_headers(), **reply.headers}
        if reply.text is not None:
            body = reply.text.encode()
        else:
            body = b"" if reply.payload is None else json.dumps(reply.payload).encode()
        return Raw(reply.status, headers, body)
