"""What Presidio's phone recognizer finds, at a fraction of its cost: one walk through the text for all its regions.

Presidio searches a text once for each of its regions, and each search tries every group of digits again from the start.
Here the walk of `phonenumbers` is taken once, with the regions that still look; and a group of plain digits is judged by
the number plan alone, step by step as `phonenumbers.parse` does, leaving off as soon as it cannot be a number. A group
that holds anything else (an extension, digits of another script) goes to the library's own check.
"""

# ruff: noqa: SLF001 - the library has no public way in between its steps

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import phonenumbers
import re2
from phonenumbers import phonenumbermatcher, phonenumberutil

matcher: Any = phonenumbermatcher  # the library's own steps, most of them private
plans: Any = phonenumberutil
LONGEST = 4000  # characters: the library gives up after 65,535 tries, which a shorter text cannot reach
PLAIN = re.compile(r"([(\[]*(\+{0,2})[-./() \[\]0-9]{0,198}[0-9][)\]. -]{0,8})(?: ?(?:x|ext\.?) ?([0-9]{1,6}))?")
NO_DIGIT = dict.fromkeys(map(ord, "+-./() []"))
LEAST = 4  # digits of the shortest number in any region that Presidio looks in
NUMBER = (2, 17)  # digits of a national number, by ITU-T E.164 as the library reads it
REMEMBERED = 1 << 16
TOO_SHORT = (plans.ValidationResult.TOO_SHORT, plans.ValidationResult.IS_POSSIBLE_LOCAL_ONLY, plans.ValidationResult.INVALID_LENGTH)  # fmt: skip
CANDIDATE = r"\d(?:[-x./()\s\[\]~]{0,5}\d){3}"  # for ASCII: fewer than four digits together are no number in any region

PRESIDIOS = ("US", "GB", "DE", "FR", "IL", "IN", "CA", "BR")  # the regions that its phone recognizer looks in

Spans = dict[str, list[tuple[int, int]]]


def numbers(text: str) -> list[tuple[int, int]]:
    """Where `PhoneNumberMatcher(text, region, leniency=1)` finds numbers in any of PRESIDIOS, region by region."""
    found: Spans = {}
    if len(text) > LONGEST:
        found = {region: [(m.start, m.end) for m in matcher.PhoneNumberMatcher(text, region)] for region in PRESIDIOS}
    else:
        _walk(text, 0, frozenset(PRESIDIOS), found)
    return list(dict.fromkeys(span for region in PRESIDIOS for span in found.get(region, ())))


def _walk(text: str, place: int, looking: frozenset[str], found: Spans) -> None:
    """From `place` on, for the regions that look; those that find something go on from its end, by themselves."""
    while looking and (match := matcher._PATTERN.search(text, place)):
        start, candidate = match.start(), _cut(plans._SECOND_NUMBER_START_PATTERN, match[0])
        for group, offset in _groups(candidate, start, text):
            if taken := _takers(group, offset, text, looking):
                end = offset + len(group)
                for region in taken:
                    found.setdefault(region, []).append((offset, end))
                _walk(text, end, taken, found)
                looking -= taken
                if not looking:
                    return
        place = start + len(candidate)


def _groups(candidate: str, start: int, text: str) -> Iterator[tuple[str, int]]:
    """The candidate as a whole, then what may be a number inside it, in the library's order."""
    if "/" in candidate and matcher._SLASH_SEPARATED_DATES.search(candidate):
        return
    stamped = " " in candidate and matcher._TIME_STAMPS.search(candidate)
    if stamped and matcher._TIME_STAMPS_SUFFIX.match(text[start + len(candidate) :]):
        return
    yield candidate, start
    if candidate.isdigit():
        return
    for pattern in matcher._INNER_MATCHES:
        match = pattern.search(candidate)
        if match:
            yield _cut(plans._UNWANTED_END_CHAR_PATTERN, candidate[: match.start()]), start
        while match:
            yield _cut(plans._UNWANTED_END_CHAR_PATTERN, match[1]), start + match.start(1)
            match = pattern.search(candidate, match.start() + 1)


