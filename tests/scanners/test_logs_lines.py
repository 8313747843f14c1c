"""One line of a log as named fields."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.flatten import flatten_rows
from scanners.logs.lines import parse

COMMON = (
    '203.0.113.7 - ana [23/Nov/2026:10:00:00 +0100] "GET /join?email=ana%40example.com&q=J%C3%BCrgen+G HTTP/1.1" 200 12'
)


def fields(line):
    return {leaf.path: leaf.values.to_pylist()[0] for leaf in flatten_rows([parse(line)])}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (COMMON, {"client_ip": "203.0.113.7", "user": "ana", "status": 200, "request.path": "/join"}),
        (COMMON, {"request.query.email": "ana@example.com", "request.query.q": "Jürgen G"}),
        (COMMON + ' "https://x.example/?a=b%40c.example" "curl/8"', {"referer": "https://x.example/?a=b@c.example"}),
        (COMMON + ' "-" "curl/8" "198.51.100.1, 203.0.113.9"', {"message": '"198.51.100.1, 203.0.113.9"'}),
        ("www.x.example:443 " + COMMON, {"vhost": "www.x.example:443", "client_ip": "203.0.113.7"}),
        (COMMON.replace("- ana", "- Ana Smith"), {"user": "Ana Smith"}),
        ('::1 - - [23/Nov/2026:10:00:00 +0100] "\\x16\\x03" 400 0', {"client_ip": "::1", "request.line": "\\x16\\x03"}),
        ('{"level": "info", "user": {"email": "a@b.example"}}', {"level": "info", "user.email": "a@b.example"}),
        ('{"message": "{\\"user\\": {\\"email\\": \\"a@b.example\\"}}"}', {"message.user.email": "a@b.example"}),
        ('{"log": "{\\"mail\\": \\"a@b.example\\"}\\n", "stream": "stdout"}', {"log.mail": "a@b.example"}),
        ('{"message": "signed up"}', {"message": "signed up"}),
        ('{"message": "user=ana signed up"}', {"message": "user=ana signed up"}),
        (
            'level=info msg="user signed up" email=ana@example.com',
            {"email": "ana@example.com", "message": "user signed up"},
        ),
        (
            'at=info user.email="ana@example.com" note="say \\"hi\\""',
            {"user.email": "ana@example.com", "note": 'say "hi"'},
        ),
        (
            "2026-11-23 10:00:00,123 WARN [main] c.a.Mail - sent to=ana@example.com ok",
            {
                "time": "2026-11-23 10:00:00,123",
                "level": "WARN",
                "to": "ana@example.com",
                "message": "[main] c.a.Mail - sent ok",
            },
        ),
        (
            "[2026-11-23T10:00:00Z] ERROR: no such user ana@example.com",
            {"level": "ERROR", "message": "no such user ana@example.com"},
        ),
        (
            "Nov 23 10:00:00 web1 sshd[42]: Accepted password for ana from 203.0.113.7 port 22",
            {
                "host": "web1",
                "app": "sshd",
                "pid": "42",
                "message": "Accepted password for ana from 203.0.113.7 port 22",
            },
        ),
        (
            '<34>1 2026-11-23T10:00:00.1Z web1 app 42 ID1 [meta user="ana" mail="a@b.example"] hello',
            {"host": "web1", "user": "ana", "mail": "a@b.example", "message": "hello meta"},
        ),
        (
            'Nov  3 10:00:00 web1 app: {"user": {"email": "a@b.example"}}',
            {"app": "app", "message.user.email": "a@b.example"},
        ),
        (
            '2026/11/23 10:00:00 [error] 7#0: *1 open() failed, client: 203.0.113.7, server: x, request: "GET /a HTTP/1.1"',
            {"client": "203.0.113.7", "level": "error", "request": "GET /a HTTP/1.1"},
        ),
        ("GET /join?email=ana%40example.com&x=1 took 3 ms", {"email": "ana@example.com"}),
        ("mail to ana%40example.com bounced", {"message": "mail to ana@example.com bounced"}),
        ("\x1b[32mINFO\x1b[0m hello", {"message": "INFO hello"}),
        ("   at com.acme.Foo.bar(Foo.java:42)", {"message": "at com.acme.Foo.bar(Foo.java:42)"}),
        (
            "4F1A: to=<ana@example.com>, relay=mx.example.net[203.0.113.7]:25, ok",
            {"to": "ana@example.com", "relay": "mx.example.net[203.0.113.7]:25", "message": "4F1A: , , ok"},
        ),
        (
            "row 5: name=Ana Silva born=1980-01-02 ok",
            {"name": "Ana Silva", "born": "1980-01-02", "message": "row 5: ok"},
        ),
        ("name=Á. Silva Costa, dept=3", {"name": "Á. Silva Costa", "dept": "3"}),
        ("state=Running service=Mail 12 sent", {"state": "Running", "service": "Mail", "message": "12 sent"}),
        ("注册 姓名=王芳 手机=13800138000", {"姓名": "王芳", "手机": "13800138000"}),
        (
            '2026-11-23 10:00:00 INFO id=7 got {"user": {"email": "a@b.example"}}',
            {"id": "7", "message.text": "got", "message.user.email": "a@b.example"},
        ),
        ("a=1 a=2", {"a": "1", "message": "a=2"}),
        ("plain words", {"message": "plain words"}),
    ],
)
def test_a_line_gives_its_fields(line, found):
    assert found.items() <= fields(line).items()


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_line_breaks_the_parser_and_none_is_lost(line):
    parsed = parse(line)
    assert all(isinstance(key, str) for key in parsed)


SECRET = "ana.smith@example.com"
FRAMES = ["{}", "user {} in", "mail={}", 'to="{}"', '{{"a": "{}"}}', "Nov 23 10:00:00 h app[1]: {}", "2026-11-23 10:00:00 INFO {}",
          "level=info {} x=1", "a={} b={}", ", client: {}, x", '1.2.3.4 - {} [23/Nov/2026:10:00:00 +0100] "GET / HTTP/1.1" 200 1',
          '1.2.3.4 - - [23/Nov/2026:10:00:00 +0100] "{}" 200 1', '1.2.3.4 - - [23/Nov/2026:10:00:00 +0100] "GET /{} HTTP/1.1" 200 1',
          '<1>1 2026-11-23T10:00:00Z h a p m [x y="{}"] m', "{} - - - [", '{{"message": "{{{}"}}']  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES)
@given(noise=st.text(st.characters(codec="ascii", exclude_characters='"\\', exclude_categories=["Cc"]), max_size=20))
@settings(max_examples=40, deadline=None)
def test_a_value_is_found_in_some_field_wherever_it_stands(frame, noise):
    line = f"{frame.format(*[SECRET] * frame.count('{}'))} {noise}"
    said = [str(value) for leaf in flatten_rows([parse(line)]) for value in leaf.values.to_pylist()]
    assert any(SECRET in value for value in said)


PUMPS = [
    "a=",
    '"',
    "\\",
    "1.2.3.4 ",
    "[",
    'a="',
    "2026-11-23 10:00:00 ",
    "<1>1 ",
    ", client: ",
    "%40",
    "a b ",
    "{",
    "x.",
    "=,",
    "- - ",
]


@pytest.mark.parametrize("pump", PUMPS)
@pytest.mark.parametrize(
    "frame", ["{}", "1.2.3.4 - {}", '1.2.3.4 - - [23/Nov/2026:10:00:00 +0100] "{}', "Nov 23 10:00:00 {}"]
)
def test_no_line_takes_long(pump, frame):
    line = frame.format(pump * (60_000 // len(pump)))
    start = time.process_time()
    parse(line)
    assert time.process_time() - start < 0.5
