//! The chapter "Are these people?": who stands out and why, what remains without them, and how far the rule can be trusted.

use serde::Serialize;

use super::super::numbers::{DASH, interval, p_figure, p_value, percent};
use super::super::scores::Table;
use super::figures::listed;
use super::tables::table;
use crate::charts::{self, Figure};
use lab_score::binomial::binomial_tail;
use lab_score::study::people::rule::{NAMED, weight};
use lab_score::study::people::{KindRow, People, PersonRow, Signal, WithoutRow};
use lab_score::study::{ALPHA, StudyRecord};

/// Most people in the table of those who stand out; all stand in the file.
const N_ROWS: usize = 40;
/// Share of agents of a kind that is to be found.
const GOAL: f64 = 0.95;
const GOAL_WORDS: &str = "95 %";

/// Everything that the chapter says and shows.
#[derive(Debug, Serialize)]
pub(super) struct PeoplePages {
    findings: Vec<String>,
    figures: Vec<[String; 3]>,
    out: Table,
    without: Table,
    signals: Table,
    simulated: Table,
    methods: Vec<String>,
    dispute: Vec<String>,
}

impl PeoplePages {
    /// The chapter; `None` where it cannot be asked, which a warning says.
    pub(super) fn of(study: &StudyRecord, figures: &[Figure]) -> Option<Self> {
        let people = study.scores.people.as_ref()?;
        let own = figures.iter().filter(|figure| is_of_people(figure));
        Some(Self {
            findings: findings(people),
            figures: own.map(listed).collect(),
            out: out(people),
            without: without(people),
            signals: signals(people),
            simulated: simulated(people),
            methods: methods(people),
            dispute: DISPUTE.map(str::to_owned).into(),
        })
    }
}

/// Whether a figure belongs into this chapter.
pub(super) fn is_of_people(figure: &Figure) -> bool {
    figure.name.starts_with(charts::PEOPLE)
}

/// What is published about how large the problem is, and its doubters.
const DISPUTE: [&str; 4] = [
    "How many answers come from programs is disputed, and no figure here says it for this study.",
    "Warnings: an agent passed 99.8 % of 6,000 attention checks (Westwood 2025, doi:10.1073/pnas.2518075122). Among 39 participants \
     of a cueing task several had reaction times like simulated ones (Van der Stigchel and others 2026, PMC12933093). About 9 % of \
     928 participants handed in text that they had not typed (2026, doi:10.1177/25152459261424723).",
    "Doubts: a second analysis of the same reaction times, beside those of a laboratory, finds no ground for the concern, and a \
     program for each task not worth its cost (a reply of 2026, doi:10.31234/osf.io/gjw5u).",
    "Published traps found 97.1 % of 526 agents and named 4.1 % of 1,007 people with them; attention checks found 2.3 % of the same \
     agents (Affonso 2026, doi:10.1093/jcr/ucag006). Whatever rule is used, it names people: theirs 4 in 100.",
];

/// Sentences about who stands out, what is missing, how far the rule reaches, and what remains.
pub(super) fn findings(people: &People) -> Vec<String> {
    let mut all = vec![standing_out(people)];
    all.extend(left_out(people));
    all.extend(missing(people));
    all.push(reach(people));
    all.extend(not_told(people));
    all.extend(
        people
            .without
            .chunks_exact(2)
            .map(|two| remains(&two[0], &two[1])),
    );
    all
}

fn standing_out(people: &People) -> String {
    let (n, n_out) = (people.persons.len(), people.n_standing_out());
    let named = people.simulated.named();
    let who = match n_out {
        0 => return format!("None of {n} people stands out."),
        1 => format!("1 of {n} people stands out ({})", percent(1.0 / n as f64)),
        _ => format!(
            "{n_out} of {n} people stand out ({})",
            percent(n_out as f64 / n as f64)
        ),
    };
    // The upper end of the simulation's own interval: its error is no ground to suspect anybody.
    let p = binomial_tail(n_out as u64, n, people.simulated.interval.1.min(0.999)).unwrap_or(1.0);
    let against = if p <= ALPHA {
        "That is more than is to be expected of people alone"
    } else {
        "So many are to be expected of people alone"
    };
    format!(
        "{who}. {against}: the rule names {} of people in simulated studies of this size. To stand out is no verdict: nobody is left \
         out of any other figure, and nobody is to be rejected for it.",
        percent(named)
    )
}

