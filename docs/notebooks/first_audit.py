# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first audit in a notebook
#
# The same as in the [tutorial](../tutorial.md), in Python: read a review, pool its trials, audit what was printed.
# This page is a notebook, `docs/notebooks/first_audit.py`; open it with Jupyter and jupytext, or copy the cells. It runs in
# the folder of the repository.

# %%
from pathlib import Path

from metaudit import audit, effect_sizes, pool, read_review

here = Path.cwd()
repository = next(folder for folder in (here, *here.parents) if (folder / "data" / "reviews").is_dir())
review = read_review(repository / "data" / "reviews" / "colditz-1994")
review

# %% [markdown]
# A review has tables. Every cell is text, exactly as typed: `0.70` stays `0.70`.

# %%
review.to_frame("claims")[["claim", "analysis", "quantity", "printed", "certainty"]]

# %% [markdown]
# ## From counts to effects
#
# `effect_sizes` adds the effect `yi` and its sampling variance `vi`, on the scale of analysis (here the logarithm of the risk ratio).

# %%
table = effect_sizes(review.to_frame(), "RR")
table[["study", "events_t", "n_t", "events_c", "n_c", "yi", "vi"]].round(4)

# %% [markdown]
# ## Pooling
#
# The names of the studies and the measure change no number; with them the result can be shown on the natural scale and drawn.

# %%
fit = pool(table["yi"], table["vi"], tau2="DL", studies=table["study"], measure="RR")
fit

# %%
fit.forest(title="BCG vaccine against tuberculosis")

# %% [markdown]
# Every number is at hand, on the scale of analysis:

# %%
fit.to_frame()[["estimate", "se", "ci_low", "ci_high", "tau2", "i2", "q", "q_df"]].round(4)

# %% [markdown]
# Another choice is another argument. How much does the estimator of the between-study variance matter here?

# %%
for tau2 in ("DL", "REML", "PM", "ML", "HE", "SJ"):
    other = pool(table["yi"], table["vi"], tau2=tau2)
    print(f"{tau2:4}  log RR {other.estimate:.3f} ({other.ci_low:.3f} to {other.ci_high:.3f})  tau² {other.tau2:.3f}")

# %% [markdown]
# ## The audit
#
# `audit` gives a list with one row a printed number. Shown in a notebook, it is a table with the gravest verdict first.

# %%
verdicts = audit(review)
verdicts

# %% [markdown]
# One of them, with what it rests on:

# %%
verdicts.claim("rr-hi")

# %% [markdown]
# The forest plot of the analysis, with the result as printed beside ours:

# %%
verdicts.forest()

# %% [markdown]
# And everything as a data frame, for a table of your own:

# %%
verdicts.to_frame()[["claim", "printed", "value", "verdict", "margin", "specificity"]].round(3)

# %% [markdown]
# Figures are saved with `verdicts.forest().save("forest.svg")` (or `.pdf`, `.png`). The methods and attributes are listed under
# [Python interface](../reference/python.md).
