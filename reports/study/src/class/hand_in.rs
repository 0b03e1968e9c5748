//! Answers that were handed in: files of pages without a server, and texts of QR codes, one a line.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::csv::{Table, harmless};
use crate::design::Side;
use crate::export::Decided;
use crate::folder::Study;
use crate::{Error, Result};

/// The answers of one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Handed {
    /// Name of the study.
    pub study: String,
    /// The list, from 1.
    pub list: u32,
    /// The made-up name of the person.
    pub rater: String,
    /// Trial, choice, and reaction time in milliseconds.
    pub answers: Vec<(u32, Side, f64)>,
    /// What the person wrote; QR codes do not hold it.
    pub remarks: String,
}

/// A file of answers.
#[derive(Deserialize)]
struct Saved {
    format: u32,
    study: String,
    list: u32,
    rater: String,
    answers: Vec<(u32, String, f64)>,
    #[serde(default)]
    remarks: String,
}

/// Parts of one person's answers, by their numbers.
type Parts = BTreeMap<(String, u32, String), (usize, BTreeMap<usize, String>)>;

/// Reads files by their names: each holds the answers of one person as the page saved them, or texts of QR codes, one a
/// line, of any number of people and in any order.
///
/// # Errors
/// [`Error::Answers`] names the file and what is wrong: another format, a line that is no code of ours, a part that is
/// missing, or a person with two different sets of answers.
pub fn read(files: &[(String, Vec<u8>)]) -> Result<Vec<Handed>> {
    let mut all: BTreeMap<String, Handed> = BTreeMap::new();
    let mut parts = Parts::new();
    let mut of_file = BTreeMap::new();
    for (file, bytes) in files {
        let text =
            std::str::from_utf8(bytes).map_err(|_| wrong(file, "text", "bytes that are none"))?;
        if text.trim_start().starts_with('{') {
            add(&mut all, file, saved(file, text)?)?;
            continue;
        }
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (person, part, n_parts, answers) = code(line).ok_or_else(|| {
                wrong(
                    file,
                    "a file of answers, or lines that begin with LAB1",
                    &format!("'{}'", shortened(line)),
                )
            })?;
            of_file.insert(person.clone(), file.clone());
            let known = parts.entry(person).or_insert((n_parts, BTreeMap::new()));
            known.1.insert(part, answers);
        }
    }
    for ((study, list, rater), (n_parts, known)) in parts {
        let person = (study.clone(), list, rater.clone());
        let file = of_file.get(&person).map_or("", String::as_str);
        if let Some(missing) = (1..=n_parts).find(|part| !known.contains_key(part)) {
            return Err(wrong(
                file,
                &format!("{n_parts} codes of '{rater}'"),
                &format!("none with number {missing}"),
            ));
        }
        let text: String = known.into_values().collect();
        let answers =
            unpacked(&text).ok_or_else(|| wrong(file, "answers such as L2xk", "something else"))?;
        add(
            &mut all,
            file,
            Handed {
                study,
                list,
                rater,
                answers,
                remarks: String::new(),
            },
        )?;
    }
    Ok(all.into_values().collect())
}

fn add(all: &mut BTreeMap<String, Handed>, file: &str, handed: Handed) -> Result<()> {
    match all.get_mut(&handed.rater) {
        // A file holds remarks, and a code does not.
        Some(known) if known.answers == handed.answers && known.list == handed.list => {
            if known.remarks.is_empty() {
                known.remarks = handed.remarks;
            }
            Ok(())
        }
        Some(_) => Err(wrong(
            file,
            &format!("one set of answers of '{}'", handed.rater),
            "a second, different one",
        )),
        None => {
            all.insert(handed.rater.clone(), handed);
            Ok(())
        }
    }
}

