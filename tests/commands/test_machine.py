import errno
import socket
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import trustme

from proxy.commands import machine
from proxy.config.schema import Server, Tls
from tests.support.turns import HANGS

SETTING = "server.listen / --listen"


@pytest.fixture
def taken():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.fixture
def answering(monkeypatch):
    """A server that answers like ours, or like anybody else; gives a way to start one. It is given time to."""
    monkeypatch.setattr(machine, "SECONDS", HANGS)
    running = []

    def start(body):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server.server_port

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def test_a_free_port_is_well():
    found = machine.port("port", "127.0.0.1", 0, SETTING, tls=False)

    assert (found.level, found.message) == ("ok", "127.0.0.1:0 is free")


def test_a_port_that_a_firstbyte_holds_is_well(answering):
    number = answering(b'{"status":"ok"}')

    found = machine.port("port", "127.0.0.1", number, SETTING, tls=False)

    assert found.level == "ok"
    assert "a Firstbyte that is running" in found.message


def test_a_port_that_somebody_else_holds_is_told_with_the_setting(answering):
    found = machine.port("port", "127.0.0.1", answering(b"hello"), SETTING, tls=False)

    assert (found.level, found.hint) == ("fail", f"stop the other process or set {SETTING}")


def test_a_port_whose_holder_says_nothing_is_in_use(taken, monkeypatch):
    monkeypatch.setattr(machine, "SECONDS", 0.05)

    assert "is in use" in machine.port("port", "127.0.0.1", taken, SETTING, tls=False).message


def test_an_address_that_is_not_of_this_machine_is_told():
    found = machine.port("port", "192.0.2.1", 80, SETTING, tls=False)

    assert found.level == "fail"
    assert found.message.startswith("192.0.2.1:80 cannot be had: ")


def test_a_port_that_needs_a_privilege_is_told(monkeypatch):
    def refuse(*_):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)

    found = machine.port("port", "127.0.0.1", 80, SETTING, tls=False)

    assert found.message == "127.0.0.1:80 may not be used"
    assert "privilege" in found.hint


def test_too_few_open_files_are_a_warning_with_the_remedy():
    found = machine.open_files(10**9)

    assert found.level == "warn"
    assert "may need" in found.message
    assert "raise the limit" in found.hint
    assert machine.open_files(1).level == "ok"


def test_a_certificate_and_a_key_that_belong_together_are_well(tmp_path):
    leaf = trustme.CA().issue_cert("localhost")
    cert, key = tmp_path / "c.pem", tmp_path / "k.pem"
    leaf.cert_chain_pems[0].write_to_path(cert)
    leaf.private_key_pem.write_to_path(key)
    other = trustme.CA().issue_cert("localhost")
    other.private_key_pem.write_to_path(tmp_path / "other.pem")

    levels = [
        [found.level for found in machine.certificate(Tls(str(cert), pem))]
        for pem in (str(key), str(tmp_path / "other.pem"), str(tmp_path / "none.pem"))
    ]

    assert levels == [["ok"], ["fail"], ["fail"]]
    assert list(machine.certificate(Tls())) == []


def test_all_that_a_server_needs_is_looked_at():
    server = Server(port=0, ops_port=0)
    subjects = [each.subject for each in machine.examine(server)]
    without = [each.subject for each in machine.examine(replace(server, ops_host=""))]

    assert subjects == ["files", "port", "ops port"]
    assert without == ["files", "port"]
