//! The methods section, filled from the resolved experiment: each sentence is a rule from the record.

use serde::Serialize;

use super::numbers::{percent, upper};
use lab_score::record::{DataFacts, IntervalMethod, PluginUse, Record, ScoreRow, Statistic};

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
pub(super) fn parts(record: &Record) -> Vec<Method> {
    let plugins = &record.provenance.plugins;
    let summary = |plugin: &PluginUse| {
        let simulates = plugin.role == "observer" && is_what_simulates(record, &plugin.name);
        let but = if simulates {
            "; of these simulated responses it is not independent, as they are made of the same features"
        } else {
            ""
        };
        format!("{}{but}", plugin.summary.trim_end_matches('.'))
    };
    let part = |plugin: &PluginUse| Method {
        title: format!("{} {}", upper(&plugin.role), plugin.name),
        summary: summary(plugin),
        equation: plugin.equation.clone(),
        source: plugin.source.clone(),
        parameters: plugin.parameters.clone(),
    };
    plugins.iter().map(part).collect()
}

/// Data and fit in sentences.
pub(super) fn data(record: &Record) -> String {
    [
        images(&record.data),
        fitted(record),
        prepared(&record.data).to_owned(),
        format!(
            "After alignment {} features describe each row. Pixels lie in [−1, 1].",
            record.data.n_features
        ),
    ]
    .into_iter()
    .filter(|sentence| !sentence.is_empty())
    .collect::<Vec<String>>()
    .join(" ")
}

/// Whether the simulated voxels are made of what an observer compares by, as the dataset's notes say.
pub(super) fn is_what_simulates(record: &Record, observer: &str) -> bool {
    let network = observer.split('.').next().unwrap_or(observer);
    let named = format!("the observer {network} compares");
    record.data.simulated.is_some() && record.data.notes.iter().any(|note| note.contains(&named))
}

/// Who looked at what.
pub(super) fn images(data: &DataFacts) -> String {
    let DataFacts {
        n_train,
        n_train_pictures,
        n_test,
        height,
        width,
        field_of_view_deg,
        subjects,
        ..
    } = data;
    let voxels: Vec<String> = subjects
        .iter()
        .map(|subject| subject.n_voxels.to_string())
        .collect();
    let angle = field_of_view_deg.map_or(String::new(), |degrees| {
        format!(" ({degrees}° of visual angle)")
    });
    let same = if subjects.len() == 1 { "" } else { "the same " };
    let (one, several, looked) = match data.simulated {
        Some(_) => (
            "simulated subject",
            "simulated subjects",
            "was made to respond to",
        ),
        None => ("subject", "subjects", "looked at"),
    };
    let looked = match (&data.simulated, subjects.len()) {
        (Some(_), n) if n != 1 => "were made to respond to",
        _ => looked,
    };
    let sets = match n_train_pictures {
        None => format!("{n_train} for training, {n_test} for testing"),
        Some(n) => format!(
            "{n_train} for training, cut from {}, and {n_test} for testing, each of a picture of its own",
            count(*n, "picture", "pictures")
        ),
    };
    format!(
        "{} {looked} {same}images of {height} × {width} pixels{angle}: {sets}. Voxels: {}.",
        count(subjects.len(), one, several),
        voxels.join(", "),
    )
}

/// What was fitted on what, and whatever may have met test images or their responses.
pub(super) fn fitted(record: &Record) -> String {
    let seen = seen(record);
    if seen.is_empty() {
        return "Everything is fitted on training images alone; test images are seen by no fit."
            .into();
    }
    format!(
        "The fits of alignment and decoders take training rows alone, and trained networks take no test image. Test images or \
         their responses were met, or may have been met, as follows: {}.",
        seen.join("; ")
    )
}

/// Everything that met test images or their responses, or may have.
fn seen(record: &Record) -> Vec<String> {
    let plugins = &record.provenance.plugins;
    let mut all: Vec<String> = plugins.iter().filter_map(of_responses).collect();
    for plugin in plugins.iter().filter(|plugin| plugin.role != "dataset") {
        if plugin.from_files {
            all.push(format!(
                "the {} {} holds what was read from files, and what that was fitted on is not known here",
                plugin.role, plugin.name
            ));
        }
    }
    if !record.searches.is_empty() {
        all.push("the searches for the best images of the generator fit latents to the test images themselves, for no figure of the decoder".into());
    }
    all
}

