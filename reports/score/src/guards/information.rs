//! Do reconstructions fit their own originals better than others?

use super::{Defect, GuardRow, SHOWN, Seen, Verdict};
use crate::Rows;
use crate::matrix::Similarities;

/// What tells originals apart.
pub(super) struct Told {
    /// The smallest p of all views, corrected for how many they are (Bonferroni).
    pub(super) p: f64,
    /// Index of the view that it belongs to.
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
    let p = |similarities: &Similarities| {
        let sum = |mapping: &[u32]| -> f64 {
            let pairs = mapping.iter().enumerate();
            pairs
                .map(|(image, &of)| similarities.at(image, of as usize))
                .sum()
        };
        let own = similarities.own().iter().sum();
        let permuted = seen.permutations.iter().map(sum);
        seen.permutations.p_value(own, permuted).unwrap_or(1.0)
    };
    let all: Vec<f64> = seen.similarities.iter().map(|(_, of)| p(of)).collect();
    let view = (0..n_views)
        .min_by(|&a, &b| all[a].total_cmp(&all[b]))
        .unwrap_or(0);
    Told {
        p: (all[view] * n_views as f64).min(1.0),
        view,
        p_luminance: p(&luminance(seen)),
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
         luminance (p = {:.4})",
        if told.by_structure() {
            "better"
        } else {
            "not better"
        },
        views.join(", "),
        told.p,
        counted(views.len()),
        if told.by_luminance() {
            "better"
        } else {
            "not better"
        },
        told.p_luminance,
    );
    GuardRow::of(Defect::NoInformation, is_found, evidence)
}

fn counted(n: usize) -> String {
    format!("{n} view{}", if n == 1 { "" } else { "s" })
}
