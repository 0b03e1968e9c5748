//! A training that diverges ends with exit 2 and what to lower, and nothing of it is stored.

use std::fs;
use std::path::Path;

use crate::lab_test::{LabTest, experiment};

/// Finished stages whose names begin so.
fn finished(runs: &Path, name: &str) -> usize {
    let Ok(stages) = fs::read_dir(runs.join(".stages")) else {
        return 0;
    };
    stages
        .map(|stage| stage.unwrap())
        .filter(|stage| stage.file_name().to_string_lossy().starts_with(name))
        .flat_map(|stage| fs::read_dir(stage.path()).unwrap())
        .filter(|stage| stage.as_ref().unwrap().path().extension().is_none())
        .count()
}

#[test]
fn a_diverged_training_is_no_success() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let run = |set: &str, words: &[&str]| {
        let arguments = ["run", &quickstart, "--smoke", "--set", set];
        lab.complains(&arguments, words);
    };
    run(
        "decoder.learning_rate=1e30",
        &[
            "of the decoders at epoch",
            "finite numbers",
            "lower learning_rate",
        ],
    );
    assert_eq!(finished(&lab.path("runs"), "decode"), 0);
    run(
        "overfit.learning_rate=1e39",
        &[
            "of the decoders at epoch",
            "finite numbers",
            "lower learning_rate",
        ],
    );
    assert_eq!(finished(&lab.path("runs"), "overfit"), 0);
    run(
        "generator.train.learning_rate=1e39",
        &["of dcgan at update 0", "lower train.learning_rate"],
    );
    run(
        "features.train.learning_rate=1e39",
        &["of alexnet at update 0", "lower train.learning_rate"],
    );
    run(
        "scores.inversion.learning_rate=1e39",
        &[
            "the inversion at step 0",
            "lower scores.inversion.learning_rate",
        ],
    );
    run("losses.0.0=1e308", &["losses.0.0", "at most 3e38"]);
}
