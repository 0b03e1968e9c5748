//! Files that are no plugin library of this machine are told apart before anything of them runs.

use std::path::Path;

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

/// Whatever linker and tool they went through, sound libraries are not taken for damaged.
#[test]
#[cfg(target_os = "linux")]
fn libraries_of_the_system_are_sound_and_no_plugins() {
    let mut n_checked = 0;
    for folder in [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
    ] {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            if name.contains(".so") && bytes.starts_with(b"\x7fELF\x02\x01") && n_checked < 200 {
                let message = complaint(&bytes);
                assert!(
                    message.contains("a shared library, but no plugin"),
                    "{name}: {message}"
                );
                n_checked += 1;
            }
        }
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
