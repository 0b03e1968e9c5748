//! Takes hashes of everything that decides a stage's bytes, so that a changed method never reuses an old result.

#![expect(
    clippy::print_stdout,
    reason = "cargo reads what a build script prints"
)]

mod program;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, io};

use program::Program;
use sources::{Metadata, Package, packages};

fn main() -> io::Result<()> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..");
    let metadata = Metadata::ask(&variable("CARGO")?, &root)?;
    let packages = packages(&root, &metadata)?;
    for package in &packages {
        println!("cargo::rerun-if-changed={}", package.folder.display());
    }
    for file in ["Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(file).display());
    }
    let program = Program::of(&root, &packages)?;
    for path in &program.watched {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let out = PathBuf::from(variable("OUT_DIR")?);
    let (compiler, profile) = (compiler()?, profile(&root)?);
    let built_by = format!("{compiler}\n{profile}");
    fs::write(out.join("program.rs"), program.text(&built_by))?;
    fs::write(
        out.join("sources.rs"),
        text(&packages, &compiler, &profile)?,
    )
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}

/// What turns sources into a program.
fn compiler() -> io::Result<String> {
    let rustc = Command::new(variable("RUSTC")?).arg("-vV").output()?;
    Ok(String::from_utf8_lossy(&rustc.stdout).trim().to_owned())
}

/// How it does that: the target and the profile.
fn profile(root: &Path) -> io::Result<String> {
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    Ok(format!(
        "{} opt-level {} features {} flags {flags}\n{}",
        variable("TARGET")?,
        variable("OPT_LEVEL")?,
        env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default(),
        sources::profiles(&manifest),
    ))
}

/// The Rust text that the store includes.
fn text(packages: &[Package], compiler: &str, profile: &str) -> io::Result<String> {
    let locked: BTreeSet<&String> = packages.iter().flat_map(|of| &of.locked).collect();
    let places: BTreeMap<&&String, usize> = locked.iter().zip(0..).collect();
    let mut text = String::from("Sources {\n    packages: &[\n");
    for package in packages {
        let lines: Vec<usize> = package.locked.iter().map(|line| places[&line]).collect();
        writeln!(
            text,
            "        Package {{ name: {:?}, hash: {:?}, source: {:?}, asks: {:?}, locked: &{lines:?}, needs: &{:?} }},",
            package.name, package.hash, package.source, package.asks, package.needs
        )
        .map_err(io::Error::other)?;
    }
    writeln!(
        text,
        "    ],\n    locked: &{:?},\n    compiler: {compiler:?},\n    profile: {profile:?},\n}}",
        locked.iter().collect::<Vec<_>>()
    )
    .map_err(io::Error::other)?;
    Ok(text)
}
