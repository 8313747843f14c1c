"""What the settings say of reviewing and of purposes, in the catalog's words."""

from collections.abc import Mapping

from catalog import Assignment, AutoAccept, Purpose, Rules
from classifiers import Sensitivity, Taxonomy
from datakeep.governance import PurposeSettings, ReviewSettings


def rules(said: ReviewSettings, taxonomy: Taxonomy) -> Rules:
    """On which terms decisions are made. Raises UnknownClassError for a class that the taxonomy does not have."""
    return Rules(
        second_person=None if said.second_person == "never" else Sensitivity[said.second_person.upper()],
        terms={taxonomy.get(key).key: term for key, term in said.terms.items()},
        due={Sensitivity[word.upper()]: wait for word, wait in said.due.items()},
        accepts=tuple(
            AutoAccept(one.name, one.min_confidence, Sensitivity[one.sensitivity_at_most.upper()],
                       tuple(taxonomy.get(key).key for key in one.classes))
            for one in said.auto_accept
        ),
        stewards=tuple(Assignment(one.to, one.of.sources, one.of.owners) for one in said.stewards),
    )  # fmt: skip


def purposes(said: Mapping[str, PurposeSettings], taxonomy: Taxonomy) -> dict[str, Purpose]:
    """What data is processed for. Raises UnknownClassError for a class that the taxonomy does not have."""
    return {
        name: Purpose(
            name=name,
            title=one.title,
            classes=tuple(taxonomy.get(key).key for key in one.classes) if one.classes is not None else None,
            basis=one.basis,
            subjects=one.subjects,
            recipients=one.recipients,
            transfers=one.transfers,
            residency=one.residency,
            retention=one.retention,
        )
        for name, one in said.items()
    }
