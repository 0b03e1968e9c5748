//! Tables of a study's PDF.

use super::super::numbers::{DASH, interval, p_figure, percent, three};
use super::super::scores::Table;
use super::findings::name;
use lab_score::study::mixed::Term;
use lab_score::study::{CountRow, ImageRow, POOLS, RaterRow, SetRow, StudyRecord};

/// Most rows of the tables of images and of raters; the rest stands in the files.
const N_ROWS: usize = 40;

/// A table of these headings.
pub(super) fn table(columns: &[&str], rows: Vec<Vec<String>>) -> Table {
    Table {
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        rows,
    }
}

fn of_sets(
    study: &StudyRecord,
    columns: &[&str],
    row: impl Fn(&SetRow) -> Option<Vec<String>>,
) -> Table {
    table(columns, study.scores.sets.iter().filter_map(row).collect())
}

/// "169 of 250".
fn of(count: &CountRow) -> String {
    format!("{} of {}", count.n_correct, count.n)
}

/// Decisions, with and without dependence.
pub(super) fn sets(study: &StudyRecord) -> Table {
    let columns = [
        "set",
        "right",
        "share",
        "exact interval",
        "interval over clusters",
        "p, binomial",
        "p, Holm",
        "p, clusters",
        "p, Holm",
        "design effect",
    ];
    of_sets(study, &columns, |row| {
        let clusters = row.clusters;
        let figure = |of: Option<f64>| of.map_or(DASH.into(), p_figure);
        Some(vec![
            name(row),
            of(&row.overall),
            percent(row.overall.share),
            interval(row.overall.clopper_pearson),
            clusters.map_or(DASH.into(), |of| interval(of.interval)),
            p_figure(row.overall.p),
            p_figure(row.overall.p_holm),
            figure(clusters.map(|of| of.p)),
            figure(clusters.map(|of| of.p_holm)),
            clusters.map_or(DASH.into(), |of| format!("{:.2}", of.design_effect)),
        ])
    })
}

/// Images by the majority of their raters.
pub(super) fn by_image(study: &StudyRecord) -> Table {
    let columns = [
        "set",
        "right images",
        "share",
        "exact interval",
        "p, binomial",
        "p, Holm",
        "≥ 4 of 5 right",
        "discoveries",
    ];
    of_sets(study, &columns, |row| {
        Some(vec![
            name(row),
            of(&row.by_image),
            percent(row.by_image.share),
            interval(row.by_image.clopper_pearson),
            p_figure(row.by_image.p),
            p_figure(row.by_image.p_holm),
            row.n_four_of_five.to_string(),
            row.n_discovered.to_string(),
        ])
    })
}

/// The mixed model of each set.
pub(super) fn mixed(study: &StudyRecord) -> Table {
    let columns = [
        "set",
        "share of others",
        "interval",
        "p",
        "p, Holm",
        "spread of images",
        "of distractors",
        "of raters",
    ];
    of_sets(study, &columns, |row| {
        let of = row.mixed.as_ref()?;
        let share = of.share?;
        let spread = |term: Term| {
            let found = of
                .deviations
                .iter()
                .find(|deviation| deviation.term == term);
            found.map_or(DASH.into(), |deviation| format!("{:.2}", deviation.sd))
        };
        Some(vec![
            name(row),
            percent(share),
            of.interval.map_or(DASH.into(), interval),
            of.p.map_or(DASH.into(), p_figure),
            of.p_holm.map_or(DASH.into(), p_figure),
            spread(Term::Image),
            spread(Term::Distractor),
            spread(Term::Rater),
        ])
    })
}

/// How far raters agree, and what they reach where the answer is plain.
pub(super) fn agreement(study: &StudyRecord) -> Table {
    let columns = [
        "set",
        "images",
        "decisions",
        "pairs alike",
        "with the majority of the others",
        "Krippendorff's α",
        "attention checks passed",
    ];
    of_sets(study, &columns, |row| {
        let agreement = row.agreement?;
        let passed = row
            .catch_trials
            .map_or(DASH.into(), |(n, all)| format!("{n} of {all}"));
        Some(vec![
            name(row),
            agreement.n_images.to_string(),
            agreement.n_decisions.to_string(),
            percent(agreement.pairs),
            percent(agreement.with_majority),
            agreement.alpha.map_or(DASH.into(), three),
            passed,
        ])
    })
}

