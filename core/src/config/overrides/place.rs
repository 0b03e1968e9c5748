//! Where a path leads, and what is to be written there.

use super::as_ron;
use crate::config::nearest;
use crate::config::scan::{Item, Items, Kind, Value};

/// A stretch of the text and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: String,
}

/// Why an override cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) hint: String,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// How far a path leads.
enum Reached<'a> {
    /// To a value.
    Value(&'a Value),
    /// To a group that has no field of the name at this depth.
    Missing(&'a Value, &'a Items, usize),
    /// To a bare name that could take the field at this depth as its parameter.
    Name(&'a Value, usize),
    /// No further: what stands there has no parts.
    Nowhere(Problem),
}

/// Follows a path through what is written.
fn follow<'a>(
    text: &'a str,
    document: &'a Value,
    path: &'a [&'a str],
) -> Result<Reached<'a>, Problem> {
    let mut here = document;
    for (depth, segment) in path.iter().enumerate() {
        here = inside_some(text, here);
        let step = Step {
            text,
            here,
            path,
            depth,
        };
        here = match &here.kind {
            Kind::Group(group) if is_named(group) => match step.field(group)? {
                Some(next) => next,
                None => return Ok(Reached::Missing(here, group, depth)),
            },
            Kind::Group(items) | Kind::List(items) => step.element(items)?,
            Kind::Plain if is_name(&text[here.span.clone()]) && !is_index(segment) => {
                return Ok(Reached::Name(here, depth));
            }
            Kind::Plain | Kind::Map(_) => return Ok(Reached::Nowhere(step.nothing_below())),
        };
    }
    Ok(Reached::Value(here))
}

/// The edit that puts `value` where `path` leads.
pub(super) fn edit(
    text: &str,
    document: &Value,
    path: &[&str],
    value: &str,
) -> Result<Edit, Problem> {
    let (start, end, text) = match follow(text, document, path)? {
        Reached::Value(Value { span, .. }) => {
            let written = as_ron(value, Some(&text[span.clone()]))?;
            (span.start, span.end, written)
        }
        Reached::Missing(here, group, depth) => {
            return Ok(insertion(text, here, group, &nested(path, depth, value)?));
        }
        Reached::Name(here, depth) => {
            let end = here.span.end;
            (end, end, format!("({})", nested(path, depth, value)?))
        }
        Reached::Nowhere(problem) => return Err(problem),
    };
    Ok(Edit { start, end, text })
}

/// What is written where `path` leads; `None` if nothing is.
pub(super) fn find<'a>(
    text: &'a str,
    document: &Value,
    path: &[&str],
) -> Result<Option<&'a str>, Problem> {
    Ok(match follow(text, document, path)? {
        Reached::Value(here) => Some(&text[here.span.clone()]),
        Reached::Missing(..) | Reached::Name(..) | Reached::Nowhere(_) => None,
    })
}

/// One segment of a path and the value that it is looked for in.
struct Step<'a> {
    text: &'a str,
    here: &'a Value,
    path: &'a [&'a str],
    depth: usize,
}

