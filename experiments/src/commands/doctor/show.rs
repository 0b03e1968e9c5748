//! Findings as text, in 80 columns.

use std::fmt::Write as _;

use super::{Group, State};

/// Most columns of a line.
const WIDTH: usize = 80;
/// Columns that are left free at the beginning of a line that goes on.
const INDENT: usize = 6;

pub(super) fn text(groups: &[Group]) -> String {
    let mut text = String::new();
    for group in groups {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{}", group.title);
        for finding in &group.findings {
            let mark = match finding.state {
                State::Fine => ' ',
                State::Missing => '!',
                State::Stops => '×',
            };
            let head = format!("  {mark} {}: {}", finding.what, finding.found);
            wrapped(&mut text, &head, INDENT);
            if let Some(remedy) = &finding.remedy {
                wrapped(&mut text, &format!("      → {remedy}"), INDENT + 2);
            }
        }
        text.push('\n');
    }
    let all = || groups.iter().flat_map(|group| &group.findings);
    let count = |state: State| all().filter(|finding| finding.state == state).count();
    let ended = match (count(State::Stops), count(State::Missing)) {
        (0, 0) => "Nothing is missing.".to_owned(),
        (0, n) => format!("lab run works here. {n} marked ! may want something."),
        (n, _) => format!("{n} marked × keep lab run from working here."),
    };
    wrapped(&mut text, &ended, 0);
    text
}

/// The first line of a text.
pub(super) fn first(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Writes a text, broken between words; lines behind the first stand further in.
fn wrapped(out: &mut String, text: &str, indent: usize) {
    let start = text.len() - text.trim_start().len();
    let mut line = " ".repeat(start);
    let mut is_empty = true;
    for word in text.split_whitespace() {
        let safe: String = word
            .chars()
            .map(|c| if c.is_control() { '?' } else { c })
            .collect();
        let width = line.chars().count() + usize::from(!is_empty) + safe.chars().count();
        if width > WIDTH && !is_empty {
            out.push_str(&line);
            out.push('\n');
            line = " ".repeat(indent);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(&safe);
        is_empty = false;
    }
    out.push_str(&line);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_are_broken_between_words() {
        let mut text = String::new();
        wrapped(&mut text, &format!("  ! {}", "word ".repeat(60)), 6);
        assert!(text.lines().all(|line| line.chars().count() <= 80));
        assert!(
            text.lines()
                .skip(1)
                .all(|line| line.starts_with("      word"))
        );
        assert_eq!(text.matches("word").count(), 60);
        let mut long = String::new();
        wrapped(&mut long, &format!("a {}", "x".repeat(200)), 2);
        assert_eq!(long.lines().count(), 2);
    }
}
