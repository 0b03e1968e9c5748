//! Projects out of the tree that share one build of their dependencies with this repository.
//!
//! Cargo compiles a dependency anew for another set of features, and whatever depends on it with it. A project that asks
//! for fewer features than the whole workspace would so compile the tensor library again, for minutes. Tests therefore
//! name the missing features in the project. What a user builds does not need it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::lab_test::root;

/// Features of packages from the registry, by name and version.
type Features = BTreeMap<(String, String), BTreeSet<String>>;

/// Where the named features begin in a manifest.
const MARK: &str = "# Features of the whole workspace, so that one build serves both.\n";

/// Names, in the manifest of a project's package, the features that the workspace adds to what the project depends on.
///
/// They are named for what runs and for what compiles, whose features cargo resolves apart; for the latter the package gets
/// a build script that does nothing.
pub(crate) fn share_dependencies(project: &Path, package: &Path) {
    let manifest = package.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    if text.contains(MARK) {
        return;
    }
    let (own, all) = (features(project), features(&root()));
    let named: String = own
        .iter()
        .filter_map(|(package, features)| Some((package, all.get(package)?, features)))
        .filter(|(_, wanted, features)| wanted != features)
        .enumerate()
        .map(|(idx, ((name, version), wanted, _))| dependency(idx, name, version, wanted))
        .collect();
    let shared = format!("{text}\n{MARK}{named}\n[build-dependencies]\n{named}");
    fs::write(&manifest, shared).unwrap();
    fs::write(package.join("build.rs"), "fn main() {}\n").unwrap();
}

fn dependency(idx: usize, name: &str, version: &str, features: &BTreeSet<String>) -> String {
    let default = features.contains("default");
    let named: Vec<&String> = features.iter().filter(|of| *of != "default").collect();
    format!(
        "shared-{idx} = {{ package = {name:?}, version = \"={version}\", default-features = {default}, features = {named:?} }}\n"
    )
}

/// What cargo resolves for a workspace, without its own packages; the largest set where it resolves several.
fn features(workspace: &Path) -> Features {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--workspace", "--prefix", "none"])
        .args(["--format", "{p}|{f}"])
        .current_dir(workspace)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut features = Features::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        // "name v1.2.3 (proc-macro)|default,std (*)"; a package of our own names its folder.
        let Some((package, named)) = line.split_once('|').filter(|(of, _)| !of.contains('/'))
        else {
            continue;
        };
        let mut words = package.split(' ');
        let (Some(name), Some(version)) = (words.next(), words.next()) else {
            continue;
        };
        let named = named.trim_end_matches("(*)").trim();
        let named: BTreeSet<String> = named
            .split(',')
            .map(str::to_owned)
            .filter(|of| !of.is_empty())
            .collect();
        let version = version.trim_start_matches('v').to_owned();
        let known = features.entry((name.to_owned(), version)).or_default();
        if known.len() < named.len() {
            *known = named;
        }
    }
    features
}