impl<'a> Step<'a> {
    fn segment(&self) -> &'a str {
        self.path[self.depth]
    }

    /// The path so far, in quotes.
    fn place(&self) -> String {
        if self.depth == 0 {
            "the experiment".into()
        } else {
            format!("'{}'", self.path[..self.depth].join("."))
        }
    }

    /// The value of the field; `None` if it is not written yet.
    fn field(&self, group: &'a Items) -> Result<Option<&'a Value>, Problem> {
        let key = |item: &Item| item.key.clone().map(|key| &self.text[key]);
        if let Some(item) = group
            .items
            .iter()
            .find(|item| key(item) == Some(self.segment()))
        {
            return Ok(Some(&item.value));
        }
        if is_key(self.segment()) {
            return Ok(None);
        }
        let keys: Vec<&str> = group.items.iter().filter_map(key).collect();
        let meant = nearest(self.segment(), keys.iter().copied())
            .map_or(String::new(), |key| format!("did you mean '{key}'? "));
        let message = format!(
            "{} has fields, and '{}' is no name of one",
            self.place(),
            self.segment()
        );
        Err(Problem::new(
            message,
            format!("{meant}written there: {}", keys.join(", ")),
        ))
    }

    /// The element of a list or tuple.
    fn element(&self, items: &'a Items) -> Result<&'a Value, Problem> {
        let items = &items.items;
        let range = match items.len() {
            0 => "it is empty".to_owned(),
            n => format!("it has {n}, counted from 0 to {}", n - 1),
        };
        let Ok(idx) = self.segment().parse::<usize>() else {
            let message = format!(
                "{} has no field '{}': its elements are counted",
                self.place(),
                self.segment()
            );
            return Err(Problem::new(
                message,
                format!("{range}: {}", self.listed(items)),
            ));
        };
        items.get(idx).map(|item| &item.value).ok_or_else(|| {
            let message = format!("{} has no element {idx}: {range}", self.place());
            Problem::new(
                message,
                format!("to change its length, set {} as a whole", self.place()),
            )
        })
    }

    fn listed(&self, items: &[Item]) -> String {
        let of = |(idx, item): (usize, &Item)| {
            format!("{idx}: {}", shortened(&self.text[item.value.span.clone()]))
        };
        items
            .iter()
            .enumerate()
            .map(of)
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn nothing_below(&self) -> Problem {
        let value = shortened(&self.text[self.here.span.clone()]);
        let message = format!(
            "the path leads nowhere: {} is {value} and has no part '{}'",
            self.place(),
            self.segment()
        );
        Problem::new(message, format!("set {} itself", self.place()))
    }
}

/// `key: value`, or `key: (inner: value)` for a longer rest of the path.
fn nested(path: &[&str], depth: usize, value: &str) -> Result<String, Problem> {
    let rest = &path[depth..];
    if let Some(segment) = rest.iter().find(|segment| !is_key(segment)) {
        let place = path[..=depth].join(".");
        let message = if is_index(segment) {
            format!("'{place}' is not written there, so that nothing can be counted in it")
        } else {
            format!("'{segment}' is no name of a field")
        };
        return Err(Problem::new(message, format!("set '{place}' as a whole")));
    }
    let open: String = rest.iter().flat_map(|key| [*key, ": ("]).collect();
    let open = open.strip_suffix('(').unwrap_or(&open);
    Ok(format!(
        "{open}{}{}",
        as_ron(value, None)?,
        ")".repeat(rest.len() - 1)
    ))
}

/// The edit that writes a field at the end of a group.
fn insertion(text: &str, here: &Value, group: &Items, field: &str) -> Edit {
    debug_assert!(
        text[here.span.clone()].ends_with(')'),
        "a group ends with its bracket"
    );
    let (at, text) = match (group.items.last(), group.comma) {
        (None, _) => (group.open, field.to_owned()),
        (Some(_), Some(comma)) => (comma, format!(" {field}")),
        (Some(last), None) => (last.value.span.end, format!(", {field}")),
    };
    Edit {
        start: at,
        end: at,
        text,
    }
}

/// What `Some(…)` holds, as options are written with and without it.
fn inside_some<'a>(text: &str, value: &'a Value) -> &'a Value {
    match &value.kind {
        Kind::Group(Items { items, .. }) if items.len() == 1 && items[0].key.is_none() => {
            let is_some = text[value.span.clone()]
                .strip_prefix("Some")
                .is_some_and(|rest| rest.trim_start().starts_with('('));
            if is_some { &items[0].value } else { value }
        }
        _ => value,
    }
}

fn is_named(group: &Items) -> bool {
    group.items.iter().all(|item| item.key.is_some())
}

fn is_index(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_key(segment: &str) -> bool {
    let mut chars = segment.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A bare name that may take parameters.
fn is_name(text: &str) -> bool {
    is_key(text) && !["true", "false", "None", "inf", "NaN"].contains(&text)
}

fn shortened(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 32 {
        line
    } else {
        format!("{}…", line.chars().take(31).collect::<String>())
    }
}
