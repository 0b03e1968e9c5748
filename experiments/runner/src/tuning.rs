//! Tuning: the combinations of settings among which an experiment chooses by itself, as plans of their own.

use lab_core::config::{Experiment, Location, Source, overrides};
use lab_core::context::Context;
use lab_core::{Error as CoreError, Result as CoreResult};

use crate::parts::Parts;
use crate::plan::Plan;
use crate::sweep::{Swept, combinations as combined, sets};
use crate::{Error, Result};

/// What may be chosen: everything else changes the data, the networks or the judges, and with them what is asked.
const TUNABLE: [&str; 3] = ["align", "losses", "decoder"];
/// Most combinations; whoever asks for more has probably mistyped.
const MOST: usize = 1000;

/// One combination of settings.
pub(crate) struct Combination {
    /// Paths of the settings.
    pub(crate) settings: Vec<String>,
    /// The value of each.
    pub(crate) values: Vec<String>,
    /// Whether each stands at an end of three numbers or more, so that a better one may lie beyond.
    pub(crate) is_at_an_end: Vec<bool>,
    /// The plan of an experiment with these values.
    pub(crate) plan: Plan,
}

/// Every combination that an experiment asks for, in the order in which they are written: the last setting changes fastest.
///
/// # Errors
/// [`CoreError::Config`] at the place of `tune` if a setting may not be chosen, or a value does not fit.
pub(crate) fn combinations(plan: &Plan) -> Result<Vec<Combination>> {
    let swept = read(&plan.experiment)?;
    let settings: Vec<String> = swept.iter().map(|of| of.path.clone()).collect();
    let mut all = Vec::new();
    for values in combined(&swept, false)? {
        let sets = sets(&swept, &values);
        let at = plan.experiment.place("tune.values");
        all.push(Combination {
            settings: settings.clone(),
            is_at_an_end: swept
                .iter()
                .zip(&values)
                .map(|(of, value)| is_at_an_end(of, value))
                .collect(),
            plan: with(plan, &sets).map_err(|error| placed(error, at))?,
            values,
        });
    }
    Ok(all)
}

/// The settings and their values, checked as far as their text tells.
fn read(experiment: &Experiment) -> Result<Vec<Swept>> {
    let Some(tune) = &experiment.tune else {
        return Ok(Vec::new());
    };
    let refused = |message: String, hint: &str| -> Error {
        CoreError::Config {
            at: experiment.place("tune.values"),
            message: format!("tune.values: {message}"),
            hint: hint.into(),
        }
        .into()
    };
    let mut swept: Vec<Swept> = Vec::new();
    for text in &tune.values {
        let of = Swept::read(text)
            .map_err(|error| refused(error.to_string(), "write path.to.key=value,value"))?;
        let first = of.path.split('.').next().unwrap_or_default();
        if !TUNABLE.contains(&first) {
            return Err(refused(
                format!("'{}' may not be chosen", of.path),
                "settings of align, losses and decoder may; what changes data, networks, observers, seed or scores changes the \
                 question, and is what lab sweep is for",
            ));
        }
        if of.values.iter().any(String::is_empty) {
            let hint = "write path.to.key=value,value";
            return Err(refused(format!("there is no value in '{text}'"), hint));
        }
        if swept.iter().any(|other| other.path == of.path) {
            let hint = "name all values of a setting in one text";
            return Err(refused(format!("'{}' stands there twice", of.path), hint));
        }
        swept.push(of);
    }
    match swept
        .iter()
        .map(|of| of.values.len())
        .fold(1, usize::saturating_mul)
    {
        0 | 1 => Err(refused(
            "expected two combinations or more, got one".into(),
            "name several values: [\"decoder.l2=0.001,0.01,0.1\"], or leave tune out",
        )),
        n if n > MOST => Err(refused(
            format!("expected at most {MOST} combinations, got {n}"),
            "try fewer values at a time",
        )),
        _ => Ok(swept),
    }
}

