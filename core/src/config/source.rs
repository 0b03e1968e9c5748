//! Texts and places in them.

use std::sync::Arc;

use crate::location::Location;

/// A stretch of a source that an override put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// First byte in the patched text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// How many bytes of the file it replaced.
    pub replaced: usize,
    /// The argument, such as `--set seed=2`.
    pub argument: String,
}

/// A text with a name, and where its overrides stand.
#[derive(Debug, Clone)]
pub struct Source {
    name: Arc<str>,
    original: Arc<str>,
    text: Arc<str>,
    patches: Arc<[Patch]>,
}

impl Source {
    /// A text as it was read.
    pub fn new(name: impl AsRef<str>, text: impl AsRef<str>) -> Self {
        let text: Arc<str> = text.as_ref().into();
        Self {
            name: name.as_ref().into(),
            original: text.clone(),
            text,
            patches: Arc::from([]),
        }
    }

    /// The same text after overrides; `patches` ascend and do not overlap.
    #[must_use]
    pub fn patched(&self, text: impl AsRef<str>, patches: Vec<Patch>) -> Self {
        Self {
            name: self.name.clone(),
            original: self.original.clone(),
            text: text.as_ref().into(),
            patches: patches.into(),
        }
    }

    /// The file's name, as the user wrote it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text, overrides applied.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The overrides, in the order of their places.
    pub fn patches(&self) -> &[Patch] {
        &self.patches
    }

    /// Where a byte of the text came from.
    pub fn locate(&self, offset: usize) -> Location {
        let mut shift: isize = 0;
        for patch in self.patches.iter() {
            if offset >= patch.end {
                shift += patch.replaced as isize - (patch.end - patch.start) as isize;
            } else if offset >= patch.start {
                return Location::Argument {
                    argument: patch.argument.clone(),
                };
            }
        }
        let offset = offset.saturating_add_signed(shift).min(self.original.len());
        let before = &self.original.as_bytes()[..offset];
        let line = before.split(|&byte| byte == b'\n').count();
        let line_start = before
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        let column = String::from_utf8_lossy(&before[line_start..])
            .chars()
            .count()
            + 1;
        Location::File {
            file: self.name.to_string(),
            line,
            column,
        }
    }

    /// The byte at a one-based line and column of the text.
    pub fn offset(text: &str, line: usize, column: usize) -> usize {
        let start = text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum::<usize>();
        let rest = text.get(start..).unwrap_or_default();
        start
            + rest
                .char_indices()
                .nth(column.saturating_sub(1))
                .map_or(rest.len(), |(at, _)| at)
    }

    /// The byte at which ron places a mistake, moved past the blanks that it may count to the value.
    pub(crate) fn mistake(text: &str, position: ron::error::Position) -> usize {
        let offset = Self::offset(text, position.line, position.col);
        let rest = text.get(offset..).unwrap_or_default();
        if rest.trim_start().is_empty() {
            offset
        } else {
            offset + rest.len() - rest.trim_start().len()
        }
    }
}
