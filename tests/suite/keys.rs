//! What was made once is used again, unless something that decides its bytes has changed.

use std::fs;

use lab_formats::writers::mat5::{self, Numbers, Variable};

use crate::lab_test::{Ended, LabTest, experiment};

/// Latents of the twelve test images of a toy run.
fn write_latents(test: &LabTest, first: f64) {
    let z: Vec<f64> = (0..12 * 50).map(|at| first + f64::from(at).sin()).collect();
    let file = mat5::file(&[Variable {
        name: "z",
        shape: vec![12, 50],
        numbers: Numbers::Doubles(&z),
    }]);
    test.write("finalZ.mat", file);
}

fn run(test: &LabTest) -> Ended {
    let ended = test.lab(&[
        "run",
        &experiment("quickstart"),
        "--smoke",
        "--set",
        "decoder=stored_latents(path: \"finalZ.mat\")",
        "--set",
        "evaluate=[Identification]",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended
}

/// Every finished stage, as `name/key`.
fn stages(test: &LabTest) -> Vec<String> {
    let mut found = Vec::new();
    for stage in fs::read_dir(test.path("runs/.stages")).unwrap() {
        let stage = stage.unwrap();
        for key in fs::read_dir(stage.path()).unwrap() {
            let (stage, key) = (stage.file_name(), key.unwrap().file_name());
            found.push(format!("{}/{}", stage.display(), key.display()));
        }
    }
    found.sort();
    found
}

#[test]
fn another_file_at_the_same_path_gives_other_decoders_and_nothing_else() {
    let test = LabTest::new();
    write_latents(&test, 0.0);
    run(&test);
    let (first, scores) = (
        stages(&test),
        fs::read(test.path("runs/quickstart/latest-toy/summary.json")),
    );
    run(&test);
    assert_eq!(stages(&test), first, "nothing had changed");
    write_latents(&test, 0.7);
    run(&test);
    let new: Vec<String> = stages(&test)
        .into_iter()
        .filter(|stage| !first.contains(stage))
        .collect();
    assert!(
        !new.is_empty() && new.iter().all(|stage| stage.starts_with("decode")),
        "{new:?}"
    );
    let others = fs::read(test.path("runs/quickstart/latest-toy/summary.json"));
    assert_ne!(scores.unwrap(), others.unwrap());
    fs::remove_file(test.path("finalZ.mat")).unwrap();
    test.complains(
        &[
            "check",
            &experiment("quickstart"),
            "--set",
            "decoder=stored_latents(path: \"finalZ.mat\")",
        ],
        &["decoder: there is no file 'finalZ.mat'"],
    );
}

/// The kernels give the same bytes at each level; the keys say all the same what they ran on.
#[test]
fn another_set_of_vector_instructions_is_another_key() {
    let test = LabTest::new();
    let run = |level: Option<&str>| {
        let arguments = [
            "run",
            &experiment("quickstart"),
            "--smoke",
            "--set",
            "evaluate=[Identification]",
        ];
        let variables: Vec<(&str, &str)> =
            level.map(|level| ("LAB_CPU", level)).into_iter().collect();
        test.lab_with(&arguments, &variables)
    };
    assert_eq!(run(None).code, 0);
    let first = stages(&test);
    let ended = run(Some("baseline"));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let both = stages(&test);
    assert_eq!(both.len(), 2 * first.len(), "{both:?}");
    let refused = run(Some("avx3"));
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stderr
            .contains("expected avx2 or baseline, got 'avx3'"),
        "{}",
        refused.stderr
    );
}
