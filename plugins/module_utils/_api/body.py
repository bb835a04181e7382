# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the body of an answer, with a limit on its unpacked size."""

from __future__ import annotations

import zlib
from typing import Any

from .errors import AnswerLost, AnswerUnreadable

ACCEPTED_ENCODING = "gzip"
LARGEST_BODY = 32 * 1024 * 1024
LARGEST_ERROR = 2 * 1024 * 1024
_CHUNK = 16 * 1024


def read_body(response: Any, label: str) -> bytes:
    """The whole body of an answer; raises AnswerUnreadable if it is too large, AnswerLost if its end is missing."""
    lead = f"{label} answered {response.status_code}"
    unpack = _unpacker(response.headers.get("Content-Encoding", ""), lead)
    parts: list[bytes] = []
    raw = size = 0
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        raw += len(chunk)
        parts.append(unpack.feed(chunk, LARGEST_BODY + 1 - size))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            raise AnswerUnreadable(f"{lead} with more than {LARGEST_BODY >> 20} MiB", error_code="answer_too_large")
    expected = response.headers.get("Content-Length", "")
    if expected.isdigit() and raw < int(expected[:18]):
        raise AnswerLost(f"{lead}, cut off after {raw} of {expected[:18]} bytes")
    if raw and not unpack.ended():
        raise AnswerLost(f"{lead}, cut off after {raw} bytes")
    return b"".join(parts)


def read_error_body(response: Any, label: str, broken: tuple[type[Exception], ...]) -> bytes:
    """As much of the body of an error as can be read. Nothing is raised, since the status says what happened."""
    parts: list[bytes] = []
    size = 0
    try:
        unpack = _unpacker(response.headers.get("Content-Encoding", ""), label)
        for chunk in response.raw.stream(_CHUNK, decode_content=False):
            parts.append(unpack.feed(chunk, LARGEST_ERROR - size))
            size += len(parts[-1])
            if size >= LARGEST_ERROR:
                break
    except AnswerUnreadable:
        pass
    except broken:
        pass
    return b"".join(parts)


class _Plain:
    """A body that is not compressed."""

    def feed(self, chunk: bytes, most: int) -> bytes:
        return chunk[:most]

    def ended(self) -> bool:
        return True


class _Gzip:
    """Decompresses gzip up to a limit, since a small body may hold gigabytes."""

    def __init__(self, lead: str) -> None:
        self._lead = lead
        self._decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def feed(self, chunk: bytes, most: int) -> bytes:
        try:
            return self._decoder.decompress(chunk, most) if most > 0 else b""
        except zlib.error:
            raise AnswerUnreadable(f"{self._lead} with damaged gzip") from None

    def ended(self) -> bool:
        return self._decoder.eof


def _unpacker(encoding: str, lead: str) -> _Plain | _Gzip:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Plain()
    if name in ("gzip", "x-gzip"):
        return _Gzip(lead)
    raise AnswerUnreadable(f"{lead} with an encoding that was not requested")
