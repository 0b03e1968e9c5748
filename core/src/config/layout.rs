//! RON as a person would write it: on one line what fits there, else one item a line.

use super::scan::{self, Items, Kind, Value};

/// Columns of a line.
const WIDTH: usize = 100;
const INDENT: usize = 4;

/// The same RON over as many lines as it needs.
///
/// The outermost brackets are always broken. `Some(…)` is left out, as options are read without it, and so are comments.
/// Text that is no RON comes back as it is.
pub fn layout(text: &str) -> String {
    let Ok(document) = scan::document(text) else {
        return text.to_owned();
    };
    let mut page = Page {
        text,
        out: String::new(),
    };
    match bracketed(&document) {
        Some(group) => page.broken(&document, group, 0),
        None => page.value(&document, 0, 0),
    }
    page.out
}

/// The same RON on one line, laid out in one way, so that what means the same is the same byte by byte.
pub fn one_line(text: &str) -> String {
    scan::document(text).map_or_else(|_| text.to_owned(), |value| compact(text, &value))
}

fn compact(text: &str, value: &Value) -> String {
    let value = without_some(text, value);
    let Some(group) = bracketed(value) else {
        return text[value.span.clone()].to_owned();
    };
    let items: Vec<String> = group
        .items
        .iter()
        .map(|item| {
            let key = item.key.clone().map(|key| format!("{}: ", &text[key]));
            key.unwrap_or_default() + &compact(text, &item.value)
        })
        .collect();
    format!(
        "{}{}{}",
        open(text, value, group),
        items.join(", "),
        close(text, value)
    )
}

struct Page<'a> {
    text: &'a str,
    out: String,
}

impl Page<'_> {
    /// Writes a value that begins at column `column` of a line with this indent.
    fn value(&mut self, value: &Value, indent: usize, column: usize) {
        let value = without_some(self.text, value);
        let line = compact(self.text, value);
        match bracketed(value) {
            // The comma behind it needs a column too.
            Some(group) if column + line.chars().count() + 1 > WIDTH && !group.items.is_empty() => {
                self.broken(value, group, indent);
            }
            _ => self.out += &line,
        }
    }

    fn broken(&mut self, value: &Value, group: &Items, indent: usize) {
        let inner = indent + INDENT;
        self.out += &open(self.text, value, group);
        for item in &group.items {
            let key = item.key.clone().map(|key| format!("{}: ", &self.text[key]));
            let key = key.unwrap_or_default();
            self.line(inner);
            self.out += &key;
            self.value(&item.value, inner, inner + key.chars().count());
            self.out.push(',');
        }
        self.line(indent);
        self.out += close(self.text, value);
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// What a value's brackets hold, if it has some that may be broken.
fn bracketed(value: &Value) -> Option<&Items> {
    match &value.kind {
        Kind::Group(items) | Kind::List(items) => Some(items),
        Kind::Plain | Kind::Map(_) => None,
    }
}

/// The name before the bracket, and the bracket.
fn open(text: &str, value: &Value, group: &Items) -> String {
    text[value.span.start..group.open]
        .split_whitespace()
        .collect()
}

fn close<'a>(text: &'a str, value: &Value) -> &'a str {
    &text[value.span.end - 1..value.span.end]
}

/// What `Some(…)` holds.
fn without_some<'a>(text: &str, value: &'a Value) -> &'a Value {
    match &value.kind {
        Kind::Group(group) if open(text, value, group) == "Some(" => match &group.items[..] {
            [only] if only.key.is_none() => without_some(text, &only.value),
            _ => value,
        },
        _ => value,
    }
}
