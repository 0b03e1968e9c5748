//! Model observers on the same trials: sentences that hold for these trials and no others, and their table.

use super::super::numbers::{DASH, interval, p_figure, p_value, percent, three};
use super::super::scores::Table;
use lab_score::study::observers::combination::{MOST_GROUPS, RIDGE};
use lab_score::study::observers::{
    CeilingRow, Consistency, ObserverKind, ObserverRow, Observers, Over,
};
use lab_score::study::{ALPHA, StudyRecord};

/// "vim-1 (dcgan)".
fn name(set: &str, condition: &str) -> String {
    if condition.is_empty() {
        set.to_owned()
    } else {
        format!("{set} ({condition})")
    }
}

/// Two correlations with a sign, as "from −0.10 to 0.62".
fn span((low, high): (f64, f64)) -> String {
    format!("{} to {}", three(low), three(high))
}

/// For each set: who is right most often, who agrees with people over images, and who errs where people err.
pub(super) fn sentences(study: &StudyRecord) -> Vec<String> {
    let found = &study.scores.observers;
    let mut all = Vec::new();
    for ceiling in &found.ceilings {
        let rows = of_set(found, ceiling);
        all.extend(accurate(&rows, ceiling));
        all.extend(over_images(&rows, ceiling));
        all.extend(consistent(&rows, ceiling));
        all.extend(combined(&rows, ceiling));
    }
    all
}

fn of_set<'a>(found: &'a Observers, set: &CeilingRow) -> Vec<&'a ObserverRow> {
    let is_of = |row: &&ObserverRow| row.set == set.set && row.condition == set.condition;
    found.rows.iter().filter(is_of).collect()
}

/// The row with the largest figure, the first of equals.
fn best<'a>(
    rows: &[&'a ObserverRow],
    figure: impl Fn(&ObserverRow) -> Option<f64>,
) -> Option<&'a ObserverRow> {
    let mut best: Option<(&ObserverRow, f64)> = None;
    for &row in rows
        .iter()
        .filter(|row| row.kind != ObserverKind::Combination)
    {
        if let Some(value) = figure(row)
            && best.is_none_or(|(_, most)| value > most)
        {
            best = Some((row, value));
        }
    }
    best.map(|(row, _)| row)
}

/// The strictest test that there is: by permutation, else over clusters of images, else binomial.
fn tested(row: &ObserverRow) -> (f64, &'static str) {
    match (row.permutation, row.clusters) {
        (Some(of), _) => (of.p_holm, "by permutation of the reconstructions"),
        (None, Some(of)) => (of.p_holm, "with images as clusters"),
        (None, None) => (row.accuracy.p_holm, "by the exact binomial test"),
    }
}

fn accurate(rows: &[&ObserverRow], set: &CeilingRow) -> Option<String> {
    let row = best(rows, |row| Some(row.accuracy.share))?;
    let (p, test) = tested(row);
    let verdict = if p <= ALPHA {
        "This is more than guessing"
    } else {
        "It is not shown to be more than guessing"
    };
    Some(format!(
        "{}: of {} model observers, {} is right most often, about {} of {} trials ({}), people in {} of their decisions about the \
         same trials. {verdict} ({} {test}).",
        name(&set.set, &set.condition),
        n_alone(rows),
        row.observer,
        row.accuracy.n_correct,
        row.accuracy.n,
        percent(row.accuracy.share),
        percent(row.people),
        p_value(p)
    ))
}

/// Observers, the combination apart.
fn n_alone(rows: &[&ObserverRow]) -> usize {
    rows.iter()
        .filter(|row| row.kind != ObserverKind::Combination)
        .count()
}

