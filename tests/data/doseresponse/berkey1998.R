# Multivariate meta-analysis of two outcomes by metafor, to test against: Rscript berkey1998.R > berkey1998.json (metafor 3.8-1, metadat 1.2-0)
suppressPackageStartupMessages({library(metafor); library(metadat)})
d <- dat.berkey1998
num <- function(x) paste0("[", paste(formatC(unname(as.numeric(x)), digits = 15, format = "g", flag = "#"), collapse = ", "), "]")
mat <- function(m) paste0("[", paste(apply(m, 1, num), collapse = ", "), "]")
V <- lapply(split(d[, c("v1i", "v2i")], d$trial), as.matrix)
y <- tapply(d$yi, d$trial, c)
cat(sprintf('{"y": [%s],\n "v": [%s]', paste(sapply(y, num), collapse = ", "), paste(sapply(V, mat), collapse = ",\n  ")))
for (method in c("REML", "ML")) {
  fit <- rma.mv(yi, bldiag(V), mods = ~ outcome - 1, random = ~ outcome | trial, struct = "UN", data = d, method = method,
                control = list(optimizer = "BFGS", reltol = 1e-16, maxit = 5000))
  o <- order(names(coef(fit)) != "outcomePD", decreasing = FALSE)
  cat(sprintf(',\n "%s": {"names": "%s", "beta": %s, "vcov": %s, "psi": %s, "log_lik": %s}', method, paste(names(coef(fit))[o], collapse = " "),
    num(coef(fit)[o]), mat(vcov(fit)[o, o]), mat(fit$G[o, o]), gsub("[][]", "", num(logLik(fit)))))
}
cat("}\n")
