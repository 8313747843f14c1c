"""The record on its way to a SIEM, against real sockets: in order, signed, nothing lost, and in nobody's way."""

import json
import os
import resource
import shutil
import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from standardwebhooks.webhooks import Webhook

from jit import Destination, Event, Forwarder, ForwardingError, JsonLines, Ledger, SinkError, Syslog, TamperError, Trust
from jit.delivery.webhook import WebhookSink
from scanners import Secret
from servers.certificates import certify

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECOND = 1.0


def clock():
    return datetime.now(UTC)


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "home", wait=1.0)
    note(made, "ana")
    yield made
    made.close()


def note(ledger, actor, kind="read.served", **parts):
    return ledger.record(Event(kind, actor, **parts), NOW)


def forwarder(ledger, tmp_path, sink, *types):
    return Forwarder(ledger, (Destination("siem", sink, types, tmp_path / "forward"),), clock)


def send(made):
    return made.once(made.destinations[0])


@contextmanager
def following(made):
    stop, heard = threading.Event(), []
    thread = threading.Thread(target=made.follow, args=(stop, heard.append))
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def within(seconds, happened):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def endpoint():
    """A webhook endpoint on loopback. `answers` are the next statuses, then 204; `got` are (headers, body)."""
    got, answers = [], []

    class Endpoint(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            got.append((dict(self.headers), self.rfile.read(int(self.headers["content-length"])).decode()))
            status, extra = answers.pop(0) if answers else (204, {})
            self.send_response(status)
            for name, value in {"content-length": "0", **extra}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    server.got, server.answers, server.url = got, answers, f"http://127.0.0.1:{server.server_port}/hook?a=b"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def webhook(endpoint, monkeypatch, secret=SECRET):
    monkeypatch.setenv("HOOK_SECRET", secret)
    return WebhookSink(endpoint.url, Secret("${env:HOOK_SECRET}"))


def seqs(endpoint):
    return [json.loads(body)["data"]["seq"] for _, body in endpoint.got]


class TestWebhook:
    def test_a_message_verifies_with_the_secret_and_carries_the_record(self, ledger, tmp_path, endpoint, monkeypatch):
        assert send(forwarder(ledger, tmp_path, webhook(endpoint, monkeypatch))) == 2
        headers, body = endpoint.got[1]
        message = Webhook(SECRET).verify(body, headers)
        (record,) = ledger.records(after=1)
        assert message == {"type": "read.served", "timestamp": "2026-11-25T12:00:00.000000Z", "data": record.as_json()}
        assert SECRET.removeprefix("whsec_") not in str(endpoint.got)

    def test_an_endpoint_that_refuses_gets_the_same_message_again_and_loses_none(
        self, ledger, tmp_path, endpoint, monkeypatch
    ):
        made = forwarder(ledger, tmp_path, webhook(endpoint, monkeypatch))
        endpoint.answers[:] = [(204, {}), (500, {})]
        with pytest.raises(SinkError, match="answers 500"):
            send(made)
        note(ledger, "bo")
        assert send(made) == 2
        assert seqs(endpoint) == [1, 2, 2, 3]
        names = [headers["webhook-id"] for headers, _ in endpoint.got]
        assert names[1] == names[2]
        assert len(set(names)) == 3

    def test_a_redirect_is_not_followed(self, ledger, tmp_path, endpoint, monkeypatch):
        endpoint.answers[:] = [(307, {"location": endpoint.url})]
        with pytest.raises(SinkError, match="answers 307"):
            send(forwarder(ledger, tmp_path, webhook(endpoint, monkeypatch)))
        assert len(endpoint.got) == 1

    def test_it_waits_as_long_as_the_endpoint_asks(self, ledger, tmp_path, endpoint, monkeypatch):
        endpoint.answers[:] = [(429, {"retry-after": "7"})]
        with pytest.raises(SinkError) as refused:
            send(forwarder(ledger, tmp_path, webhook(endpoint, monkeypatch)))
        assert refused.value.wait == 7

    def test_a_secret_that_is_none_is_named_by_its_reference(self, ledger, tmp_path, endpoint, monkeypatch):
        with pytest.raises(SinkError, match=r"\$\{env:HOOK_SECRET\} is no webhook secret") as wrong:
            send(forwarder(ledger, tmp_path, webhook(endpoint, monkeypatch, secret="hunter2!")))
        assert "hunter2" not in str(wrong.value)


class TestFollowing:
    def test_what_is_recorded_arrives_within_a_second(self, ledger, tmp_path, endpoint, monkeypatch):
        with following(forwarder(ledger, tmp_path, webhook(endpoint, monkeypatch))):
            within(SECOND, lambda: seqs(endpoint) == [1, 2])
            note(ledger, "bo")
            within(SECOND, lambda: seqs(endpoint) == [1, 2, 3])

    def test_a_sink_that_is_down_holds_up_neither_a_request_nor_another_sink(
        self, ledger, tmp_path, endpoint, monkeypatch
    ):
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            dead = free.getsockname()
        made = Forwarder(ledger, (
            Destination("dead", Syslog("tcp", dead), (), tmp_path / "forward"),
            Destination("hook", webhook(endpoint, monkeypatch), (), tmp_path / "forward"),
        ), clock)  # fmt: skip
        with following(made) as heard:
            within(SECOND, lambda: heard)
            began = time.monotonic()
            note(ledger, "bo")
            assert time.monotonic() - began < SECOND
            within(SECOND, lambda: seqs(endpoint) == [1, 2, 3])
            down = made.destinations[0].position
            assert (down.seq, down.failing is not None) == (0, True)
            assert "does not take records" in down.error
            with closing(socket.create_server(dead)) as back, closing(back.accept()[0]) as line:
                within(2 * SECOND, lambda: made.destinations[0].position.seq == 3)
                assert line.recv(65_536).count(b"sequenceId") == 3
            within(SECOND, lambda: "dead takes records again" in heard)
        assert made.destinations[0].position.failing is None

    def test_two_processes_do_not_forward_to_the_same_sink(self, ledger, tmp_path, endpoint, monkeypatch):
        made = forwarder(ledger, tmp_path, webhook(endpoint, monkeypatch))
        with made.destinations[0].alone(), pytest.raises(ForwardingError, match="forwards to siem"):
            send(made)

    def test_a_nudge_says_who_was_told_and_ends_in_time(self, ledger, tmp_path, endpoint, monkeypatch):
        with closing(socket.create_server(("127.0.0.1", 0))) as silent:  # accepts, and never answers
            hung = WebhookSink("http://{}:{}/".format(*silent.getsockname()), Secret("${env:HOOK_SECRET}"))
            made = Forwarder(ledger, (
                Destination("hung", hung, (), tmp_path / "forward"),
                Destination("hook", webhook(endpoint, monkeypatch), (), tmp_path / "forward"),
            ), clock)  # fmt: skip
            began = time.monotonic()
            assert made.nudge(0.3) == {"hung": False, "hook": True}
            assert time.monotonic() - began < SECOND


class TestPosition:
    def test_where_it_cannot_be_kept_the_records_wait_and_nothing_crashes(self, ledger, tmp_path):
        made = forwarder(ledger, tmp_path, JsonLines(tmp_path / "out.jsonl"))
        (tmp_path / "forward" / "siem.json").mkdir(parents=True)  # no file can take its place
        with pytest.raises(SinkError, match="how far siem got cannot be kept"):
            send(made)
        assert [path.name for path in (tmp_path / "forward").iterdir() if path.name.startswith(".siem")] == []
        (tmp_path / "file").write_text("")
        with pytest.raises(ForwardingError, match="cannot be used"):
            send(replace(made, destinations=(replace(made.destinations[0], folder=tmp_path / "file" / "x"),)))

    def test_only_the_types_asked_for_are_sent_and_the_others_are_not_looked_at_again(self, ledger, tmp_path):
        note(ledger, "ana", "grant.started")
        note(ledger, "ana", "grants.other")
        made = forwarder(ledger, tmp_path, JsonLines(tmp_path / "out.jsonl"), "grant", "key.rotated")
        assert send(made) == 1
        assert made.destinations[0].position.seq == 4

    def test_another_log_in_the_place_of_the_one_that_was_sent_is_noticed(self, ledger, tmp_path):
        send(forwarder(ledger, tmp_path, JsonLines(tmp_path / "out.jsonl")))
        other = Ledger(tmp_path / "other")
        with closing(other):
            note(other, "eve")
            with pytest.raises(TamperError, match="record 2 is not the one that siem was sent"):
                send(forwarder(other, tmp_path, JsonLines(tmp_path / "new.jsonl")))
        shutil.rmtree(tmp_path / "forward")

    def test_a_log_that_ends_before_what_a_sink_has_seen_is_noticed(self, ledger, tmp_path):
        (tmp_path / "out.jsonl").write_text('{"seq": 9}\n')
        with pytest.raises(TamperError, match="has seen record 9, and the log ends at 2"):
            send(forwarder(ledger, tmp_path, JsonLines(tmp_path / "out.jsonl")))


class TestJsonLines:
    @pytest.mark.parametrize("left", [b"", b'{"seq": 2, "ty', b'{"seq"'])
    def test_a_crash_at_any_point_leaves_every_record_in_the_file_once(self, ledger, tmp_path, left):
        path = tmp_path / "out.jsonl"
        send(forwarder(ledger, tmp_path, JsonLines(path)))
        first = path.read_bytes().splitlines(keepends=True)[0]
        path.write_bytes(first + left)
        shutil.rmtree(tmp_path / "forward")  # the position was not saved either
        note(ledger, "bo")
        send(forwarder(ledger, tmp_path, JsonLines(path)))
        assert [json.loads(line) for line in path.read_text().splitlines()] == [
            one.as_json() for one in ledger.records()
        ]

    def test_a_line_longer_than_a_page_is_found_too(self, ledger, tmp_path):
        path = tmp_path / "out.jsonl"
        note(ledger, "ana", entries=tuple(f"crm/people#{n}" for n in range(5000)))
        made = forwarder(ledger, tmp_path, JsonLines(path))
        send(made)
        assert JsonLines(path).seen() == 3

    def test_a_file_that_was_moved_away_is_begun_anew_with_what_comes(self, ledger, tmp_path):
        path = tmp_path / "out.jsonl"
        made = forwarder(ledger, tmp_path, JsonLines(path))
        send(made)
        path.rename(tmp_path / "out.jsonl.1")
        note(ledger, "bo")
        send(made)
        assert [json.loads(line)["seq"] for line in path.read_text().splitlines()] == [3]

    def test_a_file_that_cannot_be_written_waits(self, ledger, tmp_path):
        (tmp_path / "out").write_text("")
        with pytest.raises(SinkError, match="cannot be written"):
            send(forwarder(ledger, tmp_path, JsonLines(tmp_path / "out" / "x.jsonl")))

    def test_a_line_that_a_full_disk_took_a_part_of_was_not_taken(self, ledger, tmp_path):
        path = tmp_path / "out.jsonl"
        made = forwarder(ledger, tmp_path, JsonLines(path))
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        whole = len(json.dumps(next(iter(ledger.records())).as_json())) + 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (whole + 50, hard))
        try:
            with pytest.raises(SinkError, match="cannot be written: No space left"):
                send(made)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        assert made.destinations[0].position.seq == 1
        send(made)
        assert [json.loads(line)["seq"] for line in path.read_text().splitlines()] == [1, 2]

    def test_a_pipe_that_nobody_reads_does_not_hold_us(self, ledger, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(SinkError, match="cannot be written"):
            send(forwarder(ledger, tmp_path, JsonLines(tmp_path / "pipe")))


def split(message):
    """The parts of an RFC 5424 message: priority, version, time, host, app, process, type, data, text."""
    head, _, text = message.decode().partition(" \ufeff")
    priority, time_, host, app, process, kind, data = head.split(" ", 6)
    return priority, time_, host, app, process, kind, data, json.loads(text)


class TestSyslog:
    def test_a_datagram_is_a_message_of_rfc_5424(self, ledger, tmp_path):
        note(ledger, "eve", "read.refused")
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as siem:
            siem.bind(("127.0.0.1", 0))
            siem.settimeout(2)
            send(forwarder(ledger, tmp_path, Syslog("udp", siem.getsockname())))
            messages = [split(siem.recv(65_536)) for _ in range(3)]
        priority, stamp, host, app, process, kind, data, body = messages[2]
        assert (priority, stamp, app, process, kind) == (
            "<108>1",
            "2026-11-25T12:00:00.000000Z",
            "datakeep",
            "-",
            "read.refused",
        )
        assert (host, data, body["actor"]) == (socket.gethostname(), '[meta sequenceId="3"]', "eve")
        assert messages[1][0] == "<109>1"

    def test_what_no_datagram_holds_goes_without_its_entries_and_says_so(self, ledger, tmp_path):
        note(ledger, "ana", entries=tuple(f"crm/people#{n}" for n in range(5000)))
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as siem:
            siem.bind(("127.0.0.1", 0))
            siem.settimeout(2)
            send(forwarder(ledger, tmp_path, Syslog("udp", siem.getsockname())))
            body = [split(siem.recv(65_536)) for _ in range(3)][2][-1]
        assert (body["seq"], body["entries"], body["entries_left_out"]) == (3, [], 5000)

    def test_a_stream_is_framed_by_counts(self, ledger, tmp_path):
        with closing(socket.create_server(("127.0.0.1", 0))) as server:
            made = forwarder(ledger, tmp_path, Syslog("tcp", server.getsockname()))
            send(made)
            with closing(server.accept()[0]) as line:
                length, _, rest = line.recv(65_536).partition(b" ")
                assert split(rest[: int(length)])[-1]["seq"] == 1

    def test_after_a_stream_broke_what_may_be_lost_is_sent_again(self, ledger, tmp_path):
        with closing(socket.create_server(("127.0.0.1", 0))) as server:
            made = forwarder(ledger, tmp_path, Syslog("tcp", server.getsockname()))
            made.destinations[0].folder.mkdir()
            made._catch_up(made.destinations[0])
            server.accept()[0].close()  # before anybody read what was sent
            note(ledger, "bo")
            within(SECOND, lambda: _refused(made))
            assert made.destinations[0].position.seq == 0
            send(made)
            with closing(server.accept()[0]) as line:
                assert line.recv(65_536).count(b"sequenceId") == 3

    @pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["datagram", "stream"])
    def test_a_local_socket_is_taken_as_the_daemon_has_it(self, ledger, tmp_path, kind):
        path = str(tmp_path / "log")
        with closing(socket.socket(socket.AF_UNIX, kind)) as daemon:
            daemon.bind(path)
            if kind == socket.SOCK_STREAM:
                daemon.listen()
            made = forwarder(ledger, tmp_path, Syslog("unix", path))
            assert send(made) == 2

    def test_a_socket_that_is_not_there_waits(self, ledger, tmp_path):
        with pytest.raises(SinkError, match="does not take records"):
            send(forwarder(ledger, tmp_path, Syslog("unix", str(tmp_path / "none"))))

    @pytest.mark.parametrize("long", ["entries", "because", "detail", "classes"])
    def test_no_record_is_too_large_for_a_datagram_whatever_is_long_in_it(self, ledger, tmp_path, long):
        """One that cannot be sent would hold up all that come after it, for ever."""
        many = tuple(f"crm/people#{n} is no longer in the catalog" for n in range(2000))
        note(ledger, "ana", "grant.narrowed", **{long: {"withheld": list(many)} if long == "detail" else many})
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as siem:
            siem.bind(("127.0.0.1", 0))
            siem.settimeout(2)
            assert send(forwarder(ledger, tmp_path, Syslog("udp", siem.getsockname()))) == 3
            body = [split(siem.recv(65_536)) for _ in range(3)][2][-1]
        assert (body["actor"], not body[long], body[f"{long}_left_out"] > 0) == ("ana", True, True)


