//! The manifest as it is stored.

use std::collections::BTreeMap;
use std::path::Path;

use lab_core::config::{Capable, PluginRef};
use lab_core::nn::cpu;
use lab_core::registry::Origin;
use serde::{Deserialize, Serialize};

use super::inputs::Inputs;
use super::meter::Cost;
use super::program::Program;
use super::seal;
use crate::hashes::MANIFEST;
use crate::plan::Plan;
use crate::store::write_atomically;
use crate::{Error, Result};

/// Number of the manifest's format that this version writes.
pub(crate) const FORMAT: u32 = 2;

/// `manifest.json`: what a run was made of, the hash of everything that it left, and what differs from run to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Number of the format; it is raised when a key changes its meaning.
    pub format: u32,
    /// Name of the experiment that was run.
    pub name: String,
    /// Seed of the experiment.
    pub seed: u64,
    /// First twelve hexadecimal digits of the hash of the resolved experiment.
    pub run_hash: String,
    /// Whether the run was made at toy size, by `--smoke`.
    pub toy: bool,
    /// The program that made the run.
    pub program: Program,
    /// Name and version of the program and of each plugin's crate.
    pub versions: Vec<(String, String)>,
    /// The plugins that the experiment uses.
    pub plugins: Vec<UsedPlugin>,
    /// The files that the run read, with their hashes.
    pub inputs: Inputs,
    /// The key of each stage, by its name.
    pub stages: BTreeMap<String, String>,
    /// Hash of everything that decides the report's bytes.
    pub report: Option<String>,
    /// The hash of every other file of the folder.
    pub files: BTreeMap<String, String>,
    /// What is missing for a proof, in sentences.
    pub unproven: Vec<String>,
    /// What differs from run to run, such as time and memory.
    pub measured: Measured,
}

/// A plugin that a run used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedPlugin {
    /// What the plugin is used as, such as `generator` or `loss term`.
    pub role: String,
    /// Name of the plugin in experiments.
    pub name: String,
    /// The crate that it comes from; empty for one from a library.
    #[serde(rename = "crate")]
    pub crate_name: String,
    /// Version of the crate or of the library.
    pub version: String,
    /// The library that it comes from, and its BLAKE3.
    pub library: Option<(String, String)>,
}

/// The machine that made a run, and what the run cost; no other file of a run holds any of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measured {
    /// Features of the processor that the kernels made use of.
    pub cpu_features: String,
    /// The processor, as the system calls it.
    pub processor: Option<String>,
    /// Name of the device on which tensors lived.
    pub device: String,
    /// Number of threads that worked.
    pub threads: usize,
    /// Name and version of the system.
    pub operating_system: String,
    /// Version of the system's kernel, where the system tells it.
    pub kernel: Option<String>,
    /// Architecture of the processor, such as `x86_64`.
    pub architecture: String,
    /// Time, work of the processor and memory, as a whole and of each stage.
    #[serde(flatten)]
    pub cost: Cost,
}

impl Measured {
    /// What is known of this machine.
    pub(crate) fn here(device: &str, cost: Cost) -> Self {
        let line = |file: &str, key: &str| -> Option<String> {
            let text = std::fs::read_to_string(file).ok()?;
            let line = text.lines().find(|line| line.starts_with(key))?;
            let value = line[key.len()..].trim_start_matches([' ', '\t', ':', '=']);
            Some(value.trim().trim_matches('"').to_owned())
        };
        let system = line("/etc/os-release", "PRETTY_NAME");
        Self {
            cpu_features: cpu::features(),
            processor: line("/proc/cpuinfo", "model name"),
            device: device.to_owned(),
            threads: rayon::current_num_threads(),
            operating_system: system.unwrap_or_else(|| std::env::consts::OS.into()),
            kernel: line("/proc/sys/kernel/osrelease", ""),
            architecture: std::env::consts::ARCH.into(),
            cost,
        }
    }
}

impl Manifest {
    /// Reads the manifest of a folder, whatever its own hash says.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|source| Error::Foreign {
            path: path.to_owned(),
            expected: "what lab wrote",
            got: source.to_string(),
        })
    }

    /// Writes the manifest with its own hash.
    pub(crate) fn save(&self, folder: &Path) -> Result<()> {
        let text = seal::seal(self).map_err(Error::Json)?;
        Ok(write_atomically(&folder.join(MANIFEST), text.as_bytes())?)
    }
}

/// The plugins of a plan, by what they are used as.
pub(crate) fn plugins(plan: &Plan) -> Result<Vec<UsedPlugin>> {
    let experiment = &plan.experiment;
    let mut all = vec![used("dataset", &experiment.dataset)?];
    for part in &experiment.align {
        all.push(used("aligner", part)?);
    }
    all.push(used("generator", &experiment.generator)?);
    if let Some(part) = &experiment.features {
        all.push(used("feature network", part)?);
    }
    for (_, part) in &experiment.losses {
        all.push(used("loss term", part)?);
    }
    all.push(used("decoder", &experiment.decoder)?);
    for part in &experiment.observers {
        all.push(used("observer", part)?);
    }
    if let Some(part) = &experiment.overfit {
        all.push(used("overfit check", part)?);
    }
    Ok(all)
}

fn used<T: ?Sized + Capable>(role: &str, part: &PluginRef<T>) -> Result<UsedPlugin> {
    let plugin = part.plugin()?;
    let (crate_name, library) = match plugin.origin {
        Origin::Linked => (plugin.crate_name, None),
        Origin::Library { hash, .. } => {
            let library = (plugin.crate_name.to_owned(), hash.to_owned());
            ("", Some(library))
        }
    };
    Ok(UsedPlugin {
        role: role.into(),
        name: plugin.name.into(),
        crate_name: crate_name.into(),
        version: plugin.version.into(),
        library,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use super::{FORMAT, Inputs, Manifest, Measured, Program};

    /// A manifest of these files and of nothing else.
    pub(crate) fn manifest(files: BTreeMap<String, String>) -> Manifest {
        Manifest {
            format: FORMAT,
            name: "x".into(),
            seed: 1,
            run_hash: "abc".into(),
            toy: false,
            program: Program::default(),
            versions: Vec::new(),
            plugins: Vec::new(),
            inputs: Inputs::default(),
            stages: BTreeMap::new(),
            report: None,
            files,
            unproven: Vec::new(),
            measured: Measured::default(),
        }
    }
}
