//! What tables of text have in common: how cells are told apart, and how numbers are written.
//!
//! Cells are separated by commas, semicolons or tabs. Where commas do not separate, they may stand for the decimal point, as
//! spreadsheets write it in much of the world. What could be read in two ways is refused.

use std::fs;
use std::path::Path;

use lab_core::{Error, Result};

use super::{file_error, regular};

/// The text of a file and how its cells are separated.
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) separator: u8,
    /// Lines of the file before the text.
    pub(crate) n_before: usize,
}

impl Text {
    /// Reads a file of text.
    ///
    /// # Errors
    /// Fails if it is missing, no regular file, or not in UTF-8.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        regular::check_text(path)?;
        let refused = |expected: &str, got: &str| {
            let remedy = "save the table as CSV in UTF-8";
            Err(file_error(path, "", expected, got, remedy))
        };
        let bytes = fs::read(path).map_err(Error::io("reading", path))?;
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return refused("text in UTF-8", "text in UTF-16");
        }
        if bytes.starts_with(b"PK\x03\x04") {
            return refused("a file of text", "a spreadsheet or another archive");
        }
        let Ok(text) = String::from_utf8(bytes) else {
            return refused("text in UTF-8", "other bytes");
        };
        let text = line_feeds(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned());
        let first = text.lines().next().unwrap_or("");
        // Spreadsheets read this line and do not show it.
        if let Some(&[separator]) = first.strip_prefix("sep=").map(str::as_bytes) {
            let text = &text[first.len()..];
            let text = text.strip_prefix('\n').unwrap_or(text).to_owned();
            return Ok(Self {
                text,
                separator,
                n_before: 1,
            });
        }
        let separator = separator(&text);
        Ok(Self {
            text,
            separator,
            n_before: 0,
        })
    }

    /// Whether a comma within a cell stands for the decimal point.
    pub(crate) fn decimal_commas(&self) -> bool {
        self.separator != b','
    }
}

/// The text with line feeds at the ends of its lines: a reader counts a line where it meets the end of the one before, which
/// two characters would delay by a line.
pub(crate) fn line_feeds(text: String) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }
}

/// What separates the cells of the first line: tabs and semicolons stand in no number and in no name of a column.
fn separator(text: &str) -> u8 {
    let line = text.lines().find(|line| !line.trim().is_empty());
    let mut quoted = false;
    let mut found = b',';
    for byte in line.unwrap_or("").bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\t' if !quoted => return byte,
            b';' if !quoted => found = byte,
            _ => {}
        }
    }
    found
}

/// A whole number from 0, also where a program wrote it with a fraction of zeros; `None` for anything else.
///
/// `1.000` among semicolons and `1,000` among tabs may be a thousand: they are none.
pub(crate) fn whole(cell: &str, decimal_commas: bool) -> Option<u64> {
    if let Ok(number) = cell.parse() {
        return Some(number);
    }
    let thousand = |mark: char| {
        let fraction = cell.split_once(mark).map(|(_, fraction)| fraction);
        fraction.is_some_and(|fraction| fraction.len() == 3)
    };
    if decimal_commas && (thousand('.') || thousand(',')) {
        return None;
    }
    let number: f64 = decimal(cell, decimal_commas)?;
    // Beyond 2^53 a float does not hold every whole number.
    let is_whole = number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number);
    is_whole.then_some(number as u64)
}

/// A number, with a comma for its point where that is allowed.
pub(crate) fn decimal<T: std::str::FromStr>(cell: &str, decimal_commas: bool) -> Option<T> {
    if !cell.contains(',') {
        return cell.parse().ok();
    }
    let once = cell.matches(',').count() == 1 && !cell.contains('.');
    (decimal_commas && once)
        .then(|| cell.replace(',', ".").parse().ok())
        .flatten()
}

/// Which marks the numbers of a file have, to see whether they agree.
#[derive(Default)]
pub(crate) struct Marks {
    comma: Option<String>,
    point: Option<String>,
    /// Whether a comma cannot separate thousands.
    sure: bool,
}

impl Marks {
    /// Looks at a number at a place.
    pub(crate) fn see(&mut self, cell: &str, place: impl Fn() -> String) {
        if let Some((whole, fraction)) = cell.split_once(',') {
            self.comma.get_or_insert_with(&place);
            let digits = whole.trim_start_matches(['-', '+']);
            self.sure |= fraction.len() != 3 || digits.is_empty() || digits.starts_with('0');
        } else if cell.contains('.') {
            self.point.get_or_insert_with(&place);
        }
    }

    /// What is unclear about the numbers; `None` if nothing is.
    pub(crate) fn complaint(&self, separator: u8) -> Option<String> {
        let comma = self.comma.as_ref()?;
        if let Some(point) = &self.point {
            return Some(format!("a decimal point in {point} and a comma in {comma}"));
        }
        let unclear = separator == b'\t' && !self.sure;
        unclear.then(|| format!("a comma in {comma}, for the decimal point or for thousands"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_be_written_as_floats() {
        for (cell, commas, expected) in [
            ("3", false, Some(3)),
            ("3.0", false, Some(3)),
            ("3.000", false, Some(3)),
            ("3e2", false, Some(300)),
            ("3,0", true, Some(3)),
            ("3.000", true, None),
            ("3,000", true, None),
            ("3,0", false, None),
            ("3.5", false, None),
            ("-1", false, None),
            ("nan", false, None),
            ("1e300", false, None),
            ("", false, None),
        ] {
            assert_eq!(whole(cell, commas), expected, "{cell} {commas}");
        }
    }

    #[test]
    fn separators_are_seen_outside_of_quotes() {
        assert_eq!(separator("a,b\n1;2"), b',');
        assert_eq!(separator("\n0,5;1,5"), b';');
        assert_eq!(separator("\"a;b\",c"), b',');
        assert_eq!(separator("a;b\tc"), b'\t');
    }
}
