//! Tables of what model observers make of trials: one observer and one pair a row.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lab_score::study::Observed;

use super::decisions::ONE_SET;
use super::rows::Rows;
use super::write::{FORMULA, guarded};
use crate::{Error, Result};

/// Columns of the table; set, condition and subject may be left out.
const COLUMNS: [&str; 7] = [
    "observer",
    "set",
    "condition",
    "subject",
    "image",
    "distractor",
    "margin",
];
/// Columns that may be left out: all rows are then of one set, condition and brain.
const OPTIONAL: [&str; 3] = ["set", "condition", "subject"];

/// Writes margins as CSV, in the columns that [`read_observed`] reads.
///
/// # Errors
/// [`Error::Io`] if the file cannot be written.
pub fn write_observed(observed: &[Observed], path: &Path) -> Result<()> {
    let io = |source: std::io::Error| Error::Io {
        action: "writing",
        path: path.to_owned(),
        source,
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer.write_record(COLUMNS);
    written.map_err(|source| io(source.into()))?;
    for of in observed {
        let names = [
            &of.observer,
            &of.set,
            &of.condition,
            &of.subject,
            &of.image,
            &of.distractor,
        ];
        let cells = names.into_iter().map(|name| guarded(name.clone()));
        let written = writer.write_record(cells.chain([of.margin.to_string()]));
        written.map_err(|source| io(source.into()))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|source| io(source.into_error()))?;
    fs::write(path, bytes).map_err(io)
}

/// Reads margins of model observers, from CSV or a JSON array.
///
/// # Errors
/// - [`Error::Io`] if the file cannot be read.
/// - [`Error::Table`] if a column is missing or unknown, if a margin is no finite number, if a cell that must say something is
///   empty, or if an observer has two margins of one pair.
pub fn read_observed(path: &Path) -> Result<Vec<Observed>> {
    let rows = Rows::read(path)?;
    let places = places(&rows)?;
    let mut seen: BTreeMap<[String; 6], usize> = BTreeMap::new();
    let mut all = Vec::new();
    for (line, cells) in &rows.rows {
        let of = one(&rows, *line, cells, &places)?;
        let key = [
            &of.observer,
            &of.set,
            &of.condition,
            &of.subject,
            &of.image,
            &of.distractor,
        ];
        if let Some(before) = seen.insert(key.map(Clone::clone), *line) {
            return Err(rows.wrong(
                Some(*line),
                "one margin of each observer and pair",
                format!("the pair of line {before} again"),
                "delete one of the two lines",
            ));
        }
        all.push(of);
    }
    Ok(all)
}

/// Where each column stands.
fn places(rows: &Rows) -> Result<BTreeMap<&'static str, usize>> {
    let wrong = |got: String| {
        rows.wrong(
            Some(1),
            format!("the columns {}", COLUMNS.join(", ")),
            got,
            format!("rename columns; {} may be left out", OPTIONAL.join(", ")),
        )
    };
    if let Some(unknown) = rows
        .header
        .iter()
        .find(|name| !COLUMNS.contains(&name.as_str()))
    {
        return Err(wrong(format!("a column '{unknown}'")));
    }
    let place = |name: &&'static str| Some((*name, rows.header.iter().position(|of| of == name)?));
    let places: BTreeMap<&str, usize> = COLUMNS.iter().filter_map(place).collect();
    let missing = COLUMNS
        .iter()
        .find(|name| !places.contains_key(*name) && !OPTIONAL.contains(name));
    match missing {
        Some(missing) => Err(wrong(format!("no column '{missing}'"))),
        None => Ok(places),
    }
}

/// What a cell says; our own tables guard cells that a spreadsheet would take for a formula.
fn cell(cells: &[String], place: Option<&usize>) -> String {
    let cell = place.and_then(|place| cells.get(*place));
    let cell = cell.map_or("", |cell| cell.trim());
    let guarded = cell
        .strip_prefix('\'')
        .filter(|rest| rest.starts_with(FORMULA));
    guarded.unwrap_or(cell).to_owned()
}

fn one(
    rows: &Rows,
    line: usize,
    cells: &[String],
    places: &BTreeMap<&'static str, usize>,
) -> Result<Observed> {
    let text = |name: &str| cell(cells, places.get(name));
    let said = |name: &str| {
        let text = text(name);
        if text.is_empty() {
            let expected = format!("a name in column '{name}'");
            return Err(rows.wrong(Some(line), expected, "an empty cell", "fill it in"));
        }
        Ok(text)
    };
    let margin = text("margin");
    let number: Option<f64> = margin.parse().ok();
    let number = number.filter(|number| number.is_finite()).ok_or_else(|| {
        rows.wrong(
            Some(line),
            "a finite number in column 'margin', above zero where the observer is right",
            format!("'{margin}'"),
            "leave pairs out that an observer cannot judge",
        )
    })?;
    let set = Some(text("set")).filter(|set| !set.is_empty());
    Ok(Observed {
        observer: said("observer")?,
        set: set.unwrap_or_else(|| ONE_SET.to_owned()),
        condition: text("condition"),
        subject: text("subject"),
        image: said("image")?,
        distractor: said("distractor")?,
        margin: number,
    })
}

#[cfg(test)]
mod tests {
    use lab_score::study::Observed;

    use super::{read_observed, write_observed};

    fn read(text: &str) -> Result<Vec<Observed>, String> {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("observers.csv");
        std::fs::write(&path, text).unwrap();
        read_observed(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read_again() {
        let of = |image: &str, margin: f64| Observed {
            observer: "conv\"net, 1".into(),
            set: "vim-1".into(),
            condition: "=1+1".into(),
            subject: String::new(),
            image: image.into(),
            distractor: "b".into(),
            margin,
        };
        let all = [
            of("a", 0.1 + 0.2),
            of("c", -1.0 / 3.0),
            of("d", 0.0),
            of("-e", 5e-324),
        ];
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("observers.csv");
        write_observed(&all, &path).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains(",'=1+1,"));
        assert_eq!(read_observed(&path).unwrap(), all);
        let short = read("observer,image,distractor,margin\npixel,a,b,0.5\n").unwrap();
        assert_eq!((short[0].set.as_str(), short[0].margin), ("decisions", 0.5));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_was_expected() {
        for (text, words) in [
            (
                "observer,image,distractor\npixel,a,b\n",
                "got no column 'margin'",
            ),
            (
                "observer,image,distractor,margin,x\npixel,a,b,1,2\n",
                "got a column 'x'",
            ),
            (
                "observer,image,distractor,margin\npixel,a,b,much\n",
                "line 2: expected a finite number in column 'margin'",
            ),
            (
                "observer,image,distractor,margin\npixel,a,b,inf\n",
                "got 'inf'",
            ),
            (
                "observer,image,distractor,margin\npixel,,b,1\n",
                "a name in column 'image'",
            ),
            (
                "observer,image,distractor,margin\npixel,a,b,1\npixel,a,b,2\n",
                "the pair of line 2 again",
            ),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }
}
