//! What a reader should take home, in sentences that hold for these numbers and no others: each is a rule from the record.

use super::numbers::{four, p_figure, p_value, percent};
use super::scores::independent_observers;
use super::{against, guards, intervals, methods, passed};
use lab_score::headline::name;
use lab_score::record::{Condition, Cue, Direction, Record, ScoreRow, SearchRow, Statistic};

/// Below this p the report speaks of a score above chance.
const ALPHA: f64 = 0.05;
const TASK: Direction = Direction::OriginalToReconstructions;

/// The findings of a record, most important first.
pub fn findings(record: &Record) -> Vec<String> {
    let observers = independent_observers(record);
    // What would fool a reader comes before all that it would fool them about.
    let (mut all, last) = if guards::found(record).is_empty() {
        (Vec::new(), guards::findings(record))
    } else {
        (guards::findings(record), Vec::new())
    };
    all.extend(pixel(record));
    all.extend(pairs(record));
    all.extend(
        observers
            .iter()
            .filter_map(|observer| network(record, observer)),
    );
    all.extend(classes(record));
    all.extend(same_class(record));
    all.extend(ceiling(record));
    all.extend(ceiling_from_decoders(record));
    all.extend(passed::findings(record));
    all.extend(baselines(record));
    all.extend(against::findings(record));
    all.extend(last);
    all
}

fn overall<'a>(record: &'a Record, condition: &Condition, observer: &str) -> Option<&'a ScoreRow> {
    record.score(condition, Statistic::ObserverOverall, observer, TASK)
}

/// The p of a row by permutation after Holm's correction for all tests that the findings state; that by itself where it is none of
/// them.
fn corrected(record: &Record, row: &ScoreRow) -> Option<f64> {
    let figure = name(row.statistic, &row.observer, row.direction);
    let mut tests = record.headline_tests.iter();
    let test = tests.find(|test| test.figure == figure);
    row.p_permutation
        .map(|p| test.map_or(p, |test| test.p_holm))
}

/// What a permutation test lets one say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// No permutations were drawn.
    Untested,
    /// p is below [`ALPHA`] after the correction for the number of tests.
    Above,
    /// p is not.
    NotAbove,
}

impl Verdict {
    pub(super) fn of(record: &Record, row: &ScoreRow) -> Self {
        match corrected(record, row) {
            Some(p) if p < ALPHA => Self::Above,
            Some(_) => Self::NotAbove,
            None => Self::Untested,
        }
    }

    /// A sentence about guessing, where one must be said.
    fn about_guessing(self) -> &'static str {
        match self {
            Self::Above => "",
            Self::NotAbove => " By this test it is not shown to be better than guessing.",
            Self::Untested => {
                " No permutations were drawn, so that it is not tested against guessing."
            }
        }
    }
}

pub(super) fn pixel(record: &Record) -> Option<String> {
    let row = overall(record, &record.result(), "pixel")?;
    Some(format!(
        "Shown an original, its reconstruction and that of another image, an observer that compares pixels chose right in {} of {} \
         decisions{}.{}",
        percent(row.value),
        row.n_decisions.unwrap_or(row.n_images),
        certainty(record, row),
        Verdict::of(record, row).about_guessing(),
    ))
}

/// The harder task: all foils in place of a few.
pub(super) fn pairs(record: &Record) -> Option<String> {
    let row = record.pairs(&record.result(), "pixel")?;
    let bounds = intervals::over_images(row).map_or(String::new(), |text| format!("; {text}"));
    let ridge = record.pairs(&Condition::RidgeToPixels, "pixel");
    let beside = ridge.map_or(String::new(), |ridge| {
        format!(
            " Ridge regression to pixels tells {} apart.",
            percent(ridge.value)
        )
    });
    Some(format!(
        "Against all {} others, {} of pairs are told apart by pixels (chance 50.0 %{bounds}).{beside}",
        row.n_images.saturating_sub(1),
        percent(row.value)
    ))
}

pub(super) fn network(record: &Record, observer: &str) -> Option<String> {
    let row = overall(record, &record.result(), observer)?;
    let whose = if row.in_loss {
        "whose network the loss used"
    } else {
        "which the loss did not use"
    };
    Some(format!(
        "An observer that compares by {observer}, {whose}, chose right in {}{}.{}{}",
        percent(row.value),
        certainty(record, row),
        Verdict::of(record, row).about_guessing(),
        if methods::is_what_simulates(record, observer) {
            " The simulated voxels are made of the same features, so that this observer may favour the simulation."
        } else {
            ""
        },
    ))
}

/// Chance, interval and p, in brackets.
fn certainty(record: &Record, row: &ScoreRow) -> String {
    let mut parts = Vec::new();
    parts.extend(
        row.chance
            .map(|chance| format!("chance {}", percent(chance))),
    );
    parts.extend(intervals::over_images(row));
    let p = row.p_permutation.zip(corrected(record, row));
    parts.extend(p.map(|(p, corrected)| {
        let holm = if p < ALPHA && corrected >= ALPHA {
            format!(", {} by Holm's correction", p_figure(corrected))
        } else {
            String::new()
        };
        format!("{} by permutation{holm}", p_value(p))
    }));
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join("; "))
    }
}

