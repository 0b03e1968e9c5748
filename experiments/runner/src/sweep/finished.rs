//! Whether a run is finished: its folder is whole, and what it read is what it would read now.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::hashes::MANIFEST;
use crate::proof::program::built_from;
use crate::proof::seal::{self, Broken};

/// The headline figures of a finished run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Finished {
    /// Why no number means anything, if it was made at toy size.
    pub toy: Option<String>,
    /// How responses were simulated, if they were.
    pub simulated: Option<String>,
    /// The few figures that most people ask for; null where one is no number.
    pub headline: BTreeMap<String, Option<f64>>,
    /// Every figure of the run by its name; null where it is no number.
    pub all: BTreeMap<String, Option<f64>>,
    /// The criteria of the experiment, each with its figure.
    pub criteria: Vec<Criterion>,
    /// What each figure means, by the figure's name.
    pub names: BTreeMap<String, String>,
}

/// A criterion of an experiment, with the figure of the run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Criterion {
    /// The criterion as it is written, such as `at_least("observer.pixel.overall", 0.6)`.
    pub criterion: String,
    /// Value of the figure that the criterion speaks of; none if it is no number.
    pub value: Option<f64>,
    /// Whether the criterion holds.
    pub holds: bool,
}

impl Finished {
    /// The criteria that do not hold, each with the figure.
    pub fn failed(&self) -> Vec<String> {
        let failed = self.criteria.iter().filter(|row| !row.holds);
        let value = |row: &Criterion| {
            row.value
                .map_or("no number".into(), |value| value.to_string())
        };
        failed
            .map(|row| format!("{}, and it is {}", row.criterion, value(row)))
            .collect()
    }
}

/// Looks at folders of runs, and at each file that they have read once.
#[derive(Debug, Default)]
pub struct Finder {
    /// Sources and compiler of the program, if runs of another one are to be made again.
    program: Option<(String, String)>,
    hashes: BTreeMap<PathBuf, Option<String>>,
}

impl Finder {
    /// One that takes the runs of this program alone, as far as they say which one made them.
    pub fn of_this_program() -> Self {
        let (sources, compiler) = built_from();
        Self::of_program(sources, compiler)
    }

    fn of_program(sources: &str, compiler: &str) -> Self {
        Self {
            program: Some((sources.to_owned(), compiler.to_owned())),
            hashes: BTreeMap::new(),
        }
    }

    /// The figures of the run in this folder, if it is finished.
    ///
    /// Its manifest must be what was written, and list files that are all there. What is read here, `summary.json`, must have
    /// the hash that stands in the manifest; `lab verify` looks at all others.
    pub fn find(&mut self, run: &Path) -> Option<Finished> {
        let manifest = fs::read(run.join(MANIFEST)).ok()?;
        if !matches!(seal::check(&manifest), Ok(()) | Err(Broken::Older)) {
            return None;
        }
        let manifest: Value = serde_json::from_slice(&manifest).ok()?;
        let files: BTreeMap<String, String> =
            serde_json::from_value(manifest.get("files")?.clone()).ok()?;
        if !files.keys().all(|name| run.join(name).is_file()) {
            return None;
        }
        let summary = fs::read(run.join("summary.json")).ok()?;
        if files.get("summary.json")? != blake3::hash(&summary).to_hex().as_str() {
            return None;
        }
        let then = |key: &str| {
            manifest
                .get("program")
                .and_then(|program| program.get(key)?.as_str())
        };
        let then = then("sources").zip(then("compiler"));
        let now = self
            .program
            .as_ref()
            .map(|(sources, compiler)| (&**sources, &**compiler));
        let is_of_another = now.zip(then).is_some_and(|(now, then)| now != then);
        if is_of_another || !self.inputs_hold(manifest.get("inputs")) {
            return None;
        }
        serde_json::from_slice(&summary).ok()
    }

    /// Whether every file that was read is what it was.
    fn inputs_hold(&mut self, inputs: Option<&Value>) -> bool {
        let kinds = inputs.and_then(Value::as_object).into_iter().flatten();
        let files = kinds.filter_map(|(_, files)| files.as_array()).flatten();
        let known = |file: &'_ Value| -> Option<(PathBuf, String)> {
            let text = |key: &str| file.get(key).and_then(Value::as_str);
            Some((PathBuf::from(text("path")?), text("blake3")?.to_owned()))
        };
        let mut known = files.filter_map(known);
        known.all(|(path, hash)| self.hash(&path).is_some_and(|now| now == hash))
    }

    fn hash(&mut self, path: &Path) -> Option<&str> {
        if !self.hashes.contains_key(path) {
            self.hashes.insert(path.to_owned(), hash_of(path));
        }
        self.hashes.get(path)?.as_deref()
    }
}

/// BLAKE3 of a file, if it can be read.
pub fn hash_of(path: &Path) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs::File::open(path).ok()?).ok()?;
    Some(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::{Value, json};

    use super::{Finder, hash_of};
    use crate::proof::seal::seal;

    /// A finished run that has read one file.
    pub(in crate::sweep) fn run(folder: &Path) -> Value {
        let summary = json!({
            "toy": null, "simulated": null, "headline": {"a": 0.5}, "all": {"a": 0.5, "b": null},
            "criteria": [{"criterion": "at_least(\"a\", 0.6)", "value": 0.5, "holds": false}], "names": {"a": "an a"},
        });
        fs::write(folder.join("summary.json"), summary.to_string()).unwrap();
        fs::write(folder.join("run.ron"), "()").unwrap();
        fs::write(folder.join("data"), "one").unwrap();
        let files = ["summary.json", "run.ron"].map(|name| (name, hash_of(&folder.join(name))));
        let data = folder.join("data");
        json!({
            "files": files.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            "program": {"sources": "this", "compiler": "rustc"},
            "inputs": {"data": [{"path": data, "blake3": hash_of(&data)}], "weights": []},
        })
    }

    #[test]
    fn a_run_is_finished_until_anything_of_it_or_behind_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let manifest = run(folder);
        let found = || Finder::of_program("this", "rustc").find(folder);
        assert!(found().is_none(), "no manifest");
        let write = |manifest: &Value| {
            fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
        };
        write(&manifest);
        let finished = found().unwrap();
        assert_eq!((finished.all["a"], finished.all["b"]), (Some(0.5), None));
        assert_eq!(finished.failed(), ["at_least(\"a\", 0.6), and it is 0.5"]);
        assert!(
            Finder::of_program("another", "rustc")
                .find(folder)
                .is_none()
        );
        assert!(Finder::default().find(folder).is_some());
        for name in ["data", "summary.json"] {
            let bytes = fs::read(folder.join(name)).unwrap();
            fs::write(folder.join(name), "changed").unwrap();
            assert!(found().is_none(), "{name}");
            fs::write(folder.join(name), bytes).unwrap();
            assert!(found().is_some(), "{name}");
        }
        fs::remove_file(folder.join("run.ron")).unwrap();
        assert!(found().is_none(), "a file is gone");
        fs::write(folder.join("run.ron"), "()").unwrap();
        let sealed = seal(&manifest).unwrap();
        fs::write(folder.join("manifest.json"), &sealed).unwrap();
        assert!(found().is_some());
        let edited = sealed.replace("rustc", "other");
        fs::write(folder.join("manifest.json"), edited).unwrap();
        assert!(found().is_none(), "somebody changed the manifest");
        // One that says nothing of program and inputs is of an older version.
        write(&json!({"files": manifest["files"]}));
        assert!(found().is_some());
    }
}
