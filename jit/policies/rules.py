"""The policy file as it is written, checked and frozen: what a rule may say, and nothing else.

`policies.yaml` is read as one `PolicyFile`. Durations become seconds, classes become DataClass, hours become a Window;
the JSON Schema of the same models is what editors complete from.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, field_validator, model_validator

from classifiers import DataClass
from jit.policies.masks import Mask
from jit.policies.notation import Class, Level, OptionalQuota, Pattern, Seconds, Strict, Words
from jit.policies.scope import Scope
from jit.policies.windows import DAYS, MIDNIGHT, Window, check_zone, parse_days, parse_hours

UNCLASSIFIED = DataClass("unclassified")
"""What `classes` calls a field that was examined and holds no class."""
UNEXAMINED = DataClass("unexamined")
"""What `classes` calls a field that nobody looked into: it may hold anything."""
SPECIAL = frozenset({UNCLASSIFIED, UNEXAMINED})
NAME = r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$"


class Who(Strict):
    """Whom a rule speaks of: every part that is given must hold."""

    groups: frozenset[str] = Field(default=frozenset(), description="A member of any of these.")
    not_groups: frozenset[str] = Field(default=frozenset(), description="A member of none of these.")
    people: frozenset[str] = Field(default=frozenset(), description="One of these, by name.")
    roles: frozenset[str] = Field(default=frozenset(), description="Has any of these roles.")
    attributes: dict[str, Words] = Field(default={}, description="Attribute: the values that it may have.")


class What(Strict):
    """Which fields a rule speaks of. Left out: any class, any sensitivity, any place."""

    classes: tuple[Class, ...] = Field(
        default=(), description="With their children; also `unclassified` and `unexamined`."
    )
    sensitivity: frozenset[Level] = Field(default=frozenset(), description="How sensitive the field is as a whole.")
    scope: Words = Field(default=(), description="Globs over entry ids, such as crm/* or crm/public.customers#*.")
    rows: int | None = Field(default=None, ge=1, description="Rows that one read may return.")

    @field_validator("classes", "scope")
    @classmethod
    def _not_empty(cls, value: Sequence[str]) -> Sequence[str]:
        if not value or not all(value):
            raise ValueError("an empty list means nothing at all: leave the key out for anything")
        return value

    @cached_property
    def within(self) -> Scope:
        """The scope, compiled."""
        return Scope.of(self.scope)


class When(Strict):
    """Days and hours by the wall clock of a time zone. The whole time lent lies within them."""

    days: str | tuple[str, ...] | None = Field(default=None, description="mon-fri, or sat,sun, or a list.")
    hours: str | None = Field(default=None, description='"08:00-18:00"; "22:00-06:00" reaches into the next day.')
    zone: Annotated[str, AfterValidator(check_zone)] = Field(default="UTC", description="Such as Europe/Berlin.")

    @field_validator("days")
    @classmethod
    def _are_days(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        parse_days(value if isinstance(value, str) else list(value))
        return value

    @field_validator("hours")
    @classmethod
    def _are_hours(cls, value: str) -> str:
        parse_hours(value)
        return value

    @cached_property
    def window(self) -> Window:
        """The same as spans of time; equal hours are one object, whatever rules they stand in."""
        return _window(self.days, self.hours, self.zone)


@cache
def _window(days: str | tuple[str, ...] | None, hours: str | None, zone: str) -> Window:
    on = parse_days(days if isinstance(days, str) else list(days)) if days else range(len(DAYS))
    start, end = parse_hours(hours) if hours else (0, MIDNIGHT)
    return Window(frozenset(on), start, end, zone)


class Purpose(Strict):
    """What the data is asked for."""

    one_of: frozenset[str] = Field(default=frozenset(), description="The purposes that are good.")
    ticket: Pattern | None = Field(default=None, description="A regular expression (RE2) for the whole ticket.")
    declared: bool = Field(default=False, description="Only for a purpose that the entry itself is processed for.")


class Length(Strict):
    """How long something is lent."""

    min: Seconds | None = None
    default: Seconds | None = Field(default=None, description="For who does not say how long.")
    max: Seconds | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        given = [length for length in (self.min, self.default, self.max) if length is not None]
        if given != sorted(given):
            raise ValueError("min, default and max are not in order")
        return self


class Auto(Strict):
    """When a request is approved at once, without anybody: every part that is given must hold."""

    sensitivity_at_most: Level | None = None
    fields_at_most: int | None = Field(default=None, ge=1, description="Fields in the whole request.")
    per_person: OptionalQuota = Field(
        None, description="How often for one person, such as 5/7d: all automatic approvals count."
    )
    unreviewed: bool = Field(default=False, description="Also for fields that no steward has confirmed.")


class Approval(Strict):
    """One level of approval: `n` distinct people of the approvers called `of`, never the requester."""

    of: str
    n: int = Field(default=1, ge=1)


class Rule(Strict):
    """One rule. An allow says how it is approved; a deny says why."""

    id: str = Field(pattern=NAME)
    effect: Literal["allow", "deny"]
    who: Who = Who()
    what: What = What()
    when: When | None = None
    purpose: Purpose | None = None
    duration: Length = Length()
    auto: Auto | None = None
    approvals: tuple[Approval, ...] = Field(default=(), description="Levels, in order.")
    because: str | None = Field(default=None, description="What a person who is refused is told.")

    @model_validator(mode="after")
    def _fits_its_effect(self) -> Self:
        if self.effect == "deny":
            extra = [name for name in ("duration", "auto", "approvals") if name in self.model_fields_set]
            if extra or self.what.rows is not None:
                raise ValueError(f"a deny has no {extra[0] if extra else 'rows'}: it denies whatever is asked")
            if self.purpose is not None and (self.purpose.ticket or self.purpose.declared):
                raise ValueError("a deny names purposes with one_of, nothing else")
        elif self.auto is None and not self.approvals:
            raise ValueError("an allow needs approvals, or auto for who is approved at once, or both")
        twice = _twice([level.of for level in self.approvals])
        if twice is not None:
            raise ValueError(f"{twice} is a level twice: raise its n instead")
        return self

    @property
    def window(self) -> Window | None:
        """When it holds; None is always."""
        return self.when.window if self.when else None


class Approvers(Strict):
    """Who may decide: members of any of the groups, the people, who has any of the roles, the owners of what is asked."""

    groups: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    not_groups: frozenset[str] = Field(default=frozenset(), description="Members of these never decide here.")
    owner_of: Literal["entry"] | None = Field(
        default=None, description="An owner is a person, or a group: its members."
    )

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not (self.groups or self.people or self.roles or self.owner_of):
            raise ValueError("approvers are somebody: groups, people, roles or owner_of: entry")
        return self


class Reason(Strict):
    """What a reason has to be."""

    min_chars: int = Field(default=0, ge=0, le=500)


class Defaults(Strict):
    """What holds where a rule says nothing."""

    reason: Reason = Reason()
    pending_for: Seconds = Field(default=4 * 3600, description="How long people have to answer.")
    duration: Length = Length()
    drift: Literal["pin", "follow"] = Field(
        default="pin", description="follow: a grant takes new fields of its classes in."
    )


class BreakGlass(Strict):
    """Who may read without an allow in an emergency, heard by everybody and reviewed afterwards. A deny still denies."""

    groups: frozenset[str] = Field(min_length=1)
    max: Seconds = 3600
    notify: Words = Field(min_length=1)
    review_within: Seconds = 86_400


class Given(Strict):
    """A test's request. The person, the fields and the time are the test's own: no catalog, no settings, no clock."""

    who: str
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    attributes: dict[str, str] = Field(default={})
    classes: Annotated[tuple[Class, ...], Field(min_length=1)]
    scope: str = "*"
    fields: int = Field(default=1, ge=1, le=100_000, description="Fields of each class.")
    reviewed: bool = Field(default=True, description="Whether a steward has confirmed the fields.")
    owner: str | None = Field(default="owner", description="Who owns the fields.")
    declared: Words = Field(default=(), description="The purposes that the fields are processed for.")
    length: Seconds | None = Field(default=None, alias="for")
    purpose: str | None = None
    ticket: str | None = None
    reason: str | None = Field(default=None, description="Left out: one that is long enough.")
    at: AwareDatetime | None = Field(default=None, description="Left out: a Wednesday noon, UTC.")
    start: AwareDatetime | None = None
    used: int = Field(default=0, ge=0, description="Automatic approvals that the person had in the hour before.")
    break_glass: bool = False


class PolicyTest(Strict):
    """One test in the file: this request has this outcome, and (where given) rests on this rule."""

    given: Given
    expect: Literal["approved", "pending", "denied"]
    rule: str | None = Field(default=None, description="A rule that the outcome rests on.")


class PolicyFile(Strict):
    """policies.yaml."""

    version: Literal[1]
    defaults: Defaults = Defaults()
    approvers: dict[str, Approvers] = Field(default={})
    rules: tuple[Rule, ...] = ()
    masks: dict[str, Mask] = Field(default={}, description="Class: how it is masked where it is not granted.")
    break_glass: BreakGlass | None = None
    tests: tuple[PolicyTest, ...] = ()

    @field_validator("rules")
    @classmethod
    def _ids_once(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        twice = _twice([rule.id for rule in rules])
        if twice is not None:
            raise ValueError(f"rule {twice} is there twice")
        return rules

    @model_validator(mode="after")
    def _approvers_known(self) -> Self:
        for rule in self.rules:
            for level in rule.approvals:
                if level.of not in self.approvers:
                    known = ", ".join(sorted(self.approvers)) or "nobody yet"
                    raise ValueError(f"rule {rule.id} needs {level.of}, but approvers names {known}")
        return self


def _twice(names: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of policies.yaml, for editors."""
    schema = PolicyFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "datakeep policies"}


def earliest(given: datetime | None, now: datetime) -> datetime:
    """When access would start: the start asked for, or now where that is later."""
    return max(given, now) if given is not None else now
