import pytest

from catalog import Place
from datakeep.places import place
from scanners import Source

PLACES = {
    "postgresql+psycopg://scanner@db:5432/crm": Place("postgres", "crm"),
    "mysql://scanner@db/shop?ssl=true": Place("mysql", "shop"),
    "mysql://scanner@db": Place("mysql"),
    "snowflake://me@acme-eu/PROD/PUBLIC?warehouse=w": Place("snowflake", "PROD"),
    "databricks://token@host?http_path=x&catalog=main": Place("databricks", "main"),
    "sqlite:////srv/data/shop.db": Place("sqlite", "shop"),
    "s3://acme-lake/raw": Place("s3", folder="acme-lake/raw/"),
    "file:/srv/exports/": Place("file", folder=""),
}


@pytest.mark.parametrize("url", PLACES)
def test_a_source_has_a_place_that_other_catalogs_know(url):
    assert place(Source("crm", url)) == PLACES[url]


@pytest.mark.parametrize(
    ("where", "dataset", "parts"),
    [
        (Place("postgres", "crm"), "public.customers", ("crm", "public", "customers")),
        (Place("postgres", "crm"), 'public."odd.name"', ("crm", "public", "odd.name")),
        (Place("postgres", "crm"), '"a""b".c', ("crm", 'a"b', "c")),
        (Place("mysql"), "shop.orders", ("shop", "orders")),
        (Place("s3", folder="lake/raw/"), "misc/old/q3.zip!a.csv", ("lake/raw/misc/old/q3.zip!a.csv",)),
    ],
)
def test_the_parts_of_a_name_are_told_from_the_dots_in_it(where, dataset, parts):
    assert where.parts(dataset) == parts
