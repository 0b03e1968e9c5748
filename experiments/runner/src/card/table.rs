//! A table of figures: for people, and as CSV.

use std::fmt::Write as _;

use lab_score::quality::Share;

use super::latents::Mean;
use super::limits::Score;
use super::quality::Nearer;

/// One figure of one column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// The figure; `None` if only a note stands for it.
    pub value: Option<f64>,
    /// Its interval.
    pub interval: Option<(f64, f64)>,
    /// Over how many images, pairs or seeds.
    pub n: Option<usize>,
    /// Stands behind the value, or for it.
    pub note: String,
}

/// One measure of all columns.
pub struct Row {
    /// Stable name.
    pub key: String,
    /// Words; an arrow says which way is better.
    pub label: String,
    /// A figure for each column of the table; `None` where a column lacks it.
    pub cells: Vec<Option<Cell>>,
}

/// Rows under a heading.
pub struct Section {
    /// The heading.
    pub heading: String,
    /// The rows, from above.
    pub rows: Vec<Row>,
}

/// The whole table.
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The sections, from above.
    pub sections: Vec<Section>,
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self {
            value: Some(value),
            ..Self::default()
        }
    }
}

impl From<&str> for Cell {
    fn from(note: &str) -> Self {
        Self {
            note: note.into(),
            ..Self::default()
        }
    }
}

impl From<&Share> for Cell {
    fn from(share: &Share) -> Self {
        Self {
            interval: Some(share.interval),
            n: Some(share.n),
            ..share.value.into()
        }
    }
}

impl From<&Mean> for Cell {
    fn from(mean: &Mean) -> Self {
        Self {
            interval: mean.interval,
            n: Some(mean.n),
            ..mean.value.into()
        }
    }
}

impl From<&Score> for Cell {
    fn from(score: &Score) -> Self {
        Self {
            interval: score.interval,
            n: Some(score.n),
            ..score.value.into()
        }
    }
}

impl From<&Nearer> for Cell {
    fn from(found: &Nearer) -> Self {
        Self {
            note: format!("p {}", short(found.p)),
            ..found.nearer.into()
        }
    }
}

impl Cell {
    fn text(&self) -> String {
        let mut text = self.value.map(short).unwrap_or_default();
        if let Some((low, high)) = self.interval {
            let _ = write!(text, " [{}, {}]", short(low), short(high));
        }
        if !self.note.is_empty() {
            let space = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{space}{}", self.note);
        }
        text
    }
}

impl Row {
    /// The cells in words; a dash for what a column lacks.
    pub fn texts(&self) -> Vec<String> {
        let text = |cell: &Option<Cell>| cell.as_ref().map_or_else(|| "–".into(), Cell::text);
        self.cells.iter().map(text).collect()
    }
}

impl Table {
    /// Columns beside each other, sections under each other; a measure that a column lacks is a dash.
    pub(super) fn text(&self) -> String {
        let rows = || self.sections.iter().flat_map(|section| &section.rows);
        let labels = rows().map(|row| row.label.chars().count());
        let label_width = labels.max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| {
                let cells = rows().map(|row| row.texts()[column].chars().count());
                let name = self.columns[column].chars().count();
                cells.max().unwrap_or(0).max(name)
            })
            .collect();
        let line = |label: &str, cells: &[String]| {
            let mut line = format!("  {label:<label_width$}");
            for (cell, width) in cells.iter().zip(&widths) {
                let _ = write!(line, "  {cell:<width$}");
            }
            line.trim_end().to_owned()
        };
        let mut text = line("", &self.columns);
        for section in self
            .sections
            .iter()
            .filter(|section| !section.rows.is_empty())
        {
            let _ = write!(text, "\n\n{}", section.heading);
            for row in &section.rows {
                let _ = write!(text, "\n{}", line(&row.label, &row.texts()));
            }
        }
        text + "\n"
    }

    /// One line a figure: `column,measure,value,low,high,n,note`.
    pub(super) fn csv(&self) -> String {
        "column,measure,value,low,high,n,note\n".to_owned() + &self.csv_lines()
    }

    /// The same without the line of names.
    pub(super) fn csv_lines(&self) -> String {
        let mut text = String::new();
        let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        for row in self.sections.iter().flat_map(|section| &section.rows) {
            for (column, cell) in self.columns.iter().zip(&row.cells) {
                let Some(cell) = cell else { continue };
                let fields = [
                    quoted(column),
                    quoted(&row.key),
                    number(cell.value),
                    number(cell.interval.map(|interval| interval.0)),
                    number(cell.interval.map(|interval| interval.1)),
                    cell.n.map(|n| n.to_string()).unwrap_or_default(),
                    quoted(&cell.note),
                ];
                text += &(fields.join(",") + "\n");
            }
        }
        text
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Three digits that matter.
pub(super) fn short(value: f64) -> String {
    let magnitude = value.abs().log10().floor();
    if !magnitude.is_finite() {
        return value.to_string();
    }
    if magnitude < -4.0 {
        return format!("{value:.1e}");
    }
    if value.abs() >= 10.0 && value.fract() == 0.0 {
        return value.to_string();
    }
    let digits = (2.0 - magnitude).clamp(0.0, 6.0) as usize;
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::{Cell, Row, Section, Table, short};

    #[test]
    fn figures_stand_under_their_columns() {
        let row = |key: &str, cells: [Option<Cell>; 2]| Row {
            key: key.into(),
            label: format!("the {key}"),
            cells: cells.into(),
        };
        let shared = Cell {
            interval: Some((0.125, 0.25)),
            n: Some(8),
            ..0.2.into()
        };
        let table = Table {
            columns: vec!["a, b".into(), "c".into()],
            sections: vec![Section {
                heading: "one".into(),
                rows: vec![
                    row("kid", [Some(shared), None]),
                    row("note", [Some("not run".into()), Some(1e-7.into())]),
                ],
            }],
        };
        let expected = "            a, b                  c\n\none\n  the kid   0.200 [0.125, 0.250]  –\n  the note  not run               1.0e-7\n";
        assert_eq!(table.text(), expected);
        let csv = "column,measure,value,low,high,n,note\n\"a, b\",kid,0.2,0.125,0.25,8,\n\"a, b\",note,,,,,not run\nc,note,0.0000001,,,,\n";
        assert_eq!(table.csv(), csv);
    }

    #[test]
    fn numbers_have_three_digits_that_matter() {
        let texts = [12345.6, 64.0, 9.999, 0.012_34, -0.5, 0.0, f64::NAN].map(short);
        assert_eq!(
            texts,
            ["12346", "64", "10.00", "0.0123", "-0.500", "0", "NaN"]
        );
    }
}
