"""Makes the sample data anew: `python sample_data/make.py [FOLDER]`. Seeded: it always says the same."""

import csv
import gzip
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
from make_people import Person, card, iban, ip, mac, people
from make_shop import AGENTS, START, make_shop, moment

SEED = 20261123


def main(folder: Path) -> None:
    """Write all of it below `folder`."""
    random = Random(SEED)
    customers = people(random, 240)
    staff = people(random, 40, "US GB")
    make_shop(folder / "shop.db", customers, staff, random)
    make_lake(folder / "lake", customers, random)
    make_exports(folder / "exports", customers, random)
    make_logs(folder / "logs", customers, random)


def make_lake(folder: Path, customers: Sequence[Person], random: Random) -> None:
    """What a bucket holds: nested parquet in Hive partitions, nested JSON lines in parts, a table of no personal data."""
    for day, some in (("2026-11-01", customers[:120]), ("2026-11-02", customers[120:])):
        _parquet(folder / f"users/dt={day}/part-0.parquet", [_user(who, random) for who in some])
        _parquet(folder / f"events/dt={day}/part-0.parquet", [_event(random) for _ in range(150)])
    orders = [_basket(i, customers, random) for i in range(120)]
    _text(folder / "orders/part-0.jsonl", map(json.dumps, orders[:60]))
    _text(folder / "orders/part-1.jsonl.gz", map(json.dumps, orders[60:]))
    stock = [
        {"sku": f"SKU-{i:05d}", "warehouse": random.choice("ABC"), "count": random.randrange(400)} for i in range(1, 61)
    ]
    _parquet(folder / "stock/levels.parquet", stock)


def _user(who: Person, random: Random) -> dict[str, Any]:
    return {
        "user_id": random.randrange(10**7, 10**8),
        "profile": {"given": who.given, "family": who.family, "born": who.born},
        "address": {"street": who.street, "city": who.town, "zip": who.postal_code, "country": who.country.code},
        "contacts": [{"kind": "mail", "value": who.email}, {"kind": "phone", "value": who.phone}],
        "interests": random.sample(("garden", "light", "kitchen", "office"), 2),
        "score": round(random.random(), 3),
    }


def _event(random: Random) -> dict[str, Any]:
    return {
        "event_id": f"{random.getrandbits(128):032x}",
        "at": START + timedelta(seconds=random.randrange(86400)),
        "device": {"ip": ip(random), "mac": mac(random), "os": random.choice(("ios", "android", "linux"))},
        "geo": {"lat": round(random.uniform(36, 60), 5), "lon": round(random.uniform(-9, 24), 5)},
        "page": random.choice(("/", "/cart", "/search", "/product")),
    }


def _basket(i: int, customers: Sequence[Person], random: Random) -> dict[str, Any]:
    items = [
        {
            "sku": f"SKU-{random.randrange(1, 61):05d}",
            "count": random.randrange(1, 4),
            "buyer": {"email": who.email, "name": who.name},
        }
        for who in random.sample(customers, random.randrange(1, 4))
    ]
    note = random.choice((None, None, f"leave it with {random.choice(customers).name} next door", "ring twice"))
    return {
        "order": 50_000 + i,
        "placed": moment(random),
        "items": items,
        "payment": {"pan": card(random)},
        "note": note,
    }


def make_exports(folder: Path, customers: Sequence[Person], random: Random) -> None:
    """Files that people made: a German spreadsheet's, one without a header, a tiny one, one of no personal data."""
    german = [who for who in customers if who.country.code == "DE"]
    head = (
        "Kundennr",
        "Vorname",
        "Nachname",
        "Straße",
        "PLZ",
        "Ort",
        "Telefon",
        "E-Mail",
        "Geburtsdatum",
        "IBAN",
        "Umsatz",
    )
    rows = [
        (7000 + i, who.given, who.family, who.street, who.postal_code, who.town, who.phone, who.email, f"{who.born:%d.%m.%Y}",
         iban(random), f"{random.randrange(10, 5000)},{random.randrange(100):02d}")
        for i, who in enumerate(german)
    ]  # fmt: skip
    _csv(folder / "kunden.csv", [head, *rows], encoding="latin-1", delimiter=";")
    _csv(folder / "mailing.csv", [(who.name, who.email, who.town, random.randrange(1, 9)) for who in customers[:90]])
    _csv(
        folder / "on_call.csv",
        [("week", "who", "reach"), *((44 + i, who.name, who.phone) for i, who in enumerate(customers[:3]))],
    )
    _csv(
        folder / "stock_value.csv",
        [("sku", "units", "value"), *((f"SKU-{i:05d}", i * 3, i * 12.5) for i in range(1, 41))],
    )


def make_logs(folder: Path, customers: Sequence[Person], random: Random) -> None:
    """Access logs of the web server, plain and JSON logs of the application, each with its rotated siblings."""
    access = [_access(i, customers, random) for i in range(360)]
    _text(folder / "web/access.log.2.gz", access[:120])
    _text(folder / "web/access.log.1", access[120:240])
    _text(folder / "web/access.log", access[240:])
    plain = [_plain(i, customers, random) for i in range(300)]
    _text(folder / "app/app.log.1.gz", plain[:150])
    _text(folder / "app/app.log", plain[150:])
    _text(folder / "app/api.jsonl", (json.dumps(_call(i, customers, random)) for i in range(200)))


def _access(i: int, customers: Sequence[Person], random: Random) -> str:
    who = random.choice(customers)
    user = who.username if random.random() < 0.4 else "-"
    query = random.choice(("", "", f"?email={quote(who.email)}", f"?page={random.randrange(9)}&sort=price"))
    path = random.choice(("/", "/cart", "/account/reset", "/search", "/product/SKU-00017"))
    at = f"{START + timedelta(minutes=7 * i):%d/%b/%Y:%H:%M:%S} +0000"
    status = random.choice((200, 200, 200, 302, 404))
    return (f'{ip(random)} - {user} [{at}] "GET {path}{query} HTTP/1.1" {status} {random.randrange(200, 90000)} '
            f'"-" "{random.choice(AGENTS)}"')  # fmt: skip


def _plain(i: int, customers: Sequence[Person], random: Random) -> str:
    who = random.choice(customers)
    said = random.choice((
        f"INFO  password reset mail sent to {who.email}",
        f"WARN  login failed for {who.username} from {ip(random)}",
        f"INFO  customer {who.name} called from {who.phone}",
        f"INFO  checkout took {random.randrange(80, 900)} ms, {random.randrange(1, 9)} items",
        f"DEBUG cache refreshed, {random.randrange(1000)} keys",
        f"ERROR payment refused by the bank, code {random.randrange(10, 99)}",
    ))  # fmt: skip
    return f"{START + timedelta(minutes=5 * i):%Y-%m-%d %H:%M:%S} {said}"


def _call(i: int, customers: Sequence[Person], random: Random) -> dict[str, Any]:
    who = random.choice(customers)
    return {
        "ts": f"{START + timedelta(minutes=3 * i):%Y-%m-%dT%H:%M:%SZ}",
        "level": random.choice(("info", "info", "warn")),
        "msg": random.choice(("order placed", "profile changed", "signed in")),
        "user": {"id": random.randrange(1, 241), "email": who.email},
        "client": {"ip": ip(random)},
        "ms": random.randrange(3, 900),
    }


def _parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path, compression="zstd")


def _text(path: Path, lines: Iterable[str]) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def _csv(path: Path, rows: Iterable[Sequence[Any]], *, encoding: str = "utf-8", delimiter: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
