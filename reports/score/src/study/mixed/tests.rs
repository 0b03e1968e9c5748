//! Fits against R's lme4 (`tests/reference/study/glmer.R`), and what cannot be fitted.

use rand::Rng;
use serde::Deserialize;

use super::design::Design;
use super::laplace::Laplace;
use super::minimise::Found;
use super::result::SEPARATED;
use super::{Fit, Fixed, Term, Terms, Warning, fit, likelihood_ratio};
use super::{START, search};
use crate::Error;
use crate::study::fixtures::{Table, read, table};

#[derive(Deserialize)]
struct Reference {
    name: String,
    terms: Vec<Term>,
    coefficients: Vec<f64>,
    standard_errors: Vec<f64>,
    deviations: Vec<f64>,
    deviance: f64,
}

trait Model {
    fn fixed(&self) -> Fixed;
    fn terms(&self, terms: &[Term]) -> Terms<'_>;
}

impl Model for Table {
    fn fixed(&self) -> Fixed {
        if self.condition.is_empty() {
            Fixed::intercept(self.correct.len())
        } else {
            Fixed::conditions(&self.condition, &["a", "b", "c"])
        }
    }

    fn terms(&self, terms: &[Term]) -> Terms<'_> {
        Terms {
            image: terms.contains(&Term::Image).then_some(&self.image),
            distractor: terms
                .contains(&Term::Distractor)
                .then_some(&self.distractor),
            rater: terms.contains(&Term::Rater).then_some(&self.rater),
        }
    }
}

const ALL: [Term; 3] = [Term::Image, Term::Distractor, Term::Rater];

