//! Tuning: the combinations of settings among which an experiment chooses by itself, as plans of their own.

use lab_core::config::{Experiment, Location, Source, nearest, overrides};
use lab_core::context::Context;
use lab_core::recording::Stimuli;
use lab_core::{Error as CoreError, Result as CoreResult};
use lab_score::record::as_set;

use crate::parts::Parts;
use crate::plan::Plan;
use crate::sweep::{Swept, combinations as combined, sets};
use crate::{Error, Result};

/// Fields of an experiment whose settings may be chosen.
const TUNABLE: [&str; 4] = ["align", "losses", "decoder", "ensemble"];
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

impl Combination {
    /// Its values as they are set: `decoder.l2=0.01, losses.0.0=10`.
    pub(crate) fn words(&self) -> String {
        as_set(&self.settings, &self.values)
    }
}

/// Every combination that an experiment asks for, in the order in which they are written: the last setting changes fastest.
///
/// # Errors
/// [`CoreError::Config`] at the place of `tune` if a setting may not be chosen, or a value does not fit.
pub(crate) fn combinations(plan: &Plan) -> Result<Vec<Combination>> {
    let swept = read(&plan.experiment)?;
    let mut all = Vec::new();
    for values in combined(&swept, false)? {
        let ends = swept.iter().zip(&values);
        all.push(Combination {
            settings: swept.iter().map(|of| of.path.clone()).collect(),
            is_at_an_end: ends.map(|(of, value)| is_at_an_end(of, value)).collect(),
            plan: with(plan, &sets(&swept, &values))
                .map_err(|error| placed(error, plan, &swept))?,
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
    let mut swept: Vec<Swept> = Vec::new();
    for (place, text) in tune.values.iter().enumerate() {
        let at = || experiment.place(&format!("tune.values.{place}"));
        let usual = "write path.to.key=value,value, such as decoder.l2=0.001,0.01,0.1";
        let of = Swept::read(text).map_err(|error| refused(at(), &error.to_string(), ""))?;
        if of.path.is_empty() || of.values.iter().any(String::is_empty) {
            let message = format!("expected a setting and its values, got '{text}'");
            return Err(refused(at(), &message, usual));
        }
        if let Some((why, hint)) = refusal(&of.path, tune.members) {
            let message = format!("'{}' cannot be chosen: {why}", of.path);
            return Err(refused(at(), &message, &hint));
        }
        if let Some(other) = swept.iter().find(|other| is_within(&of.path, &other.path)) {
            let message = format!("'{}' and '{}' are one setting", other.path, of.path);
            return Err(refused(
                at(),
                &message,
                "name all values of a setting in one text",
            ));
        }
        swept.push(of);
    }
    let n = swept
        .iter()
        .map(|of| of.values.len())
        .fold(1, usize::saturating_mul);
    let at = || experiment.place("tune.values");
    match n {
        0 | 1 => Err(refused(
            at(),
            "expected two combinations or more, got one",
            "name several values: [\"decoder.l2=0.001,0.01,0.1\"], or leave tune out",
        )),
        n if n > MOST => Err(refused(
            at(),
            &format!("expected at most {MOST} combinations, got {n}"),
            "try fewer values at a time",
        )),
        _ => Ok(swept),
    }
}

fn refused(at: Location, message: &str, hint: &str) -> Error {
    CoreError::Config {
        at,
        message: format!("tune.values: {message}"),
        hint: hint.into(),
    }
    .into()
}

/// Why the training images cannot choose a setting, and what can be done; `None` if they can.
fn refusal(path: &str, n_members: usize) -> Option<(String, String)> {
    let first = path.split('.').next().unwrap_or_default();
    let usual = "settings of align, losses and decoder can, and ensemble.combine";
    let (why, hint) = match first {
        "ensemble" if path != "ensemble.combine" => (
            "all fits have tune.members decoders",
            "leave it out; lab sweep compares numbers of members",
        ),
        "ensemble" if n_members == 1 => (
            "predictions of one decoder need no combining",
            "raise tune.members",
        ),
        "align" | "losses" | "decoder" | "ensemble" => return None,
        "dataset" | "split" | "responses" => ("it changes the data or the test set", usual),
        "generator" | "features" | "observers" => (
            "networks are trained once, for all fits alike; lab sweep compares them",
            usual,
        ),
        "seed" => (
            "a seed that happens to score well is no better than another",
            usual,
        ),
        "evaluate" | "scores" | "criteria" | "overfit" | "export" => (
            "it changes how the result is judged, and not the result",
            usual,
        ),
        "name" | "description" | "plugins" | "tune" => ("no fit gets better by it", usual),
        _ => {
            let meant = nearest(first, TUNABLE)
                .map_or(String::new(), |name| format!("did you mean '{name}'? "));
            return Some((
                format!("an experiment has no '{first}'"),
                format!("{meant}{usual}"),
            ));
        }
    };
    Some((why.into(), hint.into()))
}

/// Whether one of two paths leads to the other's setting or into it.
fn is_within(path: &str, other: &str) -> bool {
    let into = |path: &str, other: &str| {
        path.strip_prefix(other)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    into(path, other) || into(other, path)
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
fn placed(error: CoreError, plan: &Plan, swept: &[Swept]) -> Error {
    let CoreError::Config { at, message, hint } = error else {
        return error.into();
    };
    let set = match &at {
        Location::Argument { argument } => argument.trim_start_matches("--set "),
        _ => "",
    };
    let path = set.split('=').next().unwrap_or_default();
    let (place, set) = match swept.iter().position(|of| of.path == path) {
        Some(place) => (format!("tune.values.{place}"), format!(", {set}")),
        None => ("tune.values".to_owned(), String::new()),
    };
    CoreError::Config {
        at: plan.experiment.place(&place),
        message: format!("tune.values{set}: {message}"),
        hint,
    }
    .into()
}

impl Plan {
    /// Refuses settings that cannot be chosen, and values that do not fit: builds every combination.
    ///
    /// # Errors
    /// As [`combinations`]; [`CoreError::Config`] for a value of the command line that a choice would replace.
    pub(crate) fn check_tuning(&self, set: &[String]) -> Result<()> {
        if self.experiment.tune.is_none() {
            return Ok(());
        }
        for of in read(&self.experiment)? {
            let path = |set: &String| set.split('=').next().unwrap_or_default().trim().to_owned();
            let is_replaced = |set: &&String| {
                path(set) == of.path || path(set).starts_with(&format!("{}.", of.path))
            };
            if let Some(set) = set.iter().find(is_replaced) {
                return Err(CoreError::Config {
                    at: Location::Argument {
                        argument: format!("--set {set}"),
                    },
                    message: format!("'{}' is chosen by tune, which would replace this value", of.path),
                    hint: "leave it out, or take the setting out of tune.values: --set 'tune.values=[…]'".into(),
                }
                .into());
            }
        }
        combinations(self).map(drop)
    }

    /// Refuses more parts than there are training images or their pictures, or than can be judged.
    ///
    /// # Errors
    /// [`CoreError::Config`] at the place of `tune.folds`.
    pub(crate) fn check_folds(&self, stimuli: &Stimuli, train_idx: &[usize]) -> CoreResult<()> {
        // Images of one picture stay together.
        let (n, what) = match stimuli.n_pictures(train_idx) {
            Some(n_pictures) => (n_pictures, "pictures of training images"),
            None => (train_idx.len(), "training images"),
        };
        match &self.experiment.tune {
            Some(tune) if 2 * tune.folds > n => Err(CoreError::Config {
                at: self.experiment.place("tune.folds"),
                message: format!(
                    "tune.folds: expected at most {}, as each part needs two of the {n} {what}, got {}",
                    n / 2,
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
    use super::{is_at_an_end, is_within, refusal};
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

    #[test]
    fn what_changes_the_question_cannot_be_chosen() {
        for path in [
            "align",
            "align.3.variance",
            "losses.0.0",
            "losses.1.1.threshold",
            "decoder.l2",
        ] {
            assert_eq!(refusal(path, 1), None, "{path}");
        }
        assert_eq!(refusal("ensemble.combine", 2), None);
        for (path, why) in [
            ("dataset.snr", "the data or the test set"),
            ("split", "the data or the test set"),
            ("responses.repeats", "the data or the test set"),
            ("generator.latent", "networks are trained once"),
            ("features", "networks are trained once"),
            ("observers.0", "networks are trained once"),
            ("seed", "no better than another"),
            ("evaluate", "how the result is judged"),
            ("scores.n_foils", "how the result is judged"),
            ("criteria", "how the result is judged"),
            ("overfit.epochs", "how the result is judged"),
            ("export", "how the result is judged"),
            ("name", "no fit gets better by it"),
            ("tune.folds", "no fit gets better by it"),
            ("ensemble.members", "tune.members decoders"),
            ("ensemble", "tune.members decoders"),
            ("ensemble.combine", "need no combining"),
            ("decodr.l2", "no 'decodr'"),
        ] {
            let (found, _) = refusal(path, 1).unwrap();
            assert!(found.contains(why), "{path}: {found}");
        }
        assert!(
            refusal("decodr.l2", 1)
                .unwrap()
                .1
                .contains("did you mean 'decoder'?")
        );
    }

    #[test]
    fn settings_lie_within_each_other_by_whole_words() {
        assert!(is_within("decoder.l2", "decoder.l2"));
        assert!(is_within("decoder", "decoder.l2") && is_within("decoder.l2", "decoder"));
        assert!(!is_within("align.1", "align.10") && !is_within("losses.0.0", "losses.0.1"));
    }
}