/// What a loader does with test rows beside the training rows.
fn of_responses(plugin: &PluginUse) -> Option<String> {
    if plugin.role != "dataset" {
        return None;
    }
    let says = |what: &str| plugin.parameters.contains(what);
    match plugin.name.as_str() {
        "god" if says("scaling: Run") => Some(
            "the loader z-scores each voxel within each run, test rows by the test rows of their own run"
                .into(),
        ),
        "brains" if says("Aligned(") => Some(
            "the responses were aligned before they were published, by a fit that may have seen test rows"
                .into(),
        ),
        _ => None,
    }
}

/// Whether test rows went through something beside the fits of this run.
pub(super) fn responses_are_untouched(record: &Record) -> bool {
    let plugins = &record.provenance.plugins;
    let given = |plugin: &PluginUse| plugin.role == "aligner" && plugin.from_files;
    !plugins
        .iter()
        .any(|plugin| of_responses(plugin).is_some() || given(plugin))
}

/// What is not known about measured responses.
pub(super) fn prepared(data: &DataFacts) -> &'static str {
    if data.simulated.is_some() {
        ""
    } else {
        "How the responses were prepared before they were read is not known here."
    }
}

/// What each score means and how it was tested.
pub(super) fn statistics(record: &Record) -> Vec<String> {
    let rules: [fn(&Record) -> Option<String>; 8] = [
        two_alternatives,
        pairs,
        classes,
        distances,
        permutations,
        binomial,
        intervals,
        ceiling,
    ];
    rules.iter().filter_map(|rule| rule(record)).collect()
}

fn row(record: &Record, statistic: Statistic) -> Option<&ScoreRow> {
    record.scores.iter().find(|row| row.statistic == statistic)
}

pub(super) fn two_alternatives(record: &Record) -> Option<String> {
    let overall = row(record, Statistic::ObserverOverall)?;
    let majority = match row(record, Statistic::ObserverMajority) {
        Some(_) => "All decisions are counted, and for each image whether the majority is right.",
        None => "All decisions are counted.",
    };
    Some(format!(
        "2AFC: an original is shown beside two reconstructions, its own and that of a foil; the observer chooses the one that is \
         more like the original in its own terms: by correlation of pixels or of the activations of a layer, or by structural \
         similarity (SSIM). Pool: {}; {}. {majority}",
        overall.pool, overall.tie_rule
    ))
}

pub(super) fn pairs(record: &Record) -> Option<String> {
    let pairs = row(record, Statistic::PairwiseIdentification)?;
    let of_class = row(record, Statistic::SameClassIdentification).map_or(
        "",
        |_| " “Pairs of one class” takes only foils of the image's own class.",
    );
    let first = row(record, Statistic::TopOne).map_or(
        "",
        |_| " “First of all” asks whether the image wins against every other.",
    );
    let of_some = row(record, Statistic::FiveWay).map_or(
        "",
        |_| " “First of 5” and “first of 10” ask the same among so many candidates, as the mean over every choice of the others.",
    );
    Some(format!(
        "Pairs: the share of other test images that lose against an image's own partner, averaged over images, once from the \
         original to reconstructions and once from the reconstruction to originals. Pool: {}; {}.{of_class}{first}{of_some}",
        pairs.pool, pairs.tie_rule
    ))
}

pub(super) fn classes(record: &Record) -> Option<String> {
    let named = row(record, Statistic::ClassAccuracy)?;
    let mut plugins = record.provenance.plugins.iter();
    let given = plugins.any(|plugin| plugin.name == named.observer && plugin.from_files);
    let learned = if given {
        "came with weights from a file; what those were trained on is not known here"
    } else {
        "learned from images that are no test images"
    };
    let loss = if named.in_loss {
        "was part of the loss"
    } else {
        "took no part in the loss"
    };
    Some(format!(
        "Class: {} names the class of each image. It {learned}, and {loss}.",
        named.observer
    ))
}

