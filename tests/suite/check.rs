//! `lab check`: it reads headers, tables and shapes of the data in seconds, refuses what a run would refuse, and times
//! nothing unless it is asked to.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::lab_test::{Ended, LabTest, experiment, real_file};

/// Longest that a check may take; it takes a tenth of a second.
const SECONDS: Duration = Duration::from_secs(10);

/// `lab` in the folder of cases from the field, whose experiments name files of it.
fn in_cases(cases: &Path, arguments: &[&str]) -> Ended {
    let started = Instant::now();
    let ended: Ended = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(arguments)
        .current_dir(cases)
        .output()
        .unwrap()
        .into();
    assert!(
        started.elapsed() < SECONDS,
        "{arguments:?} took {:?}",
        started.elapsed()
    );
    ended
}

/// Inputs that `lab check` once found well after half a minute of timing trainings.
#[test]
fn cases_from_the_field_are_checked_by_their_files() {
    let Some(cases) = real_file("cases") else {
        return;
    };
    let sound = in_cases(&cases, &["check", "00_control/e.ron"]);
    assert_eq!(sound.code, 0, "{}", sound.stderr);
    assert!(sound.stdout.contains("// Data: "), "{}", sound.stdout);
    // An archive of arrays, and records in place of numbers: the file is named.
    for (case, file) in [("10_npz", "S1.npz"), ("10_struct", "struct.npy")] {
        let ended = in_cases(&cases, &["check", &format!("91_check/{case}.ron")]);
        assert_eq!(ended.code, 2, "{case}: {}", ended.stdout);
        assert!(ended.stderr.contains(file), "{case}: {}", ended.stderr);
    }
    // A table whose cells are parted by semicolons and a header of names are read, or refused by the file's name: never
    // passed over.
    for (case, file) in [
        ("05b_semicolon", "semicolon.csv"),
        ("11_header_names_csv", "header_names.csv"),
    ] {
        let ended = in_cases(&cases, &["check", &format!("91_check/{case}.ron")]);
        let was_read = ended.code == 0 && ended.stdout.contains("// Data: ");
        let refused = ended.code == 2 && ended.stderr.contains(file);
        assert!(
            was_read || refused,
            "{case}: {} {}",
            ended.stdout,
            ended.stderr
        );
    }
}

/// The quickstart with one thing changed must be refused, at once and with these words.
fn refused(sets: &[&str], words: &[&str]) {
    let mut arguments = vec!["check".to_owned(), experiment("quickstart")];
    for set in sets {
        arguments.extend(["--set".to_owned(), (*set).to_owned()]);
    }
    let started = Instant::now();
    LabTest::new().complains(&arguments, words);
    assert!(started.elapsed() < SECONDS, "{sets:?}");
}

