# metafor's own pictures of the data behind docs/gallery.md, for the comparison there:
#   Rscript docs/gallery/metafor.R        (Debian: r-cran-metafor)
# Reads results/<review>/effects.csv, so that both draw the same numbers; writes docs/gallery/metafor-<kind>.png.
suppressMessages(library(metafor))

effects <- function(review, analysis) {
  all <- read.csv(file.path("results", review, "effects.csv"))
  all[all$analysis == analysis, ]
}
picture <- function(kind, width = 900, height = 620, draw) {
  png(file.path("docs", "gallery", paste0("metafor-", kind, ".png")), width, height, res = 110, type = "cairo")
  draw()
  invisible(dev.off())
}

bcg <- effects("colditz-1994", "trials")
es <- escalc("RR", ai = events_t, n1i = n_t, ci = events_c, n2i = n_c, data = bcg, slab = study)
fit <- rma(yi, vi, data = es, method = "DL")
at <- log(c(0.05, 0.25, 1, 4))

picture("forest", 1100, 700, function() {
  forest(fit, atransf = exp, at = at, xlim = c(-16, 6), header = "Study", addpred = TRUE, cex = 0.8,
         ilab = cbind(events_t, n_t, events_c, n_c), ilab.xpos = c(-9.5, -8, -6, -4.5))
})
picture("funnel", draw = function() {
  funnel(fit, atransf = exp, refline = 0, level = c(90, 95, 99), shade = c("white", "gray75", "gray60"), legend = TRUE)
})
picture("baujat", draw = function() baujat(fit))
picture("radial", draw = function() radial(fit))
picture("labbe", draw = function() {
  labbe(rma(measure = "RR", ai = events_t, n1i = n_t, ci = events_c, n2i = n_c, data = bcg, method = "DL"))
})
picture("influence", 1000, 900, function() plot(influence(fit)))
picture("gosh", draw = function() {
  plot(gosh(fit, progbar = FALSE), out = which(bcg$study == "TPT Madras 1980"), breaks = 50)
})
by_latitude <- rma(yi, vi, mods = ~ x_ablat, data = es, method = "DL")
picture("bubble", draw = function() regplot(by_latitude, xlab = "Latitude"))
picture("cumulative", draw = function() forest(cumul(fit, order = es$year), atransf = exp, at = log(c(0.1, 0.5, 1, 2)), cex = 0.8))
