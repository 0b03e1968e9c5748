//! Pictures of a folder in the order in which people count, and what else lies there.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Component, Path, PathBuf};

use lab_core::Result;
use lab_core::context::Context;

use crate::corpus::natural;
use lab_formats::walk::{Walk, walk};
use lab_formats::{file_error, pictures};

/// Names that a sentence gives before it only counts.
const MAX_NAMED: usize = 8;

/// A file that is no picture of the folder, or a folder that is passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Its path in the folder, with `/` between the parts.
    name: String,
    why: &'static str,
}

impl Skipped {
    /// Whether the other has the same ending, and is skipped for the same reason.
    fn is_like(&self, other: &Self) -> bool {
        let ending = |of: &Self| {
            Path::new(&of.name)
                .extension()
                .map(OsStr::to_ascii_lowercase)
        };
        self.why == other.why && ending(self) == ending(other)
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' ({})", self.name, self.why)
    }
}

/// What a folder and its subfolders hold.
#[derive(Debug)]
pub(crate) struct Listing {
    folder: PathBuf,
    /// The pictures, `2.png` before `10.png`.
    pub(crate) files: Vec<PathBuf>,
    /// The files and folders that are no pictures of the folder, each with the reason.
    pub(crate) skipped: Vec<Skipped>,
    /// Two pictures that stand in another order by the letters of their names, the first of them first here.
    pub(crate) not_by_letters: Option<(String, String)>,
}

impl Listing {
    /// Looks through a folder. Hidden files and folders, links to folders and what is no regular file are skipped.
    ///
    /// # Errors
    /// Fails if the folder cannot be read or holds no picture.
    pub(crate) fn of(folder: &Path) -> Result<Self> {
        let mut found = Self {
            folder: folder.to_owned(),
            files: Vec::new(),
            skipped: Vec::new(),
            not_by_letters: None,
        };
        let Walk {
            files,
            links,
            others,
        } = walk(folder)?;
        for path in files {
            match found.why_skipped(&path) {
                Some((path, why)) => found.skip(&path, why),
                None => found.files.push(path),
            }
        }
        // A link to a folder may lead back to where it stands.
        links
            .iter()
            .for_each(|path| found.skip(path, "a link to a folder"));
        others
            .iter()
            .for_each(|path| found.skip(path, "no regular file"));
        found.skipped.dedup();
        found.skipped.sort_by(|a, b| natural(&a.name, &b.name));
        if found.files.is_empty() {
            let got = if found.skipped.is_empty() {
                "none".to_owned()
            } else {
                format!("none, but {}", found.named())
            };
            let expected = format!("pictures: {}", pictures::ENDINGS.join(", "));
            let remedy = if found.skipped.is_empty() {
                "name the folder that holds them"
            } else {
                "name the folder that holds them, or save them under one of these endings"
            };
            return Err(file_error(folder, "", expected, got, remedy));
        }
        found.sort();
        Ok(found)
    }

    /// Leaves out the pictures of which `is_kept`, asked in their order, says so.
    pub(crate) fn retain(&mut self, is_kept: impl FnMut(&PathBuf) -> bool) {
        self.files.retain(is_kept);
        self.sort();
    }

    /// Says nothing of what was skipped where `is_kept`, asked about its path in the folder, says so.
    pub(crate) fn retain_skipped(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.skipped.retain(|skipped| is_kept(&skipped.name));
    }

    fn skip(&mut self, path: &Path, why: &'static str) {
        let name = self.name(path);
        self.skipped.push(Skipped { name, why });
    }

    /// Why a file is no picture of this folder, and what is skipped with it: a hidden folder is skipped as a whole.
    fn why_skipped(&self, path: &Path) -> Option<(PathBuf, &'static str)> {
        let inside = path.strip_prefix(&self.folder).unwrap_or(path);
        let is_hidden = |part: &Component<'_>| part.as_os_str().to_string_lossy().starts_with('.');
        let parts: Vec<Component<'_>> = inside.components().collect();
        if let Some(at) = parts.iter().position(is_hidden) {
            let hidden: PathBuf = parts[..=at].iter().collect();
            return Some((self.folder.join(hidden), "hidden"));
        }
        let ending = path
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase());
        let known = ending.is_some_and(|ending| pictures::ENDINGS.contains(&ending.as_str()));
        (!known).then(|| (path.to_owned(), "no picture"))
    }

    fn sort(&mut self) {
        self.files.sort();
        let by_letters = self.files.clone();
        self.files.sort_by(|a, b| counted(a, b));
        let moved = self.files.iter().zip(&by_letters).find(|(a, b)| a != b);
        self.not_by_letters = moved.map(|(first, second)| (self.name(first), self.name(second)));
    }

    /// The name of a picture from the folder on, with `/` between its parts.
    pub(crate) fn name(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.folder).unwrap_or(path);
        let parts = inside.components().map(Component::as_os_str);
        let parts: Vec<_> = parts.map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    }

    /// The names of what was skipped; of many, the first of each ending and reason, and how many are like it.
    pub(crate) fn named(&self) -> String {
        let joined = |names: &[String]| names.join(", ");
        if self.skipped.len() <= MAX_NAMED {
            let names = self.skipped.iter().map(Skipped::to_string);
            return joined(&names.collect::<Vec<_>>());
        }
        let mut kinds: Vec<(&Skipped, usize)> = Vec::new();
        for skipped in &self.skipped {
            match kinds.iter_mut().find(|(first, _)| first.is_like(skipped)) {
                Some((_, n)) => *n += 1,
                None => kinds.push((skipped, 1)),
            }
        }
        kinds.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let named = kinds.iter().take(MAX_NAMED).map(|(first, n)| match n {
            1 => first.to_string(),
            n => format!("'{}' and {} like it ({})", first.name, n - 1, first.why),
        });
        let text = joined(&named.collect::<Vec<_>>());
        let rest = kinds.iter().skip(MAX_NAMED).map(|(_, n)| n).sum::<usize>();
        if rest > 0 {
            return format!("{text} and {rest} more");
        }
        text
    }

    /// Warns of what was skipped; the sentence on the order, if letters would give another.
    pub(crate) fn tell(&self, ctx: &Context) -> Option<String> {
        if !self.skipped.is_empty() {
            let (folder, n) = (self.folder.display(), self.skipped.len());
            ctx.warn(&format!("'{folder}': {n} skipped: {}", self.named()));
        }
        let (first, second) = self.not_by_letters.as_ref()?;
        let text = format!(
            "Pictures of '{}' are in the order in which people count: '{first}' stands before '{second}', which the letters of \
             their names would turn around.",
            self.folder.display()
        );
        ctx.warn(&text);
        Some(text)
    }
}

