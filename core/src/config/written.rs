//! Parameters written out, in which other plugins are named.

use super::found::Reference;
use crate::Result;
use crate::registry::Capability;

/// Parameters as text, and the plugins named in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The text, `(…)`.
    pub text: String,
    /// The plugins named in it, from left to right; none stands within another.
    pub references: Vec<Reference>,
}

impl Written {
    /// The text with something else in the place of each plugin named in it.
    ///
    /// # Errors
    /// As `write`, which is given what the plugin is and its name with its parameters.
    pub fn filled(
        &self,
        mut write: impl FnMut(Capability, &str) -> Result<String>,
    ) -> Result<String> {
        let mut filled = String::new();
        let mut end = 0;
        for Reference { capability, range } in &self.references {
            filled += &self.text[end..range.start];
            filled += &write(*capability, &self.text[range.clone()])?;
            end = range.end;
        }
        Ok(filled + &self.text[end..])
    }
}
