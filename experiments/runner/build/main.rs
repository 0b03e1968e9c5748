//! Takes hashes of everything that decides a stage's bytes, so that a changed method never reuses an old result.

#![expect(
    clippy::print_stdout,
    reason = "cargo reads what a build script prints"
)]

mod program;
mod sources;

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
    let (out, compiler) = (PathBuf::from(variable("OUT_DIR")?), compiler(&root)?);
    fs::write(out.join("program.rs"), program.text(&compiler))?;
    fs::write(out.join("sources.rs"), text(&packages, &compiler)?)
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}

/// What turns sources into a program: the compiler, its target and its profile.
fn compiler(root: &Path) -> io::Result<String> {
    let rustc = Command::new(variable("RUSTC")?).arg("-vV").output()?;
    let version = String::from_utf8_lossy(&rustc.stdout).trim().to_owned();
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    Ok(format!(
        "{version}\n{} opt-level {} features {} flags {flags}\n{}",
        variable("TARGET")?,
        variable("OPT_LEVEL")?,
        env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default(),
        sources::profiles(&manifest),
    ))
}

/// The Rust text that the store includes.
fn text(packages: &[Package], compiler: &str) -> io::Result<String> {
    let mut text = String::from("Sources {\n    packages: &[\n");
    for package in packages {
        writeln!(
            text,
            "        Package {{ name: {:?}, hash: {:?}, needs: &{:?} }},",
            package.name, package.hash, package.needs
        )
        .map_err(io::Error::other)?;
    }
    writeln!(text, "    ],\n    compiler: {compiler:?},\n}}").map_err(io::Error::other)?;
    Ok(text)
}
