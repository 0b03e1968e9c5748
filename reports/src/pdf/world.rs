//! What typst sees: the template, the words, the figures and the fonts; no other file, no network, no date.

use std::collections::HashMap;

use serde::Serialize;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};

use crate::{Error, Result};

/// What templates share: the style of all of them, and the chapter that stands alone and in a run's report.
const SHARED: [(&str, &str); 2] = [
    ("style.typ", include_str!("style.typ")),
    ("chapter.typ", include_str!("chapter.typ")),
];

/// A document that we can set.
#[derive(Clone, Copy)]
pub(super) enum Template {
    /// The report of a run.
    Report,
    /// The report of reconstructions that were made elsewhere.
    Evaluation,
    /// The template of the generator card.
    Card,
    /// The template of several runs.
    Runs,
    /// A behavioural study.
    Study,
    /// The page of a sweep.
    Sweep,
    /// What each choice of an experiment is worth.
    Effects,
}

impl Template {
    fn text(self) -> &'static str {
        match self {
            Self::Report => include_str!("report.typ"),
            Self::Evaluation => include_str!("evaluation.typ"),
            Self::Card => include_str!("card.typ"),
            Self::Runs => include_str!("runs.typ"),
            Self::Study => include_str!("study.typ"),
            Self::Sweep => include_str!("sweep.typ"),
            Self::Effects => include_str!("effects.typ"),
        }
    }
}

/// Everything the template may read.
pub(super) struct World {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: Source,
    shared: Vec<Source>,
    files: HashMap<FileId, Bytes>,
}

impl World {
    /// The template beside `words.json` and pictures by their names.
    pub(super) fn new(
        template: Template,
        words: &impl Serialize,
        pictures: Vec<(String, Vec<u8>)>,
    ) -> Result<Self> {
        let words = serde_json::to_vec(words).map_err(|error| Error::Pdf {
            message: error.to_string(),
        })?;
        let fonts: Vec<Font> = typst_assets::fonts()
            .flat_map(|data| Font::iter(Bytes::new(data)))
            .collect();
        let mut book = FontBook::new();
        for font in &fonts {
            book.push(font.info().clone());
        }
        let mut files = HashMap::from([(file_id("words.json")?, Bytes::new(words))]);
        for (name, bytes) in pictures {
            files.insert(file_id(&name)?, Bytes::new(bytes));
        }
        let shared = SHARED.map(|(name, text)| Ok(Source::new(file_id(name)?, text.into())));
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(book),
            fonts,
            main: Source::new(file_id("main.typ")?, template.text().into()),
            shared: shared.into_iter().collect::<Result<_>>()?,
            files,
        })
    }
}

fn file_id(name: &str) -> Result<FileId> {
    let path = VirtualPath::new(format!("/{name}")).map_err(|error| Error::Pdf {
        message: format!("{name}: {error:?}"),
    })?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl typst::World for World {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.shared
            .iter()
            .chain([&self.main])
            .find(|source| source.id() == id)
            .cloned()
            .ok_or(FileError::NotSource)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files
            .get(&id)
            .cloned()
            .ok_or_else(|| FileError::NotFound(id.get().vpath().get_with_slash().into()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
