//! The design: which participant sees which trials.
//!
//! A *list* is the plan of one participant. A trial uses two images `a` and `b`: the original of `a`, and the
//! reconstructions of `a` and of `b`.
//!
//! | over | balance | how |
//! |---|---|---|
//! | a list | no image of a set twice, whatever the source | [`images`]: rows of the assignment |
//! | a list | equally many trials of each source | the same |
//! | lists | each image equally often in each source, ±1 | the same: its columns |
//! | lists | each pair of images equally often, as far as a search gets | [`pairs`] |
//! | lists | each image equally often target and foil, ±1 | [`trails`]: an orientation whose in and out differ by at most 1 |
//! | lists | an image meets different foils | pairs that come twice are turned both ways |
//! | a list, an image | the right picture equally often left and right, ±1 | [`trails`]: two colours on a bipartite graph |
//!
//! Everything random comes from one seed, one stream a purpose.

mod images;
mod pairs;
mod sizes;
mod trails;

#[cfg(test)]
mod tests;

use lab_core::rng::stream;
use rand::seq::SliceRandom;

use crate::Result;
use crate::settings::Settings;
use crate::source::Source;
use pairs::Pair;
pub use sizes::Sizes;

/// Where the right picture stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// On the left.
    Left,
    /// On the right.
    Right,
}

impl Side {
    /// "left" or "right".
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }

    /// The side of that name.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "left" => Some(Self::Left),
            "right" => Some(Self::Right),
            _ => None,
        }
    }
}

/// A trial, before its pictures have names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// Index of the source.
    pub source_idx: usize,
    /// Index of the image whose original is shown.
    pub target: usize,
    /// Index of the image whose reconstruction is the foil.
    pub foil: usize,
    /// Where the target's reconstruction stands.
    pub side: Side,
}

/// A plan: for each list its trials, in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The lists.
    pub lists: Vec<Vec<Planned>>,
    /// Least number of different foils that a target met, and how often that one was a target.
    pub fewest_foils: (usize, usize),
}

/// Plans the trials of a study, checks apart.
///
/// # Errors
/// - [`crate::Error::TooManyTrials`] if somebody would see a picture twice.
/// - [`crate::Error::Source`] if sources of one set hold different images.
/// - [`crate::Error::Setting`] if trials cannot be shared out equally among sources.
///
/// # Determinism
/// Streams of `seed` under "study/…".
pub fn plan(sources: &[Source], settings: &Settings, seed: u64) -> Result<Plan> {
    let sizes = Sizes::of(sources, settings)?;
    let mut trials: Vec<(usize, Planned)> = Vec::new();
    let mut fewest_foils = (usize::MAX, 0);
    for (group_idx, group) in sizes.groups.iter().enumerate() {
        let shown = images::assign(
            group.n_images,
            group.sources.len(),
            sizes.per_source,
            sizes.n_lists,
            &mut stream(seed, &format!("study/images-{group_idx}")),
        );
        for (place, &source_idx) in group.sources.iter().enumerate() {
            let mut rng = stream(seed, &format!("study/pairs-{source_idx}"));
            let pairs = if group.sources.len() == 1 && 2 * sizes.per_source + 1 >= group.n_images {
                pairs::rounds(group.n_images, sizes.n_lists, &mut rng)
            } else {
                pairs::matched(&shown, place, group.n_images, &mut rng)
            };
            let turned = trails::turned(group.n_images, pairs, &mut rng);
            fewest_foils = fewest_foils.min(pairs::fewest_foils(group.n_images, &turned));
            trials.extend(turned.into_iter().map(|Pair { list, a, b }| {
                let (target, foil, side) = (a, b, Side::Left);
                (
                    list,
                    Planned {
                        source_idx,
                        target,
                        foil,
                        side,
                    },
                )
            }));
        }
    }
    Ok(Plan {
        lists: in_lists(sizes.n_lists, trials, seed),
        fewest_foils,
    })
}

/// Gives every trial its side and its place.
fn in_lists(n_lists: usize, trials: Vec<(usize, Planned)>, seed: u64) -> Vec<Vec<Planned>> {
    let mut targets: Vec<(usize, usize)> = trials
        .iter()
        .map(|(_, trial)| (trial.source_idx, trial.target))
        .collect();
    targets.sort_unstable();
    targets.dedup();
    let edges: Vec<(usize, usize)> = trials
        .iter()
        .map(|(list, trial)| {
            let target = (trial.source_idx, trial.target);
            (*list, targets.partition_point(|known| *known < target))
        })
        .collect();
    let is_right = trails::two_colours(
        n_lists,
        targets.len(),
        &edges,
        &mut stream(seed, "study/sides"),
    );
    let mut lists = vec![Vec::new(); n_lists];
    for ((list, trial), is_right) in trials.into_iter().zip(is_right) {
        let side = if is_right { Side::Right } else { Side::Left };
        lists[list].push(Planned { side, ..trial });
    }
    let mut rng = stream(seed, "study/order");
    lists.iter_mut().for_each(|list| list.shuffle(&mut rng));
    lists
}
