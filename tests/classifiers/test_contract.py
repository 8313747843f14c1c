from importlib.metadata import entry_points

from classifiers import Taxonomy
from classifiers.testing import ClassifierContract


class TestTheBuiltInClassifier(ClassifierContract):
    def classifier(self):
        (point,) = entry_points(group="datakeep.classifiers", name="presidio")
        return point.load()(Taxonomy.load())