/// Choices between two, projected to many.
pub(super) fn projections(study: &StudyRecord) -> Table {
    let pools = POOLS.map(|n| format!("among {n}"));
    let columns = ["set", "of 2", "d′", &pools[0], &pools[1], &pools[2]];
    of_sets(study, &columns, |row| {
        let projection = row.projection?;
        let mut cells = vec![
            name(row),
            percent(row.overall.share),
            three(projection.d_prime),
        ];
        cells.extend(projection.among.map(percent));
        Some(cells)
    })
}

/// Brains by themselves.
pub(super) fn prevalence(study: &StudyRecord) -> Table {
    let rows = study.scores.subjects.iter().map(|row| {
        vec![
            row.set.clone(),
            row.subject.clone(),
            format!("{} of {}", row.n_correct, row.n),
            percent(row.n_correct as f64 / row.n as f64),
            p_figure(row.p),
        ]
    });
    table(&["set", "brain", "right", "share", "p"], rows.collect())
}

/// Printed percentages and the counts that they could come from.
pub(super) fn printed(study: &StudyRecord) -> Table {
    let columns = [
        "set",
        "printed",
        "count",
        "share",
        "exact interval",
        "Wilson's interval",
        "p, binomial",
    ];
    let mut rows = Vec::new();
    for row in &study.printed {
        for count in &row.counts {
            let verdict = if row.is_impossible {
                ", impossible"
            } else {
                ""
            };
            rows.push(vec![
                row.set.clone(),
                format!(
                    "{} % of {} {}{verdict}",
                    row.printed.trim_end_matches('%').trim_end(),
                    row.n,
                    row.what
                ),
                of(count),
                percent(count.share),
                interval(count.clopper_pearson),
                interval(count.wilson),
                scientific(count.p),
            ]);
        }
    }
    table(&columns, rows)
}

/// A p that is compared with a published one: `1.4e-8`.
fn scientific(p: f64) -> String {
    if p < 1e-3 {
        format!("{p:.1e}").replace('-', "−")
    } else {
        p_figure(p)
    }
}

/// People, those who answered worst first.
pub(super) fn raters(study: &StudyRecord) -> Table {
    let mut raters: Vec<&RaterRow> = study.scores.raters.iter().filter(|row| row.n > 0).collect();
    let share = |row: &RaterRow| row.n_correct as f64 / row.n as f64;
    raters.sort_by(|a, b| share(a).total_cmp(&share(b)));
    let rows = raters.iter().take(N_ROWS).map(|row| {
        let checks = if row.n_catch == 0 {
            DASH.to_owned()
        } else {
            format!("{} of {}", row.n_catch_passed, row.n_catch)
        };
        vec![
            row.rater.clone(),
            format!("{} of {}", row.n_correct, row.n),
            percent(share(row)),
            percent(row.chance),
            checks,
            row.median_rt_ms
                .map_or(DASH.into(), |time| format!("{time:.0}")),
        ]
    });
    let columns = [
        "rater",
        "right",
        "share",
        "chance",
        "attention checks passed",
        "median time, ms",
    ];
    table(&columns, rows.collect())
}

/// Images, those judged right most often first.
pub(super) fn images(study: &StudyRecord) -> Table {
    let mut images: Vec<&ImageRow> = study.scores.images.iter().collect();
    images.sort_by(|a, b| a.p.total_cmp(&b.p).then_with(|| a.image.cmp(&b.image)));
    let rows = images.iter().take(N_ROWS).map(|row| {
        vec![
            row.set.clone(),
            row.condition.clone(),
            row.image.clone(),
            format!("{} of {}", row.n_correct, row.n),
            p_figure(row.p),
            p_figure(row.q),
        ]
    });
    table(
        &[
            "set",
            "condition",
            "image",
            "right",
            "p, binomial",
            "q, false discovery",
        ],
        rows.collect(),
    )
}
