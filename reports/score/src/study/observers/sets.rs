//! Trials by set, with people's decisions and observers' margins.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{COMBINATION, ObserverKind};
use crate::study::{Decision, Kind, Observed};

/// Brain, original and foil.
pub(super) type Pair<'a> = (&'a str, &'a str, &'a str);

/// A different trial with what people chose.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial<'a> {
    pub(super) pair: Pair<'a>,
    pub(super) n_right: u64,
    pub(super) n: u64,
}

/// An observer's margins of all pairs of a set that it saw.
#[derive(Debug, Clone)]
pub(super) struct Looker<'a> {
    pub(super) name: &'a str,
    pub(super) kind: ObserverKind,
    pub(super) margins: BTreeMap<Pair<'a>, f64>,
}

/// A dataset under one condition.
#[derive(Debug, Clone)]
pub(super) struct Set<'a> {
    pub(super) set: &'a str,
    pub(super) condition: &'a str,
    /// Different trials with one foil, in the order of their names.
    pub(super) trials: Vec<Trial<'a>>,
    /// Decisions that name no foil, or several.
    pub(super) n_without_foil: usize,
    /// Observers that saw a trial, by kind and name.
    pub(super) lookers: Vec<Looker<'a>>,
}

type Margins<'a> = BTreeMap<(ObserverKind, &'a str), BTreeMap<Pair<'a>, f64>>;

/// All sets with decisions, in the order of their names.
pub(super) fn sets<'a>(decisions: &'a [Decision], observed: &'a [Observed]) -> Vec<Set<'a>> {
    let mut margins: BTreeMap<(&str, &str), Margins<'a>> = BTreeMap::new();
    for one in observed.iter().filter(|of| of.observer != COMBINATION) {
        let of_set = margins.entry((&one.set, &one.condition)).or_default();
        let observer = (ObserverKind::of(&one.observer), one.observer.as_str());
        let pair = (
            one.subject.as_str(),
            one.image.as_str(),
            one.distractor.as_str(),
        );
        of_set.entry(observer).or_default().insert(pair, one.margin);
    }
    let mut counts: BTreeMap<(&str, &str), Counts<'a>> = BTreeMap::new();
    for decision in decisions.iter().filter(|of| of.kind == Kind::Trial) {
        let counts = counts.entry((&decision.set, &decision.condition));
        counts.or_default().add(decision);
    }
    let set = |((set, condition), counts): ((&'a str, &'a str), Counts<'a>)| {
        let seen = margins.remove(&(set, condition)).unwrap_or_default();
        counts.set(set, condition, seen)
    };
    counts.into_iter().map(set).collect()
}

/// People's decisions about one set.
#[derive(Default)]
struct Counts<'a> {
    /// Right decisions and all of each trial.
    trials: BTreeMap<Pair<'a>, (u64, u64)>,
    n_without_foil: usize,
}

impl<'a> Counts<'a> {
    fn add(&mut self, decision: &'a Decision) {
        let [foil] = decision.distractors.as_slice() else {
            self.n_without_foil += 1;
            return;
        };
        let pair = (
            decision.subject.as_str(),
            decision.image.as_str(),
            foil.as_str(),
        );
        let (n_right, n) = self.trials.entry(pair).or_default();
        *n_right += u64::from(decision.is_correct);
        *n += 1;
    }

    fn set(self, set: &'a str, condition: &'a str, seen: Margins<'a>) -> Set<'a> {
        let looker = |((kind, name), margins)| Looker {
            name,
            kind,
            margins,
        };
        let saw_one =
            |looker: &Looker<'a>| looker.margins.keys().any(|of| self.trials.contains_key(of));
        let trial = |(&pair, &(n_right, n)): (&Pair<'a>, &(u64, u64))| Trial { pair, n_right, n };
        Set {
            set,
            condition,
            trials: self.trials.iter().map(trial).collect(),
            n_without_foil: self.n_without_foil,
            lookers: seen.into_iter().map(looker).filter(saw_one).collect(),
        }
    }
}

impl<'a> Set<'a> {
    /// "vim-1 (dcgan)", for sentences.
    pub(super) fn name(&self) -> String {
        if self.condition.is_empty() {
            self.set.to_owned()
        } else {
            format!("{} ({})", self.set, self.condition)
        }
    }

    /// Trials that an observer saw, with its margins.
    pub(super) fn seen<'s>(&'s self, looker: &'s Looker<'a>) -> Vec<(Trial<'a>, f64)> {
        let margin = |trial: &Trial<'a>| Some((*trial, *looker.margins.get(&trial.pair)?));
        self.trials.iter().filter_map(margin).collect()
    }

    /// Names of all images of the trials, sorted.
    pub(super) fn images(&self) -> Vec<&'a str> {
        let names: BTreeSet<&str> = self
            .trials
            .iter()
            .flat_map(|of| [of.pair.1, of.pair.2])
            .collect();
        names.into_iter().collect()
    }
}

/// Right decisions and all decisions by image.
pub(super) fn by_image<'a>(
    trials: impl Iterator<Item = Trial<'a>>,
) -> BTreeMap<&'a str, (u64, u64)> {
    let mut images: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for trial in trials {
        let (n_right, n) = images.entry(trial.pair.1).or_default();
        *n_right += trial.n_right;
        *n += trial.n;
    }
    images
}
