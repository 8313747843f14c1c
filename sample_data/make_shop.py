"""The shop's database: honest names, misleading names, free text, and columns that only look like personal data."""

import sqlite3
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from make_people import Person, bcrypt, card, digits, dni, ean, iban, ip, mac, people, ssn, token

START = datetime(2026, 11, 1, 8, 0)  # noqa: DTZ001 - logs and tables of the time have no zone
SHOP = """
CREATE TABLE customers (
  id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, phone TEXT,
  ref2 TEXT, date_of_birth DATE, gender TEXT, street TEXT, city TEXT, postal_code TEXT, country TEXT, fax TEXT,
  email_count INTEGER NOT NULL, loyalty_code TEXT NOT NULL, newsletter BOOLEAN NOT NULL, created_at TIMESTAMP NOT NULL,
  remarks TEXT);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id), ordered_at TIMESTAMP NOT NULL,
  status TEXT NOT NULL, total NUMERIC NOT NULL, currency TEXT NOT NULL, ship_to TEXT, tracking_no TEXT, gift_note TEXT);
CREATE TABLE payments (
  id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders(id), paid_at TIMESTAMP NOT NULL,
  method TEXT NOT NULL, card_number TEXT, account TEXT, holder TEXT, amount NUMERIC NOT NULL, batch TEXT NOT NULL);
CREATE TABLE employees (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, login TEXT NOT NULL UNIQUE, c7 TEXT, salary NUMERIC, hired DATE NOT NULL,
  secret TEXT NOT NULL, last_seen_from TEXT, team TEXT NOT NULL, manager_id INTEGER REFERENCES employees(id));
CREATE TABLE couriers (
  id INTEGER PRIMARY KEY, full_name TEXT NOT NULL, document TEXT NOT NULL, lat REAL, lon REAL, vehicle TEXT NOT NULL);
CREATE TABLE products (
  id INTEGER PRIMARY KEY, sku TEXT NOT NULL UNIQUE, name TEXT NOT NULL, collection TEXT NOT NULL, barcode TEXT NOT NULL,
  price NUMERIC NOT NULL, firmware TEXT, description TEXT NOT NULL);
CREATE TABLE tickets (
  id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), opened_at TIMESTAMP NOT NULL,
  subject TEXT NOT NULL, body TEXT NOT NULL, status TEXT NOT NULL);
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), value TEXT NOT NULL, addr TEXT NOT NULL,
  hw TEXT, user_agent TEXT NOT NULL);
CREATE TABLE daily_figures (
  day DATE PRIMARY KEY, visitors INTEGER NOT NULL, phone_calls INTEGER NOT NULL, address_changes INTEGER NOT NULL,
  conversion REAL NOT NULL);
CREATE TABLE newsletter_imports (id INTEGER PRIMARY KEY, email TEXT, imported_at TIMESTAMP);
"""
PLAIN_REMARKS = ("prefers delivery in the afternoon", "paid late once", "asked for a catalogue", "wants paper invoices")
BODIES = (
    "Hello, I changed my address to {address}. Please update it before you ship.",
    "Please call me back on {phone} after 5 pm. Regards, {name}",
    "My order never came. You can reach me at {email}.",
    "I want my money back to {iban}, the account is in the name of {name}.",
    "The lamp flickers when it is switched on, is this covered by the warranty?",
    "Could you tell me when the blue chair is in stock again?",
    "I was charged twice for the same order last week.",
)
SUBJECTS = ("Where is my order?", "Refund", "Change of details", "Question about a product", "Complaint")
PRODUCTS = ("Desk lamp", "Oak chair", "Wool rug", "Bookshelf", "Bar stool", "Wall clock", "Router", "Side table")
COLLECTIONS = ("Florence", "Victoria", "Austin", "Chelsea", "Savannah", "Jasper")  # names that name nobody
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1",
    "curl/8.9.1",
)


def make_shop(path: Path, customers: Sequence[Person], staff: Sequence[Person], random: Random) -> None:
    """Write the database, all of its tables."""
    path.unlink(missing_ok=True)
    tables = {
        "customers": [_customer(i, who, random) for i, who in enumerate(customers, 1)],
        "orders": [_order(i, random.randrange(240), customers, random) for i in range(1, 401)],
        "payments": [_payment(i, customers, random) for i in range(1, 301)],
        "employees": [_employee(i, who, random) for i, who in enumerate(staff, 1)],
        "couriers": [_courier(i, who, random) for i, who in enumerate(people(random, 30, "FR US"), 1)],
        "products": [_product(i, random) for i in range(1, 61)],
        "tickets": [_ticket(i, customers, random) for i in range(1, 151)],
        "sessions": [_session(i, customers, random) for i in range(1, 121)],
        "daily_figures": [_figures(i, random) for i in range(60)],
    }
    with sqlite3.connect(path) as shop:
        shop.executescript(SHOP)
        for table, rows in tables.items():
            marks = ", ".join("?" * len(rows[0]))
            shop.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own table names
    shop.close()