fn saved(file: &str, text: &str) -> Result<Handed> {
    let saved: Saved = serde_json::from_str(text).map_err(|error| {
        wrong(
            file,
            "a file that the study's page saved",
            &error.to_string(),
        )
    })?;
    if saved.format != 1 {
        return Err(wrong(file, "format 1", &saved.format.to_string()));
    }
    let side =
        |(trial, side, rt): (u32, String, f64)| Side::of(&side).map(|side| (trial, side, rt));
    let answers: Option<Vec<_>> = saved.answers.into_iter().map(side).collect();
    let answers = answers.ok_or_else(|| wrong(file, "left or right", "another answer"))?;
    for (&(trial, _, rt_ms), next) in answers.iter().zip(1..) {
        if trial != next {
            let got = format!("trial {trial} in its place");
            return Err(wrong(file, &format!("one answer to trial {next}"), &got));
        }
        if rt_ms < 0.0 {
            let got = format!("{rt_ms} in trial {trial}");
            return Err(wrong(file, "a reaction time of 0 ms or more", &got));
        }
    }
    Ok(Handed {
        study: saved.study,
        list: saved.list,
        rater: saved.rater,
        answers,
        remarks: saved.remarks,
    })
}

/// "LAB1 STUDY LIST RATER PART/PARTS ANSWERS".
#[expect(
    clippy::type_complexity,
    reason = "one person, one part, the number of parts, its text"
)]
fn code(line: &str) -> Option<((String, u32, String), usize, usize, String)> {
    let mut words = line.split(' ');
    let (Some("LAB1"), Some(study), Some(list), Some(rater), Some(part), answers) = (
        words.next(),
        words.next(),
        words.next(),
        words.next(),
        words.next(),
        words.next(),
    ) else {
        return None;
    };
    let (part, n_parts) = part.split_once('/')?;
    let (part, n_parts): (usize, usize) = (part.parse().ok()?, n_parts.parse().ok()?);
    if part == 0 || part > n_parts || n_parts > 1000 || words.next().is_some() {
        return None;
    }
    Some((
        (study.into(), list.parse().ok()?, rater.into()),
        part,
        n_parts,
        answers.unwrap_or_default().into(),
    ))
}

/// For each trial L or R, and the time in tenths of a millisecond in base 36.
fn unpacked(text: &str) -> Option<Vec<(u32, Side, f64)>> {
    let starts: Vec<usize> = text
        .char_indices()
        .filter(|(_, letter)| matches!(letter, 'L' | 'R'))
        .map(|(at, _)| at)
        .collect();
    if starts.first().copied().unwrap_or(0) != 0 || (starts.is_empty() && !text.is_empty()) {
        return None;
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let one = |((&start, end), trial): ((&usize, usize), u32)| {
        let side = if text[start..].starts_with('L') {
            Side::Left
        } else {
            Side::Right
        };
        // Who leaves the page open for days takes more tenths than 32 bits hold.
        let tenths = u64::from_str_radix(&text[start + 1..end], 36).ok()?;
        Some((trial, side, tenths as f64 / 10.0))
    };
    starts.iter().zip(ends).zip(1..).map(one).collect()
}

/// Joins what was handed in with the study's key.
///
/// # Errors
/// [`Error::Answers`] if somebody answered another study, a list that it does not have, or a trial beyond its end.
pub fn decided(study: &Study, handed: &[Handed]) -> Result<Vec<Decided>> {
    let mut decided = Vec::new();
    for one in handed {
        if one.study != study.id {
            return Err(wrong(
                &one.rater,
                &format!("answers to study {}", study.id),
                &format!("answers to study {}", one.study),
            ));
        }
        for &(trial, answer, rt_ms) in &one.answers {
            let key = study.key_of(one.list, trial).ok_or_else(|| {
                wrong(
                    &one.rater,
                    "trials of a list of this study",
                    &format!("trial {trial} of list {}", one.list),
                )
            })?;
            decided.push(Decided {
                rater: one.rater.clone(),
                key: key.clone(),
                answer,
                rt_ms,
                received: None,
            });
        }
    }
    Ok(decided)
}

/// What people wrote, with their names; who wrote nothing is not in it.
pub fn remarks(handed: &[Handed]) -> Table {
    let mut table = Table::new(&["rater", "list", "remarks"]);
    for one in handed.iter().filter(|one| !one.remarks.is_empty()) {
        let cells = [
            one.rater.clone(),
            one.list.to_string(),
            harmless(&one.remarks),
        ];
        table.rows.push(cells.into());
    }
    table
}

fn shortened(line: &str) -> String {
    line.chars().take(40).collect()
}

fn wrong(file: &str, expected: &str, got: &str) -> Error {
    Error::Answers {
        file: file.into(),
        expected: expected.into(),
        got: got.into(),
    }
}
