"""From the paths of files to log streams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import Part
from scanners.logs.streams import group


def streams(*paths):
    return {one.name: [part.path for part in one.parts] for one in group([Part(path, 1, "v") for path in paths], "web")}


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        (["access.log.2.gz", "access.log.1", "access.log"], "access.log"),
        (["access.log.10.gz", "access.log.9.gz", "access.log"], "access.log"),
        (["app.log.2026-11-01", "app.log.2026-11-02", "app.log"], "app.log"),
        (["app.log-20261101.gz", "app.log-20261102.gz", "app.log"], "app.log"),
        (["app-2026-11-01.log", "app-2026-11-02.log", "app.log"], "app.log"),
        (["app.2026-11-01.0.log.gz", "app.2026-11-02.0.log.gz"], "app.log"),
        (["app.2.log", "app.1.log", "app.log"], "app.log"),
        (["catalina.2026-11-01.log", "catalina.2026-11-02.log"], "catalina.log"),
        (["nginx/error.log.1", "nginx/error.log"], "nginx/error.log"),
        (["app.log.old", "app.log"], "app.log"),
        (["lb/2026/11/01/lb.log.gz", "lb/2026/11/02/lb.log.gz"], "lb/lb.log"),
        (["messages-20261101", "messages"], "messages"),
        (["access.log.gz"], "access.log"),
        (["access.log"], "access.log"),
    ],
)
def test_a_log_and_its_siblings_are_one_stream_oldest_first(paths, name):
    assert streams(*reversed(paths)) == {name: paths}


def test_logs_of_several_servers_stay_apart():
    assert sorted(streams("web1.log", "web2.log", "db/web1.log")) == ["db/web1.log", "web1.log", "web2.log"]


PIECE = st.sampled_from(
    ["access", "app", ".log", ".1", ".2", ".gz", "-2026-11-01", ".2026-11-02", "20261103", "/", ".old", "~", "x"]
)


@given(st.lists(st.lists(PIECE, min_size=1, max_size=6).map("".join), unique=True, max_size=20))
def test_every_file_is_part_of_exactly_one_stream(paths):
    found = streams(*paths)
    assert sorted(path for own in found.values() for path in own) == sorted(paths)
    assert all(found)
