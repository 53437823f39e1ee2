# Multilevel fits and cluster-robust tests by metafor and clubSandwich, as numbers to test against.
# Run: Rscript make.R > metafor.json (metafor 3.8-1, clubSandwich 0.5.8, metadat 1.2-0)
suppressPackageStartupMessages({library(metafor); library(metadat); library(clubSandwich)})
num <- function(x) paste0("[", paste(formatC(unname(as.numeric(x)), digits = 15, format = "g", flag = "#"), collapse = ", "), "]")
txt <- function(x) paste0("[", paste0('"', x, '"', collapse = ", "), "]")
control <- list(optimizer = "nlminb", rel.tol = 1e-14, x.tol = 1e-12, abs.tol = 0, sing.tol = 1e-16, eval.max = 2000, iter.max = 2000)
robust_rows <- function(fit, cluster) {
  parts <- c()
  for (type in c("CR0", "CR1", "CR1p", "CR2")) {
    test <- coef_test(fit, vcov = type, cluster = cluster, test = "Satterthwaite")
    parts <- c(parts, sprintf('"%s": {"se": %s, "df": %s, "p": %s}', type, num(test$SE), num(test$df_Satt), num(test$p_Satt)))
  }
  if (length(coef(fit)) > 1) {
    wald <- Wald_test(fit, constraints = constrain_zero(2:length(coef(fit))), vcov = "CR2", cluster = cluster, test = "HTZ")
    parts <- c(parts, sprintf('"HTZ": %s', num(c(wald$Fstat, wald$df_num, wald$df_denom, wald$p_val))))
  }
  paste0("{", paste(parts, collapse = ", "), "}")
}
one <- function(name, dat, V, X, groups, formula, cluster, method, V_text, intervals = TRUE, nested = TRUE) {
  form <- lapply(formula, as.formula)
  args <- list(yi = dat$yi, V = V, random = form, data = dat, method = method, control = control, sparse = FALSE)
  if (!is.null(X)) args$mods <- X
  fit <- do.call(rma.mv, args)
  ci <- c()
  if (intervals) for (i in seq_along(fit$sigma2)) {
    got <- suppressWarnings(confint(fit, sigma2 = i, control = list(tol = 1e-10)))
    ci <- c(ci, got$random[1, 2:3])
  }
  cat(sprintf('{"name": "%s", "method": "%s", "covariance": "%s",\n "y": %s,\n "v": %s,\n "x": %s,\n "groups": [%s],\n "cluster": %s,\n',
    name, method, V_text, num(dat$yi), num(dat$vi), if (is.null(X)) "[]" else paste0("[", paste(apply(as.matrix(X), 1, num), collapse = ", "), "]"),
    paste(sapply(groups, function(g) txt(as.character(g))), collapse = ",\n  "), txt(as.character(cluster))))
  cat(sprintf(' "beta": %s, "se": %s, "sigma2": %s, "ci": %s, "log_lik": %s, "q": %s,\n "robust": %s}',
    num(fit$beta), num(fit$se), num(fit$sigma2), num(ci), num(logLik(fit)), num(fit$QE), if (nested) robust_rows(fit, cluster) else "{}"))
}
k <- dat.konstantopoulos2011
a <- dat.assink2016
b <- dat.bornmann2007
b <- escalc(measure = "OR", ai = waward, n1i = wtotal, ci = maward, n2i = mtotal, data = b)
cat("[\n")
one("konstantopoulos2011", k, k$vi, NULL, list(k$district, interaction(k$district, k$school)), c("~ 1 | district/school"), k$district, "REML", "diagonal")
cat(",\n")
one("konstantopoulos2011", k, k$vi, NULL, list(k$district, interaction(k$district, k$school)), c("~ 1 | district/school"), k$district, "ML", "diagonal")
cat(",\n")
k$year <- k$year - mean(k$year)
one("konstantopoulos2011 by year", k, k$vi, cbind(year = k$year), list(k$district, interaction(k$district, k$school)), c("~ 1 | district/school"), k$district, "REML", "diagonal")
cat(",\n")
one("assink2016", a, a$vi, NULL, list(a$study, interaction(a$study, a$esid)), c("~ 1 | study/esid"), a$study, "REML", "diagonal")
cat(",\n")
V <- vcalc(vi, cluster = study, obs = esid, data = a, rho = 0.6)
one("assink2016 correlated", a, V, NULL, list(a$study, interaction(a$study, a$esid)), c("~ 1 | study/esid"), a$study, "REML", "0.6")
cat(",\n")
X <- cbind(year = a$year, sexual = as.numeric(a$deltype == "general"), covert = as.numeric(a$deltype == "covert"))
one("assink2016 correlated by year and type", a, V, X, list(a$study, interaction(a$study, a$esid)), c("~ 1 | study/esid"), a$study, "REML", "0.6")
cat(",\n")
one("bornmann2007 three variances", b, b$vi, NULL, list(b$study, interaction(b$study, b$obs), b$country), c("~ 1 | study/obs", "~ 1 | country"), b$study, "ML", "diagonal", intervals = FALSE, nested = FALSE)
cat("\n]\n")
