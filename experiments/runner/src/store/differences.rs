//! What differs between two keys, and where it begins.

use std::collections::BTreeMap;

use serde::Serialize;

use super::part::{Ancestry, Part, Parts, Says};

/// One part that differs between two keys, such as a setting, a file or a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    /// Name of the stage in which the difference begins.
    pub(crate) stage: String,
    /// Name of the part, such as `decoder.l2`.
    pub(crate) name: String,
    /// The value of the part in the key that is asked about; none if that key has no such part.
    pub(crate) now: Option<String>,
    /// The value of the part in the key that it is compared with; none if that key has no such part.
    pub(crate) then: Option<String>,
    /// Whether somebody can change the part itself, or whether it follows from other parts.
    #[serde(skip)]
    pub(crate) says: Says,
}

/// What differs between two stages of one name, causes before what they caused. What a stage inherits is said of the stage
/// in which it begins; what was loaded or computed is said only where nothing explains it.
pub(crate) fn differences(now: &Ancestry, then: &Ancestry) -> Vec<Difference> {
    let mut found = Comparison {
        now,
        then,
        all: Vec::new(),
    };
    if let (Some(now), Some(then)) = (now.own(), then.own()) {
        found.visit(now, then);
    }
    found.all
}

/// Everything that differs in the parts of two stages themselves.
pub(crate) fn own_differences(now: &Parts, then: &Parts) -> Vec<Difference> {
    let (here, there) = (by_name(&now.parts), by_name(&then.parts));
    let mut order: Vec<&str> = Vec::new();
    for part in now.parts.iter().chain(&then.parts) {
        if here.get(&*part.name) != there.get(&*part.name) && !order.contains(&&*part.name) {
            order.push(&part.name);
        }
    }
    let says = |name: &str| {
        let mut parts = now.parts.iter().chain(&then.parts);
        parts
            .find(|part| part.name == name)
            .map_or(Says::Cause, |part| part.says)
    };
    let value = |of: &BTreeMap<&str, Vec<&str>>, name: &str| of.get(name).map(|of| of.join(", "));
    order
        .into_iter()
        .map(|name| Difference {
            stage: now.stage.clone(),
            name: name.to_owned(),
            now: value(&here, name),
            then: value(&there, name),
            says: says(name),
        })
        .collect()
}

struct Comparison<'a> {
    now: &'a Ancestry,
    then: &'a Ancestry,
    all: Vec<Difference>,
}

impl Comparison<'_> {
    /// Adds what differs in two stages and behind them; whether anything does.
    fn visit(&mut self, now: &Parts, then: &Parts) -> bool {
        if now.key == then.key {
            return false;
        }
        let mut outcomes = Vec::new();
        let behind = self.visit_all(now, (&now.after, &then.after), &mut outcomes);
        let own = own_differences(now, then);
        let (causes, own): (Vec<_>, Vec<_>) =
            own.into_iter().partition(|one| one.says == Says::Cause);
        outcomes.extend(own);
        let causes = without_sources_of_others(without_parts_of_others(causes));
        let explained = behind || !causes.is_empty();
        self.add(causes);
        // The data may explain a corpus that was made of them.
        let beside = (&*now.beside, &*then.beside);
        if !explained && !self.visit_all(now, beside, &mut Vec::new()) {
            self.add(outcomes);
        }
        true
    }

    /// Does the same for the stages that both build on, paired by their names; stages of one alone are put into `more`.
    fn visit_all(
        &mut self,
        own: &Parts,
        (now, then): (&[String], &[String]),
        more: &mut Vec<Difference>,
    ) -> bool {
        let now: Vec<&Parts> = now.iter().filter_map(|key| self.now.of(key)).collect();
        let mut then: Vec<&Parts> = then.iter().filter_map(|key| self.then.of(key)).collect();
        let mut any = false;
        let mut pairs: Vec<(&Parts, &Parts)> = Vec::new();
        for here in now {
            let place = then.iter().position(|there| there.stage == here.stage);
            // A pass that only one of both has is compared with the last pass of that name that both have.
            let known = pairs.iter().rfind(|(_, there)| there.stage == here.stage);
            let there = place.map(|idx| then.remove(idx));
            match there.or(known.map(|(_, there)| *there)) {
                Some(there) => {
                    any |= self.visit(here, there);
                    pairs.push((here, there));
                }
                None => more.push(one_more(own, &here.stage, true)),
            }
        }
        for there in &then {
            let known = pairs.iter().rfind(|(here, _)| here.stage == there.stage);
            if let Some((here, _)) = known {
                any |= self.visit(here, there);
            }
        }
        more.extend(
            then.into_iter()
                .map(|there| one_more(own, &there.stage, false)),
        );
        any
    }

    /// Adds what is not known yet: what several stages share begins in the first.
    fn add(&mut self, differences: Vec<Difference>) {
        for one in differences {
            let same = |known: &Difference| {
                known.name == one.name && known.now == one.now && known.then == one.then
            };
            if !self.all.iter().any(same) {
                self.all.push(one);
            }
        }
    }
}

/// The difference that says that one of both builds on a stage, and the other does not.
fn one_more(own: &Parts, stage: &str, is_now: bool) -> Difference {
    let there = Some("there".to_owned());
    let (now, then) = if is_now { (there, None) } else { (None, there) };
    Difference {
        stage: own.stage.clone(),
        name: format!("stage {stage} before it"),
        now,
        then,
        says: Says::Outcome,
    }
}

/// Leaves out the parameters of a plugin that is another one: they are no changes of their own.
fn without_parts_of_others(all: Vec<Difference>) -> Vec<Difference> {
    let others: Vec<String> = all.iter().map(|one| format!("{}.", one.name)).collect();
    let is_inside = |one: &Difference| others.iter().any(|other| one.name.starts_with(other));
    all.into_iter().filter(|one| !is_inside(one)).collect()
}

/// Leaves out the sources that only one of both has, if anything else differs: another plugin explains them.
fn without_sources_of_others(all: Vec<Difference>) -> Vec<Difference> {
    let is_code = |one: &Difference| {
        let name = &one.name;
        name.starts_with("source of ") || name.starts_with("dependenc")
    };
    let is_other = |one: &Difference| is_code(one) && (one.now.is_none() || one.then.is_none());
    if all.iter().all(is_other) {
        return all;
    }
    all.into_iter().filter(|one| !is_other(one)).collect()
}

fn by_name(parts: &[Part]) -> BTreeMap<&str, Vec<&str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for part in parts {
        all.entry(&part.name).or_default().push(&part.value);
    }
    all
}
