//! The fixture: the built command in a folder of its own.

use std::ffi::OsStr;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lab_core::testing::skip;
use serde_json::Value;
use tempfile::TempDir;

/// The command just built, in an empty folder.
pub(crate) struct LabTest {
    folder: TempDir,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl LabTest {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), bytes).unwrap();
        self
    }

    /// Runs `lab` with these arguments.
    pub(crate) fn lab<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Ended {
        self.lab_with(arguments, &[])
    }

    /// Runs `lab` with these arguments and variables.
    pub(crate) fn lab_with<A: AsRef<OsStr>>(
        &self,
        arguments: &[A],
        variables: &[(&str, &str)],
    ) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_lab"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        output.into()
    }

    /// Runs `lab`, which must end well, and reads what it printed as JSON.
    pub(crate) fn json<A: AsRef<OsStr> + Debug>(&self, arguments: &[A]) -> Value {
        let ended = self.lab(arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.stderr);
        serde_json::from_str(&ended.stdout).unwrap()
    }

    /// Runs `lab`, which must be unable to, with all of these words in its complaint.
    pub(crate) fn complains<A: AsRef<OsStr> + Debug>(
        &self,
        arguments: &[A],
        words: &[&str],
    ) -> String {
        let ended = self.lab(arguments);
        assert_eq!(
            ended.code, 2,
            "{arguments:?} ended with {}: {}",
            ended.code, ended.stderr
        );
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        for word in words {
            assert!(
                ended.stderr.contains(word),
                "'{word}' is missing in: {}",
                ended.stderr
            );
        }
        ended.stderr
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// An experiment of the repository.
pub(crate) fn experiment(name: &str) -> String {
    root()
        .join("experiments")
        .join(format!("{name}.ron"))
        .to_string_lossy()
        .into_owned()
}

/// A real file for tests, or `None` with a printed reason.
pub(crate) fn real_file(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("LAB_TEST_DATA") else {
        skip(&format!(
            "LAB_TEST_DATA does not name a folder with '{name}'"
        ));
        return None;
    };
    let file = PathBuf::from(folder).join(name);
    if file.exists() {
        return Some(file);
    }
    skip(&format!("there is no '{}'", file.display()));
    None
}

/// Every file of a folder with its bytes, by relative path.
pub(crate) fn contents(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut all = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                all.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    all
}