pub(super) fn classes(record: &Record) -> Option<String> {
    let accuracy = |condition: &Condition| {
        record
            .scores
            .iter()
            .find(|row| row.statistic == Statistic::ClassAccuracy && row.condition == *condition)
    };
    let decoder = accuracy(&record.result())?;
    let beside = [
        (
            Condition::Ceiling,
            if record.label(&Condition::Ceiling) == Condition::Ceiling.label() {
                "of the images of the generator's ceiling".to_owned()
            } else {
                "of the best images found in the generator".to_owned()
            },
        ),
        (
            Condition::RidgeToPixels,
            "of the images of ridge regression".to_owned(),
        ),
        (Condition::Originals, "of the originals".to_owned()),
    ];
    let beside: Vec<String> = beside
        .into_iter()
        .filter_map(|(condition, whose)| {
            let share = accuracy(&condition)?.value;
            Some(format!("{} {whose}", percent(share)))
        })
        .collect();
    let beside = if beside.is_empty() {
        String::new()
    } else {
        format!(" It names that of {}.", beside.join(", "))
    };
    let who = if decoder.in_loss {
        "The classifier, whose network the loss used,"
    } else {
        "The independent classifier"
    };
    Some(format!(
        "{who} {} names the class of {} of the reconstructions{}.{}{beside}",
        decoder.observer,
        percent(decoder.value),
        certainty(record, decoder),
        Verdict::of(record, decoder).about_guessing(),
    ))
}

pub(super) fn same_class(record: &Record) -> Option<String> {
    let row = record.score(
        &record.result(),
        Statistic::SameClassIdentification,
        "pixel",
        TASK,
    )?;
    let meaning = match Verdict::of(record, row) {
        Verdict::Above => "reconstructions show more than the class of an image",
        Verdict::NotAbove => {
            "by this test it is not shown that reconstructions hold more than the class of an image"
        }
        Verdict::Untested => {
            "no permutations were drawn, so that it is not tested whether reconstructions hold more than the class of an image"
        }
    };
    Some(format!(
        "Among images of one class, {} of pairs are told apart by pixels{}: {meaning}.",
        percent(row.value),
        certainty(record, row)
    ))
}

fn search<'a>(record: &'a Record, condition: &Condition) -> Option<&'a SearchRow> {
    let mut searches = record.searches.iter();
    searches.find(|row| row.condition == *condition)
}

/// The experiment's loss of a condition on the test images: its terms, weighted and summed.
fn loss(record: &Record, condition: &Condition) -> Option<f64> {
    let terms = record.terms.iter();
    let of = terms.filter(|row| row.condition == *condition && row.set == "test");
    let values: Vec<f64> = of.map(|row| row.weight * row.value).collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

/// The generator's own ceiling, in the loss that it was searched by, and how its images score.
pub(super) fn ceiling(record: &Record) -> Option<String> {
    let row = search(record, &Condition::Ceiling)?;
    let decoder = match loss(record, &Condition::Decoder) {
        Some(loss) if loss < row.loss => format!(
            " The decoder's is {}, below it: the search has missed what the decoder found.",
            four(loss)
        ),
        Some(loss) => format!(" The decoder's is {}.", four(loss)),
        None => " The decoder predicts no latents, and has no such loss.".to_owned(),
    };
    let score = overall(record, &Condition::Ceiling, "pixel").map_or(String::new(), |row| {
        format!(
            " Its images are chosen right in {} of the same decisions, which bounds no decoder's share.",
            percent(row.value)
        )
    });
    let (what, still) = if row.is_still_falling() {
        (
            format!("In the generator, for the test images, {},", row.found()),
            " So it is no ceiling yet, and is called the best found.",
        )
    } else {
        (
            format!(
                "The generator's ceiling for the test images, {},",
                row.found()
            ),
            "",
        )
    };
    Some(format!(
        "{what} has a mean loss of {}; {}.{still}{decoder}{score}",
        four(row.loss),
        row.ended(),
    ))
}

/// The best found with the decoders' own latents among the starts: never behind the decoder in this loss.
pub(super) fn ceiling_from_decoders(record: &Record) -> Option<String> {
    let row = search(record, &Condition::CeilingFromDecoders)?;
    Some(format!(
        "With the decoders' own latents among the starts, {}, has a mean loss of {}; {}. It says how low this loss can be, and \
         bounds nothing else.",
        row.found(),
        four(row.loss),
        row.ended(),
    ))
}

pub(super) fn baselines(record: &Record) -> Option<String> {
    let all = [
        Condition::RidgeToPixels,
        Condition::NoAlignment,
        Condition::Shuffled,
        Condition::Prior,
        Condition::NearestTraining,
        Condition::RandomTraining,
        Condition::MeanImage,
    ];
    let by_pixels = all.iter().map(|condition| (condition.clone(), "pixel"));
    let by_cue = Cue::ALL.map(|cue| (Condition::Cue(cue), cue.name()));
    let parts: Vec<String> = by_pixels
        .chain(by_cue)
        .filter_map(|(condition, observer)| {
            overall(record, &condition, observer)
                .map(|row| format!("{} {}", record.label(&condition), percent(row.value)))
        })
        .collect();
    (!parts.is_empty()).then(|| format!("Baselines in the same decisions: {}.", parts.join("; ")))
}
