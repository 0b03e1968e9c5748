//! What can go wrong.

use std::path::PathBuf;

/// Shorthand of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of an evaluation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read, or holds something else. Remedy: in the message.
    #[error(transparent)]
    Core(#[from] lab_core::Error),
    /// Scoring refused what it was given. Remedy: in the message.
    #[error(transparent)]
    Score(#[from] lab_score::Error),
    /// Two sets that belong together have other numbers of rows. Remedy: hand over one row for each original.
    #[error("'{}' holds {got} {what} for {expected} originals; hand over one for each, in their order", path.display())]
    Counts {
        /// The file or folder.
        path: PathBuf,
        /// What is counted: "reconstructions", "rows of features".
        what: &'static str,
        /// Number of originals.
        expected: usize,
        /// Number that was found.
        got: usize,
    },
    /// Names do not tell which reconstruction belongs to which original. Remedy: rename, or say that the order tells.
    #[error(
        "'{}' and '{}': expected one reconstruction for each original under the same name, got {got}; rename them, or say --pair order \
         if the order of the names tells which belongs to which", originals.display(), reconstructions.display()
    )]
    Unpaired {
        /// Folder of the originals.
        originals: PathBuf,
        /// Folder of the reconstructions.
        reconstructions: PathBuf,
        /// What does not fit.
        got: String,
    },
    /// Two pictures of one folder have one name. Remedy: remove one.
    #[error("'{}': expected a different name for each picture, got '{first}' and '{second}'; remove or rename one", path.display())]
    Twice {
        /// Folder of both pictures.
        path: PathBuf,
        /// Name of the picture that comes first.
        first: String,
        /// Name of the picture that comes second.
        second: String,
    },
    /// The order of a folder's pictures is not certain, and nothing else pairs them with the rows of an array. Remedy: pad the numbers
    /// of the names, or say that the order in which people count is meant.
    #[error(
        "'{}': expected names whose order is certain, since the pictures are paired with the rows of an array; got names that stand in \
         another order by their letters (10 before 2); write their numbers with leading zeros, or say --pair order if they are meant in \
         the order in which people count", path.display()
    )]
    Order {
        /// Folder whose order is not certain.
        path: PathBuf,
    },
    /// An original and its reconstruction have other proportions. Remedy: cut both alike.
    #[error(
        "{what}: expected the proportions of the original, {} × {} pixels, got {} × {}; cut both to the same part of the scene, or make \
         the reconstructions square for the centre squares of the originals", original.0, original.1, got.0, got.1
    )]
    Aspect {
        /// Name of the reconstruction and its folder, or the array of all.
        what: String,
        /// Height and width of the original, in pixels.
        original: (usize, usize),
        /// Height and width of the reconstruction, in pixels.
        got: (usize, usize),
    },
}
