# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule 2: what a refusal is, and what an acceptance."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from http.client import HTTPResponse
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api import answer, in_flight, transport
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import Applied, ProviderError
from ansible_collections.indiecloud.compute.plugins.module_utils._providers import answers, base
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.answers import ErrorFormat
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import CALM, LOST, broken, put
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import At, Fault, Run


def answered(what: str, *forms: str, provider: str = "hostup") -> Any:
    """A restore is answered in one of these forms."""
    run = Run(faults=(Fault(what),))
    return replace(CALM, providers=(provider,), forms=forms, script=(run, run))


@broken(2, answered("refuse_after", "409 upstream_failed", "408 html", "403 html", "429 html"))
def any_4xx_is_a_refusal(stack: ExitStack) -> None:
    def applied(self: ErrorFormat, error: ProviderError) -> Applied:
        return Applied.NO if 400 <= error.status < 500 else Applied.UNKNOWN

    put(stack, ErrorFormat, "applied", applied)


@broken(2, answered("refuse_after", "403 html", "409 html", "400 empty", provider="onetsolutions"))
def page_of_a_proxy_is_a_refusal(stack: ExitStack) -> None:
    put(stack, ErrorFormat, "is_own", lambda self, error: True)


@broken(2, answered("refuse_after", "408 own", "425 own", provider="onetsolutions"))
def timeout_is_a_refusal(stack: ExitStack) -> None:
    put(stack, answers, "UNDECIDED", frozenset())


@broken(
    2,
    replace(
        CALM,
        providers=("onetsolutions",),
        options={"snapshot_name": ("mine",), "snapshot_state": ("present",)},
        script=(Run("snapshot", faults=(Fault("refuse_after", At("snapshot"), "429 html"),)),),
    ),
)
def write_is_repeated_after_the_429_of_a_proxy(stack: ExitStack) -> None:
    put(stack, base.Provider, "_applied", lambda self, error: error.applied)


@broken(2, answered("refuse_after", "409 upstream_failed"))
def upstream_failed_is_a_refusal(stack: ExitStack) -> None:
    original = ErrorFormat.applied

    def applied(self: ErrorFormat, error: ProviderError) -> Applied:
        return original(self._replace(undecided_codes=()), error)

    put(stack, ErrorFormat, "applied", applied)


@broken(2, replace(LOST, faults=("odd",), providers=("onetsolutions",)))
def page_in_html_is_an_acceptance(stack: ExitStack) -> None:
    def parse(body: bytes) -> Any:
        return (None, None) if body[:1] == b"<" else answer.parse_body(body)

    put(stack, transport, "parse_body", parse)


@broken(2, replace(CALM, settings={"wire": ("socket",)}, script=(Run(faults=(Fault("early", At("restore")),)),)))
def early_answer_is_the_answer(stack: ExitStack) -> None:
    put(stack, in_flight, "_final_response", lambda: HTTPResponse)
