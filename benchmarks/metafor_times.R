# Seconds that metafor takes for the tasks of measure_batches.py, on smaller sizes where the whole would take minutes.
# Usage: Rscript metafor_times.R FILE DL_SUBSETS SUBSETS SAMPLES, FILE with columns yi, vi: the first 20 rows for subsets
# and samples. Prints one line a task: name, units done, seconds.
suppressMessages(library(metafor))
args <- commandArgs(TRUE)
data <- read.csv(args[1])
sizes <- as.integer(args[-1])
few <- data[1:20, ]
set.seed(20)

told <- function(name, units, expression) {
  seconds <- system.time(suppressWarnings(expression))
  cat(name, units, sum(seconds[1:2]), "\n")
}
fitted <- function(method, d) rma.uni(yi, vi, data = d, method = method)
told("DL subsets", sizes[1], gosh(fitted("DL", few), subsets = sizes[1], progbar = FALSE))
for (method in c("PM", "ML", "REML")) {
  told(paste(method, "subsets"), sizes[2], gosh(fitted(method, few), subsets = sizes[2], progbar = FALSE))
}
told("leave-one-out REML", nrow(data), leave1out(fitted("REML", data)))
drawn <- lapply(seq_len(sizes[3]), function(i) sample(20, replace = TRUE))
told("REML bootstrap", sizes[3], for (i in drawn) try(fitted("REML", few[i, ]), silent = TRUE)) # some do not converge
