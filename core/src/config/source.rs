//! Texts and places in them.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::lines::Lines;
use crate::location::Location;
use crate::{Error, Result};

/// Largest file of an experiment, in bytes.
const MAX_BYTES: u64 = 1 << 20;

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
    /// Where the lines of the original begin; found when a place is asked for.
    lines: Arc<OnceLock<Lines>>,
}

impl Source {
    /// Reads a file of at most a mebibyte.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::File`] if it is no such file, [`Error::Config`] if it does not hold text in UTF-8 without a
    /// byte order mark.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = crate::files::read_regular(path, MAX_BYTES)?;
        let wrong = |line: usize, message: &str| Error::Config {
            at: Location::File {
                file: path.to_string_lossy().into_owned(),
                line,
                column: 1,
            },
            message: message.into(),
            hint: "save it as UTF-8 without a byte order mark".into(),
        };
        match &bytes[..] {
            [0xef, 0xbb, 0xbf, ..] => {
                return Err(wrong(1, "the text begins with a byte order mark"));
            }
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err(wrong(1, "the text is in UTF-16")),
            _ => {}
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = before.split(|&byte| byte == b'\n').count();
            wrong(line, "this line is not in UTF-8")
        })?;
        Ok(Self::new(path.to_string_lossy(), text))
    }

    /// A text as it was read.
    pub fn new(name: impl AsRef<str>, text: impl AsRef<str>) -> Self {
        let text: Arc<str> = text.as_ref().into();
        Self {
            name: name.as_ref().into(),
            original: text.clone(),
            text,
            patches: Arc::from([]),
            lines: Arc::default(),
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
            lines: self.lines.clone(),
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
        let lines = self.lines.get_or_init(|| Lines::of(&self.original));
        let (line, column) = lines.place(&self.original, offset);
        Location::File {
            file: self.name.to_string(),
            line,
            column,
        }
    }

    /// Where the value of a field of the outermost brackets stands; the beginning of the text if it is not written.
    pub fn locate_field(&self, key: &str) -> Location {
        let field = super::scan::field(&self.text, key);
        self.locate(field.map_or(0, |value| value.start))
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
