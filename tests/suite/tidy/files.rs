//! Files: documented, short, and `unsafe` only in its room.

use std::fs;
use std::path::{Path, PathBuf};

use crate::lab_test::root;

/// Lines a file may have, tests apart.
const CEILING: usize = 400;

fn rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for room in ["core", "plugins", "experiments", "reports", "tests"] {
        collect(&root().join(room), &mut files);
    }
    assert!(files.len() > 50, "the search for files is broken");
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    for file in rust_files() {
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} does not begin with `//! `",
            file.display()
        );
    }
}

#[test]
fn files_are_short() {
    for file in rust_files() {
        let text = fs::read_to_string(&file).unwrap();
        let is_test =
            file.components().any(|part| part.as_os_str() == "tests") || file.ends_with("tests.rs");
        let code = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        let n_lines = code.lines().count();
        assert!(
            is_test || n_lines <= CEILING,
            "{} has {n_lines} lines",
            file.display()
        );
    }
}

/// Lines with the keyword, in whatever form: a block, `fn`, `impl`, `extern`, `trait` or an attribute. Comments, texts
/// and names such as `unsafe_code` do not count.
fn lines_of_unsafe_code(text: &str) -> usize {
    let of_a_name = |c: char| c.is_alphanumeric() || c == '_';
    let is_unsafe = |line: &&str| {
        let code = line.split("//").next().unwrap_or_default();
        let outside_texts = code.split('"').step_by(2);
        outside_texts
            .flat_map(|code| code.split(|c| !of_a_name(c)))
            .any(|word| word == "unsafe")
    };
    text.lines().filter(is_unsafe).count()
}

#[test]
fn unsafe_stands_in_its_rooms_alone() {
    for file in rust_files() {
        let text = fs::read_to_string(&file).unwrap();
        let allowed = file.to_string_lossy().contains("core/nn/kernels/src")
            || file.to_string_lossy().contains("core/library/src")
            || file.ends_with("mmap.rs")
            || file.ends_with("allocator.rs");
        let n_unsafe = lines_of_unsafe_code(&text);
        assert!(
            n_unsafe == 0 || allowed,
            "{} holds unsafe code",
            file.display()
        );
    }
}

#[test]
fn every_form_of_unsafe_code_is_seen() {
    for code in [
        "let x = unsafe { *p };",
        "pub unsafe fn f() {}",
        "unsafe impl Send for X {}",
        "unsafe extern \"C\" { fn f(); }",
        "pub(crate) unsafe trait T {}",
        "#[unsafe(no_mangle)]",
        "type F = Option<unsafe extern \"C\" fn()>;",
    ] {
        assert_eq!(lines_of_unsafe_code(code), 1, "{code}");
    }
    let in_a_text = format!("let word = {:?};", "unsafe");
    for code in [
        "// unsafe code stands elsewhere",
        "let x = 1; // not unsafe",
        "#[expect(unsafe_code)]",
        &in_a_text,
    ] {
        assert_eq!(lines_of_unsafe_code(code), 0, "{code}");
    }
}

#[test]
fn nothing_is_left_for_later() {
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    for file in rust_files() {
        let text = fs::read_to_string(&file).unwrap();
        for word in words {
            assert!(!text.contains(word), "{} holds {word}", file.display());
        }
    }
}

/// What a fence in documentation may name that is no Rust.
const NO_RUST: [&str; 6] = ["text", "ron", "sh", "json", "csv", "toml"];

#[test]
fn a_crate_that_skips_documentation_tests_has_none() {
    let mut n_crates = 0;
    for manifest in manifests() {
        let text = fs::read_to_string(&manifest).unwrap();
        if !text.contains("doctest = false") {
            continue;
        }
        n_crates += 1;
        let mut files = Vec::new();
        collect(&manifest.with_file_name("src"), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let documentation = text.lines().filter_map(|line| {
                let line = line.trim_start();
                line.strip_prefix("//!").or(line.strip_prefix("///"))
            });
            let fences = documentation.filter_map(|line| line.trim().strip_prefix("```"));
            // Every other fence begins a block.
            for language in fences.step_by(2) {
                assert!(
                    NO_RUST.contains(&language),
                    "{}: '{language}' is a documentation test that is never run",
                    file.display()
                );
            }
        }
    }
    assert!(n_crates > 10, "the search for crates is broken");
}

fn manifests() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = rust_files()
        .iter()
        .flat_map(|file| file.ancestors().skip(1).map(Path::to_owned))
        .filter(|folder| folder.starts_with(root()) && folder.join("Cargo.toml").is_file())
        .collect();
    folders.sort();
    folders.dedup();
    folders
        .into_iter()
        .map(|folder| folder.join("Cargo.toml"))
        .collect()
}
