//! The experiment file: written → resolved → checked.
//!
//! *Written* is the text of a user, with `--set` overrides applied ([`overrides`]).
//! *Resolved* has every default filled in; it is saved beside the results and runs again as it is.
//! *Checked* means that every plugin in it has been built, which touches no data.
//! Every error knows its file, line and column, or the argument it came from.

mod experiment;
#[doc(hidden)]
pub mod foreign;
mod layout;
pub mod overrides;
mod params;
mod plugin_ref;
mod ranges;
mod scan;
mod source;

pub use experiment::{
    Combine, Criterion, Ensemble, Evaluation, Experiment, Responses, Rois, Scores,
};
pub use layout::{layout, one_line};
pub use params::{
    Arguments, NoParams, PluginParams, from_ron, parse_params, resolve_params, to_ron,
};
pub use plugin_ref::{Capable, PluginRef};
pub use ranges::{Outside, Range, check_ranges};
pub use source::{Location, Patch, Source};

pub use scan::groups;
pub(crate) use source::{current, with_source};

/// The RON extensions that hold in every text of the project.
pub(crate) fn ron_options() -> ron::Options {
    use ron::extensions::Extensions;
    ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_NEWTYPES)
}

/// The name among `known` that is closest to `name`, if one is close enough to be meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().max(name.len()) / 3)
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

thread_local! {
    static RESOLUTION: std::cell::Cell<Option<bool>> = const { std::cell::Cell::new(None) };
}

/// Runs `write` while nested plugin references are written out with their defaults; `smoke` shrinks them too.
pub fn resolving<T>(smoke: bool, write: impl FnOnce() -> T) -> T {
    let before = RESOLUTION.replace(Some(smoke));
    let result = write();
    RESOLUTION.set(before);
    result
}

/// Whether references are being resolved, and at which size.
pub(crate) fn resolution() -> Option<bool> {
    RESOLUTION.get()
}

#[cfg(test)]
mod tests;