def _cut(pattern: Any, text: str) -> str:
    found = pattern.search(text)
    return text[: found.start()] if found else text


def _takers(group: str, offset: int, text: str, looking: frozenset[str]) -> frozenset[str]:
    """The regions, of those that look, in which this group of digits is a number."""
    if len(group) < LEAST:
        return frozenset()
    plain = PLAIN.fullmatch(group)
    if not plain:
        return frozenset(region for region in looking if _library_takes(group, offset, text, region))
    if not _stands_free(group, offset, text) or not _brackets_match(group):
        return frozenset()
    digits, extension = plain[1].translate(NO_DIGIT), plain[3] or ""
    if plain[2]:
        return frozenset(region for region in looking if _international(digits, region))
    possible = [PRESIDIOS[index] for index in _possible().Match(digits) or ()]
    return frozenset(region for region in possible if region in looking and _national(digits, extension, region))


def _library_takes(group: str, offset: int, text: str, region: str) -> bool:
    return matcher.PhoneNumberMatcher(text, region)._parse_and_verify(group, offset) is not None


def _brackets_match(group: str) -> bool:
    if not any(sign in group for sign in "()[]"):
        return bool(group)
    return bool(matcher.fullmatch(matcher._MATCHING_BRACKETS, group)) and not matcher._PUB_PAGES.search(group)


def _stands_free(group: str, offset: int, text: str) -> bool:
    """No letter and no sign of money or per cent next to it."""
    end = offset + len(group)
    if offset and group[0] not in "([+" and _joins(text[offset - 1]):
        return False
    return end >= len(text) or not _joins(text[end])


@lru_cache(maxsize=REMEMBERED)
def _joins(sign: str) -> bool:
    own = matcher.PhoneNumberMatcher
    return bool(own._is_invalid_punctuation_symbol(sign) or own._is_latin_letter(sign))


# -- number plans, as `phonenumbers.parse` and `is_valid_number` read them ----------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """How numbers are dialled in a region: `code` its country's, `abroad` what is dialled before another country's."""

    region: str
    code: str
    abroad: Any
    prefix: Any
    metadata: Any
    main: Any


@cache
def _plan(region: str) -> Plan:
    data = plans.PhoneMetadata.metadata_for_region(region)
    main = plans.PhoneMetadata.metadata_for_region(plans.region_code_for_country_code(data.country_code))
    prefix = data.national_prefix_for_parsing
    return Plan(region, str(data.country_code), plans.re_compile(data.international_prefix or "NonMatch"), plans.re_compile(prefix) if prefix else None, data, main)  # fmt: skip


@lru_cache(maxsize=REMEMBERED)
def _international(digits: str, region: str) -> bool:
    """Whether `+digits` is a number; where no country has that code the plus is passed over."""
    code, rest = plans._extract_country_code(digits)
    if code and len(digits) > NUMBER[0]:
        return _foreign(code, rest)
    return _library_takes("+" + digits, 0, "", region)


def _national(digits: str, extension: str, region: str) -> bool:
    """Whether `digits`, dialled in `region`, is a number."""
    plan = _plan(region)
    after = plan.abroad.match(digits)
    if after and not digits.startswith("0", after.end()):
        code, rest = plans._extract_country_code(digits[after.end() :])
        return bool(code) and len(digits) - after.end() > NUMBER[0] and _foreign(code, rest)
    if digits.startswith(plan.code) and (rest := _own_code(digits, plan)) is not None:
        return _foreign(int(plan.code), rest)
    number = _without_prefix(digits, plan.metadata) if plan.prefix and plan.prefix.match(digits) else digits
    if _needs_prefix(plan.code, number):
        written = plans._maybe_strip_national_prefix_carrier_code(digits + extension, plan.main)
        return bool(written[2]) and _is_number(plan.code, number)
    return _is_number(plan.code, number)