fn over_images(rows: &[&ObserverRow], set: &CeilingRow) -> Option<String> {
    let row = best(rows, |row| Some(row.ranked?.rho))?;
    let ranked = row.ranked?;
    let most = set.ranked.map_or_else(
        || "people’s decisions do not show that images differ for them, so that nothing tells how much there is to agree with".to_owned(),
        |most| format!("people’s few decisions let one expect {} at most", three(most)),
    );
    let said = match ranked.interval {
        Some(of) if of.0 > 0.0 => format!(
            "the margins of {} follow people’s difficulties best: Spearman’s ρ = {} over {} images (95 % interval {}; the largest of {}, \
             so that it is large by choice too)",
            row.observer,
            three(ranked.rho),
            ranked.n_images,
            span(of),
            n_alone(rows)
        ),
        Some(of) => format!(
            "no observer is shown to find the same images easy as people do: the largest Spearman’s ρ is that of {}, {} over {} images \
             (95 % interval {})",
            row.observer,
            three(ranked.rho),
            ranked.n_images,
            span(of)
        ),
        None => format!(
            "the largest Spearman’s ρ with people over {} images is that of {}, {}, and too few draws of images tell how sure it is",
            ranked.n_images,
            row.observer,
            three(ranked.rho)
        ),
    };
    Some(format!(
        "{}: {said}; {most}.",
        name(&set.set, &set.condition)
    ))
}

fn consistent(rows: &[&ObserverRow], set: &CeilingRow) -> Option<String> {
    let row = best(rows, |row| row.consistency.kappa)?;
    let kappa = row.consistency.kappa?;
    let over = match set.over {
        Over::Trials => "about the same trial",
        Over::Images => {
            "about the same image, whatever the foil, as most trials were seen by one person"
        }
    };
    let beside = match set
        .consistency
        .and_then(|of: Consistency| Some((of.n, of.kappa?)))
    {
        None => "how far people agree with each other cannot be told".to_owned(),
        Some((n, people)) => format!(
            "people among themselves have κ = {} ({n} pairs of decisions {over})",
            three(people)
        ),
    };
    Some(format!(
        "{}: beyond what accuracy alone makes, {} is most often right and wrong where people are (error consistency κ = {} over {} \
         decisions); {beside}.",
        name(&set.set, &set.condition),
        row.observer,
        three(kappa),
        row.consistency.n
    ))
}

fn combined(rows: &[&ObserverRow], set: &CeilingRow) -> Option<String> {
    let row = rows
        .iter()
        .find(|row| row.kind == ObserverKind::Combination)?;
    let alone = best(rows, |row| Some(row.ranked?.rho)).and_then(|row| row.ranked);
    let beside = match (row.ranked, alone) {
        (Some(own), Some(alone)) => format!(
            "; over images it agrees with people by ρ = {}, the best observer alone by {}",
            three(own.rho),
            three(alone.rho)
        ),
        _ => String::new(),
    };
    Some(format!(
        "{}: the combination, fitted to people’s choices about other images, is right about {} of {} trials ({}){beside}.",
        name(&set.set, &set.condition),
        row.accuracy.n_correct,
        row.accuracy.n,
        percent(row.accuracy.share)
    ))
}

/// Columns of the table of observers.
const COLUMNS: [&str; 10] = [
    "set",
    "observer",
    "right",
    "share",
    "interval over images",
    "p, clusters",
    "p, permuted",
    "ρ",
    "interval of ρ",
    "κ",
];

/// All observers of all sets, each set with its people below.
pub(super) fn table(study: &StudyRecord) -> Table {
    let found = &study.scores.observers;
    let mut rows = Vec::new();
    for set in &found.ceilings {
        rows.extend(of_set(found, set).into_iter().map(cells));
        rows.push(cells_of_people(set));
    }
    Table {
        columns: COLUMNS.map(str::to_owned).into(),
        rows,
    }
}

fn figure(value: Option<f64>) -> String {
    value.map_or(DASH.into(), three)
}

fn cells(row: &ObserverRow) -> Vec<String> {
    let p = |p: Option<f64>| p.map_or(DASH.into(), p_figure);
    vec![
        name(&row.set, &row.condition),
        row.observer.clone(),
        format!("{} of {}", row.accuracy.n_correct, row.accuracy.n),
        percent(row.accuracy.share),
        row.clusters.map_or(DASH.into(), |of| interval(of.interval)),
        p(row.clusters.map(|of| of.p_holm)),
        p(row.permutation.map(|of| of.p_holm)),
        figure(row.ranked.map(|of| of.rho)),
        row.ranked
            .and_then(|of| of.interval)
            .map_or(DASH.into(), span),
        figure(row.consistency.kappa),
    ]
}

