//! A scanner of RON that keeps places and nothing else.
//!
//! It knows brackets, keys, strings, characters and comments; whether words and numbers make sense is for ron to say.

use std::ops::Range;

/// How deep brackets may nest; as in ron.
const MAX_DEPTH: usize = 128;

/// A value and where it stands, without blanks around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// The bytes of the value in the text.
    pub(super) span: Range<usize>,
    /// What it is made of.
    pub(super) kind: Kind,
}

/// What a value is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number, string, character or name.
    Plain,
    /// `(…)` or `name(…)`.
    Group(Items),
    /// `[…]`.
    List(Items),
    /// `{…}`: keys and values.
    Map(Vec<(Value, Value)>),
}

/// What stands between two brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Items {
    /// The byte after the opening bracket.
    pub(super) open: usize,
    /// The items, in order.
    pub(super) items: Vec<Item>,
    /// Whether a comma follows the last item, and the byte after it.
    pub(super) comma: Option<usize>,
}

/// One item between brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// Its key, if it has one.
    pub(super) key: Option<Range<usize>>,
    /// The value of the item.
    pub(super) value: Value,
}

/// The text is no RON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken {
    /// The byte where something else should stand.
    pub(super) at: usize,
    /// What the text should have at this place.
    pub(super) expected: &'static str,
}

/// Scans the value of a whole file.
pub(super) fn document(text: &str) -> Result<Value, Broken> {
    let mut scanner = Scanner {
        text,
        at: 0,
        depth: 0,
    };
    scanner.blank()?;
    while scanner.rest().starts_with("#![") {
        let close = scanner.rest().find(']').ok_or(Broken {
            at: scanner.at,
            expected: "']'",
        })?;
        scanner.at += close + 1;
        scanner.blank()?;
    }
    scanner.value()
}

/// The bytes of every `name(…)`, from left to right, an outer one before what it holds; none if the text is no RON.
pub fn groups(text: &str) -> Vec<Range<usize>> {
    fn collect(value: &Value, text: &str, found: &mut Vec<Range<usize>>) {
        let (Kind::Group(items) | Kind::List(items)) = &value.kind else {
            return;
        };
        if matches!(value.kind, Kind::Group(_)) && !text[value.span.clone()].starts_with('(') {
            found.push(value.span.clone());
        }
        for item in &items.items {
            collect(&item.value, text, found);
        }
    }
    let mut found = Vec::new();
    if let Ok(value) = document(text) {
        collect(&value, text, &mut found);
    }
    found
}

