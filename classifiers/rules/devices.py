"""Devices, vehicles and their addresses on a network."""

from classifiers.rules.checks import ip_address, luhn, not_version, vin
from classifiers.rules.rule import Grade, Rule

RULES = (
    Rule("ipv4", "IP_ADDRESS", r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:/(?:3[0-2]|[12]?\d))?(?::\d{1,5})?",
         Grade.FORMAT, accept=not_version, within=True,
         examples=("203.0.113.7", "10.20.30.40:8080", "192.168.0.0/16"), counterexamples=("1.2.0.4", "256.1.1.1", "1.2.3")),
    Rule("ipv4_any", "IP_ADDRESS", r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:/(?:3[0-2]|[12]?\d))?", Grade.SHAPE,
         examples=("1.2.3.4", "127.0.0.1"), counterexamples=("1.2.3", "1.2.3.4.5")),
    Rule("ipv6", "IP_ADDRESS", r"(?i)\[?(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){0,7}(?:%\w+)?\]?(?:/\d{1,3})?|::(?:ffff:)?(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-f]{1,4}:){1,6}:(?:/\d{1,3})?|::1|fe80::[0-9a-f:]+(?:%\w+)?",
         Grade.FORMAT, accept=ip_address, within=True,
         examples=("2001:db8::8a2e:370:7334", "fe80::1%eth0", "2001:0db8:0000:0000:0000:ff00:0042:8329"),
         counterexamples=("12:34:56", "10:20", "1:2:3:4:5:6:7:8:9")),
    Rule("mac", "MAC_ADDRESS", r"(?i)(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}", Grade.FORMAT, within=True,
         examples=("00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e"), counterexamples=("00:1A:2B:3C:4D", "12:30:00")),
    Rule("imei", "IMEI", r"\d{2}-?\d{6}-?\d{6}-?\d", Grade.CHECKED, accept=luhn,
         examples=("490154203237518",), counterexamples=("490154203237519", "12345")),
    Rule("vin", "VIN", r"[A-HJ-NPR-Za-hj-npr-z0-9]{17}", Grade.CHECKED,
         accept=lambda text: not text.isdigit() and not text.isalpha() and vin(text),
         examples=("1M8GDM9AXKP042788",), counterexamples=("1M8GDM9A1KP042788", "11111111111111111")),
    Rule("vin_shape", "VIN", r"[A-HJ-NPR-Z0-9]{17}", Grade.SHAPE,
         accept=lambda text: not text.isdigit() and not text.isalpha(),
         examples=("WVWZZZ1JZ3W386752",), counterexamples=("12345678901234567",)),
    Rule("plate", "LICENSE_PLATE", r"(?i)[A-ZÄÖÜ0-9]{1,4}[- ·]?[A-Z0-9]{1,4}[- ]?[A-Z0-9]{0,5}", Grade.SHAPE,
         accept=lambda text: any(c.isdigit() for c in text) and any(c.isalpha() for c in text),
         examples=("B-MW 1234", "AB12 CDE", "1234 BCD"), counterexamples=("1234", "ABCD")),
    Rule("device_token", "DEVICE_ID", r"(?i)[0-9a-f]{14}[0-9a-f]*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Z0-9]{8,20}|[\w-]{16}[\w-]*", Grade.SHAPE,
         accept=lambda text: any(c.isdigit() for c in text),
         examples=("38400000-8cf0-11bd-b23e-10b96e40000d", "9774d56d682e549c"), counterexamples=("phone", "42")),
)  # fmt: skip
