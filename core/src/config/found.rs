//! What a second reading of a text finds on its way: references to plugins, and numbers.

use std::ops::Range;

use crate::registry::Capability;

/// A plugin named in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What the plugin is.
    pub capability: Capability,
    /// The bytes of its name and parameters.
    pub range: Range<usize>,
}

/// A number in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    /// The parameter that it belongs to.
    pub(super) name: Name,
    /// The bytes of the number in the text.
    pub(super) span: Range<usize>,
}

/// What a parameter is called, seen from outside and from inside.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// Keys from the outermost value on, such as `train.decay.Halfway.to`; elements of a list have the list's.
    pub(super) path: String,
    /// The struct or enum that it stands in, and the keys from there on, such as `Decay.Halfway.to`.
    pub(super) scope: String,
}

impl Name {
    /// The name of a field, or of an enum's variant, in the value of this name.
    pub(super) fn field(&self, key: &str) -> Self {
        let joined = |of: &str| match of {
            "" => key.to_owned(),
            of => format!("{of}.{key}"),
        };
        Self {
            path: joined(&self.path),
            scope: joined(&self.scope),
        }
    }

    /// The same value, which is a struct or enum of this name.
    pub(super) fn entered(&self, owner: &str) -> Self {
        Self {
            path: self.path.clone(),
            scope: owner.to_owned(),
        }
    }
}

/// Everything that was passed so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// References, from left to right.
    pub(super) references: Vec<Reference>,
    /// Numbers, from left to right.
    pub(super) numbers: Vec<Number>,
    /// The value that is being read.
    pub(super) name: Name,
}
