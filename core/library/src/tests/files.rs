//! Files that are no plugin library of this machine are told apart before anything of them runs.

use std::path::{Path, PathBuf};

use crate::elf::check;
use crate::load;

fn complaint(bytes: &[u8]) -> String {
    check(Path::new("libx.so"), bytes).map_or_else(|error| error.to_string(), |()| "fine".into())
}

#[test]
fn other_files_are_named() {
    for (bytes, expected) in [
        (&b""[..], "got an empty file"),
        (b"fn main() {}", "got a text file"),
        (
            b"MZ\x90\0\x03\0\0\0\xff\xff",
            "a library or program for Windows",
        ),
        (b"\xcf\xfa\xed\xfe\x07\0\0\x01", "a library for macOS"),
        (b"!<arch>\n/      ", "a static library"),
        (b"\x89PNG\r\n\x1a\n\0\xff", "other bytes"),
        (
            b"\x7fELF\x02\x01\x01",
            "the header needs 64 bytes, the file has 7",
        ),
    ] {
        let message = complaint(bytes);
        assert!(message.starts_with("'libx.so': "), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_missing_file_and_a_folder_are_errors() {
    let missing = load(Path::new("no/such/libx.so"))
        .err()
        .unwrap()
        .to_string();
    assert!(
        missing.starts_with("reading 'no/such/libx.so': "),
        "{missing}"
    );
    let folder = load(Path::new(".")).err().unwrap().to_string();
    assert!(folder.contains("got a folder or a device"), "{folder}");
}

/// Names the library that this program opens when it is started again by the test below.
const OPEN: &str = "LAB_LIBRARY_TEST_OPENS";
/// Most libraries that are opened.
const N_OPENED: usize = 400;

/// Files of the system whose names are those of shared objects, in order, folders below included.
#[cfg(target_os = "linux")]
fn shared_objects() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = ["/usr/lib", "/usr/lib64", "/lib64", "/usr/local/lib"]
        .map(PathBuf::from)
        .into();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() && entry.file_name().to_string_lossy().contains(".so") {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// Whether the system's own loader takes a library, asked for in a process of its own: constructors run there.
#[cfg(target_os = "linux")]
fn loader_takes(path: &Path) -> bool {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::files::opens_the_library_it_is_told_to"])
        .env(OPEN, path)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    let mut child = child.unwrap();
    for _ in 0..1000 {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

#[test]
#[expect(clippy::exit, reason = "the process was started for this alone")]
fn opens_the_library_it_is_told_to() {
    if let Some(path) = std::env::var_os(OPEN) {
        // SAFETY: this process ends after this, so that nothing of ours depends on what the constructors do.
        let opened = unsafe { libloading::Library::new(path) };
        std::process::exit(i32::from(opened.is_err()));
    }
}

/// Whatever linker and tool they went through, libraries that the system's loader takes are not called damaged.
#[test]
#[cfg(target_os = "linux")]
#[expect(
    clippy::print_stderr,
    reason = "a test tells how much it has looked at"
)]
fn what_the_systems_loader_takes_is_sound() {
    let files = shared_objects();
    // Spread over all folders, so that not all come from one package.
    let step = files.len().div_ceil(N_OPENED).max(1);
    let mut refused = Vec::new();
    let mut n_taken = 0;
    for path in files.iter().step_by(step).filter(|path| loader_takes(path)) {
        n_taken += 1;
        let message = complaint(&std::fs::read(path).unwrap());
        if !message.contains("a shared library, but no plugin") {
            refused.push(format!("{}: {message}", path.display()));
        }
    }
    eprintln!(
        "{n_taken} shared objects of {} are taken by the system's loader; {} of them were refused",
        files.len(),
        refused.len()
    );
    assert!(refused.is_empty(), "{refused:#?}");
    if n_taken < 50 {
        lab_core::testing::skip(&format!("there are only {n_taken} shared objects"));
    }
}

/// This very test is a program for this machine without the entry symbol's name between zeros, unless the toolchain
/// links it as a shared object; either way it is refused.
#[test]
#[cfg(target_os = "linux")]
fn this_program_is_no_plugin() {
    let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let whole = complaint(&bytes);
    if whole == "fine" {
        // The tests export the symbol themselves; the file is whole and named in full.
        assert!(complaint(&bytes[..bytes.len() / 2]).contains("cut short"));
        let mut other = bytes.clone();
        other[18] = 183;
        other[19] = 0;
        assert!(complaint(&other).contains("built for ARM (64 bits), but this machine is x86-64"));
    } else {
        assert!(
            whole.contains("got a program") || whole.contains("no plugin"),
            "{whole}"
        );
    }
}
