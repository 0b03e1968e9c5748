//! `lab plugins check` finds what is wrong with a plugin: the example in C, spoilt in one place each.

use std::fs;

use serde_json::Value;

use crate::lab_test::{LabTest, root};
use crate::plugins_examples::compile;

/// The example with `from` replaced, built; `None` without a C compiler.
fn spoilt(lab: &LabTest, from: &str, to: &str) -> Option<String> {
    let folder = root().join("core/library/examples/c");
    let source = fs::read_to_string(folder.join("two_layer.c")).unwrap();
    assert_eq!(
        source.matches(from).count(),
        1,
        "'{from}' does not stand once in the example"
    );
    lab.write("spoilt.c", source.replace(from, to));
    let library = lab.path("libspoilt.so");
    compile(&folder, &lab.path("spoilt.c"), &library)?;
    Some(library.display().to_string())
}

/// What the checks of the spoilt plugin said, and how the command ended.
fn checked(lab: &LabTest, library: &str) -> (i32, Value) {
    let config = "two_layer(latent: 4, hidden: 6, size: 8)";
    let arguments = [
        "plugins", "check", library, "--config", config, "--limit", "5", "--format", "json",
    ];
    let ended = lab.lab(&arguments);
    let report = serde_json::from_str(&ended.stdout);
    (
        ended.code,
        report.unwrap_or_else(|_| panic!("{}\n{}", ended.stdout, ended.stderr)),
    )
}

fn finding<'a>(report: &'a Value, check: &str) -> (&'a str, &'a str) {
    let checks = report["plugins"][0]["checks"].as_array().unwrap();
    let found = checks.iter().find(|finding| finding["check"] == check);
    let found = found.unwrap_or_else(|| panic!("no check '{check}' in {report:#}"));
    (
        found["outcome"].as_str().unwrap(),
        found["text"].as_str().unwrap(),
    )
}

/// Names of the checks that failed, sorted.
fn failed(report: &Value) -> Vec<&str> {
    let checks = report["plugins"][0]["checks"].as_array().unwrap();
    let failed = checks
        .iter()
        .filter(|finding| finding["outcome"] == "failed");
    let mut names: Vec<&str> = failed
        .map(|finding| finding["check"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// Faults: the check that finds them, its words, and what becomes what in the example.
const FAULTS: [(&str, &str, &str, &str); 4] = [
    (
        "vjp",
        "central difference",
        "sum += (1.0 - h[j] * h[j]) * dh[j]",
        "sum += (1.0 - h[j]) * dh[j]",
    ),
    (
        "parameters",
        "should be refused",
        "else params_unknown(&p, \"latent, hidden, size, weights, digest\");",
        "else params_count(&p, 0, 9);",
    ),
    (
        "parameters",
        "do not resolve to themselves",
        "s.latent, s.hidden,\n                   s.size);\n  quoted",
        "s.latent, s.hidden + 1,\n                   s.size);\n  quoted",
    ),
    (
        "state",
        "gives other outputs",
        "  return LAB_OK;\n}\n\n/* ---- the library",
        "  static float n;\n  self->weights[0] += n++;\n  return LAB_OK;\n}\n\n/* ---- the library",
    ),
];

#[test]
fn each_fault_fails_its_check_and_no_other() {
    for (check, words, from, to) in FAULTS {
        let lab = LabTest::new();
        let Some(library) = spoilt(&lab, from, to) else {
            return;
        };
        let (code, report) = checked(&lab, &library);
        let (outcome, text) = finding(&report, check);
        assert_eq!((code, outcome), (1, "failed"), "{check}: {report:#}");
        assert!(
            text.contains(words),
            "{check}: '{words}' is missing in '{text}'"
        );
        // The contract test of a generator holds its gradient and its state as well.
        let expected = if check == "parameters" {
            vec!["parameters"]
        } else {
            vec!["contract", check]
        };
        assert_eq!(failed(&report), expected, "{report:#}");
    }
}

#[test]
fn what_is_not_the_same_twice_is_found() {
    let from = "for (size_t i = 0; i < t->n * self->n_pixels; i++) image[i]";
    let to = "static volatile int calls;\n  calls++;\n  for (size_t i = 0; i < t->n * self->n_pixels; i++) image[i] = 1e-3f * (float)(calls % 2) + 0.9f *";
    let lab = LabTest::new();
    let Some(library) = spoilt(&lab, &format!("{from} ="), to) else {
        return;
    };
    let (code, report) = checked(&lab, &library);
    assert_eq!(code, 1);
    assert_eq!(finding(&report, "determinism").0, "failed", "{report:#}");
    assert!(
        finding(&report, "determinism")
            .1
            .contains("gave other bytes")
    );
}

#[test]
fn crashes_exits_and_endless_loops_fail_one_check_and_the_next_ones_go_on() {
    for (body, words) in [
        (
            "*(volatile int *)0 = 1;",
            "crashed with signal 11 (segmentation fault) in this check",
        ),
        ("abort();", "crashed with signal 6 (abort) in this check"),
        (
            "exit(3);",
            "ended the process with exit code 3 in this check",
        ),
        (
            "for (;;) {}",
            "did not come to an end within 5 s in this check",
        ),
    ] {
        // Only the contract test asks for an image alone.
        let from = "  if (t == NULL) return report(err, LAB_ERR, \"no memory\");\n  for";
        let to = format!("  if (left == NULL && in->shape[0] == 1) {{ {body} }}\n{from}");
        let lab = LabTest::new();
        let Some(library) = spoilt(&lab, from, &to) else {
            return;
        };
        let (code, report) = checked(&lab, &library);
        let (outcome, text) = finding(&report, "contract");
        assert_eq!((code, outcome), (1, "failed"), "{report:#}");
        assert!(text.contains(words), "'{words}' is missing in '{text}'");
        for check in [
            "parameters",
            "vjp",
            "state",
            "determinism",
            "threads",
            "speed",
        ] {
            assert_eq!(finding(&report, check).0, "passed", "{check}: {report:#}");
        }
        assert_eq!(report["failed"], 1);
    }
}

#[test]
fn what_cannot_be_checked_is_said() {
    let lab = LabTest::new();
    lab.write("letter.so", "dear reader");
    lab.complains(
        &["plugins", "check", "letter.so"],
        &["expected a shared library", "letter.so"],
    );
    lab.complains(
        &["plugins", "check", "nothing.so"],
        &["nothing.so", "there is no such file"],
    );
    let from = "LAB_EXPORT const lab_manifest *lab_plugin_entry(uint32_t host_abi) {\n";
    let Some(library) = spoilt(&lab, from, &format!("{from}  abort();\n")) else {
        return;
    };
    lab.complains(
        &["plugins", "check", &library],
        &["crashed with signal 6 (abort) while it was loaded"],
    );
    let Some(library) = spoilt(&lab, ".abi_major = LAB_ABI_MAJOR", ".abi_major = 9") else {
        return;
    };
    lab.complains(
        &["plugins", "check", &library],
        &["version 9.6", "this program 1.6"],
    );
    let Some(library) = crate::plugins_examples::two_layer() else {
        return;
    };
    for config in ["three_layer()", "(latent: 0)"] {
        let ended = lab.lab(&["plugins", "check", library, "--config", config]);
        let all = ended.stdout + &ended.stderr;
        let (code, words) = match config {
            "(latent: 0)" => (1, "'latent' must be a whole number from 1 to 4096"),
            _ => (2, "it has two_layer"),
        };
        assert_eq!(ended.code, code, "{all}");
        assert!(all.contains(words), "{all}");
    }
}
