//! The experiment file: written → resolved → checked.
//!
//! *Written* is the text of a user, with `--set` overrides applied ([`overrides`]).
//! *Resolved* has every default filled in; it is saved beside the results and runs again as it is.
//! *Checked* means that every plugin in it has been built, which touches no data.
//! Every error knows its file, line and column, or the argument it came from: what reads a text knows bytes of it, and
//! whoever knows where the text stands turns them into places.

mod experiment;
mod layout;
pub mod overrides;
mod params;
mod places;
mod plugin_ref;
mod ranges;
mod scan;
mod source;
mod written;

pub use experiment::{
    Combine, Criterion, Ensemble, Evaluation, Experiment, Export, Responses, Rois, Scores,
};
pub use layout::{layout, one_line};
pub use params::{
    NoParams, PluginParams, from_ron, parse_params, read_source, resolve_params, to_ron,
};
pub use places::Reference;
pub use plugin_ref::PluginRef;
pub use ranges::{Outside, Range, check_ranges};
pub use scan::groups;
pub use source::{Patch, Source};
pub use written::Written;

pub use crate::location::Location;
pub use crate::registry::Capable;

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

#[cfg(test)]
mod tests;