def _own_code(digits: str, plan: Plan) -> str | None:
    """What follows the region's own country code, where it is one: only then is the rest a number."""
    rest = plans._maybe_strip_national_prefix_carrier_code(digits[len(plan.code) :], plan.metadata)[1]
    general = plan.metadata.general_desc
    better = not _matches(digits, general) and _matches(rest, general)
    long = plans._test_number_length(digits, plan.metadata) == plans.ValidationResult.TOO_LONG
    return rest if better or long else None


def _matches(digits: str, general: Any) -> bool:
    return bool(plans._match_national_number(digits, general, False))


def _foreign(code: int, rest: str) -> bool:
    """A number written with its country code."""
    data = plans.PhoneMetadata.metadata_for_region_or_calling_code(code, plans.region_code_for_country_code(code))
    return _is_number(str(code), _without_prefix(rest, data))


def _without_prefix(digits: str, metadata: Any) -> str:
    rest: str = plans._maybe_strip_national_prefix_carrier_code(digits, metadata)[1]
    return digits if plans._test_number_length(rest, metadata) in TOO_SHORT else rest


@lru_cache(maxsize=REMEMBERED)
def _is_number(code: str, number: str) -> bool:
    """Whether a national number exists in the plan of its country."""
    return NUMBER[0] <= len(number) <= NUMBER[1] and bool(phonenumbers.is_valid_number(_made(code, number)))


@cache
def _possible() -> Any:
    """An RE2 automaton: the regions in which some digits may be a number, by the shapes of the number plans alone."""
    automaton = re2.Set.FullMatchSet()
    for plan in map(_plan, PRESIDIOS):
        prefix = r"\d{0,6}" if plan.metadata.national_prefix_transform_rule else f"(?:{plan.prefix.pattern}){{0,2}}"
        automaton.Add(rf"(?:{plan.abroad.pattern})[1-9]\d*|(?:{plan.code})?{prefix}(?:{_shapes(plan.code)})")
    automaton.Compile()
    return automaton


def _shapes(code: str) -> str:
    """A pattern of any number of any kind in any region with this country code."""
    regions = plans.COUNTRY_CODE_TO_REGION_CODE[int(code)]
    kinds = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan", "voicemail")  # fmt: skip
    data = [plans.PhoneMetadata.metadata_for_region(region) for region in regions]
    described = [getattr(one, kind) for one in data for kind in kinds]
    return "|".join(
        dict.fromkeys(desc.national_number_pattern for desc in described if desc and desc.national_number_pattern)
    )


@lru_cache(maxsize=REMEMBERED)
def _needs_prefix(code: str, number: str) -> bool:
    """Whether the country writes this number with its national prefix (`0` mostly), so that without it, it is none."""
    found = (needs for leading, whole, needs in _formats(code) if leading.match(number) and whole.fullmatch(number))
    return next(found, False)


@cache
def _formats(code: str) -> tuple[tuple[Any, Any, bool], ...]:
    """How a country writes its numbers: leading digits, the whole, and whether the national prefix belongs there."""
    main = plans.PhoneMetadata.metadata_for_region(plans.region_code_for_country_code(int(code)))
    return tuple(
        (re.compile((one.leading_digits_pattern or [""])[-1]), re.compile(one.pattern), _is_prefixed(one))
        for one in main.number_format
    )


def _is_prefixed(form: Any) -> bool:
    rule = form.national_prefix_formatting_rule
    if not rule or form.national_prefix_optional_when_formatting:
        return False
    return not plans._formatting_rule_has_first_group_only(rule)


def _made(code: str, number: str) -> Any:
    made = phonenumbers.PhoneNumber(country_code=int(code), national_number=int(number))
    plans._set_italian_leading_zeros_for_phone_number(number, made)
    return made
