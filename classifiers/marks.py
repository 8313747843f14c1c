"""What the fields of one table begin with, all or most: the mark of the table, which says nothing of any of them."""

from collections import Counter
from collections.abc import Iterable

from classifiers.lexicon import is_known, spelled, words_of
from classifiers.words import steps

SHARED = 0.6  # of a table's fields that begin with one word, from which it is the table's mark and says nothing of them
GLUED = (4, 3)  # letters of a mark that is glued to the names
GLUED_LEAST = 4  # names that share it
MARK_MAX = 4  # letters of such a mark


def marks(paths: Iterable[str]) -> str | None:
    """The word that most fields of a dataset begin with and that means nothing: `c` in `c_name`, `c_phone`, `c_city`."""
    own = [levels[-1] for path in paths if (levels := steps(path))]
    first = Counter(words[0] for words in own if len(words) > 1)
    word, count = first.most_common(1)[0] if first else ("", 0)
    shared = count > 2 and count >= SHARED * len(own)
    owner = set(spelled((word,))) <= words_of("person")
    if shared and not owner and (len(word) <= MARK_MAX or not is_known(word)):
        return word
    glued = Counter(words[0][:size] for words in own if len(words) == 1 for size in GLUED if len(words[0]) > size + 1)
    return next(
        (start for start, count in glued.most_common() if count > GLUED_LEAST and count >= SHARED * len(own)), None
    )


def unmarked(words: tuple[str, ...], mark: str | None) -> tuple[str, ...]:
    """Without the mark of the table, which may be glued to a word that is none with it: `CUSZIP`, `CUSDOB`."""
    if len(words) > 1 and words[0] == mark:
        return words[1:]
    rest = words[0].removeprefix(mark) if mark and len(words) == 1 else ""
    return (rest,) if rest and rest != words[0] and is_known(rest) and not is_known(words[0]) else words
