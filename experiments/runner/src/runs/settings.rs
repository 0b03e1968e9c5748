//! The settings of a resolved experiment, and which of them differ between two.
//!
//! The text was written by this program, so that its form is known; what another hand changed in it beyond recognition is
//! read as far as it can be.

use std::collections::BTreeMap;

/// Fields that change no result.
const WORDS: [&str; 2] = ["name", "description"];

/// Every value of a text of RON, by its path: `decoder.l2`, `losses.0.1.shrink`; a plugin's own name stands under its path.
pub(super) fn flat(text: &str) -> BTreeMap<String, String> {
    let mut reader = Reader {
        rest: text,
        found: BTreeMap::new(),
    };
    // What follows a mistake is not read.
    let _ = reader.value("");
    reader.found
}

/// The fields of `this` that `before` has otherwise, as `field=value`; what is gone is said so. Where another plugin stands,
/// its own parameters are left out.
pub(super) fn differences(
    before: &BTreeMap<String, String>,
    this: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    let mut renamed: Vec<&str> = Vec::new();
    let mut paths: Vec<&String> = before.keys().chain(this.keys()).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let top = path.split('.').next().unwrap_or_default();
        let is_below = |of: &&str| {
            let below = path.strip_prefix(*of);
            below.is_some_and(|below| below.starts_with('.'))
        };
        if WORDS.contains(&top) || renamed.iter().any(is_below) {
            continue;
        }
        match (before.get(path), this.get(path)) {
            (Some(a), Some(b)) if a == b => {}
            (a, Some(b)) => {
                said.push(format!("{path}={b}"));
                if a.is_some() || b.ends_with("()") {
                    renamed.push(path);
                }
            }
            (_, None) => {
                said.push(format!("no {path}"));
                renamed.push(path);
            }
        }
    }
    said
}

struct Reader<'a> {
    rest: &'a str,
    found: BTreeMap<String, String>,
}

impl<'a> Reader<'a> {
    /// Reads one value; `None` where the text is none of ours.
    fn value(&mut self, path: &str) -> Option<()> {
        self.blank();
        let name = self.word();
        match self.rest.chars().next() {
            Some('(') => {
                if !name.is_empty() {
                    self.note(path, &format!("{name}()"));
                }
                self.items(path, ')')
            }
            Some('[') => self.items(path, ']'),
            Some('"') if name.is_empty() => {
                let text = self.quoted()?;
                self.note(path, text);
                Some(())
            }
            _ if name.is_empty() => None,
            _ => {
                self.note(path, name);
                Some(())
            }
        }
    }

    /// Items between brackets, with or without keys.
    fn items(&mut self, path: &str, close: char) -> Option<()> {
        self.rest = self.rest.get(1..)?;
        let mut count = 0;
        loop {
            self.blank();
            if let Some(rest) = self.rest.strip_prefix(close) {
                self.rest = rest;
                if count == 0 && close == ']' {
                    self.note(path, "[]");
                }
                return Some(());
            }
            let before = self.rest;
            let key = self.word();
            self.blank();
            let inner = match self.rest.strip_prefix(':') {
                Some(rest) if !key.is_empty() => {
                    self.rest = rest;
                    key.to_owned()
                }
                _ => {
                    self.rest = before;
                    count.to_string()
                }
            };
            let inner = if path.is_empty() {
                inner
            } else {
                format!("{path}.{inner}")
            };
            self.value(&inner)?;
            count += 1;
            self.blank();
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest,
                None if self.rest.starts_with(close) => {}
                None => return None,
            }
        }
    }

    /// A name, a number or nothing.
    fn word(&mut self) -> &'a str {
        let is_part = |c: char| c.is_alphanumeric() || "_+-.".contains(c);
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// A text with its quotes.
    fn quoted(&mut self) -> Option<&'a str> {
        let mut escaped = false;
        let inside = self.rest.char_indices().skip(1);
        for (at, c) in inside {
            match c {
                '"' if !escaped => {
                    let (text, rest) = self.rest.split_at(at + 1);
                    self.rest = rest;
                    return Some(text);
                }
                _ => escaped = c == '\\' && !escaped,
            }
        }
        None
    }

    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
        while let Some(comment) = self.rest.strip_prefix("//") {
            let end = comment.find('\n').unwrap_or(comment.len());
            self.rest = comment[end..].trim_start();
        }
    }

    fn note(&mut self, path: &str, value: &str) {
        self.found.insert(path.to_owned(), value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::{differences, flat};

    const BEFORE: &str = r#"(
        name: "a", seed: 1, // a comment, with (brackets
        generator: dcgan(latent: 8, train: (updates: 2, corpus: letters(n_train: 10))),
        losses: [(10.0, pixel(shrink: 0.9)), (-1.0e-3, other())],
        observers: [], overfit: None, rois: Only(["V1"]), text: "a \"b, (c\" d",
    )"#;

    #[test]
    fn every_value_has_a_path() {
        let flat = flat(BEFORE);
        for (path, value) in [
            ("seed", "1"),
            ("generator", "dcgan()"),
            ("generator.train.corpus", "letters()"),
            ("generator.train.corpus.n_train", "10"),
            ("losses.0.0", "10.0"),
            ("losses.0.1.shrink", "0.9"),
            ("losses.1.0", "-1.0e-3"),
            ("observers", "[]"),
            ("overfit", "None"),
            ("rois.0.0", "\"V1\""),
            ("text", r#""a \"b, (c\" d""#),
        ] {
            assert_eq!(
                flat.get(path).map(String::as_str),
                Some(value),
                "{path}: {flat:?}"
            );
        }
    }

    #[test]
    fn fields_that_differ_are_named_with_their_new_values() {
        let before = flat(BEFORE);
        let changed = |from: &str, to: &str| differences(&before, &flat(&BEFORE.replace(from, to)));
        assert!(changed("\"a\"", "\"b\"").is_empty());
        assert_eq!(changed("seed: 1", "seed: 2"), ["seed=2"]);
        assert_eq!(
            changed("updates: 2", "updates: 3"),
            ["generator.train.updates=3"]
        );
        // Another plugin has other parameters: its name says enough.
        assert_eq!(
            changed(
                "dcgan(latent: 8, train: (updates: 2, corpus: letters(n_train: 10)))",
                "r3gan(blocks: 3)"
            ),
            ["generator=r3gan()"]
        );
        assert_eq!(changed("overfit: None, ", ""), ["no overfit"]);
    }

    #[test]
    fn texts_that_are_cut_are_read_as_far_as_they_go() {
        let whole = flat(BEFORE);
        for end in 0..BEFORE.len() {
            // The last path may be cut too.
            let known = flat(&BEFORE[..end]).into_keys();
            let n_unknown = known.filter(|path| !whole.contains_key(path)).count();
            assert!(n_unknown <= 1, "{end}");
        }
    }
}
