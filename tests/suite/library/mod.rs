//! Plugins in shared libraries, through the system's loader: built out of the tree, loaded by tests and by the command.

mod bad_files;
mod hostile;
mod interface;
mod layouts;
mod loaded;
mod runs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::lab_test::root;
use crate::out_of_tree::share_dependencies;

#[path = "../../library/src/lib.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "the file is a crate of its own elsewhere, and some of its plugins are used as a library alone"
)]
mod toys;

/// The manifest of the thin crate: what an author writes.
const EXPORTS: &str = r#"//! Exports.

lab_library::export_plugin! {
    generator "waves" => toys::Waves, toys::WavesParams;
    feature_net "sums" => toys::Sums, toys::SumsParams;
    loss "apart" => toys::Apart, toys::ApartParams;
    loss "severed" => toys::Severed, lab_core::config::NoParams;
    decoder "lines" => toys::Lines, lab_core::config::NoParams;
    aligner "centred" => toys::Centred, lab_core::config::NoParams;
    dataset "dots" => toys::Dots, toys::DotsParams;
}
"#;

/// What the rlib adds to the plugins: the documentation of one of them.
const REGISTER: &str = r#"
lab_core::register! {
    Generator "waves" => Waves, WavesParams;
    summary: "Waves, for tests",
    equation: "tanh(a + a·tanh(a) + mean)",
    source: "this test",
    parity: "itself",
}
"#;

/// The library of the toys, built once for all tests in a project out of the tree.
///
/// It shares the folder of builds with this repository, so that what both need is compiled once.
pub(crate) fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = Path::new(env!("CARGO_BIN_EXE_lab")).parent().unwrap();
        let target = target.parent().unwrap();
        let project = target.join("plugin-project");
        write_project(&project);
        share_dependencies(&project, &project.join("thin"));
        build(&project, target, &["--release"]);
        target.join("release/libthin_plugins.so")
    })
}

/// Writes the project, leaving files alone that are as they should be but for what tests add to them.
fn write_project(project: &Path) {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let workspace = read("Cargo.toml");
    let profiles = &workspace[workspace.find("[profile.release]").unwrap()..];
    // Out of the tree our crates are dependencies like others, which the profile leaves without optimisation.
    let ours = ["lab-core", "lab-kernels", "lab-library", "lab-nn"]
        .map(|name| format!("[profile.release.package.{name}]\nopt-level = 3\n"))
        .concat();
    let core = root().join("core").to_string_lossy().into_owned();
    let library = root().join("core/library").to_string_lossy().into_owned();
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{rest}")
    };
    // The tests' feature is that of the command's build, so that both share one build of the contract.
    let contract = format!("lab-core = {{ path = {core:?}, features = [\"testing\"] }}\n");
    let toys = format!(
        "[dependencies]\ncandle-core = {{ version = \"*\", default-features = false }}\n{contract}\
         rand = {{ version = \"0.9\", default-features = false, features = [\"std\"] }}\nserde = \"1\"\n"
    );
    let thin = format!(
        "[lib]\ncrate-type = [\"cdylib\"]\n\n[dependencies]\n{contract}lab-library = {{ path = {library:?} }}\n\
         toys = {{ path = \"../toys\" }}\n"
    );
    let files = [
        (
            "Cargo.toml",
            format!(
                "[workspace]\nresolver = \"3\"\nmembers = [\"toys\", \"thin\"]\n\n{profiles}{ours}"
            ),
        ),
        ("toys/Cargo.toml", package("toys", &toys)),
        (
            "toys/src/lib.rs",
            read("tests/library/src/lib.rs") + REGISTER,
        ),
        ("thin/Cargo.toml", package("thin-plugins", &thin)),
        ("thin/src/lib.rs", EXPORTS.to_owned()),
    ];
    for (name, text) in files {
        let path = project.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let found = fs::read_to_string(&path).unwrap_or_default();
        if !found.starts_with(&text) {
            fs::write(path, text).unwrap();
        }
    }
    if !project.join("Cargo.lock").exists() {
        fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    }
}

fn build(project: &Path, target: &Path, more: &[&str]) {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--quiet", "--package", "thin-plugins"])
        .args(more)
        .current_dir(project)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A plugin library in C, with some of its text changed.
pub(crate) fn c_library(folder: &Path, name: &str, flags: &[&str]) -> PathBuf {
    let (source, library) = (folder.join("small.c"), folder.join(name));
    fs::write(&source, include_str!("small.c")).unwrap();
    let output = Command::new("cc")
        .args([
            "-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1",
        ])
        .args(flags)
        .arg("-I")
        .arg(root().join("core/library/include"))
        .arg("-o")
        .args([&library, &source])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    library
}