fn cells_of_people(row: &CeilingRow) -> Vec<String> {
    let most = row.ranked.map(|most| format!("≤ {}", three(most)));
    let mut cells = vec![name(&row.set, &row.condition), "people".into()];
    cells.extend(std::iter::repeat_n(DASH.to_owned(), 5));
    cells.extend([most.unwrap_or(DASH.into()), DASH.into()]);
    cells.push(figure(row.consistency.and_then(|of| of.kappa)));
    cells
}

/// Weights of the combination: one row an observer, one column a set.
pub(super) fn weights(study: &StudyRecord) -> Table {
    let weights = &study.scores.observers.weights;
    let mut sets: Vec<(&str, &str)> = weights
        .iter()
        .map(|row| (row.set.as_str(), row.condition.as_str()))
        .collect();
    sets.dedup();
    let mut observers: Vec<&str> = Vec::new();
    for row in weights {
        if !observers.contains(&row.observer.as_str()) {
            observers.push(&row.observer);
        }
    }
    let cell = |observer: &str, (set, condition): (&str, &str)| {
        let found = weights
            .iter()
            .find(|row| row.observer == observer && row.set == set && row.condition == condition);
        found.map_or(DASH.into(), |row| three(row.weight))
    };
    let names = sets.iter().map(|(set, condition)| name(set, condition));
    Table {
        columns: std::iter::once("observer".to_owned())
            .chain(names)
            .collect(),
        rows: observers
            .iter()
            .map(|observer| {
                let cells = sets.iter().map(|set| cell(observer, *set));
                std::iter::once((*observer).to_owned())
                    .chain(cells)
                    .collect()
            })
            .collect(),
    }
}

/// What a margin, ρ and κ are.
const FIGURES: &str = "Model observers: the margin is the similarity of the original and the right reconstruction less that of the \
    original and the foil: by correlation of pixels or of a layer’s activations, by structural similarity, or by one trivial cue alone \
    (luminance: minus the difference of means; contrast: of standard deviations; orientation: the distance of energies of eight \
    orientations at three scales). Above zero the observer is right; zero counts one half. Different trials count once, however many \
    people answered them. ρ is Spearman’s over images, with the mean margin by which each image’s decisions were made; κ is error \
    consistency, (c_obs − c_exp)/(1 − c_exp), with what both are right and wrong together by their accuracies alone as c_exp (Geirhos \
    and others 2020).";

/// How the figures of observers are made, and only of those that there are.
pub(super) fn methods(study: &StudyRecord) -> Vec<String> {
    let found = &study.scores.observers;
    let mut all = Vec::new();
    if found.rows.is_empty() {
        return all;
    }
    all.push(FIGURES.to_owned());
    let permuted = found.rows.iter().find_map(|row| row.permutation);
    all.extend(permuted.map(|of| {
        format!(
            "Permutation: whole images exchange their reconstructions, in the study’s own trials; p = (1 + permutations with as many right \
             choices or more)/(1 + {0}) with {0} permutations. The combination is not permuted, as each permutation would need fits of its \
             own.",
            of.n_permutations
        )
    }));
    let is_combined = |row: &ObserverRow| row.kind == ObserverKind::Combination;
    if found.rows.iter().any(is_combined) {
        all.push(format!(
            "The combination is a logistic regression of people’s right choices on all observers’ margins over their root mean squares, \
             without intercept, with ridge λ = {RIDGE}; each trial is judged by a fit that saw neither of its two images in any role \
             (images in at most {MOST_GROUPS} groups)."
        ));
    }
    if found.ceilings.iter().any(|row| row.ranked.is_some()) {
        all.push(
            "What people’s shares let one expect of ρ at most is √(1 − V(noise)/V), with V the variance of the shares over images and \
             V(noise) that of the decisions about one image, taken as independent."
                .to_owned(),
        );
    }
    all
}
