//! Pictures that are left out by patterns of their paths.

use lab_core::{Error, Result};

use crate::listing::Listing;

/// Takes the pictures out whose path in the folder one of the patterns describes; a sentence that counts them, if there are
/// patterns.
///
/// # Errors
/// [`Error::Data`] for a pattern that describes no picture, and where no picture is left.
pub(super) fn leave_out(listing: &mut Listing, patterns: &[String]) -> Result<Option<String>> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let names: Vec<String> = listing
        .files
        .iter()
        .map(|file| listing.name(file))
        .collect();
    let refused = |expected: String, got: String, remedy: &str| Error::Data {
        what: "folder, except".into(),
        expected,
        got,
        remedy: remedy.into(),
    };
    let mut counts = Vec::new();
    for pattern in patterns {
        let n = names.iter().filter(|name| matches(pattern, name)).count();
        if n == 0 {
            let example = names.first().map_or("", |name| name);
            let expected = format!("a pattern of a path such as '{example}'");
            let got = format!("'{pattern}', which no picture has");
            let remedy = "correct it or leave it out; * stands for any characters and ? for one";
            return Err(refused(expected, got, remedy));
        }
        counts.push(format!("'{pattern}' {n}"));
    }
    let mut kept = names
        .iter()
        .map(|name| !patterns.iter().any(|pattern| matches(pattern, name)));
    listing.retain(|_| kept.next().unwrap_or(true));
    // What a pattern leaves out needs no word of its own.
    listing.retain_skipped(|name| !patterns.iter().any(|pattern| matches(pattern, name)));
    let n_left_out = names.len() - listing.files.len();
    if listing.files.is_empty() {
        let got = format!("patterns of all {n_left_out} pictures");
        return Err(refused(
            "patterns that leave some pictures".into(),
            got,
            "leave some of them out",
        ));
    }
    Ok(Some(format!(
        "{n_left_out} of {} pictures were left out by patterns: {}.",
        names.len(),
        counts.join(", ")
    )))
}

/// Whether a pattern describes the whole of a text: `*` any characters, `?` one.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    // The places behind the last star, and where the text went on when it was met.
    let mut star = None;
    let (mut at, mut place) = (0, 0);
    while place < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, place));
                at += 1;
            }
            Some(&of) if of == '?' || of == text[place] => {
                at += 1;
                place += 1;
            }
            _ => {
                // The last star takes one character more.
                let Some((behind, from)) = star else {
                    return false;
                };
                star = Some((behind, from + 1));
                (at, place) = (behind, from + 1);
            }
        }
    }
    pattern[at..].iter().all(|of| *of == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    /// What Python's fnmatch.fnmatchcase says of the same pairs.
    #[test]
    fn patterns_are_those_of_the_shell() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("", "a", false),
            ("*.png", "a/b.png", true),
            ("*.png", "a/b.png.jpg", false),
            ("mate/*/S*.png", "mate/abstract/Silk.png", true),
            ("mate/*/S*.png", "mate/abstract/Waves.png", false),
            ("?.jpg", "é.jpg", true),
            ("?.jpg", ".jpg", false),
            ("*a*b?", "xaab-b-bc", true),
            ("*a*b?", "xaab-b-b", false),
            ("a", "a", true),
            ("a**", "a", true),
            ("*ab", "aab", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
