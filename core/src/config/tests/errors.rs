//! Every mistake is reported where it stands.

use super::{TEXT, complaint, source};
use crate::config::{Experiment, Source, overrides};

/// The complaint about [`TEXT`] with one stretch replaced.
fn with(from: &str, to: &str) -> String {
    assert_eq!(
        TEXT.matches(from).count(),
        1,
        "'{from}' must stand there once"
    );
    complaint(&source(&TEXT.replace(from, to)))
}

#[test]
fn the_text_itself_is_fine() {
    assert_eq!(complaint(&source(TEXT)), "no complaint");
}

#[test]
fn mistakes_are_located() {
    for (from, to, expected) in [
        (
            "seed: 7",
            "sed: 7",
            "test.ron:4:5: the experiment has no parameter 'sed'\n  hint: did you mean 'seed'? known: name",
        ),
        (
            "latent: 20",
            "latnt: 20",
            "test.ron:9:31: test_generator has no parameter 'latnt'\n  hint: did you mean 'latent'? known: latent, train",
        ),
        (
            "path:",
            "pth:",
            "test.ron:6:30: test_images has no parameter 'pth'\n  hint: did you mean 'path'?",
        ),
        (
            "test_generator",
            "tset_generator",
            "test.ron:9:16: unknown generator 'tset_generator' (did you mean 'test_generator'?); known: test_generator",
        ),
        (
            "test_images",
            "test_pictures",
            "test.ron:6:18: unknown dataset 'test_pictures'",
        ),
        ("seed: 7", "seed: \"7\"", "test.ron:4:11: the experiment: "),
        (
            "latent: 20",
            "latent: \"20\"",
            "test.ron:9:39: test_generator: ",
        ),
        (
            "threshold: 1.0",
            "threshold: high",
            "test.ron:12:63: test_loss: ",
        ),
        (
            "threshold: 1.0",
            "form: Mild",
            "test.ron:12:58: 'Mild' is no option of test_loss\n  hint: known: Hard, Soft",
        ),
        ("    seed: 7,\n", "", "the experiment lacks 'seed'"),
        (
            "    seed: 7,\n",
            "    seed: -7,\n",
            "parameter 'seed' of the experiment: expected a whole number, 0 or above, got -7",
        ),
        (
            "threshold: 1.0",
            "threshold: \"high\"",
            "test_loss: expected float, got '\"high\"'",
        ),
        (
            "hidden: 5",
            "",
            "test.ron:14:27: test_decoder lacks 'hidden'",
        ),
        (
            "hidden: 5),\n)",
            "hidden: 5),\n) junk",
            "test.ron:15:3: the experiment: ",
        ),
        (
            "[test_aligner()]",
            "[\"test_aligner\"]",
            "test.ron:8:13: expected the name of an aligner",
        ),
    ] {
        let found = with(from, to);
        assert!(
            found.starts_with(expected)
                || (!expected.starts_with("test.ron") && found.contains(expected)),
            "{to}\n   got: {found}\n  want: {expected}"
        );
    }
}

/// Texts that go on to the end are quoted by their beginning, whatever is wrong with them.
#[test]
fn errors_of_texts_without_an_end_are_short() {
    let long = "x".repeat(500_000);
    for text in [
        format!("/* {long}"),
        format!("(name: \"{long}"),
        format!("(name: {long}"),
        format!("({long}: 1)"),
        format!("(name: \"a\", seed: \"{long}\")"),
        format!("(name: \"a\", seed: 1, dataset: {long}())"),
    ] {
        let found = Experiment::parse(&Source::new("test.ron", &text));
        let found = found.unwrap_err().to_string();
        assert!(
            found.starts_with("test.ron:1:"),
            "{}",
            &found[..found.len().min(300)]
        );
        assert!(
            found.len() < 1200,
            "{} bytes: {}",
            found.len(),
            &found[..300]
        );
    }
}

#[test]
fn a_field_is_found_by_its_name_alone() {
    let text = "// name: none\n(\n    description: \"name\",\n    name: \"x\",\n)";
    let source = Source::new("test.ron", text);
    assert_eq!(source.locate_field("name").to_string(), "test.ron:4:11");
    let set = overrides::apply(&source, &["name=a/b".into()]).unwrap();
    assert_eq!(set.locate_field("name").to_string(), "--set name=a/b");
    assert_eq!(source.locate_field("seed").to_string(), "test.ron:1:1");
}
