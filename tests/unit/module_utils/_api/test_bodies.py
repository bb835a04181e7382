# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies that are huge, packed, broken, or no JSON."""

from __future__ import annotations

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    MAYBE_APPLIED,
    NOT_APPLIED,
    AnswerUnreadable,
    ProviderError,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._api.asking import failure
from ansible_collections.indiecloud.compute.tests.unit.module_utils.conftest import Connect
from ansible_collections.indiecloud.compute.tests.unit.module_utils.peer import (
    Peer,
    RawServer,
    answer,
    message,
    raw,
    then_hang_up,
)


class TestBodies:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_huge_body_is_not_read_to_its_end(
        self, connect: Connect, monkeypatch: pytest.MonkeyPatch, method: str
    ) -> None:
        monkeypatch.setattr(
            "ansible_collections.indiecloud.compute.plugins.module_utils._api.body.LARGEST_BODY", 1 << 20
        )

        def pour(peer: Peer) -> None:
            peer.send(message(200, b"", Content_Length=str(1 << 40)))
            while True:
                peer.send(b" " * 65536)

        with RawServer(pour) as server:
            exc = failure(connect(server.url), method)
        assert isinstance(exc, AnswerUnreadable)
        assert exc.error_code == "answer_too_large"
        assert exc.message == f"{method} /x answered 200 with more than 1 MiB"
        assert len(server.requests) == 1

    @pytest.mark.parametrize("status", [200, 500, 302])
    def test_a_small_body_that_unpacks_to_gigabytes(self, connect: Connect, status: int) -> None:
        import tracemalloc
        import zlib

        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(packer.compress(bytes(1 << 20)) for dummy in range(256)) + packer.flush()
        with RawServer(answer(status, bomb, Content_Encoding="gzip", Location="/y")) as server:
            tracemalloc.start()
            exc = failure(connect(server.url), "POST")
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert exc.error_code == {200: "answer_too_large", 500: "provider_unavailable", 302: "redirect_refused"}[status]
        assert peak < 100 << 20

    def test_a_packing_that_was_not_asked_for(self, connect: Connect) -> None:
        """Layers of packing multiply."""
        with RawServer(answer(200, b"x", Content_Encoding="gzip, gzip, gzip")) as server:
            exc = failure(connect(server.url), "POST")
        assert isinstance(exc, AnswerUnreadable)
        assert exc.applied == MAYBE_APPLIED

    def test_damaged_packing(self, connect: Connect) -> None:
        with RawServer(answer(200, b"not gzip at all", Content_Encoding="gzip")) as server:
            assert isinstance(failure(connect(server.url), "POST"), AnswerUnreadable)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"<html><title>Just a moment</title>", "an HTML page"),
            (b"ok", "a body that is not JSON"),
            (b"\xff\xfe\x00", "a body that is not JSON"),
            (b'{"a": NaN}', "a body that is not JSON"),
            (b"[" * 100_000, "JSON nested too deeply"),
            (b"[" * 65 + b"]" * 65, "JSON nested too deeply"),
            (b"9" * 5000, "a body that is not JSON"),
        ],
    )
    def test_a_success_that_cannot_be_read(self, connect: Connect, content: bytes, said: str) -> None:
        with RawServer(answer(200, content)) as server:
            found = connect(server.url).request("POST", "/x")
        with pytest.raises(AnswerUnreadable, match=f"POST /x answered 200 with {said}") as caught:
            found.json()
        assert caught.value.applied == MAYBE_APPLIED

    def test_an_error_whose_body_breaks_off_is_still_that_error(self, connect: Connect) -> None:
        with RawServer(then_hang_up(raw(message(404, b'{"detail": "gone', Content_Length="500")))) as server:
            exc = failure(connect(server.url), "POST")
        assert isinstance(exc, ProviderError)
        assert (exc.status, exc.applied) == (404, NOT_APPLIED)
        assert len(server.requests) == 1

    def test_an_error_with_a_megabyte_of_text(self, connect: Connect) -> None:
        with RawServer(answer(400, {"detail": "x\n" * 500_000}, X_Request_Id="req_1")) as server:
            exc = failure(connect(server.url), "POST")
        assert exc.message.startswith("POST /x answered 400 [request req_1]: x x x")
        assert len(exc.message) <= 500
        assert exc.message.isprintable()

    def test_ids_of_requests_in_headers_are_cleaned(self, connect: Connect) -> None:
        with RawServer(answer(502, b"<html>bad</html>", CF_Ray="8f\x1b[31m" + "z" * 900)) as server:
            exc = failure(connect(server.url), "POST")
        assert exc.message.startswith("POST /x answered 502 [request 8f [31mzzz")
        assert exc.message.isprintable()
        assert len(exc.message) <= 500
