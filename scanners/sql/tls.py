"""TLS as a database across a network is owed it: verified, unless its URL says otherwise."""

import ssl
from ipaddress import ip_address
from pathlib import Path


def is_local(host: str | None) -> bool:
    """Whether what is said to `host` stays on this machine: loopback, or the folder of a socket."""
    if not host or host.startswith(("/", "@")):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def authorities() -> str | None:
    """The file of the authorities that this machine trusts; None where it keeps them otherwise."""
    paths = ssl.get_default_verify_paths()
    return next((name for name in (paths.cafile, paths.openssl_cafile) if name and Path(name).is_file()), None)
