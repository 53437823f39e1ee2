"""The words that say what a number is: names of measures, intervals and statistics, in English and French."""

from __future__ import annotations

import re

_ABBREVIATION = r"(?:s?\s*[\[(]\s*[A-Za-z]{1,6}s?\s*[\])])?"
_LEVEL = r"(?:[89]\d(?:[.,]\d+)?)"
_PERCENT = r"(?:\s?%|[\s-]per\s?cent|\spour\s?cent)"

# Code of the measure and the names it goes by; the first name that matches wins, so the longer ones come first.
# Names: Borenstein et al. 2009, Introduction to Meta-Analysis, part 2; French ones as the HAS and Prescrire write them.
_MEASURES: tuple[tuple[str, str], ...] = (
    ("PETO", r"(?i:peto(?:'s)?\s+odds\s+ratios?)|Peto\s+OR"),
    ("GEN-LOG", r"(?i:diagnostic\s+odds\s+ratios?)|\bDOR\b"),
    ("OR", r"(?i:odds[\s-]ratios?|rapports?\s+(?:des?\s+)?cotes)|\b(?:a|m|p)?ORs?\b|\bRC\b"),
    ("GEN-LOG", r"(?i:hazards?[\s-]ratios?|rapports?\s+(?:de|des)\s+(?:risques?\s+)?instantanés)|\b(?:a|s)?HRs?\b"),
    ("IRR", r"(?i:(?:incidence\s+)?rate[\s-]ratios?|rapports?\s+(?:de|des)\s+taux(?:\s+d'incidence)?)|\bIRRs?\b"),
    ("IRD", r"(?i:(?:incidence\s+)?rate[\s-]differences?|différences?\s+(?:de|des)\s+taux)"),
    ("RR", r"(?i:(?:risk|prevalence)[\s-]ratios?|relative[\s-]risks?|risques?\s+relatifs?|"
           r"rapports?\s+(?:de|des)\s+risques?)|\ba?RRs?\b|\bRR[RI]\b"),
    ("RD", r"(?i:(?:absolute\s+)?risk[\s-]differences?|absolute\s+risk\s+(?:reduction|increase)|"
           r"différences?\s+(?:absolues?\s+)?(?:de|des)\s+risques?|"
           r"réduction\s+absolue\s+du\s+risque)|\b(?:ARR|ARI|ARD|RAR|RDs?)\b"),
    ("ROM", r"(?i:ratios?\s+of\s+means|response\s+ratios?|rapports?\s+(?:de|des)\s+moyennes)|\bR[oO]Ms?\b"),
    ("SMD", r"(?i:standardi[sz]ed\s+(?:weighted\s+)?mean\s+(?:differences?|effects?)|standardi[sz]ed\s+effect\s+sizes?|"
            r"différences?\s+(?:moyennes?|(?:de|des)\s+moyennes?)\s+standardisées?)|\b(?:SMDs?|DMS)\b"),
    ("SMD", r"(?i:hedges(?:'s|'|s)?\s+g|cohen(?:'s|s)?\s+d)\b(?:\s+effect\s+sizes?)?|\b[gd]\b(?=\s*=)|"
            r"\b(?:effect\s+sizes?|ES)\b|\btailles?\s+d'effet\b"),
    ("MD", r"(?i:(?:weighted\s+)?mean\s+(?:between-group\s+)?differences?|differences?\s+(?:in|of)\s+(?:the\s+)?means?(?!\w)|"
           r"différences?\s+moyennes?(?:\s+pondérées?)?|différences?\s+(?:de|des|entre\s+les)\s+moyennes(?:\s+pondérées?)?)|\b(?:W?MDs?|DMP?)\b"),
    ("COR", r"(?i:(?:pooled\s+)?correlations?(?:\s+coefficients?)?|(?:coefficients?\s+de\s+)?corrélations?)|(?<![\w-])[rρ](?=\s*=)"),
    ("PR", r"(?i:(?:pooled\s+|point\s+|overall\s+|\d+-month\s+)?prevalences?|(?:pooled\s+|overall\s+)(?:incidence|proportions?|rates?)|"
           r"event\s+rates?|"
           r"sensitivity|specificity|prévalences?|sensibilité|spécificité|taux\s+(?:poolé|global|combiné)s?)"),
)  # fmt: skip
_FOR_HET = r"(?:(?:the\s+)?(?:test\s+(?:for|of)\s+)?heterogeneity|(?:l'|d')?\s*hétérogénéité)"
_FOR_SUB = (
    r"(?:(?:the\s+)?(?:test\s+(?:for|of)\s+)?(?:sub-?group|between[\s-]group|group|sex|age)\s*(?:differences?|interactions?|effects?|heterogeneity)?|"
    r"(?:the\s+)?(?:interactions?|differences?\s+between\s+(?:sub)?groups)|(?:l'|d')?\s*interaction|sous-groupes?|différence\s+entre\s+(?:les\s+)?sous-groupes)"
)
_P = (
    r"(?:\b[Pp][\s-]?(?:values?|val\.|valeurs?)|(?i:\bvaleurs?\s+(?:de\s+)?p\b)|\bPr(?=\s*[<>=])|"
    r"(?:\b2?|(?<=\d))[Pp](?![.\w/])(?!-(?!het|hét|inter|trend|non|lin|sub|for)))"
)

