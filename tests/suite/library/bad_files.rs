//! Every file that is no plugin library of this program gets an error of its own, and the program lives.

use std::fs;

use super::{c_library, library};
use crate::lab_test::{LabTest, experiment};

#[test]
fn files_that_are_no_libraries_or_not_whole() {
    let lab = LabTest::new();
    let good = fs::read(library()).unwrap();
    let mut arm = good.clone();
    arm[18..20].copy_from_slice(&183_u16.to_le_bytes());
    let mut wide = good.clone();
    wide[4] = 1;
    let cases: [(&str, Vec<u8>, &[&str]); 7] = [
        ("empty.so", Vec::new(), &["got an empty file"]),
        (
            "text.so",
            b"a plugin, honestly\n".to_vec(),
            &["got a text file"],
        ),
        (
            "cut.so",
            good[..good.len() / 2].to_vec(),
            &["damaged or cut short", "bytes, the file has"],
        ),
        (
            "head.so",
            good[..100].to_vec(),
            &["cut short: the table of segments"],
        ),
        (
            "arm.so",
            arm,
            &["built for ARM (64 bits)", "build the plugin for"],
        ),
        ("narrow.so", wide, &["got an ELF file of 32 bits"]),
        (
            "program.so",
            fs::read("/bin/true").unwrap(),
            &["it has no function 'lab_plugin_entry'"],
        ),
    ];
    for (name, bytes, words) in cases {
        lab.write(name, bytes);
        let argument = format!("--plugin {name}");
        let words = [&[argument.as_str(), name], words].concat();
        lab.complains(&["plugins", "list", "--plugin", name], &words);
    }
    lab.complains(
        &["plugins", "list", "--plugin", "none.so"],
        &["reading 'none.so'", "relative to the working directory"],
    );
}

#[test]
fn libraries_of_other_versions_or_without_the_symbol() {
    let lab = LabTest::new();
    let folder = lab.path(".");
    let cases: [(&str, &[&str], &[&str]); 5] = [
        (
            "old.so",
            &["-DMAJOR=9"],
            &["speaks version 9.6 of the plugin interface, this program 1.6"],
        ),
        ("magic.so", &["-DMAGIC=7"], &["magic number 0x00000007"]),
        (
            "other.so",
            &["-DENTRY=another_entry"],
            &["no plugin: it has no function 'lab_plugin_entry'"],
        ),
        (
            "named.so",
            &["-DENTRY=another_entry", "-DNAME_ONLY"],
            &["it has no function 'lab_plugin_entry'"],
        ),
        ("good.so", &[], &[]),
    ];
    for (name, flags, words) in cases {
        c_library(&folder, name, flags);
        let arguments = ["plugins", "list", "small", "--plugin", name];
        if words.is_empty() {
            let ended = lab.lab(&arguments);
            assert_eq!(ended.code, 0, "{}", ended.stderr);
            assert_eq!(
                ended.stdout,
                format!("generator  small  A grey level for each latent  [{name}]\n")
            );
        } else {
            lab.complains(&arguments, words);
        }
    }
}

#[test]
fn a_library_that_needs_a_missing_one_is_the_systems_to_refuse() {
    let lab = LabTest::new();
    let folder = lab.path(".");
    c_library(&folder, "libgone.so", &["-DENTRY=gone"]);
    let search = format!("-L{}", folder.display());
    let flags = [
        search.as_str(),
        "-Wl,--no-as-needed",
        "-lgone",
        "-Wl,--as-needed",
    ];
    c_library(&folder, "needs.so", &flags);
    fs::remove_file(lab.path("libgone.so")).unwrap();
    lab.complains(
        &["plugins", "list", "--plugin", "needs.so"],
        &["'needs.so': the system cannot load it: libgone.so: cannot open shared object file"],
    );
}

#[test]
fn names_that_clash_are_errors_that_name_both() {
    let lab = LabTest::new();
    let folder = lab.path(".");
    for name in ["one.so", "two.so"] {
        c_library(&folder, name, &[]);
    }
    let both = [
        "plugins", "list", "--plugin", "one.so", "--plugin", "two.so",
    ];
    lab.complains(
        &both,
        &["two plugins are called generator 'small': one in one.so, one in two.so"],
    );
    // The same file under another name is the same library.
    std::os::unix::fs::symlink("one.so", lab.path("again.so")).unwrap();
    let again = [
        "plugins", "list", "small", "--plugin", "one.so", "--plugin", "again.so",
    ];
    assert_eq!(lab.lab(&again).code, 0);
}

#[test]
fn an_experiment_says_where_a_bad_library_is_named() {
    let lab = LabTest::new();
    let text = fs::read_to_string(experiment("quickstart")).unwrap();
    let text = text.replacen("seed: 2018,", "seed: 2018,\n    plugins: [\"bad.so\"],", 1);
    lab.write("bad.so", "text").write("x.ron", &text);
    let line = text
        .lines()
        .position(|line| line.contains("bad.so"))
        .unwrap()
        + 1;
    let at = format!("x.ron:{line}:15: 'bad.so': expected a shared library");
    lab.complains(&["check", "x.ron", "--smoke"], &[&at]);
}
