//! What a stage will cost, from what finished stages of its name did: as it is where nothing differs that costs anything,
//! in proportion where only amounts of work do, and not at all where anything else does.

use serde::Serialize;

use crate::store::shelf::Finished;
use crate::store::{Ancestry, Difference, Measured, Parts, own_differences};

/// Settings that say how much work there is: the time grows in proportion to them.
const AMOUNTS: [&str; 5] = [
    "updates",
    "epochs",
    "n_steps",
    "n_starts",
    "number of training rows",
];
/// Settings that no time and no memory depends on.
const FREE: [&str; 18] = [
    "seed",
    "learning_rate",
    "discriminator_learning_rate",
    "beta1",
    "beta2",
    "l2",
    "decay",
    "to",
    "sd",
    "snr",
    "luminance",
    "shrink",
    "threshold",
    "series",
    "combine",
    "compiler",
    "profile",
    "path",
];
/// Beginnings of the names of parts that no time and no memory depends on.
const FREE_KINDS: [&str; 8] = [
    "source of ",
    "dependenc",
    "file ",
    "stimuli",
    "trials of ",
    "regions of ",
    "responses of ",
    "field of view",
];
/// Outcomes whose hash costs nothing, since their sizes are parts of their own.
const SIZED: [&str; 2] = ["corpus", "training rows"];

/// What a stage will cost, as far as stages like it were measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// Time of the whole stage in seconds; of that in which another is made beside it, its share.
    pub seconds: f64,
    /// The same without sharing: the most that it takes alone.
    pub alone_seconds: f64,
    /// Peak memory in bytes, where the system told it.
    pub memory_bytes: Option<u64>,
    /// Size of the stage's files in bytes.
    pub disk_bytes: u64,
    /// Where these figures come from.
    pub source: Source,
}

/// Where the figures of a cost come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The stage itself, which is finished: its own figures.
    Itself,
    /// A stage that differs in nothing that costs anything.
    Alike,
    /// A stage that does another amount of the same work.
    InProportion,
}

impl Cost {
    /// What a stage that is there did cost.
    pub(crate) fn of(measured: &Measured) -> Self {
        let [seconds, alone_seconds] = measured.whole_seconds();
        Self {
            seconds,
            alone_seconds,
            memory_bytes: measured.peak_memory_bytes,
            disk_bytes: measured.bytes,
            source: Source::Itself,
        }
    }

    /// What a stage will cost, from the first of these whose figures hold for it.
    pub(crate) fn expected(now: &Ancestry, finished: &[Finished]) -> Option<Self> {
        let n_threads = rayon::current_num_threads();
        finished.iter().find_map(|one| {
            let measured = one.measured.as_ref()?;
            let factor = factor(now, &one.ancestry)?;
            let source = if (factor - 1.0).abs() < 1e-9 {
                Source::Alike
            } else {
                Source::InProportion
            };
            let then = Self::of(measured);
            (measured.threads == n_threads).then_some(Self {
                seconds: factor * then.seconds,
                alone_seconds: factor * then.alone_seconds,
                source,
                ..then
            })
        })
    }

    /// Seconds of a run that makes these stages: the sum of their shares, and no less than any takes alone at most.
    pub fn seconds_of_run(costs: &[Self]) -> f64 {
        let shares: f64 = costs.iter().map(|cost| cost.seconds).sum();
        costs
            .iter()
            .map(|cost| cost.alone_seconds)
            .fold(shares, f64::max)
    }

    /// Memory in bytes of a run that makes these stages: that of the two largest, which may be at work side by side; `None` if
    /// nothing is known of one.
    pub fn memory_of_run(costs: &[Self]) -> Option<u64> {
        let all: Option<Vec<u64>> = costs.iter().map(|cost| cost.memory_bytes).collect();
        let mut all = all.filter(|all| !all.is_empty())?;
        all.sort_unstable_by(|a, b| b.cmp(a));
        Some(all.iter().take(2).sum())
    }
}

/// How many times as much work the stage is; none if that cannot be known.
fn factor(now: &Ancestry, then: &Ancestry) -> Option<f64> {
    let (own, other) = (now.own()?, then.own()?);
    let amounts = own_differences(own, other).into_iter();
    let mut factor = amounts.map(|one| amount(&one)).product::<Option<f64>>()?;
    if own.after.len() != other.after.len() {
        return None;
    }
    for (own, other) in behind(now, own).zip(behind(then, other)) {
        // A network that learned for longer takes no longer to look through.
        let differences = own_differences(own, other);
        factor *= differences
            .iter()
            .map(|one| amount(one).map(|_| 1.0))
            .product::<Option<f64>>()?;
    }
    Some(factor)
}

/// Every stage behind one, in an order that depends on their names alone.
fn behind<'a>(all: &'a Ancestry, own: &'a Parts) -> impl Iterator<Item = &'a Parts> {
    let mut others: Vec<&Parts> = all.stages.iter().filter(|one| one.key != own.key).collect();
    others.sort_by_key(|one| &one.stage);
    others.into_iter()
}

/// How many times as much work a difference makes; none if that cannot be known.
fn amount(one: &Difference) -> Option<f64> {
    let last = one.name.rsplit('.').next().unwrap_or_default();
    let values = (one.now.as_deref(), one.then.as_deref());
    if AMOUNTS.contains(&last) {
        let (now, then): (f64, f64) = (values.0?.parse().ok()?, values.1?.parse().ok()?);
        return (then > 0.0).then(|| now / then);
    }
    let is_weight = one.name.starts_with("losses.") && one.name.ends_with(".0");
    let is_kind = FREE_KINDS.iter().any(|kind| one.name.starts_with(kind));
    let is_free = FREE.contains(&last) || SIZED.contains(&&*one.name) || is_weight || is_kind;
    let n_members = |text: Option<&str>| text.map(|text| text.matches(',').count());
    let is_as_many = one.name == "members" && n_members(values.0) == n_members(values.1);
    // How many members there are in all costs a pass nothing.
    let is_of_others = one.name.starts_with("ensemble.");
    (is_free || is_as_many || is_of_others).then_some(1.0)
}
