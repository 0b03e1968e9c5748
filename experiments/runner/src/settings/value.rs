//! Values of resolved experiments, read from their text.

/// A value in the text of a resolved experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A number, a text or a name, as it is written.
    Plain(String),
    /// A plugin with parameters, a tuple, a list or a map.
    Group {
        /// What stands before the bracket; may be empty.
        name: String,
        /// The opening and the closing bracket.
        brackets: [char; 2],
        /// The parts between the brackets, in their order.
        items: Vec<Item>,
    },
}

/// One part of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// Name of the part, if the group names its parts.
    pub(super) key: Option<String>,
    /// Value of the part.
    pub(super) value: Value,
}

impl Value {
    /// Reads the text of a resolved experiment, or a part of it, which a program wrote: it has no comments.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let value = reader.value()?;
        reader.peek().is_none().then_some(value)
    }

    /// The part of a group with this name, or at this place.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Group { items, .. } = self else {
            return None;
        };
        let is_it = |(place, item): &(usize, &Item)| match &item.key {
            Some(own) => own == key,
            None => place.to_string() == key,
        };
        let mut items = items.iter().enumerate();
        items.find(is_it).map(|(_, item)| &item.value)
    }

    /// The value as text on one line.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Group {
                name,
                brackets: [open, close],
                items,
            } => {
                let items: Vec<String> = items
                    .iter()
                    .map(|Item { key, value }| match key {
                        Some(key) => format!("{key}: {}", value.text()),
                        None => value.text(),
                    })
                    .collect();
                format!("{name}{open}{}{close}", items.join(", "))
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn take(&mut self, n_bytes: usize) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(n_bytes)?;
        self.rest = rest;
        Some(taken)
    }

    fn value(&mut self) -> Option<Value> {
        self.peek()?;
        if let Some(end) = end_of_quoted(self.rest) {
            return Some(Value::Plain(self.take(end)?.to_owned()));
        }
        let is_end = |letter: char| letter.is_whitespace() || "()[]{},:".contains(letter);
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let name = self.take(end)?.to_owned();
        let (open, close) = match self.rest.chars().next() {
            Some('(') => ('(', ')'),
            Some('[') => ('[', ']'),
            Some('{') => ('{', '}'),
            _ if name.is_empty() => return None,
            _ => return Some(Value::Plain(name)),
        };
        self.take(1)?;
        let mut items = Vec::new();
        while self.peek()? != close {
            items.push(self.item()?);
            match self.peek()? {
                ',' => drop(self.take(1)?),
                letter if letter == close => {}
                _ => return None,
            }
        }
        self.take(1)?;
        Some(Value::Group {
            name,
            brackets: [open, close],
            items,
        })
    }

    fn item(&mut self) -> Option<Item> {
        let first = self.value()?;
        if self.peek()? != ':' {
            return Some(Item {
                key: None,
                value: first,
            });
        }
        self.take(1)?;
        Some(Item {
            key: Some(first.text()),
            value: self.value()?,
        })
    }
}

/// Where a string, a raw string or a character ends that the text begins with, behind its last quote.
fn end_of_quoted(text: &str) -> Option<usize> {
    if let Some(raw) = text.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let (hashes, inner) = raw.split_at(hashes);
        let end = format!("\"{hashes}");
        let inner = inner.strip_prefix('"')?;
        let n_before = text.len() - inner.len();
        return inner.find(&end).map(|at| n_before + at + end.len());
    }
    let quote = text.chars().next().filter(|first| "\"'".contains(*first))?;
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        if letter == quote && !escaped {
            return Some(at + 1);
        }
        escaped = letter == '\\' && !escaped;
    }
    None
}
