"""A bucket, or what lies under a prefix in it: `s3://acme-lake/raw/`. Objects are read by range, as far as needed."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO, Final, cast

import boto3
from botocore import exceptions, loaders, session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from scanners import formats
from scanners.interface import (
    Cause,
    Part,
    ScanError,
    Source,
    SourceUnreachableError,
    UnitUnreadableError,
)
from scanners.objects import globs
from scanners.objects.collection import Alias, Collection, FilesScanner
from scanners.objects.containers import Containers
from scanners.objects.datasets import group

READ_AHEAD: Final = 1024 * 1024
"""Bytes fetched at least by one request; a request costs about as much time as this many bytes."""

CONFIG: Final = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "max_attempts": 3},
    response_checksum_validation="when_required",
)

_OURS: Final = {"NoSuchBucket", "InvalidBucketName", "PermanentRedirect", "AuthorizationHeaderMalformed"}
_KEYS: Final = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
    "InvalidClientTokenId",
    "TokenRefreshRequired",
}
_DENIED: Final = {"AccessDenied", "AllAccessDisabled", "403", "Forbidden", "AccountProblem"}
_GONE: Final = {"NoSuchKey", "404", "NoSuchVersion", "412", "PreconditionFailed", "416", "InvalidRange"}
_SILENT: Final = (
    ClientError,  # 5xx: it answers, but not to us
    exceptions.ConnectionError,
    exceptions.HTTPClientError,
    exceptions.IncompleteReadError,
)


class S3Scanner(FilesScanner):
    """Looks at the objects under a prefix."""

    __slots__ = ()

    def collection(self) -> Collection:
        return Collection(self.source, Containers(Bucket.of(self.source)), group, formats.draw)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The objects of a bucket under `prefix` whose path from there matches `glob`."""

    source: str
    bucket: str
    prefix: str
    glob: str | None
    client: Any
    alias: Alias = str

    @classmethod
    def of(cls, source: Source, alias: Alias = str) -> "Bucket":
        """The bucket and prefix that an `s3:` URL names; a wildcard narrows it. Opens no connection.

        `alias` gives the name by which a path may match as well: a rotated log goes by its log's.
        """
        bucket, _, named = re.sub(r"^s3:/*", "", source.url, flags=re.IGNORECASE).partition("/")
        prefix, glob = globs.split(named)
        return cls(
            source.name, bucket, f"{prefix}/" if glob is not None and prefix else prefix, glob, _client(source), alias
        )

    @property
    def root(self) -> str:
        """The last folder of the prefix, else the bucket's name."""
        return self._base.rstrip("/").rpartition("/")[2] or self.bucket

    @property
    def _base(self) -> str:
        """What is taken off a key to make a path."""
        return self.prefix if not self.prefix or self.prefix.endswith("/") else f"{self.prefix}/"

    def list(self) -> Iterator[Part]:
        """Every object under the prefix, in order of key; a prefix that is a key is that object alone."""
        matches = globs.pattern(self.glob).fullmatch if self.glob else None
        try:
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix):
                for told in page.get("Contents", []):
                    path = self._path(told["Key"])
                    if path.endswith("/") and not told["Size"]:
                        continue  # a folder's marker
                    if path and (matches is None or matches(path) or matches(self.alias(path))):
                        yield Part(path, told["Size"], told["ETag"].strip('"'))
        except (BotoCoreError, ClientError) as error:
            raise self._not_listed(error) from None

    def open(self, part: Part) -> BinaryIO:
        """The object's bytes, fetched as they are read."""
        return cast("BinaryIO", io.BufferedReader(_Object(self, part), READ_AHEAD))

    def fetch(self, part: Part, start: int, size: int) -> bytes:
        """A range of an object, as it was when it was listed."""
        key = f"{self._base}{part.path}"
        if part.path == self.prefix.rpartition("/")[2]:
            key = self.prefix
        span = f"bytes={start}-{start + size - 1}"
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=key, Range=span, IfMatch=part.version)
            return bytes(answer["Body"].read())
        except (BotoCoreError, ClientError) as error:
            raise self._not_read(part, error) from None

    def _path(self, key: str) -> str:
        """A key as a path below the prefix; empty where it only begins like it (`raw-old/` for `raw`)."""
        if key == self.prefix:
            return key.rpartition("/")[2]
        return key.removeprefix(self._base) if key.startswith(self._base) else ""

    def _not_listed(self, error: BotoCoreError | ClientError) -> ScanError:
        code = _code(error)
        if code is None or code.startswith("5") or code in {"SlowDown", "ServiceUnavailable", "InternalError"}:
            return self._not_reached(error)
        if code in _KEYS:
            refused = ScanError(f"source {self.source}: the access key is not accepted")
            refused.add_note("access_key and secret_key in the settings, or boto3's own chain, must hold a valid pair")
            return refused
        if code in _OURS:
            return ScanError(f"source {self.source}: there is no bucket {self.bucket} at this endpoint or region")
        said = ScanError(f"source {self.source}: bucket {self.bucket} may not be listed")
        said.add_note("the scanner needs s3:ListBucket on the bucket and s3:GetObject on its objects")
        return said

    def _not_read(self, part: Part, error: BotoCoreError | ClientError) -> ScanError:
        code = _code(error)
        if code in _DENIED:
            return UnitUnreadableError(f"{part.path} may not be read", Cause.PERMISSION)
        if code in _GONE:
            return UnitUnreadableError(f"{part.path} changed or went away while it was read", Cause.GONE)
        if code == "InvalidObjectState":
            return UnitUnreadableError(f"{part.path} is archived and must be restored first", Cause.UNREACHABLE)
        if code and code.startswith("KMS"):
            return UnitUnreadableError(f"{part.path} may not be decrypted", Cause.ENCRYPTED)
        return self._not_listed(error)

    def _not_reached(self, error: Exception) -> ScanError:
        if isinstance(error, (exceptions.NoCredentialsError, exceptions.PartialCredentialsError)):
            missing = ScanError(f"source {self.source}: no credentials for S3")
            missing.add_note("give access_key and secret_key in the settings, or what boto3 looks for (AWS_PROFILE, …)")
            return missing
        if isinstance(error, _SILENT):
            return SourceUnreachableError(f"source {self.source}: the S3 endpoint does not answer")
        return ScanError(f"source {self.source}: the request for bucket {self.bucket} cannot be made")


