//! Every parameter of a plugin or of the experiment: what it means, what it may be, and what it is if nobody says it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::declared::{Declared, SHARED};
use super::found::Name;
use super::plugin_params::PluginParams;
use super::ron_text::{to_ron, unwritable};
use super::scan::{self, Value};
use super::shape::{self, Field, Kind};
use super::{doc, paths};
use crate::Result;

/// One parameter, nested ones by their path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its path, such as `train.decay.Halfway.to`: keys, and names of options that hold parameters.
    pub name: String,
    /// Its meaning, from its doc comment; empty if nothing is said.
    pub meaning: String,
    /// Its type, in words.
    pub kind: String,
    /// Its range, in words; empty if it is no number.
    pub range: String,
    /// The names that it may be, each with its meaning; empty if any will do.
    pub options: Vec<(String, String)>,
    /// Its default as RON; empty if it has none, or stands in an option that is not the default.
    pub default: String,
}

/// The parameters of a plugin.
///
/// # Errors
/// [`crate::Error::Config`] if the type is of a kind that no text can hold.
pub fn plugin_parameters<P: PluginParams>() -> Result<Vec<Parameter>> {
    parameters::<P>(&P::DECLARED, &to_ron(&P::default())?)
}

/// The parameters of a type, whose defaults stand in a text.
pub(super) fn parameters<T: DeserializeOwned>(
    declared: &Declared,
    defaults: &str,
) -> Result<Vec<Parameter>> {
    let document = scan::document(defaults).ok();
    let fields = shape::fields::<T>().map_err(|error| unwritable(&error))?;
    let explained = |field: &Field| Parameter {
        name: field.name.path.clone(),
        meaning: meaning(declared, &field.name.scope),
        kind: words(field),
        range: range(declared, field),
        options: field
            .kinds
            .iter()
            .flat_map(|kind| options(declared, kind))
            .collect(),
        default: document
            .as_ref()
            .and_then(|document| default(document, defaults, &field.name.path))
            .unwrap_or_default(),
    };
    Ok(fields.iter().map(explained).collect())
}

/// What is expected of the number at a byte of a text that was to be a `T`, and the path of the parameter.
pub(super) fn expected_at<T: DeserializeOwned>(
    declared: &Declared,
    text: &str,
    at: usize,
) -> Option<(String, String)> {
    let document = scan::document(text).ok()?;
    let path = paths::path(&document, text, at);
    let fields = shape::fields::<T>().ok()?;
    let field = fields.iter().find(|field| field.name.path == path)?;
    let number = field
        .kinds
        .iter()
        .find(|kind| matches!(kind, Kind::Whole | Kind::Real))?;
    let kind = match number {
        Kind::Whole => "a whole number",
        _ => "a number",
    };
    let expected = match range(declared, field) {
        range if range.is_empty() => kind.to_owned(),
        range => format!("{kind}, {range}"),
    };
    Some((path, expected))
}

fn meaning(declared: &Declared, scope: &str) -> String {
    let found = doc::meaning(declared.sources, scope);
    found
        .or_else(|| doc::meaning(SHARED.sources, scope))
        .unwrap_or_default()
}

fn words(field: &Field) -> String {
    let kinds: Vec<String> = field.kinds.iter().map(kind).collect();
    let mut words = kinds.join(" and ");
    if field.many {
        words = format!("list of {words}");
    }
    if field.optional {
        words += ", or None";
    }
    words
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Whole => "whole number".into(),
        Kind::Real => "number".into(),
        Kind::Switch => "true or false".into(),
        Kind::Text => "text".into(),
        Kind::Choice(..) => "option".into(),
        Kind::Plugin(capability) => capability.name().into(),
        Kind::Group => "parameters".into(),
    }
}

fn range(declared: &Declared, field: &Field) -> String {
    let is_number = |kind: &Kind| matches!(kind, Kind::Whole | Kind::Real);
    let range = declared.range(&field.name);
    match range.filter(|_| field.kinds.iter().any(is_number)) {
        Some((_, range)) => range.words(),
        None => String::new(),
    }
}

fn options(declared: &Declared, kind: &Kind) -> Vec<(String, String)> {
    let Kind::Choice(owner, variants) = kind else {
        return Vec::new();
    };
    let owner = Name::default().entered(owner);
    let option = |variant: &&str| {
        let scope = owner.field(variant).scope;
        ((*variant).to_owned(), meaning(declared, &scope))
    };
    variants.iter().map(option).collect()
}

/// What stands at a path of the defaults.
fn default(document: &Value, defaults: &str, path: &str) -> Option<String> {
    let value = paths::at_path(document, defaults, path)?;
    Some(super::one_line(&defaults[value.span.clone()]))
}