LABELS: tuple[tuple[str, str], ...] = (
    (
        "pi",
        rf"(?i:(?:{_LEVEL}{_PERCENT}\s*)?(?:prediction|predictive)\s+intervals?{_ABBREVIATION}|intervalles?\s+de\s+prédiction{_ABBREVIATION}"
        rf"(?:\s*(?:à|de)?\s*{_LEVEL}\s?%)?)|(?:{_LEVEL}\s?%\s*)PIs?\b|\bPI(?=[\s:=,(\[]*-?\d)|\bIP\s*(?:à\s*)?{_LEVEL}\s?%",
    ),
    (
        "ci",
        rf"(?i:(?:{_LEVEL}{_PERCENT}?[\s-]*)?(?:two-sided\s+|bayesian\s+)?(?:confidence|credible|credibility|uncertainty|compatibility)\s+"
        rf"(?:intervals?|limits?|ranges?)|intervalles?\s+de\s+(?:confiance|crédibilité))"
        rf"(?:\s*[\[(]\s*(?:{_LEVEL}\s?%?\s*)?(?:CI|CrI|IC|UI)s?\s*(?:{_LEVEL}\s?%?)?\s*[\])])?(?:\s*(?:à|at|de)?\s*{_LEVEL}\s?%)?"
        rf"|(?:{_LEVEL}\s?%?[\s-]*)?\b(?:CIs?|CrIs?|C\.I\.|ICs?|UIs?)(?:\s*(?:(?:à|at|de)\s*)?[\[(]?\s*{_LEVEL}\s?%\s*[\])]?|\s?95(?!\d|[.,]\d)|_?\{{?95\}}?%?|₉₅)?(?![^\W\d]|\d+(?![.,\d]))",
    ),
    ("i2", r"\bI\s?\^?\{?[2²]\}?(?![\d.,]\d|\w)|\bI[\s-]?squared?(?:\s+statistics?)?\b|\bI\s+carré\b|"
           r"(?i:indice\s+d'inconsistance|inconsistency\s+index)"),
    ("h2", r"\bH\s?\^?\{?[2²]\}?(?=\s*=)"),
    ("tau2", r"[τΤ]\s?\^?\{?[2²]\}?(?!\d)|\b[Tt]au[\s-]?\^?(?:[2²]|squared?|carré)(?!\d)|"
             r"(?i:between-stud(?:y|ies)\s+variance|variance\s+inter-?études?)"),
    ("tau", r"τ(?=\s*(?:=|was|of))|\b[Tt]au\b(?=\s*(?:=|was|of))"),
    ("r2", r"\bR\s?\^?\{?[2²]\}?(?=\s*(?:analog\w*\s*)?(?:=|of|was))"),
    ("qb", r"\bQ_?\s?(?:b|B|between|M|m)\b(?=\s*[=(\[])"),
    (
        "q",
        r"(?i:cochran(?:'s|e?s)?\s+Q)(?:\s+(?:test|statistics?))?|\bQ\b(?:[\s-]?(?:statistics?|tests?|value))?(?=\s*(?:[=(\[:,]|was|of|statistic))|"
        r"[χΧ]\s?\^?\{?[2²]\}?|\b[Cc]hi\s?-?\^?(?:[2²]|squared?|carré)|\b[Kk]hi[\s-]?(?:deux|[2²])",
    ),
    ("df", r"\b(?:df|d\.f\.|ddl|DF)(?!\w)|(?i:degrees?\s+of\s+freedom|degrés?\s+de\s+liberté)"),
    ("z", r"\b[Zz](?:[\s-](?:score|value|statistic)s?)?\b(?=\s*(?:=|was|of\b|:))"),
    ("nnt", rf"(?i:numbers?[\s-]needed[\s-]to[\s-](?:treat|harm|benefit){_ABBREVIATION}|"
            rf"nombres?\s+(?:de\s+sujets?\s+)?(?:nécessaires?\s+)?à\s+traiter{_ABBREVIATION})|"
            r"\bNNT[HB]?\b|\bNN[HB]\b|\bN[SN]T\b"),
    ("se", r"\bS\.?E\.?(?:M)?\b(?=\s*[=:]?\s*\d|\s*=)|(?i:standard\s+errors?|erreurs?[\s-]types?)"),
    ("failsafe", r"(?i:fail[\s-]?safe\s+(?:N|number)s?)"),
    ("egger", r"(?i:\begger(?:'s|s)?\b)"),
    ("begg", r"(?i:\bbegg(?:'s|s)?\b)"),
    ("trimfill", r"(?i:trim[\s-]+and[\s-]+fill|trim\s*&\s*fill|duval\s+(?:and|et|&)\s+tweedie)"),
    ("coef", r"(?i:(?:meta-?regression\s+|regression\s+)?coefficients?(?!\s+de\s+corr)|"
             r"coefficient\s+de\s+régression|(?:regression\s+)?slopes?)|\b[bBβ](?=\s*=)"),
    ("p", rf"(?:{_P})(?:[\s_-]*(?:for|pour|of|de)?\s*(?P<het>(?i:{_FOR_HET})|het\b|hétérogénéité)|"
          rf"[\s_-]*(?:for|pour|of|de)?\s*(?P<sub>(?i:{_FOR_SUB})|int\b)"
          r"|\s+(?:for|pour)\s+(?P<other>(?i:(?:the\s+)?(?:overall\s+(?:effect|effet)|trend|tendance|l'effet(?:\s+global)?)))(?!\w)|[\s_-]*(?:for\s+)?(?P<curve>(?:non-?)?linearity)\b)?|\bP(?P<het2>het(?:erogeneity)?)\b|\bP(?P<sub2>int(?:eraction)?|subgroups?)\b"),
    ("k", r"(?<![\w.])[k](?=\s*=)"),
    ("n", r"(?<![\w.])[nN](?=\s*=)"),
    *(("measure:" + code, names + _ABBREVIATION) for code, names in _MEASURES),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in LABELS)

