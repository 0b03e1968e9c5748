//! What this program was built from, and what it runs on: the parts of a key that no experiment says.

use lab_core::nn::cpu;

/// A package of the workspace.
#[derive(Debug)]
struct Package {
    name: &'static str,
    /// Of its sources, and of the locked versions of what it is built on.
    hash: &'static str,
    /// The packages of the workspace that its results come from.
    needs: &'static [&'static str],
}

/// What the build script found.
#[derive(Debug)]
struct Sources {
    packages: &'static [Package],
    compiler: &'static str,
}

const SOURCES: Sources = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// The hash of a package's own sources, for the record; `None` for a package of somebody else.
pub(crate) fn own_hash(name: &str) -> Option<&'static str> {
    package(name).map(|package| package.hash)
}

/// Everything that the results of a package come from, as a text of hashes; `None` for a package of somebody else.
pub(crate) fn of(name: &str) -> Option<String> {
    let package = package(name)?;
    let needs = package.needs.iter().map(|need| own_hash(need));
    let hashes: Option<Vec<&str>> = std::iter::once(Some(package.hash)).chain(needs).collect();
    hashes.map(|hashes| hashes.join(" "))
}

/// The compiler with its profile, and the processor as far as it decides the last digits.
pub(super) fn machine() -> String {
    format!("{}\n{}", SOURCES.compiler, cpu::features())
}

fn package(name: &str) -> Option<&'static Package> {
    SOURCES.packages.iter().find(|package| package.name == name)
}