/// Paths part by part, each in the order in which people count; by letters where they count alike.
fn counted(a: &Path, b: &Path) -> Ordering {
    let parts = |path: &Path| -> Vec<String> {
        let parts = path.components().map(Component::as_os_str);
        parts
            .map(|part| part.to_string_lossy().into_owned())
            .collect()
    };
    let (ours, theirs) = (parts(a), parts(b));
    let order = ours.iter().zip(&theirs).map(|(a, b)| natural(a, b));
    let first = order.into_iter().find(|order| order.is_ne());
    first.unwrap_or_else(|| ours.len().cmp(&theirs.len()).then(a.cmp(b)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn names(listing: &Listing) -> Vec<String> {
        let names = listing.files.iter().map(|file| listing.name(file));
        names.collect()
    }

    #[test]
    fn what_nobody_asks_for_is_not_named() {
        let folder = folder(&["1.png", "texts/a.txt", "b.txt"]);
        let mut listing = Listing::of(folder.path()).unwrap();
        assert_eq!(
            listing.named(),
            "'b.txt' (no picture), 'texts/a.txt' (no picture)"
        );
        listing.retain_skipped(|name| !name.starts_with("texts/"));
        assert_eq!(listing.named(), "'b.txt' (no picture)");
    }

    #[test]
    fn pictures_are_counted_and_what_is_none_is_named() {
        let folder = folder(&[
            "10.png",
            "2.PNG",
            "1.bmp",
            "b/3.webp",
            "b/.hidden/4.png",
            "._2.PNG",
            "notes.txt",
        ]);
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
        let listing = Listing::of(folder.path()).unwrap();
        assert_eq!(names(&listing), ["1.bmp", "2.PNG", "10.png", "b/3.webp"]);
        let (first, second) = listing.not_by_letters.clone().unwrap();
        assert_eq!((first.as_str(), second.as_str()), ("2.PNG", "10.png"));
        for part in [
            "'._2.PNG' (hidden)",
            "'b/.hidden' (hidden)",
            "'notes.txt' (no picture)",
        ] {
            assert!(listing.named().contains(part), "{}", listing.named());
        }
        #[cfg(unix)]
        assert!(listing.named().contains("'again' (a link to a folder)"));
    }

    #[test]
    fn many_are_named_by_their_endings() {
        let mut all: Vec<String> = (0..9).map(|at| format!("{at}.mo")).collect();
        all.extend(["1.png", "README", "a.TXT", "b.txt"].map(String::from));
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(
            Listing::of(folder(&names).path()).unwrap().named(),
            "'0.mo' and 8 like it (no picture), 'a.TXT' and 1 like it (no picture), 'README' (no picture)"
        );
        let mut many: Vec<String> = (0..10).map(|at| format!("a.{at}")).collect();
        many.extend(["b.9", "1.png"].map(String::from));
        let names: Vec<&str> = many.iter().map(String::as_str).collect();
        let named = Listing::of(folder(&names).path()).unwrap().named();
        assert!(
            named.starts_with("'a.9' and 1 like it (no picture), 'a.0' (no picture), ")
                && named.ends_with(" and 2 more"),
            "{named}"
        );
    }

    #[test]
    fn padded_numbers_are_in_both_orders() {
        let folder = folder(&["01.png", "02.png", "10.png"]);
        let listing = Listing::of(folder.path()).unwrap();
        assert_eq!((listing.not_by_letters, listing.skipped.len()), (None, 0));
    }

    #[test]
    fn a_folder_without_pictures_says_what_it_holds() {
        let folder = folder(&["a.svg", ".b.png"]);
        let error = Listing::of(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("'a.svg' (no picture)") && error.contains("tiff"),
            "{error}"
        );
    }
}
