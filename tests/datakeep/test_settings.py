from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers import DocumentError
from datakeep.settings import SettingsError, load
from scanners import Kind

MINIMAL = "version: 1\nsources:\n  - {name: shop, url: 'sqlite:///shop.db'}\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "datakeep.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_relative_database_file_starts_at_the_settings_file(tmp_path):
    settings = load(write(tmp_path, MINIMAL))

    assert settings.source("shop").source.url == f"sqlite:///{tmp_path}/shop.db"


def test_a_relative_folder_starts_at_the_settings_file_and_keeps_its_slash(tmp_path):
    settings = load(write(tmp_path, "sources:\n  - {name: drops, url: 'file:./exports/'}\n"))

    assert settings.source("drops").source.url == f"file:{tmp_path}/exports/"


def test_an_absolute_database_file_stays_where_it_is(tmp_path):
    settings = load(write(tmp_path, "sources:\n  - {name: shop, url: 'sqlite:////srv/shop.db'}\n"))

    assert settings.source("shop").source.url == "sqlite:////srv/shop.db"


def test_a_password_in_a_url_leaves_the_url_and_never_prints(tmp_path):
    text = "sources:\n  - {name: crm, url: 'postgresql://scanner:hunter%402@127.0.0.1:5432/crm'}\n"
    configured = load(write(tmp_path, text)).source("crm")

    assert configured.source.url == "postgresql://scanner@127.0.0.1:5432/crm"
    assert configured.source.password is not None
    assert configured.source.password.resolve() == "hunter@2"
    assert "hunter" not in repr(configured)


def test_no_origin_shows_a_secret(tmp_path):
    text = (
        "sources:\n  - {name: crm, url: 'postgresql://scanner:hunter2@127.0.0.1/crm'}\n"
        "  - {name: lake, url: 's3://lake/', secret_key: 'hunter2'}\n"
    )

    assert "hunter2" not in repr(load(write(tmp_path, text)).origins)


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("version: 1\nsorces: []\n", "datakeep.yaml:2: unknown key sorces", "did you mean sources?"),
        (
            "sources:\n  - {name: a, url: 'file:./a/', ownr: x}\n",
            ":2: unknown key sources.0.ownr",
            "did you mean owner?",
        ),
        ("sources:\n  - {name: Big, url: 'file:./a/'}\n", ":2: sources.0.name: ", None),
        ("sources:\n  - {name: a, url: nowhere}\n", ":2: sources.0.url: a URL has a scheme", None),
        ("sources:\n  - {name: a, url: 'file:./a/', password: '${vault:x}'}\n", "no reference to a secret", None),
        ("people:\n  - {name: ana}\n  - {name: ana}\n", "ana is there twice", None),
        ("people:\n  - name: ana\n    groups: [a]\n    groups: [b]\n", ":4: groups is there twice", None),
        ("sources: &x [*x]\n", "datakeep.yaml:1: sources.0", None),
        ("version: 2\n", ":1: version: ", None),
        ("sources: [\n", "not YAML", None),
        ("- a\n", ":1: a mapping of keys is expected here", None),
        ("a: !!python/object/apply:os.system [true]\n", "not YAML", None),
    ],
)
def test_a_fault_is_named_with_its_line_and_the_nearest_key(tmp_path, text, said, hint):
    with pytest.raises(DocumentError) as caught:
        load(write(tmp_path, text))

    assert said in str(caught.value)
    assert hint is None or hint in caught.value.__notes__


def test_all_faults_are_said_at_once(tmp_path):
    with pytest.raises(DocumentError) as caught:
        load(write(tmp_path, "versoin: 1\nsorces: []\n"))

    assert len(str(caught.value).splitlines()) == 2


def test_a_named_settings_file_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(SettingsError, match="no settings at"):
        load(tmp_path / "other.yaml")


def test_without_a_settings_file_there_are_no_sources(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert load().sources == ()


def test_a_stranger_is_told_who_is_known(tmp_path):
    settings = load(write(tmp_path, "people:\n  - {name: ana, groups: [support]}\n"))

    assert settings.person("ana").groups == {"support"}
    with pytest.raises(SettingsError) as caught:
        settings.person("anna")
    assert caught.value.__notes__ == ["did you mean ana?"]


def test_a_url_is_a_source_without_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = load().source("sqlite:///my-shop.db").source

    assert (source.name, source.url) == ("shop", f"sqlite:///{tmp_path}/my-shop.db")


def test_a_source_of_logs_says_so(tmp_path):
    settings = load(write(tmp_path, "sources:\n  - {name: web, url: 'file:./logs/', kind: logs}\n"))

    assert settings.source("web").source.kind is Kind.LOGS


@given(text=st.text(max_size=60))
def test_any_text_is_settings_or_a_document_error(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "datakeep.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load(path)
    except DocumentError as error:
        assert str(error)  # noqa: PT017 - either outcome is right, a third is not
