//! The methods section, filled from the resolved experiment.

use serde::Serialize;

use lab_score::record::{DataFacts, PluginUse, Record, Statistic};

/// One part of the method.
#[derive(Serialize)]
pub(super) struct Method {
    title: String,
    summary: String,
    equation: String,
    source: String,
    parameters: String,
}

/// Each plugin in use, in the order of the experiment.
pub(super) fn parts(plugins: &[PluginUse]) -> Vec<Method> {
    let part = |plugin: &PluginUse| Method {
        title: format!("{} {}", capitalised(&plugin.role), plugin.name),
        summary: plugin.summary.clone(),
        equation: plugin.equation.clone(),
        source: plugin.source.clone(),
        parameters: plugin.parameters.clone(),
    };
    plugins.iter().map(part).collect()
}

/// Data and fit in sentences.
pub(super) fn data(record: &Record) -> String {
    let DataFacts {
        n_train,
        n_test,
        height,
        width,
        field_of_view_deg,
        n_features,
        subjects,
        ..
    } = &record.data;
    let voxels: Vec<String> = subjects
        .iter()
        .map(|subject| subject.n_voxels.to_string())
        .collect();
    let angle = field_of_view_deg.map_or(String::new(), |degrees| {
        format!(" ({degrees}° of visual angle)")
    });
    format!(
        "{} {} of {height} × {width} pixels{angle}: {n_train} images for training, {n_test} for testing. Voxels: {}. Everything is \
         fitted on training images alone; test images are seen by no fit. After alignment {n_features} features describe each image. \
         Pixels lie in [−1, 1].",
        count(subjects.len(), "subject", "subjects"),
        if subjects.len() == 1 {
            "looked at images"
        } else {
            "looked at the same images"
        },
        voxels.join(", "),
    )
}

/// What each score means and how it was tested.
pub(super) fn statistics(record: &Record) -> Vec<String> {
    let of = |statistic: Statistic| {
        record
            .scores
            .iter()
            .find(move |row| row.statistic == statistic)
    };
    let n_permutations = record.scores.iter().find_map(|row| row.n_permutations);
    let mut all = Vec::new();
    if let Some(row) = of(Statistic::ObserverOverall) {
        all.push(format!(
            "2AFC: an original is shown beside two reconstructions, its own and that of a foil; the observer chooses the one that \
             correlates more with the original in its own terms (pixels, SSIM, activations of a layer). Pool: {}; {}. All decisions \
             are counted, and for each image whether the majority is right.",
            row.pool, row.tie_rule
        ));
    }
    if let Some(row) = of(Statistic::PairwiseIdentification) {
        all.push(format!(
            "Pairs: the share of other test images that lose against an image's own partner, averaged over images, once from the \
             original to reconstructions and once from the reconstruction to originals. Pool: {}; {}. “Pairs of one class” takes \
             only foils of the image's own class; “first of all” asks whether the image wins against every other.",
            row.pool, row.tie_rule
        ));
    }
    if let Some(row) = of(Statistic::ClassAccuracy) {
        all.push(format!(
            "Class: {} learned from images that are no test images, took no part in the loss, and names the class of each image.",
            row.observer
        ));
    }
    if let Some(n) = n_permutations {
        all.push(format!(
            "Tests: p by permutation draws {n} assignments of reconstructions to originals and counts those that score at least as \
             well, p = (b + 1)/(m + 1); it respects that all decisions share the same few images. The binomial p, one-sided and \
             exact, takes decisions as independent, as the paper did; they are not, so that it is too small."
        ));
    }
    all.push(
        "Intervals: over images by bootstrap of test images; Wilson's and Clopper and Pearson's take decisions as independent. All \
         hold for other images and the same subjects; nothing here speaks of other people."
            .into(),
    );
    all.push(
        "Ceiling: for each test image the generator's latents are fitted to the image itself, and the resulting image takes the place \
         of the reconstruction."
            .into(),
    );
    all
}

fn count(n: usize, one: &str, many: &str) -> String {
    let words = [
        "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten",
    ];
    let number = words
        .get(n)
        .map_or_else(|| n.to_string(), |word| (*word).to_owned());
    format!("{number} {}", if n == 1 { one } else { many })
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