/// What LPIPS is; which weights it stands on is said where they were read.
pub(super) fn distances(record: &Record) -> Option<String> {
    let of_scores = || record.scores.iter();
    let is_distance = |row: &&ScoreRow| row.statistic == Statistic::Distance;
    let mut rows = of_scores().filter(is_distance);
    let first = rows.next()?;
    let by = |method| {
        let mut rows = of_scores().filter(is_distance);
        rows.any(|row| row.image_interval_method == method)
    };
    let mut text = format!(
        "LPIPS (Zhang et al. 2018, equation 1; version 0.1, net alex): the activations behind the five ReLUs of an AlexNet, brought to \
         unit length over channels at each pixel; the squared differences of an original's and its reconstruction's are weighed by \
         channel, summed over channels and layers, and averaged over pixels. It is 0 for equal images, and lower is better. Pool: {}. \
         No p by permutation is given for it.",
        first.pool
    );
    if by(Some(IntervalMethod::Student)) {
        text += " It has no largest value: as images are fewer than 12, its interval is Student's, which may reach below 0.";
    }
    if by(None) {
        text += " Where all images have the same distance, it has no interval.";
    }
    Some(text)
}

pub(super) fn permutations(record: &Record) -> Option<String> {
    let n = record.scores.iter().find_map(|row| row.n_permutations)?;
    Some(format!(
        "Tests: p by permutation draws {n} assignments of reconstructions to originals and counts those that score better, \
         p = (b + 1)/(m + 1); it respects that all decisions share the same few images. Counts of few images take few values, so that \
         many assignments score the same: the observed score takes its place among these by lot, from the experiment's seed, \
         which gives the test its stated level. In brackets, where it is another figure: p with all ties counted against the \
         score. Where both lie on two sides of a level, the lot decided."
    ))
}

/// Decisions about one image go together; an image counts once in a majority, a class or a first place.
pub(super) fn binomial(record: &Record) -> Option<String> {
    let has = |statistics: &[Statistic]| {
        record
            .scores
            .iter()
            .any(|row| row.p_binomial.is_some() && statistics.contains(&row.statistic))
    };
    let mut text = String::new();
    if has(&[Statistic::ObserverOverall]) {
        text += " Over all decisions they are not: several share an image, and p can be much too small.";
    }
    if has(&[Statistic::ObserverMajority]) {
        text += " In the majority each image counts once, and a reconstruction that wins wherever it stands wins as a foil too: there p is rather too large.";
    }
    if has(&[Statistic::TopOne, Statistic::ClassAccuracy]) {
        text += " Where an image counts once, as in a class or a first place, images still share their foils or their classifier.";
    }
    (!text.is_empty()).then(|| {
        format!(
            "The binomial p, one-sided and exact, takes decisions as independent, as the paper did.{text}"
        )
    })
}

pub(super) fn intervals(record: &Record) -> Option<String> {
    let any = |has: fn(&ScoreRow) -> bool| record.scores.iter().any(has);
    let mut parts = Vec::new();
    if any(|row| row.image_interval.is_some()) {
        parts.push("over images by bootstrap of test images");
    }
    if any(|row| row.wilson.is_some() || row.clopper_pearson.is_some()) {
        parts.push("Wilson's and Clopper and Pearson's take decisions as independent");
    }
    (!parts.is_empty()).then(|| {
        format!(
            "Intervals: {}. All hold for other images and the same subjects; nothing here speaks of other people.",
            parts.join("; ")
        )
    })
}

pub(super) fn ceiling(record: &Record) -> Option<String> {
    let row = record.searches.first()?;
    Some(format!(
        "Ceiling: for each test image the generator's latents are searched by gradient descent of the experiment's own loss to the \
         image itself, and the best image of all steps takes the place of the reconstruction. A search ends when the loss falls by \
         less than {} in {} steps, or after {}. What is found can be reached; the least loss lies there or below, and no other \
         figure is bounded by it.",
        percent(row.tolerance),
        row.window,
        count_of(row.maximum, "step"),
    ))
}

fn count_of(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
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
