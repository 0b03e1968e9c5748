//! What the person at the terminal sees, on stderr: a line a stage, warnings, and on a terminal a bar for the stage at
//! work.
//!
//! ```text
//! generator                20:01:12 to 20:03:40 UTC, 148.2 s
//! ```
//! Without bars a line appears as far as the word "to" when its stage begins, so that a log says what is at work; where another
//! begins before it has ended, its whole line comes when it has. Beside bars it has the stage and its seconds alone, which fit
//! into a narrow terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressStyle};
use lab_core::events::{Event, EventSink};
use lab_runner::Watcher;

use crate::bars as layout;
/// The stage whose line stderr stands in, behind its beginning. Whoever writes holds it, so that no two lines mix.
static BEGUN: Mutex<Option<String>> = Mutex::new(None);

/// Prints an error and its causes on stderr; hints stand on their own line.
pub(crate) fn complain(error: &anyhow::Error) {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}\n  because: {cause}");
        }
    }
    line(&format!("error: {text}{}", way_out(&text)));
}

/// What to do about an error of the CUDA driver, which does not say so itself.
fn way_out(text: &str) -> &'static str {
    if text.contains("CUDA_ERROR_OUT_OF_MEMORY") {
        "\n  hint: the card's memory is full: lower ensemble.per_pass, the decoder's batch or the generator's train.batch, by --set or in the file"
    } else {
        ""
    }
}

/// Prints something that the person at the terminal should know, on stderr.
pub(crate) fn warn(text: &str) {
    line(&format!("warning: {text}"));
}

/// Says why nothing that is made is a result, if it is made at toy size.
pub(crate) fn say_toy(toy: Option<&str>) {
    if let Some(why) = toy {
        line(&format!("TOY: {why}"));
    }
}

/// Prints a line of its own on stderr.
pub(crate) fn line(text: &str) {
    write(&format!("{text}\n"), None);
}

/// Writes whole lines, or the beginning of the line of a stage. A line in which stderr stands breaks off first.
fn write(text: &str, stage: Option<&str>) {
    let mut begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
    let broken_off = if begun.is_some() { "…\n" } else { "" };
    let mut err = io::stderr().lock();
    // An unwritable stderr leaves nobody to tell.
    let _ = write!(err, "{broken_off}{text}").and_then(|()| err.flush());
    *begun = stage.map(str::to_owned);
}

/// Ends the line of a stage if stderr stands in it; returns whether it does.
fn end_of_line(stage: &str, end: &str) -> bool {
    let mut begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
    let is_in_it = begun.take_if(|begun| begun == stage).is_some();
    if is_in_it {
        // An unwritable stderr leaves nobody to tell.
        let _ = writeln!(io::stderr(), "{end}");
    }
    is_in_it
}

/// Tells what happens in a run.
pub(crate) struct Events {
    bars: Option<Bars>,
    /// The stages at work, and when each began.
    at_work: Mutex<BTreeMap<String, String>>,
    /// Warnings that were printed.
    told: Mutex<BTreeSet<String>>,
    stop: Arc<AtomicBool>,
}

/// A bar a stage at work.
struct Bars {
    of: Mutex<BTreeMap<String, ProgressBar>>,
    all: indicatif::MultiProgress,
}

impl Events {
    /// Bars appear if stderr is a terminal and `LAB_NO_PROGRESS` is not set. Work stops once `stop` is true.
    pub(crate) fn new(stop: Arc<AtomicBool>) -> Self {
        let visible = io::stderr().is_terminal() && std::env::var_os("LAB_NO_PROGRESS").is_none();
        let bars = || Bars {
            of: Mutex::default(),
            all: indicatif::MultiProgress::new(),
        };
        Self {
            bars: visible.then(bars),
            at_work: Mutex::default(),
            told: Mutex::default(),
            stop,
        }
    }

    /// Prints a warning, unless it was printed before.
    pub(crate) fn warn(&self, text: &str) {
        self.line_once(&format!("warning: {text}"));
    }

    fn line_once(&self, text: &str) {
        let told = self.told.lock();
        if told.is_ok_and(|mut told| told.insert(text.to_owned())) {
            self.line(text);
        }
    }

    /// Does a piece of work as a stage of its own.
    pub(crate) fn during<T, E>(
        &self,
        stage: &str,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let since = std::time::Instant::now();
        self.started(stage);
        let done = work()?;
        self.finished(stage, &format!("{:.1} s", since.elapsed().as_secs_f64()));
        Ok(done)
    }

    /// A line above the bars, if there are any.
    fn line(&self, text: &str) {
        match &self.bars {
            // A lost line on a terminal is no reason to stop a run.
            Some(bars) => drop(bars.all.println(text)),
            None => line(text),
        }
    }
}

impl Bars {
    fn progress(&self, path: &str, done: u64, total: u64, unit: &str, state: &str) {
        let Ok(mut bars) = self.of.lock() else {
            return;
        };
        let bar = bars.entry(path.to_owned()).or_insert_with(|| {
            let bar = self.all.add(ProgressBar::new(total));
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

    fn finish(&self, stage: &str) {
        if let Ok(mut bars) = self.of.lock() {
            bars.retain(|path, bar| {
                let rest = path.strip_prefix(stage);
                let done = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                if done {
                    bar.finish_and_clear();
                }
                !done
            });
        }
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
            } => {
                if let Some(bars) = &self.bars {
                    bars.progress(path, *done, *total, unit, state);
                }
            }
            Event::Warning(text) => self.warn(text),
            _ => {}
        }
    }
}

impl Watcher for Events {
    fn started(&self, stage: &str) {
        let clock = clock();
        if self.bars.is_none() {
            write(&format!("{stage:<24} {clock} to "), Some(stage));
        }
        if let Ok(mut at_work) = self.at_work.lock() {
            at_work.insert(stage.to_owned(), clock);
        }
    }

    /// Ends the line of a stage, or prints the whole of it where something else was printed behind its beginning.
    fn finished(&self, stage: &str, how: &str) {
        if let Some(bars) = &self.bars {
            bars.finish(stage);
        }
        let at_work = self.at_work.lock();
        let begun = at_work.ok().and_then(|mut of| of.remove(stage));
        // Times of the day are for logs: a terminal may have 30 columns.
        if self.bars.is_some() {
            return self.line(&layout::finished(stage, how));
        }
        let Some(begun) = begun else {
            return line(&format!("{stage:<24} {how}"));
        };
        let end = format!("{} UTC, {how}", clock());
        if !end_of_line(stage, &end) {
            line(&format!("{stage:<24} {begun} to {end}"));
        }
    }

    fn resumed(&self, stage: &str) {
        self.line_once(&format!("{stage:<24} goes on from its newest checkpoint"));
    }

    fn asked_to_stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Hours, minutes and seconds of the day, UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "a log says when; nothing that is stored does"
)]
fn clock() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs()) % 86_400;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
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

#[cfg(test)]
mod tests {
    use super::way_out;

    #[test]
    fn a_full_card_says_what_to_lower() {
        let full = "DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")";
        assert!(way_out(full).contains("lower ensemble.per_pass"));
        assert_eq!(way_out("a file is missing"), "");
    }
}
