"""From paths to logical datasets: the names that the contract gives, and the laws of grouping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import Part
from scanners.objects.datasets import Dataset, group, order, partitions
from scanners.objects.likeness import by_columns


def grouped(*paths, root="raw"):
    return {dataset.name: [part.path for part in dataset.parts] for dataset in group(parts(*paths), root)}


def parts(*paths):
    return [Part(path, 1, "v") for path in paths]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["users/dt=2026-11-01/part-0.parquet", "users/dt=2026-11-02/part-0.parquet"], ["users"]),
        (["users/dt=2026-11-01/part-0.parquet"], ["users"]),
        (
            ["users/dt=2026-11-01/country=DE/part-00000-5f0c1d2e-aaaa-bbbb-cccc-0123456789ab-c000.snappy.parquet"],
            ["users"],
        ),
        (["users/part-0.parquet", "users/part-10.parquet", "users/_SUCCESS"], ["users"]),
        (["part-0.parquet"], ["raw"]),
        (["dt=2026-11-01/part-0.parquet"], ["raw"]),
        (["raw/dt=1/users.parquet", "raw/dt=1/orders.parquet", "raw/dt=2/users.parquet"], ["raw/orders", "raw/users"]),
        (["users/dt=1/users.parquet"], ["users"]),
        (["2026/11/01/users.csv", "2026/11/02/users.csv", "2026/11/01/orders.csv"], ["orders", "users"]),
        (["events/2026/11/01/10/0001.json", "events/2026/11/02/11/0002.json"], ["events"]),
        (["events/2026-11-01/data.json", "events/20261102/data.json"], ["events"]),
        (["exports/orders_2026-11-01.csv", "exports/orders_2026-11-02.csv"], ["exports/orders"]),
        (["exports/orders-20261101T120000Z.csv", "exports/orders-20261102T120000Z.csv"], ["exports/orders"]),
        (["exports/orders.1.csv.gz", "exports/orders.2.csv.gz"], ["exports/orders"]),
        (["q/users-00000-of-00002.csv", "q/users-00001-of-00002.csv"], ["q/users"]),
        (["misc/customers.csv"], ["misc/customers.csv"]),
        (["misc/orders_2026-11-01.csv"], ["misc/orders_2026-11-01.csv"]),
        (["misc/customers.csv", "misc/clients.csv"], ["misc/clients.csv", "misc/customers.csv"]),
        (["misc/users_1.csv", "misc/users_2.json"], ["misc/users_1.csv", "misc/users_2.json"]),
        (["a/1.csv", "a/2.csv"], ["a"]),
        (["2025/customers.csv", "2026/customers.csv"], ["customers"]),
        (["users.csv", "users_1.csv", "users_2.csv"], ["users"]),
        (["users/part-0.csv", "users_1.csv", "users_2.csv"], ["users", "users.csv"]),
        ([".DS_Store", "a/_SUCCESS", "a/_metadata", "a/.part-0.parquet.crc"], []),
        (["misc/ümlaut 1.csv", "misc/ümlaut 2.csv"], ["misc/ümlaut"]),
    ],
)
def test_paths_make_datasets(paths, names):
    assert sorted(grouped(*paths)) == sorted(names)


def test_parts_stand_in_their_natural_order():
    assert grouped("u/part-10.csv", "u/part-9.csv", "u/part-1.csv")["u"] == [
        "u/part-1.csv",
        "u/part-9.csv",
        "u/part-10.csv",
    ]


def test_folders_of_the_kind_key_value_are_columns():
    assert partitions("users/dt=2026-11-01/country=DE/part-0.csv") == {"dt": "2026-11-01", "country": "DE"}


WORD = st.sampled_from(
    ["users", "orders", "part", "data", "2026", "11", "01", "dt=1", "dt=2026-11-01", "1", "2", "a", "_", "-", "ü"]
)
FILE = st.builds(
    "{}{}{}".format,
    WORD,
    st.sampled_from(["", "-1", "_2", "_2026-11-01"]),
    st.sampled_from(["", ".csv", ".csv.gz", ".json"]),
)
PATH = st.builds(lambda folders, file: "/".join([*folders, file]), st.lists(WORD, max_size=4), FILE)
PATHS = st.lists(
    PATH | st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=8), unique=True, max_size=30
)


@given(PATHS)
def test_every_file_is_part_of_exactly_one_dataset_and_names_are_unique(paths):
    datasets = group(parts(*paths), "raw")
    found = [part.path for dataset in datasets for part in dataset.parts]
    assert sorted(found) == sorted(paths)
    assert len({dataset.name for dataset in datasets}) == len(datasets)
    assert all(dataset.name for dataset in datasets)


@given(PATHS, st.randoms())
def test_grouping_does_not_depend_on_the_order_of_listing(paths, rng):
    shuffled = list(paths)
    rng.shuffle(shuffled)
    assert group(parts(*shuffled), "raw") == group(parts(*paths), "raw")


@given(PATHS, PATHS)
def test_partitioned_files_keep_their_dataset_when_others_come(paths, others):
    told = [path for path in paths if "dt=" in path.rpartition("/")[0]]
    before = {path: name for name, own in grouped(*told).items() for path in own}
    after = {path: name for name, own in grouped(*{*told, *others}).items() for path in own}
    assert all(after[path] == name for path, name in before.items())


COLUMNS = st.none() | st.frozensets(st.sampled_from("abcdef"), min_size=1)


@given(st.lists(COLUMNS, min_size=2, max_size=40), st.booleans())
def test_telling_datasets_apart_by_columns_loses_no_file(columns, guessed):
    told = {Part(f"u_{n:02}.csv", 1, "v"): found for n, found in enumerate(columns)}
    split = by_columns(Dataset("u", tuple(told), guessed), told.get)
    found = [part for dataset in split for part in dataset.parts]
    assert sorted(found, key=order) == sorted(told, key=order)
    assert len({dataset.name for dataset in split}) == len(split)
    assert guessed or len(split) == 1
