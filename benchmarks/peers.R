# What metafor takes for the tasks of run.py. Usage: Rscript peers.R FOLDER, with studies.csv (yi, vi), counts.csv (ai, n1i, ci, n2i),
# corpus.csv (analysis, ai, n1i, ci, n2i) and effects.csv (review, analysis, study, yi, vi) in it, and sizes.csv (task, size).
# Prints one line a task: name, units done, seconds of the processor.
suppressMessages(library(metafor))
folder <- commandArgs(TRUE)[1]
table <- function(name) read.csv(file.path(folder, name))
sizes <- with(table("sizes.csv"), setNames(size, task))
set.seed(20)

told <- function(name, units, expression) {
  seconds <- system.time(suppressWarnings(suppressMessages(expression)))
  cat(name, units, sum(seconds[1:2]), "\n", sep = "|")
}

# Both kernels of a fit and its usual parts: estimate, interval, tau2, Q, I2. tau2's interval is asked for apart (confint), as ours gives it too.
studies <- table("studies.csv")
few <- studies[1:13, ]
# Five rounds, as in ours.py, of which the quickest counts; of the stages below, two.
quickest <- function(name, units, task, rounds = 5) {
  seconds <- replicate(rounds, sum(system.time(suppressWarnings(suppressMessages(task())))[1:2]))
  cat(name, units, min(seconds), "\n", sep = "|")
}
times <- function(n, task) function() for (i in seq_len(n)) task()
for (method in c("DL", "REML")) {
  invisible(rma(yi, vi, data = few, method = method))
  units <- sizes[["single fit"]] / 5
  quickest(paste("single fit", method), units, times(units, function() rma(yi, vi, data = few, method = method)))
  quickest(paste("single fit with the interval of tau2", method), units, times(units, function() confint(rma(yi, vi, data = few, method = method))))
}
hundred <- rma(yi, vi, data = studies, method = "REML")
told("leave-one-out", nrow(studies), leave1out(hundred))
told("GOSH", sizes[["GOSH"]], gosh(rma(yi, vi, data = studies[1:20, ], method = "REML"), subsets = sizes[["GOSH"]], progbar = FALSE))

# A multiverse: every measure, correction for zero cells, estimator and test that metafor knows, in turn until enough are done.
counts <- table("counts.csv")
grid <- expand.grid(
  measure = c("RR", "OR", "RD"), to = c("only0", "all", "if0all"), add = c(0.5, 0.1, 1),
  method = c("EE", "DL", "HE", "HS", "SJ", "ML", "REML", "PM", "EB"), test = c("z", "knha"), stringsAsFactors = FALSE
)
one <- function(spec, d) {
  try(rma(measure = spec$measure, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, add = spec$add, to = spec$to,
    method = spec$method, test = spec$test), silent = TRUE)
}
asked <- grid[rep_len(seq_len(nrow(grid)), sizes[["multiverse"]]), ]
told("multiverse", nrow(asked), for (i in seq_len(nrow(asked))) one(asked[i, ], counts))

# The corpus: the ten methods of measure_search.py for every analysis, nothing compared with anything.
corpus <- split(table("corpus.csv"), table("corpus.csv")$analysis)
told("corpus", length(corpus), for (d in corpus) {
  for (method in c("DL", "REML", "PM", "EE")) one(list(measure = "RR", to = "only0", add = 0.5, method = method, test = "z"), d)
  one(list(measure = "RR", to = "only0", add = 0.5, method = "DL", test = "knha"), d)
  for (measure in c("OR", "RD")) one(list(measure = measure, to = "only0", add = 0.5, method = "DL", test = "z"), d)
  for (measure in c("RR", "OR")) try(rma.mh(measure = measure, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d), silent = TRUE)
  try(rma.peto(ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d), silent = TRUE)
})

# The pipeline: what our stages pool and figures do for every shipped analysis, as far as metafor has it.
drawn <- function(draw) {
  svg(file.path(folder, "figure.svg"))
  on.exit(dev.off())
  try(draw, silent = TRUE)
}
tried <- function(expression) try(expression, silent = TRUE)
analyses <- split(table("effects.csv"), with(table("effects.csv"), paste(review, analysis)))
analyses <- Filter(function(d) nrow(d) > 1, lapply(analyses, function(d) d[is.finite(d$yi) & is.finite(d$vi), ]))
found <- list()
quickest("pool stage", length(analyses), function() for (name in names(analyses)) {
  d <- analyses[[name]]
  fits <- lapply(c("EE", "DL", "HE", "ML", "REML", "PM"), function(m) tried(rma(yi, vi, data = d, slab = study, method = m)))
  fit <- fits[[2]]
  tried(rma(yi, vi, data = d, method = "DL", test = "knha"))
  for (f in fits[-1]) tried(confint(f))
  tried(leave1out(fit)); tried(regtest(fit)); tried(ranktest(fit))
  found[[name]] <<- list(fit = fit, along = tried(cumul(fit)), far = tried(influence(fit)), filled = tried(trimfill(fit)),
    many = tried(gosh(fit, subsets = min(sizes[["pipeline subsets"]], 2^nrow(d) - 1), progbar = FALSE)))
}, rounds = 2)
quickest("figures stage", 9 * length(found), function() for (f in found) {
  drawn(forest(f$fit)); drawn(forest(f$along)); drawn(plot(f$far)); drawn(funnel(f$fit)); drawn(funnel(f$filled))
  drawn(radial(f$fit)); drawn(baujat(f$fit)); drawn(plot(f$many)); drawn(qqnorm(f$fit))
}, rounds = 2)
