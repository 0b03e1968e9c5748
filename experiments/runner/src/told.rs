//! What is told while something is made: its warnings and its sheets of images stay with it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use lab_core::events::{Event, EventSink};

use crate::store::sheet;

/// Keeps the warnings that are told through it, and hands every event on. What is made side by side has one each, so that
/// nothing is kept with the wrong thing.
pub(crate) struct Told {
    events: Arc<dyn EventSink>,
    /// The folder of sheets of images; none if they are not kept.
    sheets: Option<PathBuf>,
    warnings: Mutex<Vec<(String, String)>>,
}

impl Told {
    /// Keeps warnings, and no sheets.
    pub(crate) fn new(events: Arc<dyn EventSink>) -> Self {
        Self {
            events,
            sheets: None,
            warnings: Mutex::default(),
        }
    }

    /// Keeps sheets of images in this folder as well.
    pub(crate) fn with_sheets_in(events: Arc<dyn EventSink>, folder: PathBuf) -> Self {
        Self {
            sheets: Some(folder),
            ..Self::new(events)
        }
    }

    /// The warnings told until now, as (path, sentence), in their order.
    pub(crate) fn warnings(&self) -> Vec<(String, String)> {
        let warnings = self.warnings.lock();
        warnings.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl EventSink for Told {
    fn event(&self, path: &str, event: &Event<'_>) {
        match event {
            Event::Warning(text) => self
                .warnings
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((path.to_owned(), (*text).to_owned())),
            Event::Images { name, images } => {
                if let Some(folder) = &self.sheets {
                    // Sheets are looked at, never read back: one that cannot be written costs nothing.
                    let _ = sheet::write(&folder.join(format!("{name}.png")), images);
                }
            }
            _ => {}
        }
        self.events.event(path, event);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lab_core::context::Context;
    use lab_core::events::Silent;

    use super::Told;

    #[test]
    fn what_is_made_side_by_side_keeps_its_own_warnings() {
        let all = Arc::new(Told::new(Arc::new(Silent)));
        let of = ["one", "other"].map(|name| {
            let told = Arc::new(Told::new(all.clone()));
            let ctx = Context::new(1).child(name).with_events(told.clone());
            (ctx, told)
        });
        for turn in ["first", "second"] {
            for (ctx, _) in &of {
                ctx.warn(&format!("{turn} of {}", ctx.path()));
            }
        }
        for (ctx, told) in &of {
            let path = ctx.path();
            let expected =
                ["first", "second"].map(|turn| (path.to_owned(), format!("{turn} of {path}")));
            assert_eq!(told.warnings(), expected);
        }
        assert_eq!(all.warnings().len(), 4);
    }
}
