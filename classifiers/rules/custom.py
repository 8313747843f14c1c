"""A user's own recognizers in YAML: patterns, terms, dictionaries, context words, allow lists, each with examples.

```yaml
version: 1
rules:
  - name: loyalty_number
    class: user.account
    pattern: 'LOY-[0-9]{8}'          # RE2: no look-around, no back-reference, so no cell can stall a scan
    context: [loyalty, bonus card]   # words in a field's name that make it likelier
    allow: [LOY-00000000]            # never a finding
    positive: [LOY-12345678]         # run by `config validate`
    negative: [LOY-1234, LOY-00000000]
```
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self

import re2
from pydantic import BaseModel, ConfigDict, Field, model_validator

from classifiers.document import read_document
from classifiers.interface import ClassifyError, DataClass
from classifiers.words import fold, split

ALONE = 0.6  # share of distinct values from which a rule of the user's decides by itself
NAMED = 0.2  # the same, where a context word is in the field's name
CERTAIN = 0.95  # the user said so
ENTITY = "CUSTOM_"


class RuleError(ClassifyError):
    """A rule of the user's that cannot be used: its pattern, its class or its examples are wrong."""


@dataclass(frozen=True, slots=True)
class CustomRule:
    """One rule of the user's: pure data, so that it travels to any worker."""

    name: str
    data_class: DataClass
    pattern: str | None = None
    terms: frozenset[str] = frozenset()
    context: tuple[str, ...] = ()
    allow: frozenset[str] = frozenset()

    @property
    def entity(self) -> str:
        """What findings of this rule are called."""
        return ENTITY + self.name.upper()

    def takes(self, text: str) -> bool:
        """Whether the whole of `text` is one."""
        if text in self.allow:
            return False
        return fold(text) in self.terms or bool(self.pattern and _compiled(self.pattern).fullmatch(text))

    def confidence(self, path: str, texts: Sequence[str]) -> float:
        """How sure it is that a field holds these: 0 where too few of its distinct values do."""
        if not texts:
            return 0.0
        share = sum(map(self.takes, texts)) / len(texts)
        words = "".join(split(path))
        named = any("".join(split(fold(word))) in words for word in self.context)
        return CERTAIN if share >= (NAMED if named else ALONE) else 0.0


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    class_: Annotated[str, Field(alias="class")]
    pattern: str | None = None
    terms: list[str] = []
    dictionary: str | None = None
    context: list[str] = []
    allow: list[str] = []
    positive: Annotated[list[str], Field(min_length=1)]
    negative: list[str] = []

    @model_validator(mode="after")
    def _finds_something(self) -> Self:
        if not (self.pattern or self.terms or self.dictionary):
            raise ValueError(f"rule {self.name} needs a pattern, terms or a dictionary")
        return self


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: int = Field(ge=1, le=1)
    rules: list[_Rule]


def load_rules(path: Path, classes: Any) -> tuple[CustomRule, ...]:
    """The rules in the YAML file at `path`, their examples tried. `classes` answers `in` for the taxonomy's keys.

    Raises DocumentError for a file that breaks the schema, RuleError for a pattern that RE2 cannot run, a class that
    does not exist, a dictionary that cannot be read, or an example that goes the wrong way.
    """
    rules = tuple(_made(stated, path, classes) for stated in read_document(path, _Document).rules)
    for stated, rule in zip(read_document(path, _Document).rules, rules, strict=True):
        _try(stated, rule)
    return rules


def _made(stated: _Rule, path: Path, classes: Any) -> CustomRule:
    if stated.class_ not in classes:
        raise RuleError(f"rule {stated.name}: no class {stated.class_}")
    if stated.pattern is not None and not _runs(stated.pattern):
        error = RuleError(f"rule {stated.name}: its pattern is none that RE2 can run")
        error.add_note("RE2 knows no look-around and no back-reference; it is linear in time for that")
        raise error
    terms = frozenset(map(fold, (*stated.terms, *_words(stated, path))))
    return CustomRule(
        stated.name, DataClass(stated.class_), stated.pattern, terms, tuple(stated.context), frozenset(stated.allow)
    )


def _words(stated: _Rule, path: Path) -> list[str]:
    if stated.dictionary is None:
        return []
    try:
        text = (path.parent / stated.dictionary).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise RuleError(f"rule {stated.name}: its dictionary {stated.dictionary} cannot be read") from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def _try(stated: _Rule, rule: CustomRule) -> None:
    for place, text in enumerate(stated.positive, 1):
        if not rule.takes(text):
            raise RuleError(f"rule {rule.name}: positive example {place} is not found")
    for place, text in enumerate(stated.negative, 1):
        if rule.takes(text):
            raise RuleError(f"rule {rule.name}: negative example {place} is found")


def _runs(pattern: str) -> bool:
    try:
        _compiled(pattern)
    except re2.error:
        return False
    return True


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)
