"""One line of a log as named fields: JSON, access logs, syslog, key=value; what is left over is the message. Pure.

Every line is told by itself, for streams are mixed. Values of queries and of pairs are decoded, so that
`email=ana%40example.com` is found for what it is.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, unquote_plus

MESSAGE: Final = "message"
"""The field of what has no name of its own."""

MAX_PARSED: Final = 64 * 1024
"""Characters of a line that is taken apart; a longer one is a message as it stands."""

MAX_PAIRS: Final = 200
"""Pairs taken from one line or query."""

QUOTED: Final = r'"((?:[^"\\]|\\.)*)"'
ACCESS: Final = re.compile(
    rf"""^(?:(?P<vhost>[\w.-]+:\d+)\ )?(?P<client_ip>\S+)\ (?P<ident>\S+)\ (?P<user>\S+(?:\ [^\[\s]\S*){{0,4}})
    \ \[(?P<time>\d\d/\w{{3}}/\d{{4}}[^\]]{{0,30}})\]\ {QUOTED.replace("(", "(?P<request>", 1)}\ (?P<status>\d{{3}})\ (?P<bytes>\d+|-)
    (?:\ {QUOTED.replace("(", "(?P<referer>", 1)}\ {QUOTED.replace("(", "(?P<user_agent>", 1)})?(?P<rest>.*)$""",
    re.VERBOSE | re.DOTALL,
)
"""Common and combined log format, as Apache and nginx write it, with or without a virtual host before it."""

ISO: Final = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|\s?[+-]\d\d:?\d\d)?"
SYSLOG_5424: Final = re.compile(
    rf"^<\d{{1,3}}>1 (?P<time>{ISO}|-) (?P<host>\S+) (?P<app>\S+) (?P<pid>\S+) \S+ (?P<data>-|(?:\[[^\]]*\])+) ?(?P<rest>.*)$",
    re.DOTALL,
)
SYSLOG_3164: Final = re.compile(
    rf"^(?:<\d{{1,3}}>)?(?P<time>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d|{ISO}) (?P<host>[\w.:-]+) "
    r"(?P<app>[\w./@-]+)(?:\[(?P<pid>\d+)\])?: (?P<rest>.*)$",
    re.DOTALL,
)
LEVEL: Final = r"TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|CRIT|CRITICAL|ALERT|FATAL|EMERG|SEVERE"
PLAIN: Final = re.compile(
    rf"^\[?(?P<time>{ISO})\]?[\s,:|-]*(?:[\[(<]?(?P<level>{LEVEL})[\])>]?(?=\W|$)[\s:|-]*)?(?P<rest>.*)$",
    re.DOTALL | re.IGNORECASE,
)
PAIR: Final = re.compile(
    r"""(?:(?<=^)|(?<=[\s,;?&(\[{|]))(?P<key>[^\W\d][\w.-]{0,63})=(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|<[^<>\s]*>"""
    r"""|[^\W\d_a-z][^\W\d_]*\.?(?: [^\W\d_a-z][^\W\d_]*\.?){1,3}(?=[\s,;&)]|$)|[^\s,;&"')\]}|]+(?:\](?::\d+)?)?)"""
)
"""A pair whose value is quoted, in angle brackets, some capitalised words (`name=Ana Silva born=…`), or one word."""

NAMED: Final = re.compile(
    r', (?P<key>client|server|request|upstream|host|referrer|login|user): (?P<value>"[^"]*"|[^,]+)'
)
"""What nginx puts behind an error."""

COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
ESCAPED: Final = re.compile(r"%[0-9A-Fa-f]{2}")
TEXTS: Final = frozenset({"message", "msg", "log", "text", "body"})
"""Keys of a JSON line under which another one may hide."""


def parse(line: str) -> dict[str, Any]:
    """The fields of a line; never fails, and no character of a line that can hold something is dropped."""
    if len(line) > MAX_PARSED:
        return {MESSAGE: line}
    line = COLOUR.sub("", line).strip()
    if line.startswith("{"):
        parsed = _object(line)
        if parsed is not None:
            return {key: _hidden(key, value) for key, value in parsed.items()}
    for pattern, fields in ((ACCESS, _access), (SYSLOG_5424, _syslog), (SYSLOG_3164, _syslog), (PLAIN, _plain)):
        match = pattern.match(line)
        if match:
            return fields({key: value for key, value in match.groupdict().items() if value not in {None, "", "-"}})
    return _message(line)


def _object(text: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _hidden(key: str, value: Any) -> Any:
    """A value that is itself a JSON line."""
    if key.lower() in TEXTS and isinstance(value, str) and value.lstrip().startswith("{"):
        parsed = _object(value)
        return value if parsed is None else parsed
    return value


def _access(told: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {key: told[key] for key in ("vhost", "client_ip", "ident", "user", "time") if key in told}
    fields |= {"request": _request(told.get("request", ""))}
    fields |= {key: int(told[key]) for key in ("status", "bytes") if told.get(key, "-").isdecimal()}
    fields |= {key: unquote(told[key]) for key in ("referer", "user_agent") if key in told and told[key] != "-"}
    return fields | _message(told.get("rest", "").strip())


def _request(request: str) -> dict[str, Any]:
    method, _, rest = request.partition(" ")
    target, _, protocol = rest.rpartition(" ")
    if not target.startswith(("/", "http", "*")):
        return {"line": unquote(request)}
    path, _, query = target.partition("?")
    fields: dict[str, Any] = {"method": method, "path": unquote(path), "protocol": protocol}
    return fields | ({"query": _query(query)} if query else {})


def _query(query: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PAIRS)
    except ValueError:
        return {"text": unquote_plus(query)}
    found: dict[str, Any] = {}
    for key, value in pairs:
        found[key] = value if key not in found else f"{found[key]} {value}"
    return found


def _syslog(told: Mapping[str, str]) -> dict[str, Any]:
    fields = {key: told[key] for key in ("time", "host", "app", "pid") if key in told}
    return fields | _message(f"{told.get('rest', '')} {told.get('data', '').strip('[]')}".strip())


def _plain(told: Mapping[str, str]) -> dict[str, Any]:
    return {key: told[key] for key in ("time", "level") if key in told} | _message(told.get("rest", ""))


def _message(text: str) -> dict[str, Any]:
    """Free text: the object in it if that is what it is, else its pairs as fields and the rest as message."""
    text = text.strip()
    found: dict[str, Any]
    before, opened, _ = text.partition("{")
    inner = _object(text[len(before) :]) if opened and text.endswith("}") else None
    if inner is not None:
        found = _message(before) if before else {}
        return found | {MESSAGE: ({"text": found[MESSAGE]} if MESSAGE in found else {}) | inner}
    found = {}
    rest = PAIR.sub(lambda match: _pair(match, found), NAMED.sub(lambda match: _pair(match, found), text))
    rest = re.sub(r"\s+", " ", rest).strip(" \t,;|&?")
    if rest or not found:
        named = found.get(MESSAGE)
        left = unquote(rest) if ESCAPED.search(rest) else rest
        found[MESSAGE] = f"{named} {left}" if named else left
    return {key: value for key, value in found.items() if value != ""}


def _pair(match: re.Match[str], found: dict[str, Any]) -> str:
    """Move a pair from the text to the fields; one whose key is taken, or one too many, stays where it is."""
    key = {"msg": MESSAGE}.get(match["key"], match["key"])
    if key in found or len(found) >= MAX_PAIRS:
        return match[0]
    value = match["value"]
    if value[0] == "<":
        value = value.strip("<>")
    elif value[0] in "\"'" and len(value) > 1:
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    found[key] = unquote(value) if ESCAPED.search(value) else value
    return " "