/// Whether a value is the least or the largest of three numbers or more.
fn is_at_an_end(of: &Swept, value: &str) -> bool {
    let numbers: Option<Vec<f64>> = of.values.iter().map(|value| value.parse().ok()).collect();
    let Some((numbers, own)) = numbers.zip(value.parse::<f64>().ok()) else {
        return false;
    };
    numbers.len() > 2
        && (numbers.iter().all(|other| own <= *other) || numbers.iter().all(|other| own >= *other))
}

/// The plan with other values. Its text and its hash stay those of the experiment that asks.
fn with(plan: &Plan, sets: &[String]) -> CoreResult<Plan> {
    let changed = overrides::apply(&Source::new("run.ron", &plan.resolved), sets)?;
    // Plugins were shrunk before, if at all.
    let experiment = Experiment::parse(&changed)?.resolved(false)?;
    let is_toy = plan.toy.is_some();
    let ctx = Context::new(experiment.seed).with_smoke(is_toy);
    let parts = Parts::build(&experiment, &ctx)?;
    parts.check_shapes(&experiment, &changed)?;
    Ok(Plan {
        experiment,
        parts,
        resolved: plan.resolved.clone(),
        run_hash: plan.run_hash.clone(),
        files: plan.files.clone(),
        toy: plan.toy.clone(),
        libraries: plan.libraries.clone(),
        said: plan.said.clone(),
    })
}

/// The same complaint at the place where the user wrote the values.
fn placed(error: CoreError, at: Location) -> Error {
    match error {
        CoreError::Config {
            at: Location::Argument { argument },
            message,
            hint,
        } => {
            let set = argument.trim_start_matches("--set ");
            CoreError::Config {
                at,
                message: format!("tune.values, {set}: {message}"),
                hint,
            }
        }
        other => other,
    }
    .into()
}

impl Plan {
    /// Refuses settings that cannot be chosen among; builds every combination.
    ///
    /// # Errors
    /// As [`combinations`].
    pub(crate) fn check_tuning(&self) -> Result<()> {
        if self.experiment.tune.is_some() {
            combinations(self)?;
        }
        Ok(())
    }

    /// Refuses more parts than there are training images, or than can be judged.
    ///
    /// # Errors
    /// [`CoreError::Config`] at the place of `tune.folds`.
    pub(crate) fn check_folds(&self, n_train: usize) -> CoreResult<()> {
        match &self.experiment.tune {
            Some(tune) if 2 * tune.folds > n_train => Err(CoreError::Config {
                at: self.experiment.place("tune.folds"),
                message: format!(
                    "tune.folds: expected at most {}, as each part needs two of the {n_train} training images, got {}",
                    n_train / 2,
                    tune.folds
                ),
                hint: "lower tune.folds".into(),
            }),
            _ => Ok(()),
        }
    }

    /// How many fits choose the settings; 0 where none are chosen.
    pub(crate) fn n_tuning_fits(&self) -> usize {
        let Some(tune) = &self.experiment.tune else {
            return 0;
        };
        let n = |text: &String| Swept::read(text).map_or(1, |of| of.values.len());
        tune.folds * tune.values.iter().map(n).product::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::is_at_an_end;
    use crate::sweep::Swept;

    #[test]
    fn ends_are_those_of_three_numbers_or_more() {
        let at_an_end = |text: &str, value: &str| is_at_an_end(&Swept::read(text).unwrap(), value);
        assert!(at_an_end("decoder.l2=0.1,0.001,0.01", "0.1"));
        assert!(at_an_end("decoder.l2=0.1,0.001,0.01", "0.001"));
        assert!(!at_an_end("decoder.l2=0.1,0.001,0.01", "0.01"));
        assert!(!at_an_end("decoder.l2=0.1,0.001", "0.1"));
        assert!(!at_an_end(
            "decoder=linear(),mlp(),ridge_to_pixels()",
            "linear()"
        ));
    }
}
