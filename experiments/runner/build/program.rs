//! The program as a whole, for manifests: a hash of all its sources and locked versions, and the commit that they are.
//!
//! A tree without changes is asked for its commit once: a commit that touches no source leaves the program as it is. A tree
//! with changes is asked again after the next commit, so that whoever commits and builds gets a program of a commit.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use crate::sources::Package;

/// What of a package the program is built from.
const PARTS: [&str; 5] = ["src", "build", "include", "templates", "Cargo.toml"];

/// What the workspace itself adds.
const ROOT: [&str; 2] = ["Cargo.toml", "Cargo.lock"];

/// What a build found of the program.
pub(crate) struct Program {
    sources: String,
    commit: Option<String>,
    is_clean: bool,
    /// What a change of must build anew.
    pub(crate) watched: Vec<PathBuf>,
}

impl Program {
    pub(crate) fn of(root: &Path, packages: &[Package]) -> io::Result<Self> {
        let mut parts: Vec<PathBuf> = ROOT.iter().map(|file| root.join(file)).collect();
        for package in packages {
            let folder = package.folder.parent().unwrap_or(root);
            parts.extend(PARTS.iter().map(|part| folder.join(part)));
        }
        parts.retain(|part| part.exists());
        let sources = hash(root, &parts)?;
        let commit = commit(root);
        let is_clean = commit.is_some() && is_clean(root, &parts);
        let mut watched = parts;
        if commit.is_some() && !is_clean {
            watched.extend(log_of_commits(root));
        }
        Ok(Self {
            sources,
            commit,
            is_clean,
            watched,
        })
    }

    /// The Rust text that the runner includes. Profiles stand in the workspace's manifest, which the sources' hash holds.
    pub(crate) fn text(&self, compiler: &str) -> String {
        let compiler = compiler.split("\nprofile.").next().unwrap_or_default();
        format!(
            "Built {{ sources: {:?}, compiler: {compiler:?}, commit: {:?}, is_clean: {:?} }}\n",
            self.sources, self.commit, self.is_clean
        )
    }
}

/// Names and bytes of all files, in the order of their names.
fn hash(root: &Path, parts: &[PathBuf]) -> io::Result<String> {
    let mut files = BTreeSet::new();
    for part in parts {
        collect(part, &mut files)?;
    }
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy();
        let bytes = fs::read(&file)?;
        for text in [name.as_bytes(), &bytes] {
            hasher
                .update(&(text.len() as u64).to_le_bytes())
                .update(text);
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn collect(part: &Path, files: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    if !part.is_dir() {
        files.insert(part.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(part)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

/// The commit of the tree, if it is a tree of git's, and the root of one: a copy inside of somebody's own tree is none.
fn commit(root: &Path) -> Option<String> {
    let top = git(root, &["rev-parse", "--show-toplevel"])?;
    let is_root = fs::canonicalize(top.trim()).ok()? == fs::canonicalize(root).ok()?;
    let commit = git(root, &["rev-parse", "HEAD"]).filter(|_| is_root)?;
    git(root, &["ls-files", "--error-unmatch", "Cargo.lock"])?;
    Some(commit.trim().to_owned())
}

/// Whether everything that the program is built from is what the commit holds.
fn is_clean(root: &Path, parts: &[PathBuf]) -> bool {
    let mut arguments = vec!["status", "--porcelain", "--untracked-files=all", "--"];
    let inside = parts.iter().filter_map(|part| part.strip_prefix(root).ok());
    arguments.extend(inside.filter_map(Path::to_str));
    git(root, &arguments).is_some_and(|changes| changes.trim().is_empty())
}

/// The file that grows with each commit; nothing where git keeps none.
fn log_of_commits(root: &Path) -> Option<PathBuf> {
    let path = git(root, &["rev-parse", "--git-path", "logs/HEAD"])?;
    Some(root.join(path.trim())).filter(|path| path.exists())
}

/// What git answers; nothing if it is not there or refuses. A variable of another tree's hook must not lead elsewhere.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("--no-optional-locks")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}
