//! Do reconstructions fit their own originals better than others?

use super::{Defect, GuardRow, SHOWN, Seen, Verdict};
use crate::Rows;
use crate::matrix::Similarities;
use crate::permutation::Permutations;

/// What tells originals apart.
pub(super) struct Told {
    /// The smallest p of all views, corrected for how many they are (Bonferroni).
    pub(super) p: f64,
    /// Index of the view that tells them apart best: in which T is the most standard deviations above its mean.
    pub(super) view: usize,
    /// p of the mean luminance alone.
    pub(super) p_luminance: f64,
}

impl Told {
    /// Whether structure tells originals apart.
    pub(super) fn by_structure(&self) -> bool {
        self.p < SHOWN
    }

    /// Whether luminance does.
    pub(super) fn by_luminance(&self) -> bool {
        self.p_luminance < SHOWN
    }
}

/// Permutation tests of every view and of luminance.
///
/// ```text
/// T = Σᵢ S[i, i]   against   Σᵢ S[i, π(i)],     p = (b + 1)/(m + 1)
/// ```
/// For luminance S is the product of both mean pixels, each minus its mean over images, so that the test is one of their
/// correlation.
pub(super) fn told(seen: &Seen<'_>) -> Told {
    let n_views = seen.similarities.len();
    let all: Vec<Tested> = seen
        .similarities
        .iter()
        .map(|(_, of)| Tested::of(of, &seen.permutations))
        .collect();
    let smallest = all.iter().map(|tested| tested.p).fold(1.0, f64::min);
    let view = (0..n_views)
        .max_by(|&a, &b| all[a].z.total_cmp(&all[b].z))
        .unwrap_or(0);
    Told {
        p: (smallest * n_views as f64).min(1.0),
        view,
        p_luminance: Tested::of(&luminance(seen), &seen.permutations).p,
    }
}

/// A permutation test.
struct Tested {
    p: f64,
    /// T minus its permuted mean, in permuted standard deviations.
    z: f64,
}

impl Tested {
    fn of(similarities: &Similarities, permutations: &Permutations) -> Self {
        let sum = |mapping: &[u32]| -> f64 {
            let pairs = mapping.iter().enumerate();
            pairs
                .map(|(image, &of)| similarities.at(image, of as usize))
                .sum()
        };
        let permuted: Vec<f64> = permutations.iter().map(sum).collect();
        let own: f64 = similarities.own().iter().sum();
        let n = permuted.len().max(1) as f64;
        let mean = permuted.iter().sum::<f64>() / n;
        let variance = permuted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let z = if variance > 0.0 {
            (own - mean) / variance.sqrt()
        } else {
            0.0
        };
        let p = permutations.p_value(own, permuted.into_iter(), "guards");
        Self {
            p: p.map_or(1.0, |found| found.ties_whole),
            z,
        }
    }
}

fn luminance(seen: &Seen<'_>) -> Similarities {
    let (originals, reconstructions) = (
        means(seen.judged.originals),
        means(seen.judged.reconstructions),
    );
    let products = originals
        .iter()
        .flat_map(|a| reconstructions.iter().map(move |b| a * b));
    Similarities {
        n_rows: seen.n_images,
        n_columns: seen.n_images,
        values: products.collect(),
    }
}

/// The mean pixel of each image minus that of all of them.
pub(super) fn means(rows: &Rows) -> Vec<f64> {
    let mean = |pixels: &[f32]| {
        pixels.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / pixels.len() as f64
    };
    let all: Vec<f64> = rows
        .values
        .chunks(rows.n_columns.max(1))
        .map(mean)
        .collect();
    let level = all.iter().sum::<f64>() / all.len().max(1) as f64;
    all.into_iter().map(|mean| mean - level).collect()
}

/// Nothing tells originals apart, by any view, by luminance, or under another pairing.
pub(super) fn no_information(seen: &Seen<'_>, told: &Told, pairing: &GuardRow) -> GuardRow {
    let is_paired_otherwise = pairing.verdict == Verdict::Found;
    let is_found = !told.by_structure() && !told.by_luminance() && !is_paired_otherwise;
    let views: Vec<&str> = seen.similarities.iter().map(|(name, _)| *name).collect();
    let evidence = format!(
        "reconstructions fit their own originals {} than others by {} (permutation, p = {:.4}, corrected for {}) and {} by mean \
         luminance (p = {:.4}); better is said below {SHOWN}, and the defect is found where neither is and no other pairing fits",
        if told.by_structure() {
            "better"
        } else {
            "not shown better"
        },
        views.join(", "),
        told.p,
        counted(views.len()),
        if told.by_luminance() {
            "better"
        } else {
            "not shown better"
        },
        told.p_luminance,
    );
    GuardRow::of(Defect::NoInformation, is_found, evidence)
}

fn counted(n: usize) -> String {
    format!("{n} view{}", if n == 1 { "" } else { "s" })
}