fn left_out(people: &People) -> Option<String> {
    let n = people.n_left_out;
    (n > 0).then(|| {
        let least = lab_score::study::people::MIN_TRIALS;
        let who = if n == 1 {
            "1 person"
        } else {
            &format!("{n} people")
        };
        format!("{who} made fewer than {least} decisions and could not be looked at.")
    })
}

/// Signals that nobody has.
fn missing(people: &People) -> Vec<String> {
    let has = |signal| {
        people
            .persons
            .iter()
            .any(|row| row.signal(signal).is_some())
    };
    let said = [
        (
            Signal::Agreement,
            "No model observer answered the same trials, so that agreement with one cannot be told.",
        ),
        (
            Signal::Speed,
            "No reaction times are known, so that nothing is told from them.",
        ),
        (
            Signal::Side,
            "It is not known where the right ones stood, so that sides tell nothing.",
        ),
        (Signal::Catch, "There were no attention checks."),
    ];
    said.into_iter()
        .filter(|(signal, _)| !has(*signal))
        .map(|(_, sentence)| sentence.to_owned())
        .collect()
}

fn kinds(rows: &[&KindRow]) -> String {
    let named: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {}", row.kind.label(), percent(row.share())))
        .collect();
    named.join(", ")
}

fn reach(people: &People) -> String {
    let of = &people.simulated;
    let told: Vec<&KindRow> = of.kinds.iter().filter(|row| row.share() >= GOAL).collect();
    let finds = if told.is_empty() {
        format!("found {GOAL_WORDS} of no kind of scripted agent")
    } else {
        format!(
            "found {GOAL_WORDS} or more of these scripted agents: {}",
            kinds(&told)
        )
    };
    let guessing = if of.n_guessers == 0 {
        String::new()
    } else {
        format!(
            "; of people who guess throughout, {} of {}",
            of.n_guessers_named, of.n_guessers
        )
    };
    format!(
        "In {} simulated studies of {} people with {} decisions each the rule {finds}. It names {} of the people with them \
         ({}{guessing}).",
        of.n_studies,
        of.n_people,
        of.n_trials,
        percent(of.named()),
        interval(of.interval)
    )
}

fn not_told(people: &People) -> Option<String> {
    let rest: Vec<&KindRow> = people
        .simulated
        .kinds
        .iter()
        .filter(|row| row.share() < GOAL)
        .collect();
    (!rest.is_empty()).then(|| {
        format!(
            "In the same simulated studies it does not tell these from people well enough: {}. That nobody stands out would not say \
             that they are absent.",
            kinds(&rest)
        )
    })
}

fn name(row: &WithoutRow) -> String {
    if row.condition.is_empty() {
        row.set.clone()
    } else {
        format!("{} ({})", row.set, row.condition)
    }
}

fn remains(with: &WithoutRow, without: &WithoutRow) -> String {
    if without.n == 0 {
        return format!(
            "{}: without those who stand out no decision remains.",
            name(with)
        );
    }
    let share = |row: &WithoutRow| {
        format!(
            "{} ({})",
            percent(row.n_correct as f64 / row.n as f64),
            p_value(row.p)
        )
    };
    let verdict = if (with.p <= ALPHA) == (without.p <= ALPHA) {
        format!("what is concluded at {ALPHA} is the same")
    } else {
        format!("what is concluded at {ALPHA} depends on them")
    };
    format!(
        "{}: with everybody {} of the decisions are right, without those who stand out {}: {verdict}.",
        name(with),
        share(with),
        share(without)
    )
}