#[test]
fn what_a_run_would_refuse_is_refused_before_it() {
    refused(
        &["dataset.stimuli.size=48"],
        &["expected 1×32×32", "got 1×48×48", "the same size"],
    );
    refused(
        &["generator.train.corpus.size=48"],
        &[
            "the generator's corpus holds images of 1×48×48",
            "takes 1×32×32",
        ],
    );
    refused(
        &[r#"responses.rois=Only(["V9"])"#],
        &["region 'V9'", "known regions: V1"],
    );
    refused(&["dataset.stimuli.n_test=0"], &["test image", "none"]);
    refused(
        &[r#"criteria=[at_least("observer.pixl.overall", 0.5)]"#],
        &[
            "observer.pixl.overall",
            "did you mean 'observer.pixel.overall'?",
        ],
    );
    refused(
        &["ensemble.per_pass=6"],
        &[
            "per_pass is 6, but there are 5 members",
            "lower per_pass to 5",
        ],
    );
}

/// Passes of more members than there are were left out of a file by nobody: the default follows the members.
#[test]
fn a_pass_that_is_not_written_has_no_more_members_than_there_are() {
    let lab = LabTest::new();
    let resolved = |set: &str| {
        let facts = lab.json(&[
            "check",
            &experiment("quickstart"),
            "--format",
            "json",
            "--set",
            set,
        ]);
        facts["resolved"].as_str().unwrap().to_owned()
    };
    let few = resolved("ensemble=(members: 3)");
    assert!(
        few.contains("members: 3") && few.contains("per_pass: 3"),
        "{few}"
    );
    let many = resolved("ensemble=(members: 40)");
    assert!(
        many.contains("members: 40") && many.contains("per_pass: 15"),
        "{many}"
    );
}

/// Criteria are checked against names that are known before a run; they are the names that the run has.
#[test]
fn the_figures_that_are_promised_are_those_of_the_run() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let promised = lab.json(&["check", &quickstart, "--smoke", "--format", "json"]);
    let summary = lab.json(&["run", &quickstart, "--smoke", "--format", "json"]);
    let promised: BTreeSet<&str> = promised["figures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    let found: BTreeSet<&str> = summary["all"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .filter(|name| !name.starts_with("noise_ceiling."))
        .collect();
    let missing: Vec<_> = found.symmetric_difference(&promised).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(found.len() > 100);
}

#[test]
fn nothing_is_timed_unless_it_is_asked_for() {
    let lab = LabTest::new();
    let started = Instant::now();
    let facts = lab.json(&["check", &experiment("quickstart"), "--format", "json"]);
    assert!(started.elapsed() < SECONDS);
    assert!(facts["estimate"].is_null() && facts["estimated_seconds"].is_null());
    let data = &facts["data"];
    assert_eq!(
        (&data["n_train"], &data["n_test"]),
        (&576.into(), &72.into())
    );
    // Two presentations of each training image, as single trials.
    assert_eq!(data["n_rows"], 1152);
    assert_eq!(data["subjects"].as_array().unwrap().len(), 3);
    assert_eq!(facts["unread"], serde_json::json!([]));
}

/// Headers must say what the data say: the same tables, shapes and classes, for each dataset that reads headers alone.
#[test]
fn headers_agree_with_what_is_loaded() {
    use lab_core::config::PluginRef;
    use lab_core::context::Context;
    use lab_core::traits::Dataset;

    let lab = LabTest::new();
    fs::create_dir(lab.path("pictures")).unwrap();
    for idx in 0..12u8 {
        let pixels = [idx; 20 * 20];
        let path = lab.path("pictures").join(format!("{idx:02}.png"));
        image::save_buffer(path, &pixels, 20, 20, image::ColorType::L8).unwrap();
    }
    let folder = format!("folder(path: {:?}, size: 16)", lab.path("pictures"));
    for text in [
        "letters(n_train: 12, n_test: 6, size: 24)",
        "scenes(n_train: 12, n_test: 6, size: 24)",
        "simulated(stimuli: letters(n_train: 24, n_test: 6, size: 24), voxels: [20, 30])",
        "jittered(of: letters(n_train: 12, n_test: 0, size: 24), copies: 3)",
        "union(parts: [letters(n_train: 12, n_test: 0), letters(n_train: 6, n_test: 0, series: \"x\")])",
        &folder,
    ] {
        let ctx = Context::new(7);
        let dataset = PluginRef::<dyn Dataset>::of(text).build(&ctx).unwrap();
        assert!(dataset.reads_headers(), "{text}");
        let [whole, headers] =
            [ctx.clone(), ctx.with_headers_only()].map(|ctx| dataset.load(&ctx).unwrap());
        headers.check_tables().unwrap();
        assert_eq!(whole.stimuli.shape(), headers.stimuli.shape(), "{text}");
        assert_eq!(whole.stimuli.split, headers.stimuli.split, "{text}");
        assert_eq!(whole.stimuli.labels, headers.stimuli.labels, "{text}");
        assert_eq!(whole.stimuli.names, headers.stimuli.names, "{text}");
        assert_eq!(whole.subjects.len(), headers.subjects.len(), "{text}");
        for (whole, headers) in whole.subjects.iter().zip(&headers.subjects) {
            assert_eq!(whole.id, headers.id);
            assert_eq!(whole.trials, headers.trials);
            assert_eq!(whole.voxels.roi, headers.voxels.roi);
            assert_eq!(whole.responses.dims(), headers.responses.dims());
        }
        // No picture was made for it.
        let pixels = headers.stimuli.images.read(&[0]).unwrap();
        assert!(pixels.iter().all(|pixel| *pixel == 0.0), "{text}");
    }
}

/// Scores, stages and weights bear the name of their network.
#[test]
fn two_networks_of_one_name_are_refused_before_anything_is_made() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    for observers in [
        "observers=[gabor(frequencies: [1.0]), gabor()]",
        "observers=[gabor(), alexnet(size: 32, width: 0.125, hidden: 256, padding: Same, train: (corpus: letters(n_train: 60, n_test: 0, size: 32, series: \"observer\")))]",
    ] {
        for verb in ["check", "run"] {
            lab.complains(
                &[verb, &quickstart, "--set", observers],
                &["has the name of"],
            );
        }
    }
    assert!(!lab.path("runs").exists());
}

/// As many images as a whole study has: their figures are known as soon as those of a few.
#[test]
fn many_test_images_have_the_figures_of_few() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let figures = |n_test: &str| {
        let set = format!("dataset.stimuli.n_test={n_test}");
        let small = "dataset.voxels=[20, 20, 20]";
        let arguments = ["check", &quickstart, "--set", &set, "--set", small];
        lab.json(&[&arguments[..], &["--format", "json"]].concat())["figures"].take()
    };
    let few = figures("60");
    assert!(few.as_array().unwrap().len() > 100);
    assert_eq!(figures("6000"), few);
}
