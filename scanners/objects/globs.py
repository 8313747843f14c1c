"""Paths with wildcards: `*` and `?` stay within a folder, `**` does not."""

import re
from typing import Final

WILD: Final = re.compile(r"[*?\[]")


def split(named: str) -> tuple[str, str | None]:
    """The longest folder without a wildcard, and the rest as a glob (None where there is no wildcard)."""
    if not WILD.search(named):
        return named, None
    pieces = named.split("/")
    first = next(i for i, piece in enumerate(pieces) if WILD.search(piece))
    return "/".join(pieces[:first]) or ("/" if named.startswith("/") else ""), "/".join(pieces[first:])


def pattern(glob: str) -> re.Pattern[str]:
    """A glob as a regular expression for whole paths."""
    out = ""
    for piece in re.findall(r"\*\*/?|\*|\?|\[!?[^\]]+\]|.", glob, re.DOTALL):
        if piece.startswith("**"):
            out += "(?:.*/)?" if piece.endswith("/") else ".*"
        elif piece.startswith("[") and len(piece) > 1:
            inner = piece[1:-1].removeprefix("!").replace("\\", r"\\").replace("^", r"\^").replace("[", r"\[")
            out += f"[{'^' if piece[1] == '!' else ''}{inner}]"
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(piece, re.escape(piece))
    try:
        return re.compile(out, re.DOTALL)
    except re.error:
        return re.compile(re.escape(glob))
