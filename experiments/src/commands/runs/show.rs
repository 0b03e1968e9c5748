//! A list of runs as text, in 80 columns.
//!
//! ```text
//! quickstart
//!   95a30d910922  2026-11-28 00:14  12.30 MiB  latest, simulated
//!     observer.convnet.embedding.overall 0.930, observer.pixel.overall 0.870
//!     differs: seed=2, decoder.l2=0.1
//! ```

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use indicatif::BinaryBytes;
use lab_runner::runs::{Listing, RunFound, Sum};

/// Most columns of a line.
const WIDTH: usize = 80;

pub(super) fn listing(folder: &Path, found: &Listing) -> String {
    let mut text = String::new();
    let folder = folder.display();
    if found.runs.is_empty() {
        line(&mut text, &format!("No runs in '{folder}'."));
    }
    let mut name = "";
    for run in &found.runs {
        if run.name != name {
            name = &run.name;
            line(&mut text, &plain(name));
        }
        one(&mut text, run);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    if !found.runs.is_empty() {
        line(&mut text, &total(found));
    }
    sums(&mut text, found);
    text
}

fn one(text: &mut String, run: &RunFound) {
    let mut marks = Vec::new();
    marks.extend((!run.complete).then_some("INCOMPLETE"));
    marks.extend(run.toy.as_ref().map(|_| "TOY"));
    marks.extend(run.latest.then_some("latest"));
    marks.extend(run.simulated.as_ref().map(|_| "simulated"));
    let (hash, size) = (plain(&run.hash), BinaryBytes(run.bytes).to_string());
    let head = format!(
        "  {hash:<12}  {}  {size:>10}  {}",
        run.date,
        marks.join(", ")
    );
    line(text, head.trim_end());
    let figures = figures(run);
    if !figures.is_empty() {
        line(text, &fitted("    ", &figures));
    }
    if !run.differs.is_empty() {
        line(text, &fitted("    differs: ", &run.differs));
    }
    if let Some(trouble) = &run.trouble {
        line(text, &format!("    cannot be read: {}", plain(trouble)));
    }
}

/// The figures of a run that say most, each with its name.
fn figures(run: &RunFound) -> Vec<String> {
    let shown = run.shown.iter();
    shown
        .filter_map(|name| Some(format!("{name} {:.3}", run.headline.get(name)?)))
        .collect()
}

fn total(found: &Listing) -> String {
    let names: BTreeSet<&str> = found.runs.iter().map(|run| run.name.as_str()).collect();
    let bytes = found.runs.iter().map(|run| run.bytes).sum();
    let n_incomplete = found.runs.iter().filter(|run| !run.complete).count();
    let incomplete = match n_incomplete {
        0 => String::new(),
        n => format!("; {n} incomplete"),
    };
    let (n_runs, n_names) = (found.runs.len(), names.len());
    format!(
        "{}, {}, {}{incomplete}.",
        counted(n_runs, "run"),
        counted(n_names, "name"),
        BinaryBytes(bytes)
    )
}

fn sums(text: &mut String, found: &Listing) {
    let mut say = |sum: Sum, what: &str, more: &str| {
        if sum.n > 0 {
            let counted = counted(sum.n, what);
            line(
                text,
                &format!("{counted}, {}{more}", BinaryBytes(sum.bytes)),
            );
        }
    };
    let spare = match found.unneeded {
        Sum { n: 0, .. } => ".".to_owned(),
        Sum { n, bytes } => format!("; {n} that no finished run names, {}.", BinaryBytes(bytes)),
    };
    say(found.stages, "finished stage", &spare);
    say(
        found.unfinished,
        "unfinished folder",
        ": at work, or left behind.",
    );
    say(found.sweeps, "sweep", ".");
    if found.unneeded.n + found.unfinished.n > 0 {
        line(text, "lab runs clean says what can be freed.");
    }
}

/// A number and a word, in the plural unless it is one.
pub(super) fn counted(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}

/// As many items as fit into a line, and how many more there are.
fn fitted(start: &str, items: &[String]) -> String {
    let mut text = start.to_owned();
    for (at, item) in items.iter().enumerate() {
        let item = plain(item);
        let comma = if at == 0 { "" } else { ", " };
        let more = match items.len() - at - 1 {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let width = |text: &str| text.chars().count();
        if width(&text) + width(comma) + width(&item) + width(&more) > WIDTH {
            let rest = items.len() - at;
            if at > 0 {
                return format!("{text} and {rest} more");
            }
            let room = WIDTH.saturating_sub(width(&text) + width(&more) + 1);
            let short: String = item.chars().take(room).collect();
            return format!("{text}{short}…{more}");
        }
        text = format!("{text}{comma}{item}");
    }
    text
}

/// Text of a file, without what a terminal would obey.
fn plain(text: &str) -> String {
    let safe = |c: char| if c.is_control() { '?' } else { c };
    text.chars().map(safe).collect()
}

fn line(text: &mut String, line: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{line}");
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let items: Vec<String> = (0..40).map(|n| format!("losses.{n}.0=1.5")).collect();
        for n in 1..40 {
            let text = fitted("    differs: ", &items[..n]);
            assert!(text.chars().count() <= 80, "{text}");
            assert!(text.contains("losses.0.0=1.5"), "{text}");
        }
        let text = fitted("    differs: ", &["x".repeat(200), "y=1".into()]);
        assert!(
            text.chars().count() <= 80 && text.ends_with("… and 1 more"),
            "{text}"
        );
        assert_eq!(fitted("", &["a\u{1b}[2J".into()]), "a?[2J");
    }
}
