import threading
import time

from catalog.turns import turn


def test_readers_who_keep_coming_do_not_keep_a_writer_out(tmp_path):
    path, over = tmp_path / "catalog.duckdb", threading.Event()

    def read(late):
        time.sleep(late)
        while not over.is_set():
            with turn(path, time.monotonic() + 10, alone=False):
                time.sleep(0.06)

    readers = [threading.Thread(target=read, args=(late / 50,)) for late in range(4)]
    for reader in readers:
        reader.start()
    time.sleep(0.2)
    start = time.monotonic()
    with turn(path, start + 8, alone=True):
        waited = time.monotonic() - start
    over.set()
    for reader in readers:
        reader.join()

    assert waited < 4


def test_readers_go_together(tmp_path):
    path = tmp_path / "catalog.duckdb"
    with turn(path, time.monotonic() + 1, alone=False):
        start = time.monotonic()
        with turn(path, start + 5, alone=False):
            assert time.monotonic() - start < 2