/// Why a person stands out.
pub(super) fn why(row: &PersonRow) -> String {
    let reasons = row.why.iter().map(|&signal| {
        let what = match signal {
            Signal::Agreement => format!("answers like the observer {}", row.observer),
            other => charts::words_of_signal(other).to_owned(),
        };
        let p = row
            .signal(signal)
            .map_or_else(String::new, |found| format!(" ({})", p_value(found.p)));
        what + &p
    });
    reasons.collect::<Vec<String>>().join("; ")
}

fn out(people: &People) -> Table {
    let mut rows: Vec<&PersonRow> = people.persons.iter().filter(|row| row.stands_out).collect();
    rows.sort_by(|a, b| b.score.total_cmp(&a.score));
    let row = |row: &&PersonRow| {
        vec![
            row.rater.clone(),
            why(row),
            row.n.to_string(),
            format!("{:.1}", row.score),
        ]
    };
    table(
        &["rater", "why", "decisions", "score"],
        rows.iter().take(N_ROWS).map(row).collect(),
    )
}

fn without(people: &People) -> Table {
    let rows = people.without.iter().map(|row| {
        let who = if row.is_without {
            "without those who stand out"
        } else {
            "everybody"
        };
        let share = if row.n == 0 {
            DASH.into()
        } else {
            percent(row.n_correct as f64 / row.n as f64)
        };
        vec![
            name(row),
            who.into(),
            row.n_people.to_string(),
            format!("{} of {}", row.n_correct, row.n),
            share,
            row.interval.map_or(DASH.into(), interval),
            p_figure(row.p),
        ]
    });
    table(
        &[
            "set",
            "whose decisions",
            "people",
            "right",
            "share",
            "interval over clusters",
            "p",
        ],
        rows.collect(),
    )
}

fn signals(people: &People) -> Table {
    let rows = Signal::ALL.into_iter().map(|signal| {
        let found = || people.persons.iter().filter_map(|row| row.signal(signal));
        vec![
            charts::words_of_signal(signal).to_owned(),
            found().count().to_string(),
            found().filter(|found| found.p <= NAMED).count().to_string(),
            format!("{:.2}", weight(signal)),
        ]
    });
    let rare = format!("with p ≤ {NAMED}");
    table(
        &["signal", "people with it", &rare, "weight"],
        rows.collect(),
    )
}

fn simulated(people: &People) -> Table {
    let rows = people.simulated.kinds.iter().map(|row| {
        vec![
            row.kind.label().to_owned(),
            format!("{} of {}", row.n_found, row.n),
            percent(row.share()),
            interval(row.interval),
            format!("{:.3}", row.area),
        ]
    });
    let of = &people.simulated;
    let mut rows: Vec<Vec<String>> = rows.collect();
    rows.push(vec![
        "people, named with them".into(),
        format!("{} of {}", of.n_people_named, of.n_people_drawn),
        percent(of.named()),
        interval(of.interval),
        DASH.into(),
    ]);
    table(
        &[
            "simulated",
            "found",
            "share",
            "Wilson's interval",
            "area under curve",
        ],
        rows,
    )
}

fn methods(people: &People) -> Vec<String> {
    let mut all = vec![format!(
        "Each signal is held against the people of this study who do not stand out (median and median absolute deviation, or their \
         shares), as the chance p of a value at least as far towards a program. The score is the weighted sum of −ln p, each at most \
         15. Weights come from a logistic regression on simulated studies; the threshold {:.2} is the score that 3 % of simulated \
         people exceed in studies of this size. What the rule finds is counted on other seeds.",
        people.simulated.threshold
    )];
    if !people.observers.is_empty() {
        all.push(format!(
            "Agreement beyond the human ceiling: in logit P(right) = θ + λ·logit(q) + β·o, with q the share of other people who are \
             right about the trial and o the observer's choice, the score test of β = 0. Whoever is good has a high θ and no β. \
             Observers: {}; the p of the closest is multiplied by their number.",
            people.observers.join(", ")
        ));
    }
    all.push(
        "Simulated people differ in ability, attention, preferred side, speed, practice and fatigue, and some guess throughout; \
         agents have drawn noise, errors and timing. People who answer in another way than simulated ones may be named more often."
            .into(),
    );
    all
}
