"""What a value is: the taxonomy of classes, the evidence for them, and the verdict on a field. Loads no model."""

from classifiers.document import DocumentError, read_document
from classifiers.interface import (
    Classification,
    Classifier,
    ClassifyError,
    DataClass,
    Finding,
    Label,
    Mode,
    Prepares,
    Sensitivity,
)
from classifiers.models import MODEL, check_model, check_transformer
from classifiers.panel import Panel
from classifiers.rules.custom import CustomRule, load_rules
from classifiers.sketch import Sketcher, shared
from classifiers.taxonomy import ClassInfo, Taxonomy
from classifiers.version import rules_version

__all__ = [
    "MODEL",
    "ClassInfo",
    "Classification",
    "Classifier",
    "ClassifyError",
    "CustomRule",
    "DataClass",
    "DocumentError",
    "Finding",
    "Label",
    "Mode",
    "Panel",
    "Prepares",
    "Sensitivity",
    "Sketcher",
    "Taxonomy",
    "check_model",
    "check_transformer",
    "load_rules",
    "read_document",
    "rules_version",
    "shared",
]
