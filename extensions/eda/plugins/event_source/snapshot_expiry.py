# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An event source for ansible-rulebook. It needs no Ansible in its process, only the Python library requests."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
---
short_description: Event before a snapshot expires, or when it grows too old
description:
  - An ansible-rulebook event source plugin that reads all snapshots of an account again and again. It sends only GET
    requests and keeps to the rate limit of the provider.
  - An event is emitted once for each snapshot and threshold. What was emitted is forgotten when ansible-rulebook is
    restarted.
  - If an account cannot be read, an event of the type V(snapshots_unreadable) says why, and the pauses grow up to an
    hour. It is not repeated until the reason changes or the account was read again.
  - A snapshot whose age or expiry the provider does not say crosses no threshold.
  - Events contain no token.
options:
  provider:
    description: The provider of the account.
    type: str
    choices: [barrack, hostup, onetsolutions]
    required: true
  expires_in:
    description:
      - Emit V(snapshot_expires) when a snapshot expires in this time or earlier, for example V(6h). Several thresholds
        are a list.
      - In seconds, or a number with the unit V(s), V(m), V(h), V(d) or V(w). One of O(expires_in) and
        O(older_than) is required.
    type: list
    elements: str
  older_than:
    description: Emit V(snapshot_old) when a snapshot is this old or older. The same forms as O(expires_in).
    type: list
    elements: str
  interval:
    description: The time from the end of one reading to the next. The same forms as O(expires_in).
    type: str
    default: 300s
  api_token:
    description:
      - The API token. Defaults to the environment variable E(ONETSOLUTIONS_API_TOKEN), E(HOSTUP_API_TOKEN) or
        E(BARRACK_API_TOKEN).
    type: str
  api_url:
    description:
      - The base URL of the API. Defaults to the environment variable E(HOSTUP_API_URL) or that of another provider,
        then to the published URL.
    type: str
  organization_id:
    description: The id of the organization at OnetSolutions. Defaults to E(ONETSOLUTIONS_ORGANIZATION_ID).
    type: str
  project_id:
    description: The id of the project at OnetSolutions. Defaults to E(ONETSOLUTIONS_PROJECT_ID).
    type: str
  request_timeout:
    description: Timeout of a request, in seconds.
    type: float
    default: 30.0
  requests_per_minute:
    description: At most so many requests in a minute, if that is less than what the provider publishes.
    type: int
  validate_certs:
    description: Whether to verify TLS certificates.
    type: bool
    default: true
  ca_path:
    description: A file with the certificates of the authorities to trust.
    type: path
  api_allow_http:
    description: Allow an O(api_url) without TLS on the loopback address.
    type: bool
    default: false
  api_routes:
    description: Paths of routes that are assumed, by their names, as in the modules.
    type: dict
  api_auth_header:
    description: The name of the header with the token.
    type: str
  api_auth_scheme:
    description: The word before the token.
    type: str
requirements:
  - requests
"""

EXAMPLES = r"""
- name: Watch the snapshots at HostUp, which live for a day
  hosts: localhost
  sources:
    - indiecloud.compute.snapshot_expiry:
        provider: hostup
        expires_in: [6h, 1h]
        interval: 10m
  rules:
    - name: Say which instance loses its way back
      condition: event.type == "snapshot_expires" and event.snapshot.is_newest
      action:
        debug:
          msg: "{{ event.instance.name }}: {{ event.snapshot.name }} expires at {{ event.snapshot.expires_at }}"
"""

PACKAGE = ("ansible_collections", "indiecloud", "compute")


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Put events into the queue until the task is cancelled. Raises errors of the options, none of the provider."""
    expiry, session, limit = map(_load, ("_info.expiry", "_task.session", "_task.rate_limit"))
    wanted = expiry.wanted({name: value for name, value in args.items() if name != "eda_feedback_queue"})
    context = session.Context(wanted.params, environ=os.environ, shared_state_dir=limit.shared_state_dir(os.environ))
    watch = expiry.Watch(wanted, context)
    while True:
        for event in await asyncio.to_thread(watch.read):
            await queue.put(event)
        await asyncio.sleep(watch.pause)


def _load(name: str) -> Any:
    """A module of this collection. ansible-rulebook runs this file alone, and does not make collections importable."""
    collection, namespace, collections, top = Path(__file__).absolute().parents[4:8]
    if (collections.name, namespace.name, collection.name) == PACKAGE:
        if str(top) not in sys.path:
            sys.path.append(str(top))
        known = import_module(PACKAGE[0]).__path__
        if str(collections) not in list(known):
            # The package ansible brings collections of its own, and hides those in other folders.
            known.append(str(collections))
    return import_module(f"{'.'.join(PACKAGE)}.plugins.module_utils.{name}")
