//! The files that an instance reads: those that it names or, before version 1.1 of the interface, those that its
//! parameters seem to name.

use std::path::{Path, PathBuf};

use super::Blueprint;

/// First minor version in which facts name files.
const NAMED_SINCE: u32 = 1;

/// The files of an instance; `named` is what its facts say.
pub(super) fn of(blueprint: &Blueprint, named: &[String]) -> Vec<PathBuf> {
    if blueprint.entry.abi_minor >= NAMED_SINCE {
        return named.iter().map(PathBuf::from).collect();
    }
    let texts = texts(&blueprint.parameters).into_iter();
    texts
        .map(PathBuf::from)
        .filter(|path| is_file(path))
        .collect()
}

fn is_file(path: &Path) -> bool {
    !path.as_os_str().is_empty() && path.is_file()
}

/// What stands between quotes in RON, escapes of quotes and backslashes undone.
fn texts(ron: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), ron);
    while let Some(start) = rest.find(['"', '/']) {
        let after = &rest[start..];
        rest = if after.starts_with("//") {
            after.split_once('\n').map_or("", |(_, rest)| rest)
        } else if let Some(comment) = after.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, rest)| rest)
        } else if let Some(rest) = after.strip_prefix('/') {
            rest
        } else {
            let n_hashes = rest[..start].len() - rest[..start].trim_end_matches('#').len();
            let is_raw = rest[..start - n_hashes].ends_with('r');
            let (text, rest) = if is_raw {
                raw(&after[1..], n_hashes)
            } else {
                escaped(&after[1..])
            };
            found.push(text);
            rest
        };
    }
    found
}

/// A raw text up to its quote and hashes, and what follows.
fn raw(text: &str, n_hashes: usize) -> (String, &str) {
    let end = format!("\"{}", "#".repeat(n_hashes));
    let (inside, rest) = text.split_once(&end).unwrap_or((text, ""));
    (inside.to_owned(), rest)
}

/// A text up to its quote, and what follows.
fn escaped(text: &str) -> (String, &str) {
    let mut inside = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (inside, &text[at + 1..]),
            '\\' => inside.extend(letters.next().map(|(_, escaped)| escaped)),
            _ => inside.push(letter),
        }
    }
    (inside, "")
}

#[cfg(test)]
mod tests {
    use super::texts;

    #[test]
    fn texts_are_found_wherever_they_stand() {
        let ron = r##"(path: "a b.npy", // "not this"
            /* "nor this" */ more: ["c\\d", "say \"e\""], raw: r"f\g", hashes: r#"h"i"#, n: 4/2)"##;
        let expected = ["a b.npy", "c\\d", "say \"e\"", "f\\g", "h\"i"];
        assert_eq!(texts(ron), expected);
        assert!(texts("()").is_empty());
    }
}
