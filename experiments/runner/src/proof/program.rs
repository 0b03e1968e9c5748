//! The program that runs: what it was built from, and its bytes.

use std::fs::File;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What the build script found of the program.
#[derive(Debug)]
struct Built {
    sources: &'static str,
    compiler: &'static str,
    commit: Option<&'static str>,
    is_clean: bool,
}

const BUILT: Built = include!(concat!(env!("OUT_DIR"), "/program.rs"));

/// A program, as a manifest names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// BLAKE3 of its sources and of the locked versions of what they are built on.
    pub sources: String,
    /// The compiler, its target and its profile.
    pub compiler: String,
    /// The commit that it was built from; `None` outside of a repository.
    pub commit: Option<String>,
    /// Whether its sources were those of that commit.
    pub is_clean: bool,
    /// BLAKE3 of the program's file; `None` if it could not be read.
    pub binary: Option<String>,
}

impl Program {
    /// Describes the program that is running.
    pub(crate) fn this() -> Self {
        Self {
            sources: BUILT.sources.into(),
            compiler: BUILT.compiler.into(),
            commit: BUILT.commit.map(str::to_owned),
            is_clean: BUILT.is_clean,
            binary: binary(),
        }
    }
}

/// The sources of this program and the compiler: two programs with the same ones make the same bytes.
pub(crate) fn built_from() -> (&'static str, &'static str) {
    (BUILT.sources, BUILT.compiler)
}

/// Hash of the file that runs. Where the system shows it, that is the very file, even if another took its place meanwhile.
fn binary() -> Option<String> {
    let paths = [
        Some(PathBuf::from("/proc/self/exe")),
        std::env::current_exe().ok(),
    ];
    let file = paths
        .into_iter()
        .flatten()
        .find_map(|path| File::open(path).ok())?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file).ok()?;
    Some(hasher.finalize().to_hex().to_string())
}