fn largest(own: impl IntoIterator<Item = f64>, other: &[f64]) -> f64 {
    let pairs = own.into_iter().zip(other);
    pairs.fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

#[test]
fn fits_are_those_of_glmer() {
    let references: Vec<Reference> = serde_json::from_str(&read("glmer.json")).unwrap();
    for reference in &references {
        let table = table(&reference.name);
        let found = fit(
            &table.correct,
            &table.fixed(),
            &table.terms(&reference.terms),
        )
        .unwrap();
        let estimates = found.coefficients.iter().map(|effect| effect.estimate);
        let errors = (found.coefficients.iter()).map(|effect| effect.standard_error.unwrap());
        let fixed = largest(estimates, &reference.coefficients);
        let error = largest(errors, &reference.standard_errors);
        let sd = largest(
            found.deviations.iter().map(|deviation| deviation.sd),
            &reference.deviations,
        );
        let deviance = found.deviance - reference.deviance;
        assert_eq!(found.coefficients.len(), reference.coefficients.len());
        assert_eq!(found.deviations.len(), reference.deviations.len());
        // In the largest set glmer stops 3e-5 above the lowest deviance; elsewhere both agree to seven digits.
        let within = if reference.name == "large" {
            1e-4
        } else {
            1e-6
        };
        assert!(fixed < within, "{}: {fixed}", reference.name);
        assert!(sd < within, "{}: {sd}", reference.name);
        assert!(
            error < 2.0 * within.max(2e-6),
            "{}: {error}",
            reference.name
        );
        assert!(
            deviance < 1e-7 && deviance > -within,
            "{}: {deviance}",
            reference.name
        );
    }
    assert_eq!(references.len(), 10);
}

/// Decisions drawn again from a table, with replacement, so that optima at and near zero are met.
fn resampled(name: &str, seed: u64) -> Table {
    let (table, mut drawn) = (table(name), Table::default());
    let mut rng = lab_core::rng::stream(seed, &format!("tests/{name}"));
    for _ in 0..table.correct.len() {
        let row = rng.random_range(0..table.correct.len());
        drawn.image.push(table.image[row]);
        drawn.distractor.push(table.distractor[row]);
        drawn.rater.push(table.rater[row]);
        drawn.correct.push(table.correct[row]);
    }
    drawn
}

#[test]
fn no_other_start_finds_a_lower_deviance() {
    let is_slow = std::env::var_os("LAB_SLOW").is_some();
    let is_separated = |found: &Found| found.at.iter().any(|value| value.abs() > SEPARATED);
    let mut n_compared = 0;
    for name in ["vim1", "brains", "null", "few", "ceiling"] {
        for seed in 0..if is_slow { 40 } else { 4 } {
            let table = resampled(name, seed);
            let (design, _) =
                Design::new(&table.correct, &table.fixed(), &table.terms(&ALL)).unwrap();
            let [own, low, high] = [START, 0.05, 2.0]
                .map(|start| search(&design, &mut Laplace::new(&design), start).unwrap());
            if is_separated(&own) {
                // A row drawn twice is a cell whose decisions agree: the deviance may fall for ever.
                let found = fit(&table.correct, &table.fixed(), &table.terms(&ALL)).unwrap();
                let is_one = |warning: &Warning| matches!(warning, Warning::Separation { .. });
                assert!(found.warnings.iter().any(is_one));
                continue;
            }
            n_compared += 1;
            assert!(own.converged, "{name} {seed}: {own:?}");
            // A search that runs away ends in an artefact of the approximation, not in a better fit.
            let settled = [&low, &high]
                .into_iter()
                .filter(|found| !is_separated(found));
            let lowest = settled.fold(f64::INFINITY, |least, found| least.min(found.value));
            assert!(
                own.value < lowest + 1e-6,
                "{name} {seed}: {own:?} {low:?} {high:?}"
            );
        }
    }
    assert!(n_compared >= 10, "{n_compared}");
}

fn warnings(found: &Fit) -> Vec<String> {
    found.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_variance_of_zero_is_said() {
    let table = table("even");
    let found = fit(&table.correct, &table.fixed(), &table.terms(&ALL)).unwrap();
    assert!(found.deviations.iter().all(|deviation| deviation.sd <= 0.0));
    assert_eq!(found.warnings.len(), 3);
    assert!(warnings(&found)[0].starts_with("The best standard deviation of the images is 0"));
    // It is an ordinary logistic regression then: 50 of 80.
    assert!((found.share_right - 50.0 / 80.0).abs() < 1e-9);
    assert_eq!(found.coefficients[0].degrees_of_freedom, None);
}

#[test]
fn terms_that_cannot_be_fitted_are_left_out() {
    let table = table("alone");
    let n = table.correct.len() as u32;
    let own: Vec<u32> = (0..n).collect();
    let renamed: Vec<u32> = table.image.iter().map(|image| 1000 - image).collect();
    let with = |distractor, rater| Terms {
        image: Some(&table.image),
        distractor: Some(distractor),
        rater: Some(rater),
    };
    let found = fit(&table.correct, &table.fixed(), &with(&own, &table.rater)).unwrap();
    let alone = fit(&table.correct, &table.fixed(), &table.terms(&[Term::Image])).unwrap();
    assert_eq!(found.deviations, alone.deviations);
    assert_eq!(
        found.warnings,
        [
            Warning::NoRepeats {
                term: Term::Distractor
            },
            Warning::OneLevel { term: Term::Rater }
        ]
    );
    let found = fit(
        &table.correct,
        &table.fixed(),
        &with(&renamed, &table.rater),
    )
    .unwrap();
    assert_eq!(
        found.warnings[0],
        Warning::Confounded {
            term: Term::Distractor,
            with: Term::Image
        }
    );
    // Without any term it is an ordinary logistic regression, whose error is known.
    let none = fit(&table.correct, &table.fixed(), &Terms::default()).unwrap();
    let n_right = table.correct.iter().filter(|&&right| right).count() as f64;
    let share = n_right / f64::from(n);
    let effect = &none.coefficients[0];
    assert!((effect.estimate - (share / (1.0 - share)).ln()).abs() < 1e-7);
    let error = 1.0 / (f64::from(n) * share * (1.0 - share)).sqrt();
    assert!((effect.standard_error.unwrap() - error).abs() < 1e-7);
    assert!((effect.t_test().is_none()) && effect.interval(0.95).unwrap().0 < effect.estimate);
}

#[test]
fn decisions_that_all_agree_have_no_estimate() {
    let table = table("conditions");
    let terms = table.terms(&ALL);
    let all = vec![true; table.correct.len()];
    let error = fit(&all, &Fixed::intercept(all.len()), &terms).unwrap_err();
    assert!(
        matches!(error, Error::Separated { n_right: 720, .. }),
        "{error}"
    );
    let of_b: Vec<bool> = (table.correct.iter().zip(&table.condition))
        .map(|(&right, &condition)| right && condition != 1)
        .collect();
    let error = fit(&of_b, &table.fixed(), &terms).unwrap_err();
    assert_eq!(
        error.to_string(),
        "all decisions of \"(Intercept) + b\" agree (0 of 240 are right), so that no estimate is finite"
    );
    let mut twice = table.fixed();
    twice.names.push("again".into());
    twice.columns.push(twice.columns[1].clone());
    let error = fit(&table.correct, &twice, &terms).unwrap_err();
    assert!(matches!(error, Error::Singular { .. }), "{error}");
    let short = Terms {
        image: Some(&table.image[1..]),
        ..terms
    };
    let error = fit(&table.correct, &table.fixed(), &short).unwrap_err();
    assert!(
        error.to_string().starts_with("levels of the image"),
        "{error}"
    );
}

#[test]
fn deviances_test_an_effect() {
    let table = table("conditions");
    let found = likelihood_ratio(&table.correct, &table.fixed(), &table.terms(&ALL), 2).unwrap();
    let wald = fit(&table.correct, &table.fixed(), &table.terms(&ALL)).unwrap();
    let z = wald.coefficients[2].z.unwrap();
    assert_eq!(found.name, "c");
    assert!((found.statistic - z * z).abs() < 1.0, "{found:?} {z}");
    assert!(found.p < 0.01 && found.p_greater > 0.99);
}
