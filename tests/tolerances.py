"""How far apart two computations of one number may be, and why.

Every tolerance is relative to the number compared, unless its comment names another scale.
"""

# Effect sizes: a handful of operations, each exact to 1e-16; logs of numbers near 1 lose three digits.
EFFECT_SIZE = 1e-12
# Closed forms after k studies are summed: Q subtracts large sums of squares, which costs up to six digits here.
CLOSED_FORM = 1e-9
# tau2 found by iteration. metafor (threshold 1e-13 on a step, not on the error) and our root of the score stop in
# different places; an independent solver put metafor within 7.5e-10 on 366 data sets, and flat likelihoods cost more.
ITERATIVE = 1e-7
# metafor's Fisher scoring never returns exactly 0: below this share of the mean sampling variance its tau2 means 0.
BOUNDARY = 1e-10
# metafor's default stopping rule: 1e-5 absolute on the last step of tau2; a fit whose exact tau2 is 0 stops there.
METAFOR_DEFAULT_STOP = 1e-5
# A number given with eight significant digits.
EIGHT_DIGITS = 5e-8
# Limits of tau2 by Q-profile: uniroot in metafor, brentq here; both solve Q(tau2) = a quantile.
Q_PROFILE = 1e-7
# Moderators far from 0 (a calendar year): metafor takes them as they come, we pass an orthonormal basis;
# Hunter-Schmidt's tau2 of one data set then differs by 1.1e-9.
ILL_CONDITIONED = 1e-8
# Maximum of a likelihood against a dense grid, which can only come close from below: rounding of the sum of logs.
LIKELIHOOD = 1e-9
# The same numbers computed twice in another order, or after a shift or a change of scale.
SAME_AGAIN = 1e-9