/// The bytes of the value of a field of the outermost brackets.
pub(super) fn field(text: &str, key: &str) -> Option<Range<usize>> {
    let Kind::Group(items) = document(text).ok()?.kind else {
        return None;
    };
    let mut items = items.items.into_iter();
    let named = |item: &Item| item.key.clone().is_some_and(|found| &text[found] == key);
    items.find(named).map(|item| item.value.span)
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn fail<T>(&self, expected: &'static str) -> Result<T, Broken> {
        Err(Broken {
            at: self.at,
            expected,
        })
    }

    /// Passes white space and comments; block comments nest, as in ron.
    fn blank(&mut self) -> Result<(), Broken> {
        loop {
            let rest = self.rest();
            let white = rest.len() - rest.trim_start().len();
            if white > 0 {
                self.at += white;
            } else if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn block_comment(&mut self) -> Result<(), Broken> {
        let mut depth = 0_usize;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return Ok(());
                }
            } else {
                match rest.chars().next() {
                    Some(c) => self.at += c.len_utf8(),
                    None => return self.fail("'*/'"),
                }
            }
        }
    }

    fn value(&mut self) -> Result<Value, Broken> {
        self.blank()?;
        let start = self.at;
        let kind = match self.peek() {
            Some('(') => Kind::Group(self.items(')')?),
            Some('[') => Kind::List(self.items(']')?),
            Some('{') => self.map()?,
            Some('"') => self.string()?,
            Some('\'') => self.character()?,
            Some(c) if c.is_alphabetic() || c == '_' => self.word()?,
            Some(c) if c.is_ascii_digit() || "+-.".contains(c) => {
                self.pass(|c| c.is_ascii_alphanumeric() || "+-._".contains(c));
                Kind::Plain
            }
            _ => return self.fail("a value"),
        };
        Ok(Value {
            span: start..self.at,
            kind,
        })
    }

    fn pass(&mut self, belongs: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !belongs(c)).unwrap_or(rest.len());
    }

    /// A name, with its brackets if it has any; or a raw or byte string.
    fn word(&mut self) -> Result<Kind, Broken> {
        let rest = self.rest().trim_start_matches('b');
        if self.rest().len() - rest.len() <= 1 {
            let prefix = self.rest().len() - rest.len();
            if prefix == 1 && rest.starts_with(['"', '\'']) {
                self.at += 1;
                return if self.peek() == Some('"') {
                    self.string()
                } else {
                    self.character()
                };
            }
            let hashes = rest
                .strip_prefix('r')
                .map(|rest| rest.len() - rest.trim_start_matches('#').len());
            if let Some(hashes) = hashes.filter(|hashes| rest[1 + hashes..].starts_with('"')) {
                self.at += prefix + 1 + hashes + 1;
                return self.until(
                    &format!("\"{}", "#".repeat(hashes)),
                    "the end of a raw string",
                );
            }
        }
        self.pass(|c| c.is_alphanumeric() || c == '_');
        let end = self.at;
        self.blank()?;
        if self.peek() == Some('(') {
            return Ok(Kind::Group(self.items(')')?));
        }
        self.at = end;
        Ok(Kind::Plain)
    }

    fn until(&mut self, end: &str, expected: &'static str) -> Result<Kind, Broken> {
        match self.rest().find(end) {
            Some(found) => self.at += found + end.len(),
            None => return self.fail(expected),
        }
        Ok(Kind::Plain)
    }

    fn string(&mut self) -> Result<Kind, Broken> {
        self.at += 1;
        loop {
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    return Ok(Kind::Plain);
                }
                Some('\\') => self.at += 1 + self.rest().chars().nth(1).map_or(0, char::len_utf8),
                Some(c) => self.at += c.len_utf8(),
                None => return self.fail("the end of a string"),
            }
        }
    }

    fn character(&mut self) -> Result<Kind, Broken> {
        self.at += if self.rest().starts_with("'\\") { 3 } else { 2 };
        if self.text.is_char_boundary(self.at.min(self.text.len())) && self.at <= self.text.len() {
            return self.until("'", "the end of a character");
        }
        self.at = self.text.len();
        self.fail("the end of a character")
    }

    fn items(&mut self, close: char) -> Result<Items, Broken> {
        self.descend()?;
        let mut items = Items {
            open: self.at,
            items: Vec::new(),
            comma: None,
        };
        loop {
            self.blank()?;
            if self.peek() == Some(close) {
                return Ok(self.ascend(items));
            }
            let key = self.key()?;
            items.items.push(Item {
                key,
                value: self.value()?,
            });
            items.comma = None;
            self.blank()?;
            match self.peek() {
                Some(',') => self.at += 1,
                Some(c) if c == close => return Ok(self.ascend(items)),
                _ => {
                    return self.fail(if close == ')' {
                        "',' or ')'"
                    } else {
                        "',' or ']'"
                    });
                }
            }
            items.comma = Some(self.at);
        }
    }

    fn descend(&mut self) -> Result<(), Broken> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.fail("fewer nested brackets")
        } else {
            Ok(())
        }
    }

    fn ascend<T>(&mut self, inside: T) -> T {
        self.at += 1;
        self.depth -= 1;
        inside
    }

    /// `name:`, if that is what stands here.
    fn key(&mut self) -> Result<Option<Range<usize>>, Broken> {
        let start = self.at;
        if self.peek().is_some_and(|c| c.is_alphabetic() || c == '_') {
            self.pass(|c| c.is_alphanumeric() || c == '_');
            let end = self.at;
            self.blank()?;
            if self.peek() == Some(':') {
                self.at += 1;
                return Ok(Some(start..end));
            }
        }
        self.at = start;
        Ok(None)
    }

    fn map(&mut self) -> Result<Kind, Broken> {
        self.descend()?;
        let mut entries = Vec::new();
        loop {
            self.blank()?;
            if self.peek() == Some('}') {
                return Ok(self.ascend(Kind::Map(entries)));
            }
            let key = self.value()?;
            self.blank()?;
            if self.peek() != Some(':') {
                return self.fail("':'");
            }
            self.at += 1;
            entries.push((key, self.value()?));
            self.blank()?;
            match self.peek() {
                Some(',') => self.at += 1,
                Some('}') => {}
                _ => return self.fail("',' or '}'"),
            }
        }
    }
}
