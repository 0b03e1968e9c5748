//! What passes, where it comes from, where it is right and how sure it is: tables and sentences from the record.

use super::differences::signed_three;
use super::numbers::{DASH, percent, three};
use super::parts;
use super::regions;
use super::scores::Table;
use lab_score::record::{Condition, PatternRow, RankRow, Record, RingRow};

/// Every sentence about views, in the order of the chapter.
pub(super) fn sentences(record: &Record) -> Vec<String> {
    let all = [
        parts::bottleneck(record),
        samples(record),
        variety(record),
        regions::sentence(record),
        centre(record),
        parts::members(record),
    ];
    all.into_iter().flatten().collect()
}

/// Training images for each dimension of the latents.
pub(super) fn samples(record: &Record) -> Option<String> {
    let facts = record.information.as_ref()?;
    let images = facts.n_train_images;
    let of_images = images as f64 / facts.n_latents.max(1) as f64;
    let rows = if facts.n_train_rows == images {
        "one row each".to_owned()
    } else {
        format!("{} rows of responses", facts.n_train_rows)
    };
    Some(format!(
        "The decoder learned {} latent dimensions from {images} training images ({rows}): {of_images:.1} images a dimension, the \
         ratio on which it depends whether a linear decoder's outputs collapse toward their mean.",
        facts.n_latents
    ))
}

fn rank<'a>(record: &'a Record, condition: &Condition) -> Option<&'a RankRow> {
    record.ranks.iter().find(|row| row.condition == *condition)
}

/// How many directions the reconstructions fill, of those that the originals do.
pub(super) fn variety(record: &Record) -> Option<String> {
    let (made, originals) = (
        rank(record, &record.result())?,
        rank(record, &Condition::Originals)?,
    );
    let meaning = if originals.effective_rank <= 0.0 {
        "the originals do not differ".to_owned()
    } else {
        let share = made.effective_rank / originals.effective_rank;
        format!(
            "{:.0} % as many, which says nothing of whether they are the right ones",
            100.0 * share
        )
    };
    Some(format!(
        "The reconstructions differ in {:.1} directions, the originals in {:.1} (effective ranks): {meaning}.",
        made.effective_rank, originals.effective_rank
    ))
}

/// Whether the centre of the image is reconstructed better than its edge.
pub(super) fn centre(record: &Record) -> Option<String> {
    let [first, .., last] = &record.rings[..] else {
        return None;
    };
    let ring = |ring: &RingRow| {
        let bounds = ring.interval.map_or(String::new(), |(low, high)| {
            format!(" ({}–{})", three(low), three(high))
        });
        format!("{}{bounds}", three(ring.correlation))
    };
    let difference = record.centre_less_edge.and_then(|of| of.interval);
    let meaning = match difference {
        Some((low, _)) if low > 0.0 => "the centre is reconstructed better",
        Some((_, high)) if high < 0.0 => "the edge is reconstructed better",
        Some(_) => "they are not told apart",
        None => "no interval of their difference was drawn, so that they are not told apart",
    };
    let bounds = difference.map_or(String::new(), |(low, high)| {
        format!(
            " (centre less edge, over the same images: {} to {})",
            signed_three(low),
            signed_three(high)
        )
    });
    Some(format!(
        "Pixels correlate with their reconstructions over test images by {} at the centre of the image and {} at its edge: \
         {meaning}{bounds}.",
        ring(first),
        ring(last)
    ))
}

/// What share of people would show it, and what the aligned mean is.
pub(super) fn prevalence(record: &Record) -> Option<String> {
    let found = record.prevalence.as_ref()?;
    let share = |x: f64| format!("{:.0} %", 100.0 * x);
    let whose = match (found.n_significant, found.n_subjects) {
        (0, n) => format!("none of {n} subjects"),
        (k, n) if k == n => format!("each of {n} subjects"),
        (k, n) => format!("{k} of {n} subjects"),
    };
    let few = if found.n_subjects < 10 {
        " So few subjects leave it wide open."
    } else {
        ""
    };
    let (at_least, confidence, most_probable) = (
        share(found.at_least),
        share(found.confidence),
        share(found.most_probable),
    );
    let of_whom = if record.data.simulated.is_some() {
        format!(
            "These subjects are simulated, and nothing follows for people. By the same reckoning, of subjects simulated like these at \
             least {at_least} would show it with a probability of {confidence} (most probable: {most_probable}).{few}"
        )
    } else {
        format!(
            "If these are people like others, at least {at_least} of people would show it with a probability of {confidence} (most \
             probable: {most_probable}).{few}"
        )
    };
    Some(format!(
        "Decoded alone through the same generator by one member, the reconstructions of {whose} are told apart above chance by pixels \
         (p below {} by permutation, each for itself). {of_whom} The aligned mean of subjects is a pseudo-subject: its scores speak of \
         no {}.",
        found.alpha,
        if record.data.simulated.is_some() {
            "single subject"
        } else {
            "person"
        }
    ))
}