class _Object(io.RawIOBase):
    """An object as a seekable stream of ranges."""

    def __init__(self, bucket: Bucket, part: Part) -> None:
        super().__init__()
        self._bucket, self._part, self._at = bucket, part, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._part.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        size = min(len(buffer), self._part.size - self._at)
        if size <= 0:
            return 0
        data = self._bucket.fetch(self._part, self._at, size)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _code(error: BotoCoreError | ClientError) -> str | None:
    """The service's own code, else None: it was not reached."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else None


@cache
def _loader() -> Any:
    """What botocore knows of the services, read once: that is most of a client's cost (90 ms, 17 ms without)."""
    return loaders.create_loader()


def _client(source: Source) -> Any:
    """A client of its own for every call: nothing is shared between threads, and secrets live no longer than it."""
    core = session.Session()
    core.register_component("data_loader", _loader())
    made = boto3.session.Session(botocore_session=core)
    config = CONFIG.merge(Config(s3={"addressing_style": "path"})) if source.endpoint else CONFIG
    region = source.region or made.region_name or "us-east-1"
    given = source.access_key is not None and source.secret_key is not None
    access = source.access_key.resolve() if given and source.access_key else None
    secret = source.secret_key.resolve() if given and source.secret_key else None
    try:
        return made.client(
            "s3",
            endpoint_url=source.endpoint,
            region_name=region,
            config=config,
            aws_access_key_id=access,
            aws_secret_access_key=secret,
        )
    except (BotoCoreError, ValueError):
        raise ScanError(f"source {source.name}: its endpoint or region cannot be used") from None
