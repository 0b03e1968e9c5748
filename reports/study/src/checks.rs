//! Trials that check and teach: attention checks, and practice with feedback.

use lab_core::rng::{Stream, stream};
use rand::Rng;
use rand::seq::SliceRandom;

use crate::design::Planned;
use crate::settings::Settings;
use crate::source::{Pictures, Source};

/// A picture with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) set: String,
    /// One picture.
    pub(crate) picture: Pictures,
}

/// An original, and another that is clearly different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) original: Named,
    pub(crate) different: Named,
}

/// Candidates among which the most different picture is taken.
const CANDIDATES: usize = 16;

/// Pictures that are in no trial: spare originals of the sources, or drawn ones if those are too few.
pub(crate) fn spares(sources: &[Source], settings: &Settings) -> (Vec<Named>, bool) {
    let n_needed = 2 * (settings.catch_trials + settings.practice_trials) as usize;
    let given: Vec<Named> = sources.iter().flat_map(of_source).collect();
    let mut distinct: Vec<Named> = Vec::new();
    for named in given {
        if distinct
            .iter()
            .all(|known| (&known.set, &known.name) != (&named.set, &named.name))
        {
            distinct.push(named);
        }
    }
    if distinct.len() >= n_needed {
        return (distinct, false);
    }
    let drawn = sources
        .first()
        .map_or_else(Vec::new, |source| drawn(&source.originals, n_needed));
    (drawn, true)
}

fn of_source(source: &Source) -> impl Iterator<Item = Named> {
    let spares = source.spares.iter();
    spares.flat_map(|(names, pictures)| {
        names
            .iter()
            .enumerate()
            .map(|(at, name)| named(name, &source.set, pictures, at))
    })
}

pub(crate) fn named(name: &str, set: &str, pictures: &Pictures, image_idx: usize) -> Named {
    Named {
        name: name.to_owned(),
        set: set.to_owned(),
        picture: with_values(pictures, pictures.picture(image_idx).to_vec()),
    }
}

/// A picture of the same size with other values.
fn with_values(pictures: &Pictures, values: Vec<u8>) -> Pictures {
    Pictures {
        values,
        n_channels: pictures.n_channels,
        height: pictures.height,
        width: pictures.width,
    }
}

/// Practice trials and attention checks of one list.
pub(crate) fn checks(
    list: usize,
    planned: &[Planned],
    sources: &[Source],
    spares: (&[Named], bool),
    settings: &Settings,
    seed: u64,
) -> (Vec<Check>, Vec<Check>) {
    let mut rng = stream(seed, &format!("study/checks-{list}"));
    let (spares, are_drawn) = spares;
    let mut pool: Vec<Named> = spares.to_vec();
    pool.shuffle(&mut rng);
    let practice = take(&mut pool, settings.practice_trials);
    let n_catch = settings.catch_trials;
    if are_drawn {
        // Images that this list does not use are better than drawn ones.
        let mut unused = unused(planned, sources);
        if unused.len() >= 2 * n_catch as usize {
            unused.shuffle(&mut rng);
            pool = unused;
        }
    }
    (practice, take(&mut pool, n_catch))
}

fn unused(planned: &[Planned], sources: &[Source]) -> Vec<Named> {
    let Some(source) = sources.first() else {
        return Vec::new();
    };
    let is_used = |image: usize| {
        planned.iter().any(|trial| {
            sources[trial.source_idx].set == source.set
                && (trial.target == image || trial.foil == image)
        })
    };
    let free = (0..source.images.len()).filter(|&image| !is_used(image));
    free.map(|image| named(&source.images[image], &source.set, &source.originals, image))
        .collect()
}

/// Takes pairs out of a pool: each with the most different among some candidates of the same size.
fn take(pool: &mut Vec<Named>, n_pairs: u32) -> Vec<Check> {
    let mut checks = Vec::new();
    for _ in 0..n_pairs {
        let Some(original) = pool.pop() else { break };
        let distances = pool
            .iter()
            .rev()
            .take(CANDIDATES)
            .map(|other| distance(&original.picture, &other.picture));
        let farthest = distances
            .enumerate()
            .max_by(|(_, a), (_, b)| a.total_cmp(b));
        let Some((from_end, _)) = farthest else { break };
        let different = pool.remove(pool.len() - 1 - from_end);
        checks.push(Check {
            original,
            different,
        });
    }
    checks
}

/// Mean squared difference of two pictures; −1 if their sizes differ.
fn distance(a: &Pictures, b: &Pictures) -> f64 {
    if a.values.len() != b.values.len() {
        return -1.0;
    }
    let squares = a
        .values
        .iter()
        .zip(&b.values)
        .map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
    squares.sum::<f64>() / a.values.len().max(1) as f64
}

/// A picture as a reconstruction might show it: blurred, with noise. For practice alone.
pub(crate) fn blurred(pictures: &Pictures, rng: &mut Stream) -> Pictures {
    let (height, width) = (pictures.height, pictures.width);
    let reach = (height.min(width) / 12).max(1);
    let mean = |channel: usize, y: usize, x: usize| {
        let (rows, columns) = (
            y.saturating_sub(reach)..(y + reach + 1).min(height),
            x.saturating_sub(reach)..(x + reach + 1).min(width),
        );
        let n = rows.len() * columns.len();
        let cells = rows.flat_map(|row| {
            columns
                .clone()
                .map(move |column| (channel * height + row) * width + column)
        });
        cells
            .map(|at| usize::from(pictures.values[at]))
            .sum::<usize>()
            / n
    };
    let mut values = Vec::with_capacity(pictures.values.len());
    for channel in 0..pictures.n_channels {
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let noise = rng.random_range(-12_i32..=12);
            values.push((mean(channel, y, x) as i32 + noise).clamp(0, 255) as u8);
        }
    }
    with_values(pictures, values)
}

/// Drawn pictures: stripes, discs, boards and ramps, each of another size.
fn drawn(like: &Pictures, n: usize) -> Vec<Named> {
    let (height, width) = (like.height as f64, like.width as f64);
    let of_kind = |kind: usize, y: f64, x: f64| {
        let size = 2.0 + (kind / 4) as f64;
        let is_light = match kind % 4 {
            0 => ((y * size * 2.0) as usize).is_multiple_of(2),
            1 => ((x - 0.5).powi(2) + (y - 0.5).powi(2)).sqrt() * size < 0.8,
            2 => ((x * size) as usize + (y * size) as usize).is_multiple_of(2),
            _ => ((x + y) * size) as usize % 2 == 1,
        };
        if is_light { 220 } else { 40 }
    };
    let draw = |kind: usize| {
        let mut values = Vec::with_capacity(like.n_values());
        for at in 0..like.n_values() {
            let (y, x) = ((at / like.width) % like.height, at % like.width);
            values.push(of_kind(kind, y as f64 / height, x as f64 / width));
        }
        Named {
            name: format!("drawn-{}", kind + 1),
            set: String::new(),
            picture: with_values(like, values),
        }
    };
    (0..n).map(draw).collect()
}
