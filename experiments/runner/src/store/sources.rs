//! What this program was built from, and what it runs on: the parts of a key that no experiment says.

use lab_core::nn::cpu;

/// A package of the workspace.
#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) name: &'static str,
    /// Hash of its sources, and of the locked versions of what it is built on.
    hash: &'static str,
    /// Hash of its sources alone.
    pub(super) source: &'static str,
    /// Hash of what it asks of its dependencies: versions, features, targets.
    pub(super) asks: &'static str,
    /// Its dependencies, as places in the list of all.
    locked: &'static [usize],
    /// The packages of the workspace that its results come from.
    pub(super) needs: &'static [&'static str],
}

/// What the build script found: packages, dependencies, compiler and profile.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    pub(super) packages: &'static [Package],
    /// Name, version and checksum of every dependency.
    pub(super) locked: &'static [&'static str],
    pub(super) compiler: &'static str,
    pub(super) profile: &'static str,
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

/// The compiler, its profile, and the processor as far as it decides the last digits.
pub(super) fn machine() -> [(&'static str, String); 3] {
    let table = table();
    [
        ("compiler", table.compiler.to_owned()),
        ("profile", table.profile.to_owned()),
        ("CPU features", cpu::features()),
    ]
}

/// A package of the workspace; `None` for one of somebody else.
pub(super) fn package(name: &str) -> Option<&'static Package> {
    let mut packages = table().packages.iter();
    packages.find(|package| package.name == name)
}

impl Package {
    /// What it is built on, as names with versions and checksums.
    pub(super) fn locked(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let lines = self
            .locked
            .iter()
            .filter_map(|&idx| table().locked.get(idx));
        lines.map(|line| line.split_once(' ').unwrap_or((line, "")))
    }
}

#[cfg(not(test))]
fn table() -> &'static Sources {
    &SOURCES
}

#[cfg(test)]
thread_local! {
    static OTHERS: std::cell::Cell<Option<&'static Sources>> = const { std::cell::Cell::new(None) };
}

#[cfg(test)]
fn table() -> &'static Sources {
    OTHERS.get().unwrap_or(&SOURCES)
}

/// Does something as a program that was built from other sources.
#[cfg(test)]
pub(crate) fn as_if_built_from<T>(
    change: impl FnOnce(&mut Sources, &mut Vec<Package>),
    work: impl FnOnce() -> T,
) -> T {
    let mut others = SOURCES.clone();
    let mut packages = others.packages.to_vec();
    change(&mut others, &mut packages);
    others.packages = packages.leak();
    OTHERS.set(Some(Box::leak(Box::new(others))));
    let done = work();
    OTHERS.set(None);
    done
}
