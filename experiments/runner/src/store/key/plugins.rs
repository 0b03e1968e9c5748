//! What plugins and packages put into a key: parameters, code, files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lab_core::config::{PluginRef, from_ron, groups};
use lab_core::registry::{Capability, Kind, Origin, Plugin, registry};
use lab_core::{Error, Result};

use super::Key;
use crate::settings::{joined, settings};
use crate::store::contents::{Content, content, contents};
use crate::store::sources;

impl Key {
    /// Adds the sources of a package and of all packages that its results come from.
    ///
    /// # Errors
    /// [`Error::Data`] for a package without a hash: nothing falls out of a key in silence.
    pub(crate) fn sources(&self, package: &str) -> Result<Self> {
        let mut key = self.clone();
        for name in closure(package)? {
            key.push_package(name)?;
        }
        Ok(key)
    }

    /// Adds a plugin: its parameters, shown from `at` on, its code, and the files that it reads.
    ///
    /// # Errors
    /// Fails if a file cannot be read, or the plugin's package has no hash.
    pub(crate) fn plugin<T: ?Sized + Kind>(
        &self,
        (at, name): (&str, &str),
        part: &PluginRef<T>,
        files: &[PathBuf],
    ) -> Result<Self> {
        let all = part.one_line();
        self.plugin_of((at, name), part, (&all, &all), files)
    }

    /// Adds a plugin of whose parameters `all` are shown, and those in `deciding` alone enter the hash.
    pub(crate) fn plugin_of<T: ?Sized + Kind>(
        &self,
        (at, name): (&str, &str),
        part: &PluginRef<T>,
        (all, deciding): (&str, &str),
        files: &[PathBuf],
    ) -> Result<Self> {
        let mut key = self.clone();
        let deciding: BTreeSet<(String, String)> = settings(deciding).into_iter().collect();
        for field in settings(all) {
            let shown = joined(at, &field.0);
            if deciding.contains(&field) {
                let (path, value) = &field;
                let hashed = by_content(value, files)?.unwrap_or_else(|| value.clone());
                key.mix(&joined(name, path), &hashed);
            }
            key.tell(&shown, &field.1);
        }
        key = match part.plugin()?.origin {
            Origin::Linked => key.sources(part.plugin()?.crate_name)?,
            Origin::Library { path, hash, .. } => key
                .shown_as(&shown_library(path), "library", hash)
                .sources("lab-library")?,
        };
        for file in files {
            // A file counts by its content; the code that reads it counts too.
            key = key.read(&contents(file)?).sources("lab-formats")?;
        }
        Ok(key)
    }

    /// Adds the code of every dataset that a text names as what explains the key, and the files that they read.
    ///
    /// # Errors
    /// As [`Key::plugin`].
    pub(crate) fn told_datasets(&self, text: &str, files: &[Content]) -> Result<Self> {
        let mut key = self.clone();
        let all = registry()?;
        for group in groups(text) {
            let name = text[group].split('(').next().unwrap_or_default().trim();
            let mut plugins = all.iter();
            let is_it =
                |plugin: &&Plugin| plugin.capability == Capability::Dataset && plugin.name == name;
            match plugins
                .find(is_it)
                .map(|plugin| (plugin.crate_name, plugin.origin))
            {
                Some((package, Origin::Linked)) => {
                    for (shown, text) in of_packages(&closure(package)?)? {
                        if !key.has(&shown, &text) {
                            key.tell(&shown, &text);
                        }
                    }
                }
                Some((_, Origin::Library { path, hash, .. })) => {
                    key.tell(&shown_library(path), hash);
                }
                None => {}
            }
        }
        for file in files {
            key.tell(&shown_file(&file.path), &file.hash);
        }
        Ok(key)
    }

    /// Adds files by their content, which are read while the stage is made.
    #[must_use]
    pub(in crate::store) fn read(&self, files: &[Content]) -> Self {
        let mut key = self.clone();
        for file in files {
            key.push(&shown_file(&file.path), "file", &file.hash);
            key.files.push(file.clone());
        }
        key
    }

    /// Adds the parts of one package, without the packages that it needs; parts that the key has already are left out.
    pub(super) fn push_package(&mut self, package: &str) -> Result<()> {
        for (shown, text) in of_package(package)? {
            if !self.has(&shown, &text) {
                self.push(&shown, &shown, &text);
            }
        }
        Ok(())
    }
}

/// A package and all packages that its results come from.
fn closure(package: &str) -> Result<Vec<&'static str>> {
    let found = sources::package(package).ok_or_else(|| unknown(package))?;
    Ok(std::iter::once(found.name)
        .chain(found.needs.iter().copied())
        .collect())
}

fn of_packages(packages: &[&str]) -> Result<Vec<(String, String)>> {
    let each = packages.iter().map(|package| of_package(package));
    Ok(each.collect::<Result<Vec<_>>>()?.concat())
}

/// What a package is, as names and texts: its sources, what it asks for, and each dependency that it got.
fn of_package(package: &str) -> Result<Vec<(String, String)>> {
    let found = sources::package(package).ok_or_else(|| unknown(package))?;
    let own = [
        (format!("source of {package}"), found.source.to_owned()),
        (
            format!("dependencies asked for by {package}"),
            found.asks.to_owned(),
        ),
    ];
    let locked = found
        .locked()
        .map(|(name, version)| (format!("dependency {name}"), version.to_owned()));
    Ok(own.into_iter().chain(locked).collect())
}

fn shown_file(path: &Path) -> String {
    format!("file {}", path.display())
}

fn shown_library(path: &str) -> String {
    format!("library {path}")
}

/// The content of the files at a path that is a parameter's value; none if the value is no path of these files.
fn by_content(value: &str, files: &[PathBuf]) -> Result<Option<String>> {
    if !value.ends_with(['"', '#']) || files.is_empty() {
        return Ok(None);
    }
    let Ok(text) = from_ron::<String>(value) else {
        return Ok(None);
    };
    let path = Path::new(&text);
    let below = files
        .iter()
        .filter(|file| !text.is_empty() && file.starts_with(path));
    let each = below.map(|file| {
        let inside = file.strip_prefix(path).unwrap_or(file);
        Ok(format!("{} {}", inside.display(), content(file)?))
    });
    let each = each.collect::<Result<Vec<String>>>()?;
    Ok((!each.is_empty()).then(|| each.join("\n")))
}

fn unknown(package: &str) -> Error {
    Error::Data {
        what: "key of a stage".into(),
        expected: "a package of lab's workspace, whose sources were hashed when lab was built"
            .into(),
        got: format!("'{package}'"),
        remedy: "build lab again from its workspace; this is a mistake in lab".into(),
    }
}