class Collector:
    """A syslog daemon that speaks TLS on loopback, and keeps what it was sent."""

    def __init__(self, folder, *, asks=None):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        if asks is not None:
            context.verify_mode, _ = ssl.CERT_REQUIRED, context.load_verify_locations(asks)
        self.context, self.server = context, socket.create_server(("127.0.0.1", 0))
        self.address = ("localhost", self.server.getsockname()[1])
        self.got, self.ends, self.lines = b"", [], []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            try:
                plain, _ = self.server.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False) as line:
                    self.lines.append(line)
                    while data := line.recv(65_536):
                        self.got += data
                    self.ends.append("said")
            except OSError as error:
                self.ends.append(type(error).__name__)

    @property
    def seqs(self):
        found, rest = [], self.got
        while rest:
            length, _, rest = rest.partition(b" ")
            found.append(split(rest[: int(length)])[-1]["seq"])
            rest = rest[int(length) :]
        return found

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join(5)


@pytest.fixture
def certificates(tmp_path):
    certify(tmp_path / "tls", "localhost")
    return tmp_path / "tls"


class TestSyslogByTls:
    """RFC 5425: the messages of RFC 5424 with their lengths, to a daemon that proves who it is."""

    def test_every_record_arrives_framed_and_the_end_is_said(self, ledger, tmp_path, certificates):
        note(ledger, "ana", entries=tuple(f"crm/people#{n}" for n in range(5000)))  # longer than a TLS record
        with closing(Collector(certificates)) as siem:
            assert send(forwarder(ledger, tmp_path, Syslog("tls", siem.address, Trust(certificates / "ca.pem")))) == 3
            within(SECOND, lambda: siem.ends == ["said"])
        assert siem.seqs == [1, 2, 3]

    @pytest.mark.parametrize("how", ["nobody vouches", "another name"])
    def test_a_daemon_that_is_not_who_it_should_be_hears_nothing(self, ledger, tmp_path, certificates, how):
        with closing(Collector(certificates)) as siem:
            address = ("127.0.0.1", siem.address[1]) if how == "another name" else siem.address
            trust = Trust(certificates / "ca.pem") if how == "another name" else Trust()
            with pytest.raises(SinkError, match="its certificate is not to be trusted"):
                send(forwarder(ledger, tmp_path, Syslog("tls", address, trust)))
        assert siem.got == b""

    def test_a_daemon_that_speaks_no_tls_hears_nothing_in_clear(self, ledger, tmp_path, certificates):
        with closing(socket.create_server(("127.0.0.1", 0))) as plain:

            def answer():
                line, _ = plain.accept()
                heard.append(line.recv(65_536))
                line.sendall(b"220 syslog here\r\n")
                line.close()

            heard = []
            thread = threading.Thread(target=answer)
            thread.start()
            sink = Syslog("tls", ("localhost", plain.getsockname()[1]), Trust(certificates / "ca.pem"))
            with pytest.raises(SinkError, match="TLS fails"):
                send(forwarder(ledger, tmp_path, sink))
            thread.join()
        assert b"ledger.opened" not in heard[0]

    def test_a_daemon_that_asks_who_we_are_is_told(self, ledger, tmp_path, certificates):
        mine = tmp_path / "mine.pem"
        mine.write_bytes((certificates / "server.pem").read_bytes() + (certificates / "server.key").read_bytes())
        with closing(Collector(certificates, asks=certificates / "ca.pem")) as siem:
            trust = Trust(certificates / "ca.pem", mine)
            assert send(forwarder(ledger, tmp_path, Syslog("tls", siem.address, trust))) == 2
            within(SECOND, lambda: siem.seqs == [1, 2])

    def test_after_the_daemon_hung_up_what_may_be_lost_is_sent_again(self, ledger, tmp_path, certificates):
        with closing(Collector(certificates)) as siem:
            made = forwarder(ledger, tmp_path, Syslog("tls", siem.address, Trust(certificates / "ca.pem")))
            made.destinations[0].folder.mkdir()
            assert made._catch_up(made.destinations[0]) == 2
            within(SECOND, lambda: siem.seqs == [1, 2])
            assert not _refused(made)  # nothing new, and the line is still there
            siem.lines[0].shutdown(socket.SHUT_RDWR)
            note(ledger, "bo")
            within(SECOND, lambda: _refused(made))
            assert send(made) == 3
            within(SECOND, lambda: siem.seqs == [1, 2, 1, 2, 3])

    def test_a_file_of_authorities_that_is_not_there_is_named(self, ledger, tmp_path, certificates):
        with closing(Collector(certificates)) as siem, pytest.raises(SinkError, match="does not take records"):
            send(forwarder(ledger, tmp_path, Syslog("tls", siem.address, Trust(tmp_path / "none.pem"))))


def test_a_webhook_is_believed_by_whom_the_settings_name(ledger, tmp_path, certificates, endpoint, monkeypatch):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    endpoint.socket = context.wrap_socket(endpoint.socket, server_side=True)
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    url, secret = f"https://localhost:{endpoint.server_port}/", Secret("${env:HOOK_SECRET}")
    with pytest.raises(SinkError, match="its certificate is not to be trusted"):
        send(forwarder(ledger, tmp_path, WebhookSink(url, secret)))
    assert send(forwarder(ledger, tmp_path, WebhookSink(url, secret, Trust(certificates / "ca.pem")))) == 2
    assert seqs(endpoint) == [1, 2]


def _refused(made):
    try:
        made._catch_up(made.destinations[0])
    except SinkError:
        return True
    return False
