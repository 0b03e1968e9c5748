//! The trials of an estimate, each made once: runs of a sweep that name the same plugin with the same parameters share its trial,
//! whatever else they differ in, since images that stand in for the data know nothing of it.

use std::collections::BTreeMap;

use crate::Result;

/// A training, timed by its first few updates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Timed {
    /// Updates of the whole training.
    pub(super) n_updates: u64,
    /// Seconds of all its updates.
    pub(super) seconds: f64,
    /// Seconds in which an image is got ready before the first update; 0 where none is.
    pub(super) per_image: f64,
}

/// What trials have found.
#[derive(Debug, Default)]
pub struct Trials(BTreeMap<String, Option<Timed>>);

impl Trials {
    /// What the trial of this name found, which is made if it is the first of it. Equal names must mean equal trials.
    ///
    /// # Errors
    /// Fails as the trial does.
    pub(super) fn found(
        &mut self,
        name: &str,
        make: impl FnOnce() -> Result<Option<Timed>>,
    ) -> Result<Option<Timed>> {
        if let Some(found) = self.0.get(name) {
            return Ok(*found);
        }
        let found = make()?;
        self.0.insert(name.to_owned(), found);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{Timed, Trials};
    use crate::Error;

    #[test]
    fn a_trial_is_made_once_for_each_name() {
        let mut trials = Trials::default();
        let first = Timed {
            n_updates: 10,
            seconds: 2.0,
            per_image: 0.0,
        };
        let other = Timed {
            n_updates: 20,
            ..first
        };
        let mut found = |name: &str, made| trials.found(name, || Ok(made)).ok().flatten();
        assert_eq!(found("generator a", Some(first)), Some(first));
        assert_eq!(found("generator a", Some(other)), Some(first));
        assert_eq!(found("generator b", Some(other)), Some(other));
        // That a plugin does not train is known after one trial as well.
        assert_eq!(found("decoder", None), None);
        assert_eq!(found("decoder", Some(other)), None);
    }

    #[test]
    fn a_trial_that_failed_is_made_again() {
        let mut trials = Trials::default();
        let failed = trials.found("decoder", || Err(Error::Missing { what: "decoder" }));
        assert!(failed.is_err());
        let timed = Timed {
            n_updates: 10,
            seconds: 2.0,
            per_image: 0.1,
        };
        let found = trials.found("decoder", || Ok(Some(timed)));
        assert_eq!(found.ok().flatten(), Some(timed));
    }
}
