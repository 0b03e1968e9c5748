//! The sources of each package of the workspace, and the versions of what they are built on, as hashes.
//!
//! The list of packages is cargo's own, so that no package can be forgotten. The build script takes the hashes; tests take
//! them again of a copy in which something was changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use serde_json::Value;

/// The readers of containers count where a stage reads files, not wherever a plugin could.
const READERS: &str = "lab-formats";

/// What of the runner makes stages: the others write, show and time what stages made.
const MAKES_STAGES: [&str; 3] = ["session.rs", "stages", "store"];

/// What cargo says of the workspace.
pub(crate) struct Metadata(Value);

impl Metadata {
    /// Asks cargo, without the network.
    pub(crate) fn ask(cargo: &str, root: &Path) -> io::Result<Self> {
        let output = Command::new(cargo)
            .args([
                "metadata",
                "--format-version",
                "1",
                "--no-deps",
                "--offline",
            ])
            .arg("--manifest-path")
            .arg(root.join("Cargo.toml"))
            .output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr)));
        }
        Ok(Self(serde_json::from_slice(&output.stdout)?))
    }

    fn packages(&self) -> impl Iterator<Item = &Value> {
        self.0["packages"].as_array().into_iter().flatten()
    }

    /// The folder that every path of it begins with.
    fn root(&self) -> &str {
        self.0["workspace_root"].as_str().unwrap_or_default()
    }
}

/// One package of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// Of its sources, of what it asks of its dependencies, and of the locked versions of these.
    pub(crate) hash: String,
    /// Of its sources alone.
    pub(crate) source: String,
    /// Of what it asks of its dependencies: versions, features, targets.
    pub(crate) asks: String,
    /// Name, version and checksum of everything that it is built on, in order.
    pub(crate) locked: Vec<String>,
    /// The packages of the workspace that its results come from, itself apart.
    pub(crate) needs: Vec<String>,
}

/// Every package of the workspace that lies under `root`, by name.
pub(crate) fn packages(root: &Path, metadata: &Metadata) -> io::Result<Vec<Package>> {
    let lock = Lock::read(&fs::read_to_string(root.join("Cargo.lock"))?);
    let all: BTreeMap<&str, &Value> = metadata
        .packages()
        .filter_map(|package| Some((package["name"].as_str()?, package)))
        .collect();
    let found = all.iter().map(|(name, package)| {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
        let inside = manifest
            .strip_prefix(metadata.root())
            .map_err(io::Error::other)?;
        let folder = root.join(inside.parent().unwrap_or(inside));
        let mut hasher = blake3::Hasher::new();
        hash_sources(name, &folder.join("src"), &mut hasher)?;
        let source = hasher.finalize().to_hex().to_string();
        let (ours, others) = dependencies(package, &all);
        let asked: Vec<String> = others
            .iter()
            .map(|(name, asked)| format!("{name} {asked}"))
            .collect();
        let asks = blake3::hash(asked.join("\n").as_bytes())
            .to_hex()
            .to_string();
        let locked: Vec<String> = lock
            .closure(others.keys().map(String::as_str))
            .into_iter()
            .collect();
        let whole = format!("{source}\n{asks}\n{}", locked.join("\n"));
        Ok(Package {
            name: (*name).to_owned(),
            folder: folder.join("src"),
            hash: blake3::hash(whole.as_bytes()).to_hex().to_string(),
            source,
            asks,
            locked,
            needs: ours.into_iter().collect(),
        })
    });
    found.collect::<io::Result<Vec<Package>>>().map(closed)
}

/// The same packages, each with what its needs need.
fn closed(packages: Vec<Package>) -> Vec<Package> {
    let direct: BTreeMap<String, Vec<String>> = packages
        .iter()
        .map(|package| (package.name.clone(), package.needs.clone()))
        .collect();
    let all = |start: &[String]| {
        let (mut found, mut open) = (BTreeSet::new(), start.to_vec());
        while let Some(next) = open.pop() {
            if found.insert(next.clone()) {
                open.extend(direct.get(&next).into_iter().flatten().cloned());
            }
        }
        found.into_iter().collect()
    };
    packages
        .into_iter()
        .map(|package| Package {
            needs: all(&package.needs),
            ..package
        })
        .collect()
}

