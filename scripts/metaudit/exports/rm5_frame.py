"""The parts of a RevMan 5 review file that RevMan expects and an export leaves empty."""

from __future__ import annotations

import xml.etree.ElementTree as ET

_ADDRESS = "DEPARTMENT ORGANISATION ADDRESS_1 ADDRESS_2 CITY ZIP REGION COUNTRY PHONE_1 PHONE_2 FAX_1 FAX_2"
_PERSON = "PREFIX FIRST_NAME MIDDLE_INITIALS LAST_NAME SUFFIX POSITION EMAIL_1 EMAIL_2 URL MOBILE_PHONE"
_COVER = "WHATS_NEW HISTORY SOURCES_OF_SUPPORT(INTERNAL_SOURCES EXTERNAL_SOURCES) MESH_TERMS KEYWORDS"
_MAIN_TEXT = """SUMMARY(TITLE SUMMARY_BODY)
ABSTRACT(ABS_BACKGROUND ABS_OBJECTIVES ABS_SEARCH_STRATEGY ABS_SELECTION_CRITERIA ABS_DATA_COLLECTION ABS_RESULTS ABS_CONCLUSIONS)
BODY(
  BACKGROUND(CONDITION INTERVENTION THEORY IMPORTANCE) OBJECTIVES
  METHODS(
    SELECTION_CRITERIA(CRIT_STUDIES CRIT_PARTICIPANTS CRIT_INTERVENTIONS CRIT_OUTCOMES(CRIT_OUTCOMES_PRIMARY CRIT_OUTCOMES_SECONDARY))
    SEARCH_METHODS(ELECTRONIC_SEARCHES OTHER_SEARCHES)
    DATA_COLLECTION(
      STUDY_SELECTION DATA_EXTRACTION QUALITY_ASSESSMENT EFFECT_MEASURES UNIT_OF_ANALYSIS MISSING_DATA HETEROGENEITY_ASSESSMENT
      BIAS_ASSESSMENT DATA_SYNTHESIS SUBGROUP_ANALYSIS SENSITIVITY_ANALYSIS))
  RESULTS(
    STUDY_DESCRIPTION(SEARCH_RESULTS INCLUDED_STUDIES_DESCR EXCLUDED_STUDIES_DESCR)
    STUDY_QUALITY(ALLOCATION BLINDING EXCLUSIONS SELECTIVE_REPORTING OTHER_BIAS_SOURCES) INTERVENTION_EFFECTS)
  DISCUSSION(SUMMARY_OF_RESULTS APPLICABILITY_OF_FINDINGS QUALITY_OF_EVIDENCE POTENTIAL_BIASES AGREEMENT)
  CONCLUSIONS(IMPLICATIONS_PRACTICE IMPLICATIONS_RESEARCH))
ACKNOWLEDGEMENTS CONFLICT_OF_INTEREST CONTRIBUTIONS PRO_REV_DIFF PUBLIC_NOTES"""
_NOT_INCLUDED = "EXCLUDED_STUDIES AWAITING_STUDIES ONGOING_STUDIES"
_REFERENCES = "OTHER_REFERENCES(ADDITIONAL_REFERENCES OTHER_VERSIONS_REFERENCES PENDING_REFERENCES)"


def grow(parent: ET.Element, words: str) -> None:
    """Empty elements below a parent, written as ``A B(C D) E``."""
    stack, last = [parent], parent
    for token in words.replace("(", " ( ").replace(")", " ) ").split():
        if token == "(":
            stack.append(last)
        elif token == ")":
            stack.pop()
        else:
            last = ET.SubElement(stack[-1], token)


def person(parent: ET.Element, role: str, name: str) -> None:
    """A person whose whole name is one text."""
    element = ET.SubElement(parent, "PERSON", {"ID": "????", "ROLE": role})
    grow(element, f"{_PERSON} ADDRESS({_ADDRESS}) FOOTNOTE")
    country = element.find("ADDRESS/COUNTRY")
    last_name = element.find("LAST_NAME")
    if country is not None and last_name is not None:
        country.set("CODE", "NONE")
        country.text = "Not specified"
        last_name.text = name


def cover_sheet(root: ET.Element, *, title: str, authors: str, year: str) -> None:
    """Title, authors and dates."""
    cover = ET.SubElement(root, "COVER_SHEET")
    ET.SubElement(cover, "TITLE").text = title
    person(ET.SubElement(cover, "CONTACT"), "UNKNOWN", "")
    person(ET.SubElement(cover, "CREATORS"), "AUTHOR", authors)
    dates = ET.SubElement(cover, "DATES")
    for name in ("UP_TO_DATE", "LAST_SEARCH", "NEXT_STAGE"):
        ET.SubElement(ET.SubElement(dates, name), "DATE", {"DAY": "", "MONTH": "", "YEAR": ""})
    for name in ("PROTOCOL_PUBLISHED", "REVIEW_PUBLISHED", "LAST_CITATION_ISSUE"):
        ET.SubElement(dates, name, {"ISSUE": "", "YEAR": year if name == "REVIEW_PUBLISHED" else ""})
    grow(cover, _COVER)


def main_text(root: ET.Element) -> None:
    """The empty text of a review."""
    grow(ET.SubElement(root, "MAIN_TEXT"), _MAIN_TEXT)


def studies(root: ET.Element, included: dict[str, tuple[str, str]]) -> None:
    """The included studies: id -> name and year."""
    place = ET.SubElement(root, "STUDIES_AND_REFERENCES")
    group = ET.SubElement(place, "STUDIES")
    element = ET.SubElement(group, "INCLUDED_STUDIES")
    for key, (name, year) in included.items():
        study = ET.SubElement(element, "STUDY", {"DATA_SOURCE": "PUB", "ID": key, "NAME": name, "YEAR": year})
        ET.SubElement(ET.SubElement(study, "REFERENCE", {"PRIMARY": "NO", "TYPE": "OTHER"}), "IDENTIFIERS")
        ET.SubElement(study, "IDENTIFIERS")
    grow(group, _NOT_INCLUDED)
    grow(place, _REFERENCES)


def characteristics(root: ET.Element, included: dict[str, tuple[str, str]]) -> None:
    """The empty tables of characteristics, with a place for every included study."""
    place = ET.SubElement(root, "CHARACTERISTICS_OF_STUDIES")
    element = ET.SubElement(place, "CHARACTERISTICS_OF_INCLUDED_STUDIES", {"SORT_BY": "STUDY"})
    for key in included:
        char = ET.SubElement(element, "INCLUDED_CHAR", {"STUDY_ID": key})
        grow(char, "CHAR_METHODS CHAR_PARTICIPANTS CHAR_INTERVENTIONS CHAR_OUTCOMES CHAR_NOTES")
    grow(element, "FOOTNOTES")
    for name in ("EXCLUDED", "AWAITING", "ONGOING"):
        other = ET.SubElement(place, f"CHARACTERISTICS_OF_{name}_STUDIES", {"SORT_BY": "STUDY"})
        grow(other, "FOOTNOTES")