/// What the methods must say of the views that are there.
pub(super) fn statistics(record: &Record) -> Vec<String> {
    let mut all = Vec::new();
    if record.information.is_some() {
        all.push(
            "Bottlenecks: the combined predictions are kept in the mean and the first directions of their covariance on the training \
             rows, or in random directions, and passed on to the generator. The question is that of Mayo et al. (2024, BrainBits, \
             arXiv:2411.02783); on the collapse of linear decoders with few samples a dimension: arXiv:2509.15832."
                .to_owned(),
        );
    }
    if !record.ranks.is_empty() {
        all.push(
            "Effective rank (Roy & Vetterli, 2007): the exponential of the entropy of the singular values, as shares of their sum, of \
             the images less their mean."
                .to_owned(),
        );
    }
    if !record.patterns.is_empty() {
        all.push(
            "Patterns (Haufe et al., 2014): the covariance of voxels and predictions on the training rows, times the inverse of the \
             predictions' own covariance."
                .to_owned(),
        );
    }
    if record.prevalence.is_some() {
        all.push(
            "Prevalence over subjects: Bayesian, with a uniform prior (Ince et al., 2021). Each subject's test is by pixels, an original \
             against all other reconstructions, permuted; it takes subjects as independent, though they saw the same images."
                .to_owned(),
        );
    }
    all
}

/// Effective ranks by condition.
pub(super) fn ranks(record: &Record) -> Table {
    let row = |row: &RankRow| {
        vec![
            record.label(&row.condition),
            format!("{:.1}", row.effective_rank),
            row.most.to_string(),
        ]
    };
    Table {
        columns: ["whose images", "effective rank", "at most"]
            .map(String::from)
            .to_vec(),
        rows: record.ranks.iter().map(row).collect(),
    }
}

/// What the shares of voxels are, and what noise alone would give them.
pub(super) fn patterns_caption(record: &Record) -> String {
    let noise = match &record.information {
        Some(facts) if facts.rank < facts.n_train_rows => format!(
            "By chance alone, {} of any voxel's variance goes along with {} dimensions over {} rows, and more where the decoder has \
             learned these rows by heart: regions speak by what they have beyond the others.",
            percent(facts.rank as f64 / facts.n_train_rows.saturating_sub(1).max(1) as f64),
            facts.rank,
            facts.n_train_rows
        ),
        Some(_) => "There are no more rows than dimensions, so that any voxel goes along with the predictions by chance."
            .to_owned(),
        None => "A part of it is chance: regions speak by what they have beyond the others.".to_owned(),
    };
    format!(
        "share of a voxel's variance that goes along with the decoder's predictions on the training rows, on which it was fitted \
         (patterns after Haufe et al., 2014). It says where a signal is read, and not how well. {noise} Regions may share voxels."
    )
}

/// Patterns by subject and region.
pub(super) fn patterns(record: &Record) -> Table {
    let row = |row: &PatternRow| {
        let region = if row.region.is_empty() {
            DASH
        } else {
            &row.region
        };
        vec![
            row.subject.clone(),
            region.to_owned(),
            row.n_voxels.to_string(),
            percent(row.median),
            percent(row.ninth_decile),
            percent(row.part),
        ]
    };
    Table {
        columns: [
            "subject",
            "region",
            "voxels",
            "share of the middle voxel's variance",
            "least share of the top tenth",
            "region's part of all voxels' shares",
        ]
        .map(String::from)
        .to_vec(),
        rows: record.patterns.iter().map(row).collect(),
    }
}
