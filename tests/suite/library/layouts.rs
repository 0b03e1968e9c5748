//! Plugin libraries that were linked in every way that the system's linker knows are loaded.

use std::fs;
use std::process::Command;

use super::c_library;
use crate::lab_test::LabTest;

/// Ways of laying out segments.
const LINKED: [&[&str]; 12] = [
    &[],
    &["-Wl,-z,relro,-z,now"],
    &["-Wl,-z,norelro"],
    &["-Wl,-z,separate-code"],
    &["-Wl,-z,noseparate-code"],
    &["-Wl,-z,noseparate-code,-z,relro,-z,now"],
    &["-Wl,-z,max-page-size=4096"],
    &["-Wl,-z,max-page-size=65536"],
    &["-Wl,-z,max-page-size=2097152"],
    &["-Wl,--hash-style=sysv"],
    &["-Wl,--hash-style=gnu", "-s"],
    &["-g", "-Wl,--build-id"],
];
/// Linkers that may be installed.
const LINKERS: [&str; 3] = ["gold", "lld", "mold"];

#[test]
fn every_way_of_linking_is_sound() {
    let lab = LabTest::new();
    let folder = lab.path(".");
    let mut n_loaded = 0;
    let mut load = |flags: &[&str]| {
        let name = format!("linked-{n_loaded}.so");
        c_library(&folder, &name, flags);
        let ended = lab.lab(&["plugins", "list", "small", "--plugin", &name]);
        assert_eq!(ended.code, 0, "{flags:?}: {}", ended.stderr);
        n_loaded += 1;
    };
    LINKED.iter().for_each(|flags| load(flags));
    for linker in LINKERS {
        let flag = format!("-fuse-ld={linker}");
        let found = Command::new("cc").args([&flag, "-Wl,--version"]).output();
        if found.is_ok_and(|output| output.status.success()) {
            load(&[&flag]);
            load(&[&flag, "-Wl,-z,relro,-z,now"]);
        }
    }
    // The end of the code moves through a page, up to the place where protected data begins.
    let pad = lab.path("pad.h");
    let pad = pad.to_string_lossy();
    for n_bytes in (0..4096).step_by(128) {
        let text = format!("__attribute__((used)) static const char pad[{n_bytes} + 1] = {{1}};\n");
        fs::write(lab.path("pad.h"), text).unwrap();
        load(&["-Wl,-z,noseparate-code", "-include", &pad]);
    }
    eprintln!("{n_loaded} libraries were loaded");
}