def _customer(i: int, who: Person, random: Random) -> tuple[Any, ...]:
    remark = random.choice(
        [None, None, *PLAIN_REMARKS, f"partner is {random.choice(('Ms', 'Mr'))} {who.family}, {who.phone}"]
    )
    return (i, who.given, who.family, who.email, who.phone if random.random() < 0.9 else None, who.second_phone,
            who.born.isoformat(), who.gender, who.street, who.town, who.postal_code, who.country.name, None,
            random.randrange(30), f"LC-{random.randrange(10**6):06d}", random.random() < 0.4, moment(random), remark)  # fmt: skip


def _order(i: int, who: int, customers: Sequence[Person], random: Random) -> tuple[Any, ...]:
    note = None
    if random.random() < 0.25:
        note = f"Happy birthday, {random.choice(customers).given}! Love, {customers[who].given}"
    return (i, who + 1, moment(random), random.choice(("new", "paid", "sent", "returned")), random.randrange(900, 90000) / 100,
            random.choice(("EUR", "USD", "GBP")), customers[who].address, digits(random, "1Z##########"), note)  # fmt: skip


def _payment(i: int, customers: Sequence[Person], random: Random) -> tuple[Any, ...]:
    by_card = random.random() < 0.7
    return (i, random.randrange(1, 401), moment(random), "card" if by_card else "transfer", card(random) if by_card else None,
            None if by_card else iban(random), random.choice(customers).name, random.randrange(900, 90000) / 100,
            f"B{random.randrange(10**5):05d}")  # fmt: skip


def _employee(i: int, who: Person, random: Random) -> tuple[Any, ...]:
    return (i, who.name, who.username, ssn(random) if random.random() < 0.8 else None, random.randrange(28, 140) * 1000,
            (date(2014, 1, 1) + timedelta(days=random.randrange(4000))).isoformat(), bcrypt(random), ip(random),
            random.choice(("support", "warehouse", "finance", "web")), random.randrange(1, i) if i > 1 else None)  # fmt: skip


def _courier(i: int, who: Person, random: Random) -> tuple[Any, ...]:
    return (i, who.name, dni(random), round(random.uniform(36.2, 43.5), 6), round(random.uniform(-8.9, 3.1), 6),
            random.choice(("van", "bicycle", "scooter")))  # fmt: skip


def _product(i: int, random: Random) -> tuple[Any, ...]:
    name = random.choice(PRODUCTS)
    firmware = f"10.{random.randrange(4)}.{random.randrange(9)}.{random.randrange(90)}" if name == "Router" else None
    return (i, f"SKU-{i:05d}", name, random.choice(COLLECTIONS), ean(random), random.randrange(900, 90000) / 100, firmware,
            f"{name} with a two-year warranty, {random.randrange(20, 180)} cm")  # fmt: skip


def _ticket(i: int, customers: Sequence[Person], random: Random) -> tuple[Any, ...]:
    who = random.randrange(len(customers))
    said = customers[who]
    body = random.choice(BODIES).format(
        address=said.address, phone=said.phone, name=said.name, email=said.email, iban=iban(random)
    )
    return i, who + 1, moment(random), random.choice(SUBJECTS), body, random.choice(("open", "closed"))


def _session(i: int, customers: Sequence[Person], random: Random) -> tuple[Any, ...]:
    who = random.randrange(len(customers))
    return (i, who + 1, token(random, customers[who].username), ip(random), mac(random) if random.random() < 0.7 else None,
            random.choice(AGENTS))  # fmt: skip


def _figures(i: int, random: Random) -> tuple[Any, ...]:
    return ((date(2026, 9, 1) + timedelta(days=i)).isoformat(), random.randrange(800, 4000), random.randrange(80),
            random.randrange(20), round(random.uniform(0.01, 0.06), 4))  # fmt: skip


def moment(random: Random) -> str:
    return (START + timedelta(seconds=random.randrange(20 * 86400))).isoformat(sep=" ")
