//! Everything that a finished run holds and was made of, held against its manifest.

use std::io::ErrorKind;
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use super::findings::{Finding, Problem, held_against};
use super::inputs::{InputFile, content};
use super::manifest::Manifest;
use super::reading::{text_of_manifest, told};
use super::seal::{self, Broken};
use super::stages::{self, Kept};
use crate::hashes::{MANIFEST, files};
use crate::{Error, Result};

/// What a check of a whole run found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Name of the experiment; empty if the manifest cannot be read.
    pub name: String,
    /// Beginning of the hash of the resolved experiment.
    pub run_hash: String,
    /// Whether everything that was looked at is what it was.
    pub is_whole: bool,
    /// The files that are not what they were, each with what is wrong.
    pub findings: Vec<Finding>,
    /// Number of the run's files that the manifest lists.
    pub n_files: usize,
    /// Number of inputs that are still where they were, and were read.
    pub n_inputs: usize,
    /// Number of stages that are still kept and have a list of hashes.
    pub n_stages: usize,
    /// What could not be looked at, in sentences.
    pub not_checked: Vec<String>,
    /// What was missing for a proof when the run ended, in sentences.
    pub unproven: Vec<String>,
}

/// Checks the folder of a finished run, what it was made of, and its stages.
///
/// # Errors
/// - [`Error::Unfinished`] if the folder has no manifest.
/// - [`Error::Older`] if its manifest is of a version that gave it no hash.
/// - An error of reading the folder.
pub fn verify(folder: &Path) -> Result<Verdict> {
    let bytes = text_of_manifest(folder)?;
    let path = folder.join(MANIFEST);
    let mut verdict = Verdict::new();
    match seal::check(&bytes) {
        Ok(()) => {}
        Err(Broken::Older) => return Err(Error::Older { path }),
        Err(broken) => {
            let (expected, found) = told(broken);
            verdict.find(MANIFEST, Problem::Changed { expected, found });
        }
    }
    match Manifest::parse(&path, &bytes) {
        Ok(manifest) => {
            verdict.name.clone_from(&manifest.name);
            verdict.run_hash.clone_from(&manifest.run_hash);
            verdict.unproven.clone_from(&manifest.unproven);
            verdict.check_files(folder, &manifest)?;
            verdict.check_inputs(&manifest);
            verdict.check_stages(folder, &manifest);
        }
        Err(error) => {
            let reason = error.to_string();
            verdict
                .not_checked
                .push("all other files: the manifest cannot be read".into());
            verdict.find(MANIFEST, Problem::Unreadable { reason });
        }
    }
    verdict.is_whole = verdict.findings.is_empty();
    Ok(verdict)
}

impl Verdict {
    fn new() -> Self {
        Self {
            name: String::new(),
            run_hash: String::new(),
            is_whole: false,
            findings: Vec::new(),
            n_files: 0,
            n_inputs: 0,
            n_stages: 0,
            not_checked: Vec::new(),
            unproven: Vec::new(),
        }
    }

    fn find(&mut self, file: &str, problem: Problem) {
        let file = file.to_owned();
        self.findings.push(Finding { file, problem });
    }

    fn check_files(&mut self, folder: &Path, manifest: &Manifest) -> Result<()> {
        let mut found = files(folder)?;
        found.remove(MANIFEST);
        self.n_files = manifest.files.len();
        self.findings.extend(held_against(&manifest.files, &found));
        Ok(())
    }

    /// Inputs may have moved since; those that are where they were must be what they were.
    fn check_inputs(&mut self, manifest: &Manifest) {
        let inputs: Vec<&InputFile> = manifest.inputs.all().collect();
        let found: Vec<_> = inputs
            .par_iter()
            .map(|input| content(Path::new(&input.path)))
            .collect();
        for (input, found) in inputs.into_iter().zip(found) {
            let path = &input.path;
            match (found, &input.blake3) {
                (_, None) => self
                    .not_checked
                    .push(format!("'{path}': its hash was never known")),
                (Err(error), _) if error.kind() == ErrorKind::NotFound => self
                    .not_checked
                    .push(format!("'{path}': it is not there, seen from this folder")),
                (Err(error), _) => {
                    let reason = error.to_string();
                    self.find(path, Problem::Unreadable { reason });
                }
                (Ok(found), Some(expected)) => {
                    self.n_inputs += 1;
                    if found != *expected {
                        let expected = expected.clone();
                        self.find(path, Problem::Changed { expected, found });
                    }
                }
            }
        }
    }

    fn check_stages(&mut self, folder: &Path, manifest: &Manifest) {
        let Some(store) = stages::store_of(folder) else {
            let text = "the stages: there is no folder .stages beside the run's";
            return self.not_checked.push(text.into());
        };
        let (mut gone, mut without_list) = (Vec::new(), Vec::new());
        for (stage, key) in &manifest.stages {
            match stages::check(&store, key) {
                Kept::Checked(findings) => {
                    self.n_stages += 1;
                    self.findings.extend(findings);
                }
                Kept::WithoutList => without_list.push(stage.as_str()),
                Kept::Gone => gone.push(stage.as_str()),
            }
        }
        for (stages, why) in [
            (gone, "they are no longer kept"),
            (
                without_list,
                "they are of a version without lists of hashes",
            ),
        ] {
            if !stages.is_empty() {
                let text = format!("the stages {}: {why}", stages.join(", "));
                self.not_checked.push(text);
            }
        }
    }
}
