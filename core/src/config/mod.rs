//! The experiment file: written → resolved → checked.
//!
//! *Written* is the text of a user, with `--set` overrides applied ([`overrides`]).
//! *Resolved* has every default filled in; it is saved beside the results and runs again as it is.
//! *Checked* means that every plugin in it has been built, which touches no data.
//! Every error knows its file, line and column, or the argument it came from: what reads a text knows bytes of it, and
//! whoever knows where the text stands turns them into places.

mod checked;
mod declared;
mod doc;
mod ensemble;
mod evaluation;
mod experiment;
mod explained;
mod found;
mod layout;
mod lines;
pub mod overrides;
mod params;
mod paths;
mod places;
mod plugin_params;
mod plugin_ref;
mod ranges;
mod resources;
mod ron_text;
mod scan;
mod shape;
mod source;
mod split;
mod tune;
mod variants;
mod written;

pub use checked::check_params;
pub use declared::Declared;
pub use ensemble::{Combine, Ensemble};
pub use evaluation::{Criterion, Evaluation, Export, Scores};
pub use experiment::{Experiment, Responses, Rois};
pub use explained::{Parameter, plugin_parameters};
pub use found::Reference;
pub use layout::{layout, one_line};
pub use params::{parse_params, read_source, resolve_params};
pub use plugin_params::{NoParams, PluginParams};
pub use plugin_ref::PluginRef;
pub use ranges::{Outside, Range, Ranges, check_ranges};
pub use resources::Resources;
pub use ron_text::{from_ron, to_ron};
pub use scan::groups;
pub use source::{Patch, Source};
pub use split::SplitBy;
pub use tune::{Tune, TuneScore};
pub use variants::{BASE, Variant, Variants};
pub use written::Written;

pub use crate::location::Location;
pub use crate::registry::Capable;

/// The RON extensions that hold in every text of the project.
pub(crate) fn ron_options() -> ron::Options {
    use ron::extensions::Extensions;
    ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_NEWTYPES)
}

/// Longest name that is compared with known ones, in bytes.
const LONGEST_NAME: usize = 200;

/// The name among `known` that is closest to `name`, if one is close enough to be meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // The comparison takes the product of both lengths; nobody mistypes a name of this length.
    let name = Some(name).filter(|name| name.len() <= LONGEST_NAME)?;
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().max(name.len()) / 3)
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests;
