"""The source as the checks of the house see it: modules, what they import, and the files that are committed."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("scanners", "classifiers", "catalog", "jit", "datakeep")


@dataclass(frozen=True)
class Import:
    """One import: where it stands, the module that is named, and the name that is taken from it."""

    path: str
    line: int
    module: str
    name: str | None = None

    @property
    def top(self) -> str:
        """The package that is imported from."""
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        taken = f" takes {self.name} of" if self.name else " imports"
        return f"{self.path}:{self.line}{taken} {self.module}"


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Every module of the five packages, with its path from the root."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            yield path.relative_to(root).as_posix(), path


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(root: Path) -> Iterator[Import]:
    """Every import of the five packages, wherever in a module it stands."""
    for name, path in modules(root):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                yield from (Import(name, node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                yield from (Import(name, node.lineno, node.module or "", alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield Import(name, node.lineno, "." * node.level + (node.module or ""), "relative")


def is_foreign(one: Import) -> bool:
    """Whether the import is of somebody else's package."""
    return one.top not in PACKAGES and one.top not in sys.stdlib_module_names


def committed(root: Path) -> list[Path]:
    """The files that are, or are about to be, committed; all of them where there is no git."""
    if (root / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
        return sorted(root / name for name in listed if name and (root / name).is_file())
    return sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def copy(target: Path) -> Path:
    """A copy of the tree in `target`, to plant a fault in."""
    for path in committed(ROOT):
        if "sample_data" not in path.parts:
            place = target / path.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    return target
