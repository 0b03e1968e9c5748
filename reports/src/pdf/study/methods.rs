//! How the figures of a study are made: each sentence is a rule from the record.

use lab_score::study::counts::CONFIDENCE;
use lab_score::study::{ALPHA, StudyRecord};

/// Sentences about what was computed, and only about that.
pub(super) fn methods(study: &StudyRecord) -> Vec<String> {
    let mut all = Vec::new();
    let sets = &study.scores.sets;
    if !sets.is_empty() {
        all.push(
            "Exact binomial test, one-sided: the chance of at least so many right ones by guessing, if each is independent of all \
             others; intervals by Clopper and Pearson and by Wilson. It is what the paper reports. An image is right if most of its \
             raters are; a tie counts one half, and a half is rounded down for the test."
                .into(),
        );
        all.extend(clusters(study));
        all.extend(mixed(study));
        all.push(format!(
            "Holm's correction is over the {} set{} of the table, for each kind of test by itself. Single images are corrected for \
             the false discovery rate (Benjamini and Hochberg) over the images of their set; a discovery has q ≤ {ALPHA}.",
            sets.len(),
            if sets.len() == 1 { "" } else { "s" }
        ));
    }
    if sets.iter().any(|row| row.projection.is_some()) {
        all.push(
            "Projected shares take what a person perceives as normal with equal variances for the right reconstruction and its foils \
             (d′ = √2 Φ⁻¹(share)); where all or none of n decisions are right, (n − ½)/n or ½/n stands for the share (Macmillan and \
             Kaplan 1985). They are no measurements."
                .into(),
        );
    }
    if sets.iter().any(|row| row.agreement.is_some()) {
        all.push(
            "Agreement is over images that several raters judged, whatever foils they saw; Krippendorff's α is 1 for full agreement \
             and 0 for what chance makes of so many right answers. The share of attention checks passed bounds what these raters \
             could have reached with perfect reconstructions."
                .into(),
        );
    }
    if sets.iter().any(|row| row.prevalence.is_some()) {
        all.push(format!(
            "Prevalence: each brain's decisions are tested by themselves at {ALPHA}; the posterior of the share of people in whom such \
             a test would be significant beyond chance has a uniform prior (Ince and others 2021)."
        ));
    }
    all.extend(super::observers::methods(study));
    if !study.printed.is_empty() {
        all.push(
            "A printed percentage could come from every count that rounds to it, whichever way a half is rounded.".into(),
        );
    }
    all
}

fn mixed(study: &StudyRecord) -> Option<String> {
    let mut fitted = study
        .scores
        .sets
        .iter()
        .filter_map(|row| row.mixed.as_ref());
    fitted.any(|of| of.share.is_some()).then(|| {
        "Mixed model: logistic regression with crossed random effects of image, distractor and rater, as far as they are known and \
         differ, by Laplace's approximation (Bates and others 2015). The test holds the intercept against guessing by t, with the \
         fewest levels of a term less one as degrees of freedom, or by the normal law where no term varies."
            .to_owned()
    })
}

fn clusters(study: &StudyRecord) -> Option<String> {
    let mut clustered = study
        .scores
        .sets
        .iter()
        .filter_map(|row| row.clusters)
        .peekable();
    clustered.peek()?;
    let ways = if clustered.any(|of| of.n_raters.is_some()) {
        "images and raters: whole images, whole raters and single decisions are drawn with replacement, and their variances \
         combined as V(images) + V(raters) − V(decisions) (Cameron, Gelbach and Miller 2011)"
    } else {
        "images: whole images are drawn with replacement"
    };
    Some(format!(
        "Cluster bootstrap over {ways}; {} draws each. Its t has as many degrees of freedom as there are clusters of the scarcer kind, \
         less one; intervals hold {:.0} %. The design effect is its variance over that of independent decisions.",
        study.facts.n_draws,
        100.0 * CONFIDENCE
    ))
}
