"""Lines are broken where measuring every candidate would break them, whatever the letters at the seams."""

import random

import pytest

from metaudit.figures.typeset import _Line, _longer, width, wrap

WORDS = """A AV Wa To fi ffl j j, fj "T" V. LT f) (j l'Y .— I² = 92.1 % τ² W of the pooled randomised-controlled
Kj /j\\ Ångström Łj ﬁ iiii MMMM , . - − [0.83, 1.24] P<0.001 éÉ Ÿ""".split()


def greedy(words, size, limit, *, bold):
    """Lines of words, none of which is too long for a line, by measuring each candidate."""
    lines = [words[0]]
    for word in words[1:]:
        candidate = f"{lines[-1]} {word}"
        if width(candidate, size, bold) <= limit:
            lines[-1] = candidate
        else:
            lines.append(word)
    return lines


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("size", [6.5, 7.5, 9.0])
def test_lines_break_where_measuring_all_of_each_would_break_them(size, bold):
    rng = random.Random(3)
    letters = [w for w in WORDS if w.isalpha()]
    for _ in range(60):
        words = rng.choices(letters, k=rng.randint(2, 25))
        limit = max(rng.uniform(40, 300), *(width(w, size, bold) for w in words))
        assert wrap(" ".join(words), size, limit, bold=bold) == greedy(words, size, limit, bold=bold)


@pytest.mark.parametrize("bold", [False, True])
def test_the_limits_of_a_growing_line_hold_its_width(bold):
    for first in WORDS:
        for second in WORDS:
            alone = width(first, 7.5, bold)
            line = _longer(_Line(first, alone, alone), second, 7.5, bold)
            assert line.text == f"{first} {second}"
            assert line.low <= width(line.text, 7.5, bold) <= line.high
