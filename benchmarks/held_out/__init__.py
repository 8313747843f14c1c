"""Labelled databases, logs and texts that no rule was written on: written down by someone who had not read the rules."""

from held_out.files import files
from held_out.schema import databases, values

__all__ = ["databases", "files", "values"]
