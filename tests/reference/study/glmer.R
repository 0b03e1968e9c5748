# Reference fits of the mixed-effects logistic regression of a behavioural study.
#
# Written with R 4.2.2 and lme4 1.1-31 (Debian's r-cran-lme4). Run it in its own folder: Rscript glmer.R; it writes
# decisions_*.csv and glmer.json.
#
# Model: correct ~ 1 or condition, + (1 | image) + (1 | distractor) + (1 | rater), logit link, glmer with nAGQ = 1
# (Laplace). The optimiser's tolerances are narrowed, so that the figures are those of the optimum. Standard errors are
# those of summary(): from the numerical Hessian of the deviance in (theta, beta), and those of use.hessian = FALSE.
suppressPackageStartupMessages(library(lme4))
set.seed(20261128)
control <- glmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 200000, rhobeg = 0.2, rhoend = 1e-9), tolPwrss = 1e-12,
                        check.conv.singular = "ignore")

simulate <- function(n_images, n_per_image, n_raters, intercept, s_image, s_distractor, s_rater) {
  u <- rnorm(n_images, 0, s_image); v <- rnorm(n_images, 0, s_distractor); w <- rnorm(n_raters, 0, s_rater)
  rows <- expand.grid(k = seq_len(n_per_image), image = seq_len(n_images))
  # A distractor is another image; a rater is dealt out by turns after a shuffle.
  rows$distractor <- (rows$image - 1 + sample(n_images - 1, nrow(rows), replace = TRUE)) %% n_images + 1
  rows$rater <- sample(rep_len(seq_len(n_raters), nrow(rows)))
  p <- plogis(intercept + u[rows$image] + v[rows$distractor] + w[rows$rater])
  rows$correct <- rbinom(nrow(rows), 1, p)
  rows[, c("image", "distractor", "rater", "correct")]
}

# Conditions are generators whose reconstructions of the same images are shown to the same people.
conditions <- function(n_images, n_per_image, n_raters, means, s_image, s_distractor, s_rater) {
  u <- rnorm(n_images, 0, s_image); v <- rnorm(n_images, 0, s_distractor); w <- rnorm(n_raters, 0, s_rater)
  rows <- expand.grid(k = seq_len(n_per_image), image = seq_len(n_images), condition = letters[seq_along(means)])
  rows$distractor <- (rows$image - 1 + sample(n_images - 1, nrow(rows), replace = TRUE)) %% n_images + 1
  rows$rater <- sample(rep_len(seq_len(n_raters), nrow(rows)))
  p <- plogis(means[as.integer(rows$condition)] + u[rows$image] + v[rows$distractor] + w[rows$rater])
  rows$correct <- rbinom(nrow(rows), 1, p)
  rows[, c("image", "distractor", "rater", "condition", "correct")]
}

# Every image and every rater is right equally often: no variance is left for any term.
even <- function(n_images) {
  rows <- expand.grid(k = 1:4, image = seq_len(n_images))
  rows$distractor <- (rows$image + rows$k - 1) %% n_images + 1
  rows$rater <- (rows$image + 2 * rows$k) %% 5 + 1
  rows$correct <- as.integer(rows$k <= 2 | (rows$k == 3 & rows$image %% 2 == 0))
  rows[, c("image", "distractor", "rater", "correct")]
}

number <- function(values) paste0("[", paste(sprintf("%.10f", values), collapse = ", "), "]")

fit <- function(name, data, terms = c("image", "distractor", "rater")) {
  write.csv(data, paste0("decisions_", name, ".csv"), row.names = FALSE, quote = FALSE)
  fixed <- if ("condition" %in% names(data)) "condition" else "1"
  formula <- reformulate(c(fixed, sprintf("(1 | %s)", terms)), "correct")
  m <- glmer(formula, data = data, family = binomial, nAGQ = 1, control = control)
  sd <- sapply(VarCorr(m), function(v) attr(v, "stddev"))[paste0(terms, ".(Intercept)")]
  s <- summary(m)$coefficients
  plain <- sqrt(diag(as.matrix(vcov(m, use.hessian = FALSE))))
  sprintf('  {"name": "%s", "terms": ["%s"], "coefficients": %s, "standard_errors": %s, "standard_errors_without_hessian": %s, "deviations": %s, "deviance": %.10f}',
          name, paste(terms, collapse = '", "'), number(s[, 1]), number(s[, 2]), number(plain), number(sd),
          -2 * as.numeric(logLik(m)))
}

cases <- list(
  vim1 = simulate(50, 5, 38, 0.75, 0.8, 0.3, 0.4),
  brains = simulate(70, 5, 38, 1.2, 1.5, 0.5, 0.3),
  null = simulate(40, 8, 16, 0.0, 0.5, 0.0, 0.0),
  large = simulate(60, 40, 60, 0.5, 0.7, 0.5, 0.4),
  few = simulate(12, 10, 6, 0.3, 1.0, 0.4, 0.8),
  conditions = conditions(40, 6, 24, c(0.9, 0.4, 0.1), 0.8, 0.4, 0.5),
  ceiling = simulate(50, 8, 20, 2.8, 0.8, 0.4, 0.6),
  even = even(20)
)
lines <- mapply(fit, names(cases), cases)
# One rater only, and images only: a term of one level cannot be fitted.
alone <- simulate(50, 10, 1, 0.6, 0.7, 0.5, 0.0)
lines <- c(lines, fit("alone", alone, c("image", "distractor")), fit("images", simulate(60, 6, 9, 0.5, 0.9, 0.0, 0.0), "image"))
writeLines(c("[", paste(lines, collapse = ",\n"), "]"), "glmer.json")
