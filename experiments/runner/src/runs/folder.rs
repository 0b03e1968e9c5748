//! One run's folder, read without its arrays.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lab_core::config::one_line;
use serde_json::Value;

use super::{RunFound, disk};
use crate::hashes::MANIFEST;
use crate::proof::seal::{self, Broken};
use crate::settings::settings;

/// The resolved experiment, which a run writes first.
const RUN: &str = "run.ron";
/// Headline figures, which a run writes at its end.
const SUMMARY: &str = "summary.json";
/// What is said of a file that somebody or something changed after its run.
const CHANGED: &str = "it is not what its run wrote; lab verify names everything that differs";
/// Number of figures that are shown of a run.
const N_SHOWN: usize = 2;
/// Hexadecimal digits of a key that name a stage's folder.
pub(super) const KEY: usize = 24;

/// What a folder of runs holds under this name and hash; nothing if it is no run.
pub(super) fn run(name: &str, hash: &str, path: &Path) -> Option<RunFound> {
    let text = fs::read_to_string(path.join(RUN)).ok();
    let manifest_file = path.join(MANIFEST);
    if text.is_none() && !manifest_file.is_file() {
        return None;
    }
    let is_finished = manifest_file.is_file();
    let mut trouble = None;
    let mut believed = |file: &str, read: Result<Value, String>| {
        read.unwrap_or_else(|error| {
            trouble.get_or_insert(format!("'{file}': {error}"));
            Value::Null
        })
    };
    let (manifest, summary) = if is_finished {
        let manifest = believed(MANIFEST, manifest(path));
        let summary = summary(path, &manifest);
        (manifest, believed(SUMMARY, summary))
    } else {
        (Value::Null, Value::Null)
    };
    let seconds = disk::written(&manifest_file).or_else(|| disk::written(&path.join(RUN)));
    let text_of = |field: &str| summary[field].as_str().map(str::to_owned);
    let resolved = text.clone().unwrap_or_default();
    let headline = headline(&summary);
    Some(RunFound {
        name: name.to_owned(),
        hash: hash.to_owned(),
        path: path.to_owned(),
        seconds,
        date: seconds.map_or_else(|| "unknown".to_owned(), disk::date),
        complete: is_finished && trouble.is_none() && text.is_some(),
        shown: shown(&headline, &resolved),
        headline,
        resolved,
        toy: text_of("toy"),
        simulated: text_of("simulated"),
        latest: false,
        bytes: disk::size(path),
        differs: Vec::new(),
        trouble,
        keys: keys(&manifest),
    })
}

/// The manifest of a run, which is what its run wrote as far as its own hash can tell.
fn manifest(run: &Path) -> Result<Value, String> {
    let bytes = read(&run.join(MANIFEST))?;
    match seal::check(&bytes) {
        Ok(()) | Err(Broken::Older) => json(&bytes),
        Err(Broken::NoJson(error)) => Err(error),
        Err(_) => Err(CHANGED.into()),
    }
}

/// The summary of a run, which has the hash that the manifest gives it.
fn summary(run: &Path, manifest: &Value) -> Result<Value, String> {
    let bytes = read(&run.join(SUMMARY))?;
    let hash = blake3::hash(&bytes).to_hex();
    let files = &manifest["files"];
    if files.is_object() && files[SUMMARY].as_str() != Some(hash.as_str()) {
        return Err(CHANGED.into());
    }
    json(&bytes)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| error.to_string())
}

fn json(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

fn headline(summary: &Value) -> BTreeMap<String, f64> {
    let figures = summary["headline"].as_object().into_iter().flatten();
    figures
        .filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)))
        .collect()
}

/// Figures of the experiment's observers, then of those that look at pixels, then all others.
pub(super) fn shown(headline: &BTreeMap<String, f64>, resolved: &str) -> Vec<String> {
    let own: Vec<String> = settings(&one_line(resolved))
        .into_iter()
        .filter(|(path, _)| {
            path.strip_prefix("observers.")
                .is_some_and(|at| !at.contains('.'))
        })
        .map(|(_, name)| format!("observer.{name}."))
        .collect();
    let rank = |name: &str| match name.strip_suffix(".overall") {
        Some(_) if own.iter().any(|own| name.starts_with(own)) => 0,
        Some("observer.pixel") => 1,
        Some(_) => 2,
        None => 3,
    };
    let mut names: Vec<String> = headline.keys().cloned().collect();
    names.sort_by_key(|name| rank(name));
    names.truncate(N_SHOWN);
    names
}

/// The folders of the stages that a manifest names.
fn keys(manifest: &Value) -> Vec<String> {
    let stages = manifest["stages"].as_object().into_iter().flatten();
    stages
        .filter_map(|(_, key)| Some(key.as_str()?.get(..KEY)?.to_owned()))
        .collect()
}

/// Where `latest` points: a link, or a file with the name where the system has no links.
pub(super) fn pointed(latest: &Path) -> Option<String> {
    let target = fs::read_link(latest)
        .ok()
        .and_then(|target| Some(target.file_name()?.to_string_lossy().into_owned()));
    target.or_else(|| {
        let is_file = fs::symlink_metadata(latest).is_ok_and(|found| found.is_file());
        let text = is_file.then(|| fs::read_to_string(latest).ok())??;
        Some(text.trim().to_owned())
    })
}