/// Normal dependencies: those of ours by name, the others with everything that is asked of them.
fn dependencies(
    package: &Value,
    ours: &BTreeMap<&str, &Value>,
) -> (BTreeSet<String>, BTreeMap<String, String>) {
    let listed = package["dependencies"].as_array().into_iter().flatten();
    let normal = listed.filter(|dependency| dependency["kind"].is_null());
    let (mut own, mut others) = (BTreeSet::new(), BTreeMap::new());
    for dependency in normal {
        let name = dependency["name"].as_str().unwrap_or_default().to_owned();
        if !ours.contains_key(name.as_str()) {
            let asked = [
                "req",
                "features",
                "uses_default_features",
                "optional",
                "target",
            ]
            .map(|field| dependency[field].to_string());
            others.insert(name, asked.join(" "));
        } else if name != READERS {
            own.insert(name);
        }
    }
    (own, others)
}

/// Adds the names and texts of a folder's Rust files, in the order of their names.
fn hash_sources(package: &str, folder: &Path, hasher: &mut blake3::Hasher) -> io::Result<()> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file);
        let first = name.iter().next().unwrap_or_default().to_string_lossy();
        if package == "lab-runner" && !MAKES_STAGES.contains(&first.as_ref()) {
            continue;
        }
        let text = fs::read_to_string(&file)?;
        hasher
            .update(name.to_string_lossy().as_bytes())
            .update(without_tests(&text).as_bytes());
    }
    Ok(())
}

/// Rust files, but for those of tests and of contract tests.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let of_tests = modules_of_tests(folder)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        let is_test = ["tests", "testing"].contains(&module);
        if is_test || of_tests.iter().any(|name| name == module) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Names of the modules in a folder that are compiled for tests alone, as the file says that declares them.
fn modules_of_tests(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let inside = ["mod.rs", "lib.rs", "main.rs"].map(|name| folder.join(name));
    for file in inside.into_iter().chain([folder.with_extension("rs")]) {
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            text => text?,
        };
        let behind = text.split("#[cfg(test)]\n").skip(1);
        found.extend(behind.filter_map(|text| {
            let line = text.lines().next()?.trim();
            let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
            Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())
        }));
    }
    Ok(found)
}

/// A text up to the tests at its end.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default()
}

/// The parts of the workspace's manifest that say how things are compiled.
pub(crate) fn profiles(manifest: &str) -> String {
    manifest
        .split("\n[")
        .filter(|section| section.starts_with("profile.release"))
        .collect::<Vec<_>>()
        .join("\n[")
}

/// A lock file: each package's line of name, version and checksum, and what it depends on.
struct Lock {
    packages: BTreeMap<String, Vec<(String, Vec<String>)>>,
}

impl Lock {
    fn read(text: &str) -> Self {
        let mut packages: BTreeMap<String, Vec<(String, Vec<String>)>> = BTreeMap::new();
        for block in text.split("[[package]]").skip(1) {
            let field = |name: &str| {
                let start = format!("{name} = \"");
                let line = block.lines().find_map(|line| line.strip_prefix(&start));
                line.map_or("", |value| value.trim_end_matches('"'))
            };
            let listed = block
                .split_once("dependencies = [")
                .map_or("", |(_, rest)| rest);
            let needs = listed.split(']').next().unwrap_or_default().lines();
            let needs = needs
                .map(|line| line.trim().trim_matches(['"', ',']))
                .filter(|line| !line.is_empty());
            let line = [field("name"), field("version"), field("checksum")].join(" ");
            packages
                .entry(field("name").to_owned())
                .or_default()
                .push((line, needs.map(str::to_owned).collect()));
        }
        Self { packages }
    }

    /// The lines of these packages and of all that they need, in order.
    fn closure<'a>(&self, names: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
        let (mut found, mut open) = (BTreeSet::new(), Vec::new());
        open.extend(names.map(str::to_owned));
        while let Some(wanted) = open.pop() {
            // A version stands behind the name where there are several.
            let (name, version) = wanted.split_once(' ').unwrap_or((&wanted, ""));
            for (line, needs) in self.packages.get(name).into_iter().flatten() {
                let is_wanted = version.is_empty() || line.split(' ').nth(1) == Some(version);
                if is_wanted && found.insert(line.clone()) {
                    open.extend(needs.iter().cloned());
                }
            }
        }
        found
    }
}
