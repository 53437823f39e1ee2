# A made-up network whose designs disagree (inconsistent.csv), fitted by metafor: Rscript inconsistent.R in this folder.
suppressMessages(library(metafor))
arms <- read.csv("inconsistent.csv")
arms$y <- log(arms$event / (arms$n - arms$event))
arms$v <- 1 / arms$event + 1 / (arms$n - arms$event)
rows <- NULL
blocks <- list()
for (study in unique(arms$study)) {
  x <- arms[arms$study == study, ]
  others <- seq_len(nrow(x))[-1]
  rows <- rbind(rows, data.frame(
    study = study, design = paste(x$treatment, collapse = ""), comp = paste0(x$treatment[1], x$treatment[others]),
    base = x$treatment[1], treatment = x$treatment[others], yi = x$y[others] - x$y[1]
  ))
  blocks[[study]] <- diag(x$v[others], length(others)) + x$v[1]
}
basic <- sapply(c("B", "C", "D"), function(t) (rows$treatment == t) - (rows$base == t))
fit <- function(random, ...) {
  rma.mv(yi, bldiag(blocks), mods = basic, intercept = FALSE, random = random, struct = "CS", rho = 1 / 2, ...,
         data = rows, control = list(optimizer = "nlminb", rel.tol = 1e-11))
}
both <- fit(list(~ comp | study, ~ comp | design), phi = 1 / 2)
alone <- fit(~ comp | study)
cat(sprintf("%.15g\n", c(both$tau2, both$gamma2, logLik(both), both$beta, both$se, alone$tau2, alone$QM)))
