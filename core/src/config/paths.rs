//! Paths of parameters in a text that the scanner has read.

use super::scan::{self, Items, Kind, Value};

/// The path of the innermost value that holds a byte of the text; elements of a list have the list's.
pub(super) fn path(document: &Value, text: &str, at: usize) -> String {
    let mut keys: Vec<&str> = Vec::new();
    let mut value = document;
    loop {
        if let (true, Kind::Group(_)) = (value.span.start > document.span.start, &value.kind) {
            keys.extend(option(value, text));
        }
        let (Kind::Group(Items { items, .. }) | Kind::List(Items { items, .. })) = &value.kind
        else {
            return keys.join(".");
        };
        let holds = |value: &Value| value.span.start <= at && at <= value.span.end;
        let Some(item) = items.iter().find(|item| holds(&item.value)) else {
            return keys.join(".");
        };
        keys.extend(item.key.clone().map(|key| &text[key]));
        value = &item.value;
    }
}

/// The value at a path, elements of lists and tuples by their index; none if the text has another option there.
pub(super) fn at_path<'a>(document: &'a Value, text: &str, path: &str) -> Option<&'a Value> {
    let mut value = document;
    for key in path.split('.') {
        let items = match &value.kind {
            Kind::Group(Items { items, .. }) => items,
            Kind::List(Items { items, .. }) => {
                value = &items.get(key.parse::<usize>().ok()?)?.value;
                continue;
            }
            _ => return None,
        };
        if option(value, text) == Some(key) {
            continue;
        }
        let named =
            |of: &Option<std::ops::Range<usize>>| of.clone().is_some_and(|of| &text[of] == key);
        let at = |idx: usize| items.get(idx).filter(|item| item.key.is_none());
        let found = items.iter().find(|item| named(&item.key));
        value = &found.or_else(|| at(key.parse().ok()?))?.value;
    }
    Some(value)
}

/// The first byte of the value at a path; of the innermost one that holds it, if it is not written.
pub(super) fn start(text: &str, path: &str) -> usize {
    let Ok(document) = scan::document(text) else {
        return 0;
    };
    let mut path = path;
    loop {
        if let Some(value) = at_path(&document, text, path) {
            return value.span.start;
        }
        match path.rsplit_once('.') {
            Some((outer, _)) => path = outer,
            None => return document.span.start,
        }
    }
}

/// The name of an option that holds parameters.
fn option<'a>(value: &Value, text: &'a str) -> Option<&'a str> {
    let text = &text[value.span.clone()];
    let end = text.find('(').unwrap_or(text.len());
    Some(text[..end].trim()).filter(|name| !name.is_empty() && *name != "Some")
}
