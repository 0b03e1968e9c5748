//! Datasets that a plugin in a library names: the host builds and loads them.

use std::cell::Cell;
use std::path::PathBuf;

use crate::context::Context;
use crate::recording::Recording;
use crate::traits::Dataset;
use crate::{Error, Result};

/// Stands for a dataset inside a library; nothing elsewhere.
pub(crate) fn dataset(text: &str) -> Option<Box<dyn Dataset>> {
    is_inside().then(|| {
        let stand_in: Box<dyn Dataset> = Box::new(HostDataset {
            text: text.to_owned(),
        });
        stand_in
    })
}

struct HostDataset {
    text: String,
}

impl Dataset for HostDataset {
    /// The host asks its own copy.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn written(&self) -> Option<&str> {
        Some(&self.text)
    }

    fn load(&self, _ctx: &Context) -> Result<Recording> {
        Err(Error::Data {
            what: format!("dataset {} inside a shared library", self.text),
            expected: "a corpus that the host loads and hands to the training".into(),
            got: "a request to load it here".into(),
            remedy:
                "return it from the plugin's corpus() and use the images that prepare() is given"
                    .into(),
        })
    }
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` as part of a library, where datasets are the host's.
pub fn inside<T>(work: impl FnOnce() -> T) -> T {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            INSIDE.set(self.0);
        }
    }
    let _before = Before(INSIDE.replace(true));
    work()
}

fn is_inside() -> bool {
    INSIDE.get()
}
