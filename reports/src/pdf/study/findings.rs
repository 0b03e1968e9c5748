//! What a reader of a study should take home, in sentences that hold for these decisions and no others.

use super::super::numbers::{interval, p_value, percent};
use lab_score::study::printed::PrintedRow;
use lab_score::study::{ALPHA, SetRow, StudyRecord};

/// A finding for each set, then prevalence, then printed figures that cannot be.
pub fn findings(study: &StudyRecord) -> Vec<String> {
    let sets = &study.scores.sets;
    let mut all: Vec<String> = sets.iter().map(decided).collect();
    all.extend(sets.iter().filter_map(shared));
    all.extend(study.printed.iter().filter_map(impossible));
    all.extend(study.printed.iter().filter_map(counted));
    all
}

/// What the tests of a set let one say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Better than chance with images and raters as clusters.
    Better,
    /// Only if all decisions were independent.
    OnlyIfIndependent,
    /// By no test.
    NotShown,
    /// Better if decisions were independent, and nothing tells whether they are.
    Unclustered,
}

impl Verdict {
    pub(super) fn of(row: &SetRow) -> Self {
        let alone = row.overall.p_holm <= ALPHA;
        match row.clusters {
            Some(of) if of.p_holm <= ALPHA => Self::Better,
            Some(_) if alone => Self::OnlyIfIndependent,
            None if alone => Self::Unclustered,
            Some(_) | None => Self::NotShown,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Better => "This is more than guessing.",
            Self::OnlyIfIndependent => {
                "If all decisions were independent this would be more than guessing; with what decisions of one image and of one \
                 rater share, it is not shown."
            }
            Self::NotShown => "It is not shown to be more than guessing.",
            Self::Unclustered => {
                "This is more than guessing if all decisions are independent, which these decisions cannot tell."
            }
        }
    }
}

/// Name of a set with its condition.
pub(super) fn name(row: &SetRow) -> String {
    if row.condition.is_empty() {
        row.set.clone()
    } else {
        format!("{} ({})", row.set, row.condition)
    }
}

fn decided(row: &SetRow) -> String {
    let mut certainty = vec![format!("chance {}", percent(row.overall.chance))];
    if let Some(of) = row.clusters {
        let over = match of.n_raters {
            Some(_) => "images and raters",
            None => "images",
        };
        certainty.push(format!("interval over {over} {}", interval(of.interval)));
        certainty.push(format!("{} with {over} as clusters", p_value(of.p_holm)));
    }
    certainty.push(format!(
        "{} by the exact binomial test",
        p_value(row.overall.p_holm)
    ));
    format!(
        "{}: {} of {} decisions are right, {} ({}). Most raters were right for {} of {} images. {}",
        name(row),
        row.overall.n_correct,
        row.overall.n,
        percent(row.overall.share),
        certainty.join("; "),
        row.by_image.n_correct,
        row.by_image.n,
        Verdict::of(row).sentence()
    )
}

/// What share of people would show the effect.
fn shared(row: &SetRow) -> Option<String> {
    let of = row.prevalence?;
    Some(format!(
        "{}: in {} of {} brains the decisions are better than guessing by themselves. The most probable share of people of whom \
         this would hold is {} ({:.0} % interval {}); it is at least {} with probability {:.2}.",
        name(row),
        of.n_significant,
        of.n_subjects,
        percent(of.most_probable),
        100.0 * of.confidence,
        interval(of.interval),
        percent(of.at_least),
        of.confidence
    ))
}

/// A count that is certain, tested as if all were independent: a table of counts tells nothing else.
fn counted(row: &PrintedRow) -> Option<String> {
    let [count] = row.counts.as_slice() else {
        return None;
    };
    let verdict = if count.p <= ALPHA {
        "more than guessing if each is independent of all others, which counts cannot tell"
    } else {
        "not shown to be more than guessing"
    };
    (!row.is_impossible).then(|| {
        format!(
            "{}: {} of {} {} are right, {} ({}; exact interval {}), {verdict}.",
            row.set,
            count.n_correct,
            row.n,
            row.what,
            percent(count.share),
            p_value(count.p),
            interval(count.clopper_pearson)
        )
    })
}

fn impossible(row: &PrintedRow) -> Option<String> {
    let [below, above] = row.counts.as_slice() else {
        return None;
    };
    row.is_impossible.then(|| {
        format!(
            "{}: {} % of {} {} is impossible: {} of {} are {}, and {} are {}.",
            row.set,
            row.printed.trim_end_matches('%').trim_end(),
            row.n,
            row.what,
            below.n_correct,
            row.n,
            percent(below.share),
            above.n_correct,
            percent(above.share)
        )
    })
}
