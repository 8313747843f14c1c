"""Records to an HTTP endpoint, signed as Standard Webhooks has it. The only door to standardwebhooks."""

import base64
import http.client
import json
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

from jit.delivery.sinks import TIMEOUT, SinkError
from jit.delivery.tls import Trust, words
from jit.proof.canonical import stamp
from jit.proof.record import Record
from scanners import Secret, SecretError

SHORT = 1024  # bytes of an answer's body, which nobody reads; a longer one could keep us for ever
LONGEST = 600.0  # seconds that an endpoint may ask us to wait


@dataclass
class WebhookSink:
    """Posts each record as `{type, timestamp, data}`; the id of a message is the same however often it is sent.

    Redirects are not followed: a signed message goes where the settings say. `secret` (`whsec_…` or base64) is looked
    up when first needed.
    """

    url: str
    secret: Secret
    trust: Trust = field(default_factory=Trust)
    _connection: http.client.HTTPConnection | None = field(default=None, init=False, repr=False)

    def send(self, record: Record, now: datetime) -> None:
        """Post one record; any 2xx means that it was taken."""
        body = json.dumps(
            {"type": record.event.type, "timestamp": stamp(record.ts), "data": record.as_json()}, separators=(",", ":")
        )
        name = f"{record.seq}-{record.hash[:16]}"
        headers = {
            "content-type": "application/json", "user-agent": "datakeep", "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": self._signed(name, now, body),
        }  # fmt: skip
        status, after = self._post(body, headers)
        if not 200 <= status < 300:
            raise SinkError(f"{self._host} answers {status}", wait=after)

    def seen(self) -> int:
        """An endpoint does not say."""
        return 0

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def _host(self) -> str:
        return f"the webhook at {urlsplit(self.url).hostname}"

    def _signed(self, name: str, now: datetime, body: str) -> str:
        try:
            return Webhook(_key(self.secret.resolve())).sign(name, now, body)
        except SecretError as error:
            raise SinkError(str(error)) from None
        except ValueError:
            raise SinkError(f"{self.secret} is no webhook secret: whsec_ and the base64 of 24 to 64 bytes") from None

    def _post(self, body: str, headers: dict[str, str]) -> tuple[int, float | None]:
        """The status, and the seconds that the endpoint asks us to wait."""
        place = urlsplit(self.url)
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        try:
            self._connection = self._connection or _connect(self.url, self.trust)
            self._connection.request("POST", path, body.encode(), headers)
            answer = self._connection.getresponse()
            if answer.length is not None and answer.length <= SHORT:
                answer.read()  # then the connection serves the next record too
        except (OSError, http.client.HTTPException) as error:
            self.close()
            said = words(error) if isinstance(error, ssl.SSLError) else type(error).__name__
            raise SinkError(f"{self._host} does not answer ({said})") from None
        if answer.will_close or not answer.isclosed():
            self.close()
        after = answer.headers.get("retry-after", "")
        return answer.status, min(float(after), LONGEST) if after.isdecimal() else None


def _key(text: str) -> bytes:
    """The bytes of a secret, as long as Standard Webhooks has them: the library takes anything. Raises ValueError."""
    letters = text.removeprefix("whsec_")
    key = base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
    if not 24 <= len(key) <= 64:
        raise ValueError("too short, or too long")
    return key


def _connect(url: str, trust: Trust) -> http.client.HTTPConnection:
    place = urlsplit(url)
    host = place.hostname or ""
    if place.scheme == "http":
        return http.client.HTTPConnection(host, place.port, timeout=TIMEOUT)
    return http.client.HTTPSConnection(host, place.port, timeout=TIMEOUT, context=trust.context())
