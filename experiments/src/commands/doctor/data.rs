//! The data and weights of experiments: which of their files are there.

use std::fs;
use std::path::{Path, PathBuf};

use lab_core::listed;
use lab_runner::{Wanted, Written, wanted};

use super::{Finding, Group, State};

/// Folder in which experiments are looked for if none is named.
const EXPERIMENTS: &str = "experiments";
/// Levels of folders below it that are looked into.
const DEPTH: usize = 3;

pub(super) fn data(files: &[PathBuf]) -> Group {
    let mut all = files.to_vec();
    if files.is_empty() {
        collect(Path::new(EXPERIMENTS), DEPTH, &mut all);
        all.sort();
    }
    let mut findings: Vec<Finding> = all.iter().map(|file| one(file)).collect();
    say_once(&mut findings);
    // What the experiments beside this one lack stops nobody; what was asked for by name does.
    if files.is_empty() {
        let stopped = findings
            .iter_mut()
            .filter(|finding| finding.state == State::Stops);
        stopped.for_each(|finding| finding.state = State::Missing);
    }
    if findings.is_empty() {
        findings.push(Finding::fine(
            "experiments",
            "none in ./experiments; name them: lab doctor FILE…",
        ));
    }
    Group {
        title: "Data and weights of experiments",
        findings,
    }
}

/// Where several experiments lack the same, the first says what to do.
fn say_once(findings: &mut [Finding]) {
    for at in 1..findings.len() {
        let (before, from) = findings.split_at_mut(at);
        let Some(this) = from.first_mut() else {
            continue;
        };
        let same = before
            .iter()
            .find(|one| one.remedy.is_some() && one.remedy == this.remedy);
        if let Some(same) = same {
            this.remedy = Some(format!("as for {}", same.what));
        }
    }
}

/// Experiments of a folder; links to folders are not followed.
fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 0 => collect(&path, depth - 1, found),
            Ok(kind)
                if kind.is_file() && path.extension().is_some_and(|ending| ending == "ron") =>
            {
                found.push(path);
            }
            _ => {}
        }
    }
}

fn one(file: &Path) -> Finding {
    let what = file.display().to_string();
    let written = Written {
        file: file.to_owned(),
        ..Written::default()
    };
    match wanted(&written) {
        Ok(parts) => of_parts(what, &parts),
        Err(error) => {
            let found = super::show::first(&error.to_string()).to_owned();
            let remedy = format!("lab check {} says more", file.display());
            Finding::stops(what, found, remedy)
        }
    }
}

fn of_parts(what: String, parts: &[Wanted]) -> Finding {
    let n_files: usize = parts.iter().map(|part| part.files.len()).sum();
    if n_files == 0 {
        return Finding::fine(what, "makes its own data");
    }
    let is_missing = |file: &&PathBuf| !file.exists();
    let mut missing = Vec::new();
    let mut obtain: Vec<String> = Vec::new();
    for part in parts {
        let files = part.files.iter().filter(is_missing);
        let files: Vec<String> = files.map(|file| format!("'{}'", file.display())).collect();
        if !files.is_empty() {
            missing.push(format!("{}: no {}", part.part, listed(&files, 1)));
            if let Some(text) = part.obtain.as_ref().filter(|text| !obtain.contains(*text)) {
                obtain.push(text.clone());
            }
        }
    }
    if missing.is_empty() {
        return Finding::fine(what, format!("every file is there ({n_files})"));
    }
    if obtain.is_empty() {
        obtain.push(
            "paths are relative to the working directory; correct them, or put the files there"
                .into(),
        );
    }
    Finding::stops(what, missing.join("; "), obtain.join(" "))
}
