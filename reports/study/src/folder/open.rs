//! Opening a study: every file is what was written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lab_core::config::from_ron;
use serde::Deserialize;

use super::{About, FORMAT, List, Study, key};
use crate::{Error, Result};

/// What `manifest.json` holds.
#[derive(Deserialize)]
struct Manifest {
    format: u32,
    blake3: BTreeMap<String, String>,
}

impl Study {
    /// Opens the folder of a study, and checks the hash of every file of it.
    ///
    /// # Errors
    /// - [`Error::NotAStudy`] if the folder holds no manifest.
    /// - [`Error::Damaged`] names the first file that is missing or not what was written.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("manifest.json");
        if !path.is_file() {
            return Err(Error::NotAStudy {
                folder: folder.into(),
                missing: "manifest.json",
            });
        }
        let text = fs::read(&path).map_err(Error::io("reading", &path))?;
        let manifest: Manifest =
            serde_json::from_slice(&text).map_err(|error| damaged(&path, error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(damaged(
                &path,
                format!("expected format {FORMAT}, got {}", manifest.format),
            ));
        }
        let mut texts = BTreeMap::new();
        for (name, hash) in &manifest.blake3 {
            let path = folder.join(name);
            let is_plain = name
                .split('/')
                .all(|part| !part.is_empty() && part != ".." && !part.contains('\\'));
            if !is_plain {
                return Err(damaged(
                    &folder.join("manifest.json"),
                    format!("'{name}' is no file of a study"),
                ));
            }
            let bytes = fs::read(&path).map_err(|error| damaged(&path, error.to_string()))?;
            let got = blake3::hash(&bytes).to_hex();
            if got.as_str() != hash {
                return Err(damaged(
                    &path,
                    "its hash is not that of the manifest".into(),
                ));
            }
            if !name.starts_with("images/") {
                texts.insert(name.as_str(), bytes);
            }
        }
        Self::of(folder, &text, &texts, &manifest)
    }

    fn of(
        folder: &Path,
        manifest_text: &[u8],
        texts: &BTreeMap<&str, Vec<u8>>,
        manifest: &Manifest,
    ) -> Result<Self> {
        let text = |name: &'static str| {
            let bytes = texts.get(name).ok_or(Error::NotAStudy {
                folder: folder.into(),
                missing: name,
            })?;
            String::from_utf8(bytes.clone())
                .map_err(|error| damaged(&folder.join(name), error.to_string()))
        };
        let about: About = from_ron(&text("study.ron")?)
            .map_err(|error| damaged(&folder.join("study.ron"), error))?;
        let lists: Vec<List> = serde_json::from_str(&text("lists.json")?)
            .map_err(|error| damaged(&folder.join("lists.json"), error.to_string()))?;
        let key = key::read(&text("key.csv")?)
            .map_err(|error| damaged(&folder.join("key.csv"), error))?;
        let lacks = |name: &&str| !manifest.blake3.contains_key(&format!("images/{name}.png"));
        if let Some(name) = lists.iter().flat_map(List::images).find(lacks) {
            return Err(damaged(
                &folder.join("lists.json"),
                format!("it names a picture '{name}' that is not there"),
            ));
        }
        let n_keys: u32 = lists.iter().map(List::n_trials).sum();
        if n_keys as usize != key.len() {
            return Err(damaged(
                &folder.join("key.csv"),
                format!("expected {n_keys} rows, got {}", key.len()),
            ));
        }
        let id = blake3::hash(manifest_text).to_hex()[..16].to_owned();
        Ok(Self {
            folder: folder.into(),
            id,
            about,
            lists,
            key,
        })
    }
}

fn damaged(path: &Path, problem: String) -> Error {
    Error::Damaged {
        path: path.into(),
        problem,
    }
}
