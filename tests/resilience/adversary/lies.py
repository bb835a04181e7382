# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers that a provider may give instead of the plain one, each with what allows it.

A form is ``STATUS BODY``: ``own`` or a code is the provider's own error format, ``html`` is a page of a proxy or a web
firewall in front of it, ``empty`` has no body, ``list`` is JSON that is no error of HostUp. HostUp's audit log shows
what the provider itself answered.

======================  ==============================================================================================
what                    what allows it
======================  ==============================================================================================
not_sent, lost_before,  the network
lost_after
held                    the network: a gateway delivers the request ``arg`` seconds later
cut                     the network: the connection ends in the middle of the body, after the effect
slow                    no page bounds the time of an answer; Barrack: "several minutes depending on snapshot size"
refuse, before the      https://developer.hostup.se/errors lists the codes; OnetSolutions' schema: 400, 401, 403, 404,
effect                  409, 429; Barrack's restore page: 400, 403, 404, 500
refuse_after            https://developer.hostup.se/errors/upstream_failed: one code for 409, 502 and 503; other
                        upstream_... codes mean that the inner answer was odd; no page says what a 5xx leaves behind;
                        408, 425 and HTML are of a proxy in front (HostUp uses Cloudflare)
odd, odd_after          a proxy or web firewall answers a challenge in HTML; HostUp's get-jobs-jobid and Barrack's
                        restore page have ``success`` in an answer
early                   RFC 9110, 15.2: any number of 1xx answers may come before the final one (``arg``: a refusal)
work_fails              HostUp's operation.status may be failed; OnetSolutions' task has a status and a result
names_other             OnetSolutions promises no task in its 202; HostUp's jobId is what an answer says
cached                  RFC 9111: a cache in front of the provider answers a GET, and says so with Age
stale                   no page says that a read shows the last write: a copy of the database lags behind
other                   a cache or a proxy that mixes answers up: one about another id than the one asked for
======================  ==============================================================================================
"""

from __future__ import annotations

import json
from typing import NamedTuple

from ansible_collections.indiecloud.compute.tests.resilience.adversary.cloud import Cloud
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import Refuse, Reply

PAGE = "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"


class Forms(NamedTuple):
    """Forms of answers to a write. ``definite`` say that nothing was done (rule 2), the others leave it open."""

    definite: tuple[str, ...]
    open: tuple[str, ...]
    odd: tuple[str, ...]


FORMS = {
    "hostup": Forms(
        ("409 vps_not_ready", "403 forbidden", "404 vps_not_found", "400 invalid_request", "401 unauthorized",
         "429 rate_limited"),
        ("409 upstream_failed", "502 upstream_failed", "503 upstream_failed", "503 upstream_unavailable", "504 html",
         "502 external_provider_failed", "500 internal_error", "408 html", "403 html", "429 html", "403 list",
         "502 upstream_vps_product_shape_invalid"),
        ("202 html", "200 html", "202 success_false", "202 list", "200 empty"),
    ),
    "onetsolutions": Forms(
        ("409 own", "403 own", "404 own", "400 own", "401 own", "429 own", "409 empty", "403 empty", "404 empty",
         "401 empty", "403 list"),
        ("504 html", "500 own", "500 html", "502 html", "408 own", "425 own", "403 html", "409 html", "429 html",
         "400 empty", "302 empty"),
        ("202 html", "200 html"),
    ),
    "barrack": Forms(
        ("400 own", "403 own", "404 own", "402 own", "409 own", "429 own"),
        ("500 own", "502 html", "504 html", "408 own", "403 html", "429 html"),
        ("200 success_false", "200 html", "200 null", "200 list", "200 empty"),
    ),
}  # fmt: skip
READS = ("401 own", "403 own", "404 own", "405 own", "500 own", "502 html", "200 html", "429 own", "200 null",
         "200 list", "200 empty")  # fmt: skip


def is_definite(provider: str, form: str) -> bool:
    return form in FORMS[provider].definite


def is_own(form: str) -> bool:
    """Whether the provider itself answered, and not something in front of it."""
    return form.split()[1] not in ("html", "empty", "success_false", "list", "null")


def reply(cloud: Cloud, form: str) -> Reply:
    """An answer of this form."""
    number, body = form.split()
    status = int(number)
    headers = {"Retry-After": "3"} if status == 429 and body not in ("html",) else {}
    if status in (301, 302):
        headers["Location"] = "/login"
    if body == "html":
        return Reply(status, text=PAGE, headers={**headers, "Content-Type": "text/html"})
    if body == "empty":
        return Reply(status, headers=headers)
    if body in ("list", "null"):
        return Reply(status, text=json.dumps(["no"] if body == "list" else None), headers=headers)
    if body == "success_false":
        return Reply(status, {"success": False, "message": "It did not work.", "request_id": "a1b2c3d4"})
    found = cloud.refusal(Refuse(status, "It does not work now.", "internal_error" if body == "own" else body))
    found.headers.update(headers)
    return found
