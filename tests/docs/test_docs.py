"""Docs that cannot lie: their blocks run, their settings and policies are valid, their links lead somewhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from classifiers import read_document
from datakeep.cli import cli
from datakeep.settings_file import File
from docs.blocks import ROOT, Block, blocks, pages
from jit import Policy

ALL = list(blocks())
RUN_IN_ORDER = ("sh", "console", "sql", "python")
PAGES = sorted({block.page for block in ALL if block.language in RUN_IN_ORDER})
READ_ONLY = {"text", "json", "toml"}  # pictures and outputs
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_every_block_is_in_a_language_that_is_checked():
    unknown = [str(block) for block in ALL if block.language not in {*RUN_IN_ORDER, "yaml", *READ_ONLY}]
    assert unknown == []


def test_fences_come_in_pairs():
    assert [page.name for page in pages() if page.read_text(encoding="utf-8").count("\n```") % 2] == []


@pytest.fixture
def folder(demo, tmp_path):
    """What the demo left, to be worked on."""
    return shutil.copytree(demo.folder, tmp_path / "demo")


def shell(text, folder):
    """Run a block as a user does: `datakeep` is on the path, the first failure ends it, `cd` holds for the blocks after it."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    home, here = folder.parent / "home", folder.parent / "here"
    home.mkdir(exist_ok=True)
    cwd = here.read_text().strip() if here.exists() else folder
    return subprocess.run(["sh", "-eu", "-c", f"{text}\npwd > {here}"], cwd=cwd, capture_output=True, text=True, check=False,
                          env={"PATH": path, "HOME": str(home), "LANG": "C.UTF-8"})  # fmt: skip


def is_set_up(command):
    """Installing and the verbs of the checkout: the tests run in what these made, and test_run.py tries them."""
    return command.startswith(("./run", "pip install", "uv tool install", "pipx install"))


@pytest.mark.parametrize("page", PAGES)
def test_the_blocks_of_a_page_run_in_order(page, folder, request):
    shutil.copyfile(folder / ".datakeep/keys/audit.pub", folder / "auditors.pub")
    for block in ALL:
        if block.page == page and block.language in RUN_IN_ORDER:
            ran = run(block, folder, request)
            assert ran.returncode in outcomes(block), f"{block}: {ran.stdout}{ran.stderr}"
            assert "Traceback" not in ran.stderr, block


def run(block, folder, request):
    """Run one block by what it is written in."""
    if block.language == "python":
        return program(block.text, folder)
    if block.language == "sql":  # the docs' checks print what is wrong
        asked = f"import duckdb\nfound = duckdb.connect().sql({block.text!r}).to_arrow_table().to_pylist()\n"
        return program(f"{asked}for row in found:\n    if 'fault' in row: raise SystemExit(row['fault'])", folder)
    commands = [command for command in block.commands if not is_set_up(command)]
    return shell(on_a_real_server("\n".join(commands), folder, request), folder)


def program(text, folder):
    """Run a program with warnings as errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", text], cwd=folder, capture_output=True, text=True, check=False
    )


def outcomes(block):
    """The exit codes that a page lets expect: a gate that is met is no failure of the command."""
    return {0, 1} if "--fail-on" in block.text else {0}


def on_a_real_server(text, folder, request):
    """The names of an example are replaced by real ones: a source there is, a database of the test's own."""
    text = re.sub(r"\bscan fixtures\b", "scan shop", text)
    if "postgresql://" not in text:
        return text
    database = request.getfixturevalue("postgres_database")
    scanner = f"scanner_{database.name}"
    database.script(
        "CREATE TABLE customers (id int PRIMARY KEY, email text)",
        "INSERT INTO customers SELECT i, 'person' || i || '@example.com' FROM generate_series(1, 50) AS i",
        f"CREATE ROLE {scanner} LOGIN PASSWORD 'read-only'",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {scanner}",
    )
    for name in ("datakeep.yaml", "policies.yaml"):
        (folder / name).unlink()
    text = re.sub(r"postgresql://scanner@[\w.]+:\d+/\w+", database.url_of(scanner), text)
    return re.sub(r"export \w+_PASSWORD=\.\.\.", f"export {database.name.upper()}_PASSWORD=read-only", text)


@pytest.mark.parametrize("block", [block for block in ALL if block.language == "yaml"], ids=str)
def test_the_file_is_valid(block, tmp_path):
    path = tmp_path / "block.yaml"
    path.write_text(block.text)
    if "rules" in yaml.safe_load(block.text):
        assert Policy.load(path).rules
    else:
        assert read_document(path, File)


@pytest.mark.parametrize(
    "page", sorted({*pages(), *ROOT.glob("*.md")}), ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_links_lead_somewhere(page):
    targets = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_readme_names_verbs_that_there_are():
    listed = subprocess.run([ROOT / "run"], capture_output=True, text=True, check=True).stdout
    verbs = {line.split()[1] for line in listed.splitlines()}
    named = {match for page in pages() for match in re.findall(r"\./run (\w+)", page.read_text(encoding="utf-8"))}
    assert {"demo", "test"} <= named <= verbs


def test_every_command_named_in_the_docs_is_there():
    named = {match for page in pages() for match in re.findall(r"`datakeep (\w+)", page.read_text(encoding="utf-8"))}
    assert named
    assert named <= set(cli.list_commands(None))


def test_a_block_that_lies_is_noticed(folder):
    lie = Block("lie.md", 1, "sh", "datakeep catalog list --no-such-flag\n")
    assert shell("\n".join(lie.commands), folder).returncode == 2
