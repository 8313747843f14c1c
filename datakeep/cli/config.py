"""`datakeep config`: the settings, their schema, and whether they hold."""

import json
from typing import Any

import click

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.errors import Exit
from datakeep.cli.render import note, show
from datakeep.cli.session import Session, pass_session


@group()
def config() -> None:
    """The settings in force."""


@config.command(name="show", epilog=examples("datakeep config show", "datakeep config show --format json"))
@format_option
@pass_session
def shown(session: Session, form: str) -> None:
    """Every value in force and where it came from; secrets are masked."""
    items = [{"key": one.key, "value": one.value, "origin": one.origin} for one in session.settings.origins]
    show(items, form, ("key", "value", "origin"))


@config.command(epilog=examples("datakeep config schema > datakeep.schema.json"))
def schema() -> None:
    """The JSON Schema of datakeep.yaml, for editors."""
    from datakeep.settings_file import File  # noqa: PLC0415 - loads pydantic

    described: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **File.model_json_schema()}
    click.echo(json.dumps(described, indent=2))


@config.command(epilog=examples("datakeep config validate", "datakeep --config other.yaml config validate"))
@pass_session
def validate(session: Session) -> int:
    """Check the settings and the policy file against their schemas; every fault with its line."""
    from datakeep.settings import FILE, SettingsError  # noqa: PLC0415 - loads pydantic

    settings = session.settings
    if settings.path is None:
        error = SettingsError(f"no settings at {FILE}")
        error.add_note("`datakeep init` writes one")
        raise error
    _ = session.house.review_rules, session.house.purposes
    session.house.check_models()
    if session.house.own_rules:
        note(f"{settings.rules}: {len(session.house.own_rules)} rules, their examples hold")
    note(f"{settings.path}: {len(settings.sources)} sources, {len(settings.people)} people")
    if settings.policies.exists():
        _ = session.house.policy
        note(f"{settings.policies}: fine")
    return Exit.DONE
