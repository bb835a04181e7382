# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read something of every instance of an account, several at once, within its rate limit: all of it or nothing."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from .._api.limiter import Limiter
from .._api.sessions import Sessions
from .._providers.base import Provider
from .._task.session import READ_SECONDS, Context, open_provider
from .crew import Cancelled, Crew, Threads
from .turnstile import FIRST, Ticket, Turnstile

AT_ONCE = 16
SECONDS_EACH = 2.0
"""How much later the deadline is for each instance; a rate limit may allow only a few reads in a second."""

T = TypeVar("T")
R = TypeVar("R")


def read_each(
    context: Context, items: Sequence[T], read: Callable[[Provider, T], R], crew: Crew | None = None
) -> list[R]:
    """``read`` of each item, in their order. The first error ends all reads and is raised.

    ``read`` is called in several threads, each with a provider of its own. They share connections and the rate limit.
    """
    crew = crew or Threads()
    seconds = READ_SECONDS + SECONDS_EACH * len(items)
    waiting, found = deque(enumerate(items)), dict[int, R]()
    mutex, sessions, turnstiles = threading.Lock(), Sessions(), list[Turnstile]()
    errors: list[BaseException] = []
    runtime = context.runtime._replace(sleep=crew.sleep)

    def connect(own: Context) -> Provider:
        provider = open_provider(own, seconds, [])
        transport = provider.transport
        limiter = transport.limiter
        with mutex:
            if not turnstiles:
                shared = replace(limiter, runtime=runtime) if isinstance(limiter, Limiter) else None
                turnstiles.append(Turnstile(crew, shared))
        transport.limiter, transport.sessions = Ticket(turnstiles[0], lambda: FIRST), sessions
        return provider

    def work() -> None:
        own = replace(context, runtime=runtime, calls=Counter(), on_wait=lambda: None)
        try:
            provider = connect(own)
            with suppress(IndexError):
                while not errors:
                    number, item = waiting.popleft()
                    found[number] = read(provider, item)
        except Cancelled:
            pass
        except BaseException as exc:
            errors.append(exc)
            crew.cancel()
        finally:
            with mutex:
                context.calls.update(own.calls)

    try:
        crew.run([work] * min(AT_ONCE, len(items)))
    except BaseException:
        crew.cancel()
        raise
    if errors:
        raise errors[0]
    return [found[number] for number in range(len(items))]
