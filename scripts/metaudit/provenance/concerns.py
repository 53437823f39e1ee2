"""What an input went into: the reviews or stages whose results were made of it, and the stages that read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from metaudit.provenance.places import Places
from metaudit.provenance.record import OWN_STAGE
from metaudit.provenance.stages import CORPUS_STAGE

_CONFIG = "config.yaml"
_READS_REVIEWS = "extract"


@dataclass(frozen=True)
class Concerned:
    """What would be other.

    Parameters
    ----------
    made : what was made of an input: reviews for one of a review, else stages
    again : stages that are to be run for it to be read again; those after them follow by themselves
    """

    made: tuple[str, ...]
    again: tuple[str, ...]


@dataclass(frozen=True)
class Concerns:
    """What the inputs of a record went into.

    Parameters
    ----------
    provenance : the record
    places : where its files lie
    """

    provenance: Mapping[str, Any]
    places: Places

    def of(self, name: str) -> Concerned:
        """What an input of the record went into."""
        entry = self.provenance["inputs"][name]
        if entry["kind"] == "review":
            return self._of_review(name, entry.get("review", ""))
        if entry["kind"] == "corpus":
            return Concerned(self._of_corpus, self._of_corpus)
        stages = self.provenance["stages"].items()
        if entry["kind"] == "workflow" and PurePosixPath(name).name == _CONFIG:
            return Concerned(tuple(stage for stage, _ in stages), (OWN_STAGE,))  # another value is another parameter
        made = tuple(s for s, of in stages if name == of["script"] or name in of["code"] or name in of["data"])
        return Concerned(made, made or (OWN_STAGE,))

    @property
    def readers_of_reviews(self) -> tuple[str, ...]:
        """The stage that reads the reviews of a run."""
        return (_READS_REVIEWS,) if _READS_REVIEWS in self.provenance["stages"] else ()

    @cached_property
    def _of_corpus(self) -> tuple[str, ...]:
        return tuple(stage for stage in self.provenance["stages"] if stage.startswith(CORPUS_STAGE))

    @cached_property
    def _folders(self) -> dict[str, set[str]]:
        """Folders of the reviews by their ids: one of the run, and one outside that it refers to, may share an id."""
        found: dict[str, set[str]] = {}
        for name, entry in self.provenance["inputs"].items():
            if entry["kind"] == "review":
                found.setdefault(entry.get("review", ""), set()).add(_folder(name))
        return found

    def _of_review(self, name: str, own: str) -> Concerned:
        """The review itself, when it is one of the run, and those that refer to it; of one that none refers to, the corpus."""
        reviews, folder = self.provenance["reviews"], _folder(name)
        in_run = own in reviews and bool(reviews[own]["results"]) and folder in map(_folder, reviews[own]["inputs"])
        others = (r for r, about in reviews.items() if own in about["refers_to"] and folder in self._meant(r, own))
        made = (*((own,) if in_run else ()), *others)
        return Concerned(made, self.readers_of_reviews) if made else Concerned(self._of_corpus, self._of_corpus)

    def _meant(self, review: str, other: str) -> set[str]:
        """Folders that a review may mean by the id of another one: the one beside its own, where it is looked for."""
        folders = self._folders.get(other, set())
        around = {self._around(folder) for folder in map(_folder, self.provenance["reviews"][review]["inputs"])}
        return {folder for folder in folders if self.places.file(folder).parent.resolve() in around} or folders

    def _around(self, folder: str) -> Path:
        """The folder around that of a review, or around the one that it is a link to."""
        place = self.places.file(folder)
        return (place.resolve() if place.is_symlink() else place).parent.resolve()


def in_order(stages: Iterable[str], provenance: Mapping[str, Any]) -> tuple[str, ...]:
    """Stages in the order of the record, each once."""
    order = {stage: number for number, stage in enumerate((*provenance["stages"], OWN_STAGE))}
    return tuple(sorted(set(stages), key=lambda stage: (order.get(stage, len(order)), stage)))


def _folder(name: str) -> str:
    return PurePosixPath(name).parent.as_posix()
