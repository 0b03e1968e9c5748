//! What the person at the terminal sees: progress on a terminal, silence elsewhere.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};
use lab_core::events::{Event, EventSink};
use lab_runner::Watcher;

use crate::bars as layout;

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
            if let Ok(style) = ProgressStyle::with_template(layout::TEMPLATE) {
                bar.set_style(style);
            }
            bar.set_prefix(path.to_owned());
            bar
        });
        bar.set_length(total);
        bar.set_position(done);
        let rate = rate(bar.per_sec());
        bar.set_message(layout::words(done, total, unit, state, &rate));
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

/// Units a second, with three digits that matter; nothing before the first.
fn rate(per_second: f64) -> String {
    if per_second <= 0.0 {
        String::new()
    } else if per_second < 10.0 {
        format!("{per_second:.2}/s")
    } else {
        format!("{per_second:.0}/s")
    }
}
