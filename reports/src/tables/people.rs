//! Whether those who answered are people, as columns.

use polars::series::Series;

use super::series::{count, flag, maybe, number, text};
use lab_score::study::StudyRecord;
use lab_score::study::people::{KindRow, PersonRow, Signal, WithoutRow};

/// One row a person: two columns a signal, its value and its p.
pub(super) fn people(study: &StudyRecord) -> Vec<Series> {
    let people = study.scores.people.as_ref();
    let rows: &[PersonRow] = people.map_or(&[], |people| &people.persons);
    let threshold = people.map_or(f64::NAN, |people| people.simulated.threshold);
    let why: Vec<String> = rows
        .iter()
        .map(|row| {
            row.why
                .iter()
                .map(|signal| signal.name())
                .collect::<Vec<&str>>()
                .join("; ")
        })
        .collect();
    let mut columns = vec![
        text("rater", rows, |row| &row.rater),
        count("n", rows, |row| row.n),
        number("score", rows, |row| row.score),
        number("threshold", rows, |_| threshold),
        flag("stands_out", rows, |row| row.stands_out),
        text("why", &why, |why| why),
        text("observer", rows, |row| &row.observer),
    ];
    for signal in Signal::ALL {
        let name = signal.name();
        columns.push(maybe(name, rows, |row| {
            row.signal(signal).map(|of| of.value)
        }));
        columns.push(maybe(&format!("p_{name}"), rows, |row| {
            row.signal(signal).map(|of| of.p)
        }));
    }
    columns
}

/// Two rows a set: with everybody, and without those who stand out.
pub(super) fn without(study: &StudyRecord) -> Vec<Series> {
    let people = study.scores.people.as_ref();
    let rows: &[WithoutRow] = people.map_or(&[], |people| &people.without);
    vec![
        text("set", rows, |row| &row.set),
        text("condition", rows, |row| &row.condition),
        flag("without_those_who_stand_out", rows, |row| row.is_without),
        count("n_people", rows, |row| row.n_people),
        count("n_correct", rows, |row| row.n_correct as usize),
        count("n", rows, |row| row.n as usize),
        maybe("low_clusters", rows, |row| row.interval.map(|of| of.0)),
        maybe("high_clusters", rows, |row| row.interval.map(|of| of.1)),
        number("p", rows, |row| row.p),
    ]
}

/// One row a kind of agent, in simulated studies.
pub(super) fn simulated(study: &StudyRecord) -> Vec<Series> {
    let people = study.scores.people.as_ref();
    let rows: &[KindRow] = people.map_or(&[], |people| &people.simulated.kinds);
    let of = people.map(|people| &people.simulated);
    vec![
        text("simulated_agent", rows, |row| row.kind.label()),
        count("n", rows, |row| row.n),
        count("n_found", rows, |row| row.n_found),
        number("wilson_low", rows, |row| row.interval.0),
        number("wilson_high", rows, |row| row.interval.1),
        number("area_under_curve", rows, |row| row.area),
        count("n_people", rows, |_| of.map_or(0, |of| of.n_people_drawn)),
        count("n_people_named", rows, |_| {
            of.map_or(0, |of| of.n_people_named)
        }),
        maybe("people_wilson_low", rows, |_| of.map(|of| of.interval.0)),
        maybe("people_wilson_high", rows, |_| of.map(|of| of.interval.1)),
    ]
}
