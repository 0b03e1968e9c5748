//! Is nothing there but the luminance, or nothing but the class?

use lab_core::recording::Labels;

use super::information::{Told, means};
use super::{CONFIDENCE, Defect, GuardRow, SHOWN, Seen, upper_bound};
use crate::correlation::correlations;

/// Images of a stratum of luminance.
const STRATUM: usize = 5;
/// What a decoder of the original keeps at least of the details inside a group, for what it keeps of groups.
const LEAST_SHARE: f64 = 0.5;

/// Luminance tells originals apart, and nothing tells those of one luminance apart.
pub(super) fn luminance_only(seen: &Seen<'_>, told: &Told) -> GuardRow {
    let defect = Defect::LuminanceOnly;
    if !told.by_luminance() {
        let evidence = format!(
            "mean luminance does not tell originals apart (p = {:.3}; below {SHOWN} it would)",
            told.p_luminance
        );
        return GuardRow::of(defect, false, evidence);
    }
    if !told.by_structure() {
        let evidence = format!(
            "mean luminance tells originals apart (p = {:.4}), and nothing else is shown to (p = {:.3}; below {SHOWN} it would be)",
            told.p_luminance, told.p
        );
        return GuardRow::of(defect, true, evidence);
    }
    let means = means(seen.judged.originals);
    let mut order: Vec<usize> = (0..seen.n_images).collect();
    order.sort_by(|&a, &b| means[a].total_cmp(&means[b]));
    let mut strata = vec![Labels::NONE; seen.n_images];
    let n_strata = (seen.n_images / STRATUM).max(1);
    for (place, &image) in order.iter().enumerate() {
        strata[image] = (place / STRATUM).min(n_strata - 1) as u32;
    }
    within(seen, told, &strata, defect, "mean luminance")
}

/// The class tells originals apart, and nothing tells those of one class apart.
pub(super) fn class_only(seen: &Seen<'_>, told: &Told) -> GuardRow {
    let defect = Defect::ClassOnly;
    let Some(classes) = seen.judged.classes else {
        return GuardRow::not_judged(defect, "no classes were given");
    };
    if !told.by_structure() {
        let evidence = "nothing tells originals apart".to_owned();
        return GuardRow::of(defect, false, evidence);
    }
    within(seen, told, classes, defect, "class")
}

/// What is kept of the differences between an image and others, and what a perfect copy keeps.
#[derive(Debug, Clone, Copy, Default)]
struct Kept {
    /// Of images of the same group: wᵢ and w⁰ᵢ.
    inside: (f64, f64),
    /// Of images of other groups: bᵢ and b⁰ᵢ.
    outside: (f64, f64),
}

/// Judges whether details inside groups are kept, in proportion to what is kept of groups.
///
/// ```text
/// wᵢ = S[i, i] − mean of S[i, j] and S[j, i], j in i's group      w⁰ᵢ = 1 − mean of r(xᵢ, xⱼ), the same of a perfect copy
/// bᵢ, b⁰ᵢ: the same with j outside of the group
/// D = Σw/Σw⁰ − θ·Σb/Σb⁰
/// ```
/// A decoder that keeps a share of every original, whatever its noise, has Σw/Σw⁰ = Σb/Σb⁰; one that knows the group alone has
/// Σw = 0. The defect is named where the upper bound of D over images is below 0.
fn within(seen: &Seen<'_>, told: &Told, groups: &[u32], defect: Defect, what: &str) -> GuardRow {
    let images = kept(seen, told.view, groups);
    if images.len() < 2 * STRATUM {
        let why = format!(
            "fewer than {} images have others of their {what}",
            2 * STRATUM
        );
        return GuardRow::not_judged(defect, &why);
    }
    let (inside, outside) = shares(images.iter());
    let beyond = |sample: &[u32]| {
        let (inside, outside) = shares(sample.iter().map(|&image| &images[image as usize]));
        inside - LEAST_SHARE * outside
    };
    let is_found = outside > 0.0 && upper_bound(images.len(), seen.seed, beyond) < 0.0;
    let evidence = format!(
        "how much more a reconstruction correlates with its own original than with other originals, as a share of what a perfect copy \
         reaches: {:.1} % where the others have another {what}, {:.1} % where they have the same ({} images); found if the second share \
         is below {LEAST_SHARE} times the first, {:.1} %, also at the upper bound of their difference ({:.1} %, over images)",
        100.0 * outside,
        100.0 * inside,
        images.len(),
        100.0 * LEAST_SHARE * outside,
        100.0 * CONFIDENCE
    );
    GuardRow::of(defect, is_found, evidence)
}

/// What is kept of each image that has others inside and outside of its group.
fn kept(seen: &Seen<'_>, view: usize, groups: &[u32]) -> Vec<Kept> {
    let similarities = &seen.similarities[view].1;
    let originals = match view.checked_sub(1) {
        Some(of_view) => seen.judged.views[of_view].originals,
        None => seen.judged.originals,
    };
    let copies = correlations(originals, originals);
    let of = |image: usize, others: &[usize]| {
        let mean = |of: &dyn Fn(usize) -> f64| {
            others.iter().map(|&other| of(other)).sum::<f64>() / others.len() as f64
        };
        let made = mean(&|other| {
            f64::midpoint(similarities.at(image, other), similarities.at(other, image))
        });
        let perfect = mean(&|other| copies.at(image, other));
        (similarities.at(image, image) - made, 1.0 - perfect)
    };
    let in_groups = || (0..seen.n_images).filter(|&image| groups[image] != Labels::NONE);
    in_groups()
        .filter_map(|image| {
            let others = in_groups().filter(|&other| other != image);
            let (inside, outside): (Vec<usize>, Vec<usize>) =
                others.partition(|&other| groups[other] == groups[image]);
            (!inside.is_empty() && !outside.is_empty()).then(|| Kept {
                inside: of(image, &inside),
                outside: of(image, &outside),
            })
        })
        .collect()
}

/// Σw/Σw⁰ and Σb/Σb⁰.
fn shares<'a>(images: impl Iterator<Item = &'a Kept>) -> (f64, f64) {
    let mut sums = Kept::default();
    for image in images {
        sums.inside.0 += image.inside.0;
        sums.inside.1 += image.inside.1;
        sums.outside.0 += image.outside.0;
        sums.outside.1 += image.outside.1;
    }
    (
        sums.inside.0 / sums.inside.1,
        sums.outside.0 / sums.outside.1,
    )
}
