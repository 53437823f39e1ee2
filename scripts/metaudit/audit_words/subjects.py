"""The subject of a claim as it stands in a sentence."""

from __future__ import annotations

import re

from metaudit.audit_words.texts import HERE, catalogue, fill
from metaudit.formats.survey_subject import subject_words


def spoken_subject(subject: str, quantity: str, *, language: str = "en") -> str:
    """A subject in a language: what the formats have a word for is put into it, names stay as they are typed.

    Parameters
    ----------
    subject, quantity : as in claims.csv; ``between`` is a part of τ², and may be the name of a subgroup elsewhere
    language : ``en`` or ``fr``

    Returns
    -------
    Such as ``par 10`` for ``per 10`` of a dose-response line.
    """
    words = subject_words(subject, language=language)
    if language == "en" or words != subject:
        return words
    for entry in catalogue(HERE / "subjects_fr.yaml")["subjects"]:
        if quantity in entry["of"]:
            for pattern, told in entry["words"].items():
                match = re.fullmatch(pattern, subject.strip(), re.IGNORECASE)
                if match:
                    return fill(str(told), **match.groupdict())
    return subject
