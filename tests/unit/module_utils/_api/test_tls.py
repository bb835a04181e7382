# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS that fails before anything was sent: each way, with real handshakes."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import Any

import certifi
import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    NOT_APPLIED,
    AnswerLost,
    CloudError,
    NotSent,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.conftest import Connect
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import FakeTime
from ansible_collections.indiecloud.compute.tests.unit.module_utils.peer import Peer, RawServer, answer, hang_up, reset

OK = answer(200, {"ok": True})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1, with its key in the same file."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*command.split(), *names], cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both


def context(certificate: Path) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(certificate)
    return found


def failed(connect: Connect, url: str, method: str, **options: Any) -> CloudError:
    with pytest.raises(CloudError) as caught:
        connect(url, **options).request(method, "/x")
    return caught.value


@pytest.mark.parametrize("method", ["GET", "POST"])
class TestFailuresThatStay:
    """Reported at once as tls_failed."""

    def test_a_certificate_nobody_vouches_for(
        self, connect: Connect, time: FakeTime, certificate: Path, method: str
    ) -> None:
        with RawServer(OK, tls=context(certificate)) as server:
            exc = failed(connect, server.url, method)
            assert (server.connections, server.requests) == (1, [])
        self.check(exc, time)
        assert "CERTIFICATE_VERIFY_FAILED" in exc.message

    def test_a_certificate_of_another_host(
        self, connect: Connect, time: FakeTime, certificate: Path, method: str
    ) -> None:
        with RawServer(OK, tls=context(certificate)) as server:
            url = server.url.replace("127.0.0.1", "localhost")
            self.check(failed(connect, url, method, verify=str(certificate)), time)
            assert (server.connections, server.requests) == (1, [])

    def test_a_server_that_speaks_no_tls(self, connect: Connect, time: FakeTime, method: str) -> None:
        with RawServer(OK, greet=lambda peer: peer.send(b"HTTP/1.1 400 Bad\r\n\r\n")) as server:
            self.check(failed(connect, server.url.replace("http", "https"), method), time)
            assert server.connections == 1

    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
    def test_a_server_that_speaks_an_old_tls_only(
        self, connect: Connect, time: FakeTime, certificate: Path, method: str
    ) -> None:
        old = context(certificate)
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with RawServer(OK, tls=old) as server:
            self.check(failed(connect, server.url, method, verify=str(certificate)), time)
            assert server.requests == []

    def test_a_ca_file_that_holds_no_certificate(
        self, connect: Connect, time: FakeTime, certificate: Path, tmp_path: Path, method: str
    ) -> None:
        (tmp_path / "ca.pem").write_text("nothing")
        with RawServer(OK, tls=context(certificate)) as server:
            self.check(failed(connect, server.url, method, verify=str(tmp_path / "ca.pem")), time)

    @staticmethod
    def check(exc: CloudError, time: FakeTime) -> None:
        assert isinstance(exc, NotSent)
        assert (exc.error_code, exc.applied) == ("tls_failed", NOT_APPLIED)
        assert "ca_path" in exc.next_steps[0]
        assert time.pauses == []


@pytest.mark.parametrize("break_off", [hang_up, reset])
def test_a_handshake_that_breaks_off_is_tried_again_also_for_a_write(
    connect: Connect, time: FakeTime, break_off: Any
) -> None:
    with RawServer(OK, greet=lambda peer: (peer.sock.recv(65536), break_off(peer))[1]) as server:
        exc = failed(connect, server.url.replace("http", "https"), "POST")
        assert server.connections == 4
    assert isinstance(exc, NotSent)
    assert exc.error_code == "connection_failed"
    assert time.pauses == [2.0, 4.0, 8.0]


def test_a_connection_lost_after_the_handshake_may_hide_an_effect(connect: Connect, certificate: Path) -> None:
    with RawServer(reset, tls=context(certificate)) as server:
        exc = failed(connect, server.url, "POST", verify=str(certificate))
        assert len(server.requests) == 1
    assert isinstance(exc, AnswerLost)


def test_the_given_ca_is_trusted(connect: Connect, certificate: Path) -> None:
    with RawServer(OK, tls=context(certificate)) as server:
        transport = connect(server.url, verify=str(certificate))
        assert [transport.request("GET", "/x").json() for dummy in range(3)] == [{"ok": True}] * 3
        assert server.connections == 1


def test_no_verification_only_when_told_and_without_a_warning(
    connect: Connect, certificate: Path, recwarn: pytest.WarningsRecorder
) -> None:
    with RawServer(OK, tls=context(certificate)) as server:
        assert connect(server.url, verify=False).request("GET", "/x").json() == {"ok": True}
    assert [str(item.message) for item in recwarn if "certificate" in str(item.message).lower()] == []


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_options_beat_the_ca_bundle_of_the_environment(
    connect: Connect, certificate: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """psf/requests#3829, psf/requests#4726: the bundle of the environment replaced what the session was told."""
    monkeypatch.setenv(name, certifi.where())
    with RawServer(OK, tls=context(certificate)) as server:
        for verify in (False, str(certificate)):
            assert connect(server.url, verify=verify).request("GET", "/x").json() == {"ok": True}
        assert failed(connect, server.url, "GET").error_code == "tls_failed"


def test_a_slow_answer_is_cut_under_tls_too(connect: Connect, time: FakeTime, certificate: Path) -> None:
    def drip(peer: Peer) -> None:
        for dummy in range(10):
            peer.send(b"HTTP/1.1 200 OK\r\nX-Slow: a"[:1])
        time.alarms.ring()
        peer.wait_for_hang_up()

    with RawServer(drip, tls=context(certificate)) as server:
        exc = failed(connect, server.url, "POST", verify=str(certificate))
    assert exc.message == "POST /x: no whole answer within 30 s"


def test_a_tunnel_through_a_proxy_carries_a_whole_run(
    connect: Connect, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy is the server itself: it agrees to the tunnel and then speaks TLS on it."""
    tls = context(certificate)

    def tunnel(peer: Peer) -> None:
        assert peer.read_request() is not None
        peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        peer.start_tls(tls)

    with RawServer(OK, greet=tunnel) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        transport = connect("https://192.0.2.1", verify=False)
        assert [transport.request("GET", "/x").json() for dummy in range(2)] == [{"ok": True}] * 2
        assert (proxy.connections, len(proxy.requests)) == (1, 2)
