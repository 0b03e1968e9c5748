//! What the person at the terminal sees: progress on a terminal, silence elsewhere.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use lab_core::events::{Event, EventSink};

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

/// Collects warnings and sheets of images, and draws one bar for the stage at work.
pub(crate) struct Events {
    bar: Option<Mutex<BTreeMap<String, ProgressBar>>>,
    bars: indicatif::MultiProgress,
    warnings: Mutex<Vec<(String, String)>>,
    sheets: Mutex<Option<PathBuf>>,
}

impl Events {
    /// Bars appear if stderr is a terminal and `LAB_NO_PROGRESS` is not set.
    pub(crate) fn new() -> Self {
        let visible = io::stderr().is_terminal() && std::env::var_os("LAB_NO_PROGRESS").is_none();
        Self {
            bar: visible.then(Mutex::default),
            bars: indicatif::MultiProgress::new(),
            warnings: Mutex::default(),
            sheets: Mutex::default(),
        }
    }

    /// Says that a stage ended, on a terminal.
    pub(crate) fn finished(&self, stage: &str, how: &str) {
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

    /// Sheets of images go into this folder from now on.
    pub(crate) fn keep_sheets_in(&self, folder: Option<&Path>) {
        if let Ok(mut sheets) = self.sheets.lock() {
            *sheets = folder.map(Path::to_owned);
        }
    }

    /// The warnings told since the last call, as (stage, sentence), in their order.
    pub(crate) fn take_warnings(&self) -> Vec<(String, String)> {
        self.warnings
            .lock()
            .map(|mut warnings| std::mem::take(&mut *warnings))
            .unwrap_or_default()
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
        match event {
            Event::Progress {
                done,
                total,
                unit,
                state,
            } => self.progress(path, *done, *total, unit, state),
            Event::Warning(text) => {
                if let Ok(mut warnings) = self.warnings.lock() {
                    warnings.push((path.to_owned(), (*text).to_owned()));
                }
            }
            Event::Images { name, images } => {
                if let Ok(Some(folder)) = self.sheets.lock().as_deref() {
                    // Sheets are looked at, never read back: one that cannot be written costs nothing.
                    let _ = crate::store::sheet::write(&folder.join(format!("{name}.png")), images);
                }
            }
            _ => {}
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
