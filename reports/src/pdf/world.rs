//! What typst sees: the template, the words, the figures and the fonts; no other file, no network, no date.

use std::collections::HashMap;
use std::fs;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::charts::Figure;
use crate::{Error, Result};

const TEMPLATE: &str = include_str!("report.typ");

/// Everything the template may read.
pub(super) struct ReportWorld {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: Source,
    files: HashMap<FileId, Bytes>,
}

impl ReportWorld {
    /// The template beside `report.json` and each figure as `NAME.svg`.
    pub(super) fn new(words: Vec<u8>, figures: &[Figure]) -> Result<Self> {
        let fonts: Vec<Font> = typst_assets::fonts()
            .flat_map(|data| Font::iter(Bytes::new(data)))
            .collect();
        let mut book = FontBook::new();
        for font in &fonts {
            book.push(font.info().clone());
        }
        let mut files = HashMap::from([(file_id("report.json")?, Bytes::new(words))]);
        for figure in figures {
            let bytes = fs::read(&figure.svg).map_err(|source| Error::Io {
                action: "reading",
                path: figure.svg.clone(),
                source,
            })?;
            files.insert(file_id(&format!("{}.svg", figure.name))?, Bytes::new(bytes));
        }
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(book),
            fonts,
            main: Source::new(file_id("report.typ")?, TEMPLATE.into()),
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

impl World for ReportWorld {
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
        if id == self.main.id() {
            Ok(self.main.clone())
        } else {
            Err(FileError::NotSource)
        }
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
