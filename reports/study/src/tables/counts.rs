//! Tables of counts: what a paper prints, without the decisions themselves.

use std::path::Path;

use lab_score::study::counts::counted;
use lab_score::study::printed::{self, PrintedRow};

use super::rows::Rows;
use crate::Result;

/// Chance of a row that names none: a choice between two.
const CHANCE: f64 = 0.5;

/// Reads a table of counts, if the file is one: a column `n`, and `printed` (a percentage) or `n_correct`.
///
/// Further columns: `set`, `what` ("decisions" or "images"; "decisions" if it is left out) and `chance` (one half).
/// `None` if the table has no such columns.
///
/// # Errors
/// As [`read`](super::read).
pub fn read_counts(path: &Path) -> Result<Option<Vec<PrintedRow>>> {
    let rows = Rows::read(path)?;
    let place = |name: &str| rows.header.iter().position(|column| column == name);
    let (printed, n_correct) = (place("printed"), place("n_correct"));
    let Some(n) = place("n").filter(|_| printed.is_some() || n_correct.is_some()) else {
        return Ok(None);
    };
    let row = |(line, cells): &(usize, Vec<String>)| {
        let cell = |place: Option<usize>| {
            let cell = cells.get(place?)?.trim();
            (!cell.is_empty()).then_some(cell)
        };
        let wrong = |expected: &str, got: Option<&str>| {
            rows.wrong(
                Some(*line),
                expected,
                format!("'{}'", got.unwrap_or_default()),
                "correct the cell",
            )
        };
        let n = cell(Some(n))
            .and_then(|text| text.parse().ok())
            .filter(|&n: &u64| n > 0);
        let n = n.ok_or_else(|| wrong("a whole number above 0 in column 'n'", cell(place("n"))))?;
        let chance = cell(place("chance")).map_or(Some(CHANCE), |text| text.parse().ok());
        let chance = chance.filter(|chance| 0.0 < *chance && *chance < 1.0);
        let chance = chance.ok_or_else(|| {
            wrong(
                "a share between 0 and 1 in column 'chance'",
                cell(place("chance")),
            )
        })?;
        let (set, what) = (
            cell(place("set")).unwrap_or("decisions"),
            cell(place("what")).unwrap_or("decisions"),
        );
        if let Some(text) = cell(printed) {
            return printed::row(set, what, text, n, chance).ok_or_else(|| {
                wrong("a percentage from 0 to 100 in column 'printed'", Some(text))
            });
        }
        let k = cell(n_correct).and_then(|text| text.parse::<f64>().ok());
        let k = k.filter(|k| (2.0 * k).fract() == 0.0);
        let count = k.and_then(|k| counted(k, usize::try_from(n).ok()?, chance));
        let count = count.ok_or_else(|| {
            wrong(
                "a whole or half number from 0 to n in column 'n_correct'",
                cell(n_correct),
            )
        })?;
        Ok(PrintedRow {
            set: set.to_owned(),
            what: what.to_owned(),
            printed: String::new(),
            n,
            is_impossible: false,
            counts: vec![count],
        })
    };
    rows.rows.iter().map(row).collect::<Result<_>>().map(Some)
}