# What may stand between a label and its number.
LINK = re.compile(
    r"[\s=:,;(\[≈~*_]*(?:(?:statistics?|values?|was|were|is|are|of|at|from|by|between|ranged|ranging|ranges|equal(?:led|s)?|to|estimated|calculated|pooled|"
    r"test|about|approximately|de|du|d'|à|a|était|étaient|est|allant|allait|variait|va|estimée?|égale?|égal|soit|environ|et|le|la|les|valait|compris|entre)\b[\s=:,(\[≈~*_]*){0,4}"
)
SEPARATOR = re.compile(r"\s*(?:-|~|to|à|a|and|et|;|,|:|\||/|;\s*to|up\s+to)\s*", re.IGNORECASE)
UNIT_WORDS = (
    r"(?:points?|pts?|mm|cm|m|mg|g|kg|µg|μg|mcg|ml|mL|L|min(?:utes?)?|h(?:ours?|eures?|r|rs)?|d(?:ays?)?|jours?|weeks?|semaines?|months?|mois|years?|ans?|"
    r"années?|mm\s?Hg|mmol/L|mmol|%|percentage\s+points?|points?\s+de\s+pourcentage|units?|unités?|kcal|bpm|beats|SDs?|kPa|J|°C|dB|letters|events)"
)


def labels_of(text: str) -> list[tuple[str, int, int]]:
    """Kind, start and end of every label of a sentence; where two overlap, the one that begins first, then the longer."""
    found: list[tuple[int, int, int, str]] = []
    for order, (kind, pattern) in enumerate(_COMPILED):
        for match in pattern.finditer(text):
            if match.end() > match.start():
                found.append((match.start(), -match.end(), order, _of_p(match) if kind == "p" else kind))
    chosen: list[tuple[str, int, int]] = []
    for start, minus_end, _, kind in sorted(found):
        if not chosen or start >= chosen[-1][2]:
            chosen.append((kind, start, -minus_end))
    return chosen


def _of_p(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if groups["het"] or groups["het2"]:
        return "p:het"
    if groups["curve"]:
        return "p:curve"
    return "p:sub" if groups["sub"] or groups["sub2"] else "p:effect" if groups["other"] else "p"
