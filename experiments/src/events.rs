//! What the person at the terminal sees: progress on a terminal, silence elsewhere.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use lab_core::events::{Event, EventSink};
use lab_runner::Watcher;

/// Prints an error and its causes on stderr; hints stand on their own line.
pub(crate) fn complain(error: &anyhow::Error) {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}\n  because: {cause}");
        }
    }
    // An unwritable stderr leaves nobody to tell.
    let _ = writeln!(io::stderr(), "error: {text}");
}

/// Prints something that the person at the terminal should know, on stderr.
pub(crate) fn warn(text: &str) {
    // An unwritable stderr leaves nobody to tell.
    let _ = writeln!(io::stderr(), "warning: {text}");
}

/// Draws one bar for the stage at work.
pub(crate) struct Events {
    bar: Option<Mutex<BTreeMap<String, ProgressBar>>>,
    bars: indicatif::MultiProgress,
}

impl Events {
    /// Bars appear if stderr is a terminal and `LAB_NO_PROGRESS` is not set.
    pub(crate) fn new() -> Self {
        let visible = io::stderr().is_terminal() && std::env::var_os("LAB_NO_PROGRESS").is_none();
        Self {
            bar: visible.then(Mutex::default),
            bars: indicatif::MultiProgress::new(),
        }
    }

    fn progress(&self, path: &str, done: u64, total: u64, unit: &str, state: &str) {
        let Some(Ok(mut bars)) = self.bar.as_ref().map(Mutex::lock) else {
            return;
        };
        let bar = bars.entry(path.to_owned()).or_insert_with(|| {
            let bar = self.bars.add(ProgressBar::new(total));
            let template = format!(
                "{{prefix:<24}} {{bar:24}} {{pos}}/{{len}} {unit}  {{rate}}  {{eta}} left  {{msg}}"
            );
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar.set_style(style.with_key("rate", rate));
            }
            bar.set_prefix(path.to_owned());
            bar
        });
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(state.to_owned());
    }
}

impl EventSink for Events {
    fn event(&self, path: &str, event: &Event<'_>) {
        if let Event::Progress {
            done,
            total,
            unit,
            state,
        } = event
        {
            self.progress(path, *done, *total, unit, state);
        }
    }
}

impl Watcher for Events {
    /// Says that a stage ended, on a terminal.
    fn finished(&self, stage: &str, how: &str) {
        if let Some(bar) = &self.bar {
            if let Ok(mut bars) = bar.lock() {
                bars.retain(|path, bar| {
                    let done = path.starts_with(stage);
                    if done {
                        bar.finish_and_clear();
                    }
                    !done
                });
            }
            // A lost line on a terminal is no reason to stop a run.
            let _ = self.bars.println(format!("{stage:<24} {how}"));
        }
    }
}

/// Units a second, with three digits that matter.
fn rate(state: &ProgressState, out: &mut dyn fmt::Write) {
    let rate = state.per_sec();
    // A bar that cannot be drawn is no reason to stop a run.
    let _ = if rate < 10.0 {
        write!(out, "{rate:.2}/s")
    } else {
        write!(out, "{rate:.0}/s")
    };
}
