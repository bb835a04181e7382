# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from .text import quoted

_PLACEHOLDER = re.compile(r"{([a-z_]+)}")
_HOST_NAME = re.compile(r"[a-z0-9._-]+")
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]")


class ApiUrl(NamedTuple):
    """Address of an API: ``scheme://host[:port]``, and the path to which the paths of routes are appended."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = {"https": 443, "http": 80}[self.scheme]
        return f"{self.scheme}://{host}" + ("" if self.port == default else f":{self.port}")

    def join(self, path: str) -> str:
        return self.origin + self.path + path

    def owns(self, url: str) -> bool:
        """Whether an absolute URL has this origin and names no user."""
        try:
            parts = urlsplit(url)
            port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
        except ValueError:
            return False
        return (parts.scheme, (parts.hostname or ""), port) == (self.scheme, self.host, self.port) and not (
            parts.username or parts.password
        )

    def local_path(self, link: str, below: str) -> str | None:
        """The route path of a link that the provider sent, or None if it must not be followed.

        The link may be absolute on this origin or relative to the host; its path has to lie below ``below``.
        """
        if _CONTROL.search(link) or "\\" in link or link.startswith("//"):
            return None
        try:
            parts = urlsplit(link)
        except ValueError:
            return None
        if (parts.scheme or parts.netloc) and not self.owns(link):
            return None
        path = parts.path
        if self.path and path.startswith(self.path + "/"):
            path = path.removeprefix(self.path)
        if not path.startswith(below) or parts.query or parts.fragment or _has_dots(path):
            return None
        return path


def _has_dots(path: str) -> bool:
    lowered = path.lower().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/")
    return any(part in (".", "..") for part in lowered.split("/"))


def parse_api_url(text: str, *, allow_http: bool) -> ApiUrl:
    """Check ``api_url``; raises ValueError with a reason that does not repeat credentials."""
    if _CONTROL.search(text):
        raise ValueError("contains white space or control characters")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("is not a valid URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a URL such as https://api.example.com")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not contain a user name or password")
    named = _HOST_NAME.fullmatch(parts.hostname) and "[" not in parts.netloc
    if port == 0 or not (named or _is_address(parts.hostname)):
        # Other hosts are rewritten by libraries, so it would be unclear whether a request goes to this one.
        raise ValueError("must name a host in plain ASCII (an international name in its xn-- form) and a port above 0")
    if parts.query or parts.fragment or "\\" in text or _has_dots(parts.path):
        raise ValueError("must not contain a query, a fragment or dot segments")
    if parts.scheme == "http" and not (allow_http or is_loopback(parts.hostname)):
        raise ValueError("uses plain http to another machine, where the token can be read in transit")
    path = quote(parts.path.rstrip("/"), safe="/%-._~!$&'()*+,;=:@")
    return ApiUrl(parts.scheme, parts.hostname, port or {"https": 443, "http": 80}[parts.scheme], path)


def names_host(proxy: str) -> bool:
    """Whether the URL of a proxy, with or without its scheme, names a host and a port.

    A slash, ``?`` or ``#`` in its password would end the host, and libraries would print half of the password.
    """
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        return bool(parts.hostname) and parts.port != 0 and "@" not in parts.path + parts.query + parts.fragment
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def fill_path(template: str, values: Mapping[str, str]) -> str:
    """Put ids into a path template, each quoted as one segment; raises ValueError for an id that cannot be one."""

    def segment(match: re.Match[str]) -> str:
        value = values[match.group(1)]
        if value in ("", ".", "..") or not value.isprintable():
            raise ValueError(f"{quoted(value)} cannot be part of a path")
        return quote(value, safe="")

    return _PLACEHOLDER.sub(segment, template)


def placeholders(template: str) -> list[str]:
    """The names of the ids in a path template, in order."""
    return _PLACEHOLDER.findall(template)
