//! Takes a hash of every crate's sources, so that a changed method never reuses an old result.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::{env, io};

fn main() -> io::Result<()> {
    let root =
        PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../..");
    let mut crates = vec![
        ("lab-core".to_owned(), root.join("core")),
        ("lab-nn".to_owned(), root.join("core/nn")),
        ("lab-kernels".to_owned(), root.join("core/nn/kernels")),
        ("lab-library".to_owned(), root.join("core/library")),
        ("lab-formats".to_owned(), root.join("core/formats")),
        ("lab-reports".to_owned(), root.join("reports")),
        ("lab-score".to_owned(), root.join("reports/score")),
    ];
    for entry in fs::read_dir(root.join("plugins"))? {
        let entry = entry?;
        crates.push((
            format!("lab-{}", entry.file_name().to_string_lossy()),
            entry.path(),
        ));
    }
    crates.push(("lab".to_owned(), root.join("experiments/runner")));
    crates.sort();
    let mut lines = String::from("&[\n");
    for (name, folder) in &crates {
        writeln!(lines, "    ({name:?}, {:?}),", hash(&folder.join("src"))?)
            .map_err(io::Error::other)?;
    }
    lines += "]\n";
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?).join("sources.rs");
    fs::write(out, lines)
}

fn hash(folder: &Path) -> io::Result<String> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let name = file
            .strip_prefix(folder)
            .unwrap_or(&file)
            .to_string_lossy()
            .into_owned();
        hasher.update(name.as_bytes()).update(&fs::read(&file)?);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
