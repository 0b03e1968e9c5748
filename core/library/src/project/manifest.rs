//! The manifest of the project's workspace: lab's own versions and optimisation.
//!
//! What a dependency is compiled with is said by the workspace that is built, so lab's profile is copied: without it candle
//! and the crates of lab would be many times slower. Only packages that they need are named, as cargo warns of others.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lab_core::Error;

use super::{ProjectError, Result};

/// Dependencies of the templates, beside lab-core.
const DEPENDENCIES: [&str; 3] = ["candle-core", "rand", "serde"];

/// Crates of lab that a plugin in a library is built with.
const OURS: [&str; 4] = ["lab-core", "lab-kernels", "lab-library", "lab-nn"];

/// lab-core, as it lies on this machine.
pub(super) struct Core {
    folder: PathBuf,
    /// The manifest of its workspace.
    manifest: String,
    lock: Option<String>,
}

impl Core {
    /// lab-core in this folder, or in `core` of it.
    pub(super) fn find(path: &Path) -> Result<Self> {
        let is_core = |folder: &Path| {
            fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|text| {
                text.lines()
                    .any(|line| line.trim() == "name = \"lab-core\"")
            })
        };
        let Some(folder) = [path.to_owned(), path.join("core")]
            .into_iter()
            .find(|folder| is_core(folder))
        else {
            return Err(ProjectError::Core {
                place: format!("--core '{}'", path.display()),
                expected: "the folder of the crate lab-core, or of lab's repository".into(),
                found: "no Cargo.toml of lab-core",
                hint: "--core path/to/lab/core",
            });
        };
        let folder = folder
            .canonicalize()
            .map_err(Error::io("reading", &folder))?;
        let root = folder.parent().unwrap_or(&folder).to_owned();
        let path = root.join("Cargo.toml");
        let manifest = fs::read_to_string(&path).map_err(Error::io("reading", &path))?;
        if DEPENDENCIES
            .iter()
            .any(|name| line_of(&manifest, name).is_none())
        {
            return Err(ProjectError::Core {
                place: format!("'{}'", path.display()),
                expected: format!(
                    "lab's workspace, with versions of {}",
                    DEPENDENCIES.join(", ")
                ),
                found: "another",
                hint: "--core names lab-core inside lab's repository",
            });
        }
        Ok(Self {
            folder,
            manifest,
            lock: fs::read_to_string(root.join("Cargo.lock")).ok(),
        })
    }

    /// The lock file of its workspace.
    pub(super) fn lock(&self) -> Option<&str> {
        self.lock.as_deref()
    }

    /// The manifest of the project's workspace.
    pub(super) fn workspace(&self, name: &str) -> String {
        let dependencies: Vec<&str> = DEPENDENCIES
            .iter()
            .filter_map(|name| line_of(&self.manifest, name))
            .collect();
        let of = |key| line_of(&self.manifest, key).unwrap_or_default();
        format!(
            "# The plugin {name} for lab: `plugin` holds the code, `library` makes a shared library of it.\n\
             [workspace]\nresolver = \"3\"\nmembers = [\"plugin\", \"library\"]\n\n\
             [workspace.package]\nversion = \"0.1.0\"\n{}\n{}\npublish = false\n\n\
             # lab's own versions. The feature `testing` has the contract tests; one build serves tests and library.\n\
             [workspace.dependencies]\n{name} = {{ path = \"plugin\" }}\n\
             lab-core = {{ path = {:?}, features = [\"testing\"] }}\n\
             lab-library = {{ path = {:?} }}\n{}\n\n{}",
            of("edition"),
            of("rust-version"),
            self.folder.display().to_string(),
            self.folder.join("library").display().to_string(),
            dependencies.join("\n"),
            self.profile()
        )
    }

    /// The release profile: the general part, and what it says of packages that lab-core needs.
    fn profile(&self) -> String {
        let needed = self
            .lock
            .as_deref()
            .map(|lock| closure(lock, "lab-library"));
        let is_needed = |package: &str| {
            package.contains('*')
                || needed
                    .as_ref()
                    .is_none_or(|needed| needed.contains(package))
        };
        let section = |section: &str| {
            let (head, body) = section.split_once(']')?;
            let package = head.strip_prefix("profile.release.package.");
            let settings: Vec<&str> = body.lines().filter(|line| line.contains('=')).collect();
            (head.starts_with("profile.release") && package.is_none_or(is_needed))
                .then(|| format!("[{head}]\n{}\n", settings.join("\n")))
        };
        let ours = OURS.map(|name| format!("[profile.release.package.{name}]\nopt-level = 3\n"));
        let ours = ours.concat();
        let sections: String = self.manifest.split("\n[").filter_map(section).collect();
        format!(
            "# lab's own profile: dependencies are cold unless listed. Not members here, so lab's own crates are listed as well.\n\
             {sections}{ours}"
        )
    }
}

/// The first line `name = …` of a manifest.
fn line_of<'a>(manifest: &'a str, name: &str) -> Option<&'a str> {
    manifest.lines().find(|line| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    })
}

/// The packages that `root` needs, directly or not, by a lock file.
fn closure(lock: &str, root: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![root.to_owned()];
    while let Some(name) = open.pop() {
        if !found.insert(name.clone()) {
            continue;
        }
        let head = format!("name = \"{name}\"");
        for package in lock
            .split("[[package]]")
            .filter(|package| package.lines().any(|line| line == head))
        {
            let listed = package
                .split_once("dependencies = [")
                .map_or("", |(_, rest)| rest);
            let listed = listed.split(']').next().unwrap_or_default();
            // A dependency is written with its version where there are several.
            open.extend(
                listed
                    .split('"')
                    .skip(1)
                    .step_by(2)
                    .filter_map(|entry| entry.split_whitespace().next().map(str::to_owned)),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Core, closure, line_of};

    #[test]
    fn packages_are_followed_through_the_lock_file() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1\"\ndependencies = [\n \"b\",\n \"c 2.0\",\n]\n\n\
                    [[package]]\nname = \"b\"\nversion = \"1\"\n\n[[package]]\nname = \"c\"\ndependencies = [\n \"a\",\n]\n\n\
                    [[package]]\nname = \"d\"\n";
        let names: Vec<String> = closure(lock, "a").into_iter().collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn the_manifest_takes_versions_and_profile_from_lab() {
        let core = Core::find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        let text = core.workspace("my_gan");
        assert!(line_of(&text, "candle-core").is_some(), "{text}");
        for section in [
            "[profile.release]",
            "package.candle-core]",
            "package.\"*\"]",
            "package.lab-core]",
            "package.lab-kernels]",
        ] {
            assert!(text.contains(section), "{section} is missing in\n{text}");
        }
        assert!(!text.contains("rust-hdf5"), "{text}");
        let complaint = Core::find(Path::new("/"))
            .err()
            .map(|error| error.to_string());
        assert!(complaint.is_some_and(|text| text.contains("hint: --core")));
    }
}
