"""The wheel works alone: with what it declares, and nothing of the checkout or the tests beside it."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PACKAGES = ("scanners", "classifiers", "catalog", "jit", "datakeep")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the checkout."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT],
                   check=True, capture_output=True)  # fmt: skip
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def alone(wheel, tmp_path_factory):
    """The programs of a new environment: the wheel, and the packages it declares, taken from where the tests run."""
    place = tmp_path_factory.mktemp("alone")
    venv.create(place, symlinks=True, with_pip=False)
    python = place / "bin" / "python"
    installer = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    subprocess.run([*installer, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    libraries = next(place.glob("lib/python*/site-packages"))
    for name in declared("datakeep"):
        for source in installed_files(name):
            target = libraries / source.name
            if not target.exists():
                target.symlink_to(source)
    return place / "bin"


def declared(name, seen=None):
    """The distributions that one needs to run, and those that they need."""
    seen = {} if seen is None else seen
    for text in distribution(name).requires or []:
        requirement = Requirement(text)
        key = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if key not in seen and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            seen[key] = requirement.name
            declared(requirement.name, seen)
    return seen


def installed_files(name):
    """The files and folders of a distribution that lie directly in site-packages."""
    made = distribution(name)
    tops = {path.parts[0] for path in made.files or [] if path.parts[0] not in {"..", "__pycache__"}}
    return [Path(str(made.locate_file(top))) for top in sorted(tops)]


def run(program, *words, cwd):
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd), "LANG": "C.UTF-8"}
    return subprocess.run([program, *words], cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_the_wheel_holds_the_five_packages_and_the_sample_data(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert "datakeep/sample_data/shop.db" in names
    assert "classifiers/taxonomy.yaml" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert [name for name in names if name.endswith(".pyc")] == []


def test_help_answers(alone, tmp_path):
    said = run(alone / "datakeep", "--help", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    assert "demo" in said.stdout


def test_the_five_names_are_this_distribution(alone, tmp_path):
    ask = f"import importlib.metadata as m; own = m.packages_distributions(); print([own[name] for name in {PACKAGES}])"
    assert run(alone / "python", "-c", ask, cwd=tmp_path).stdout.strip() == str([["datakeep"]] * len(PACKAGES))


def test_the_demo_runs_from_the_wheel_alone(alone, tmp_path):
    ran = run(alone / "datakeep", "demo", cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (tmp_path / "datakeep-demo" / "audit-export" / "manifest.json").exists()


def test_a_missing_extra_says_what_to_install(alone, tmp_path):
    said = run(alone / "datakeep", "scan", "s3://bucket/", cwd=tmp_path)
    assert said.returncode == 3
    assert "boto3" in said.stderr
    assert "datakeep[s3]" in said.stderr
    assert "Traceback" not in said.stderr
