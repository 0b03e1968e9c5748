//! Bad input gets a clear answer: what was expected, what was found, where, and what to do.

use std::fs;

use crate::lab_test::{LabTest, experiment, real_file, root};

/// The quickstart with one piece of text replaced.
fn quickstart_with(from: &str, to: &str) -> LabTest {
    let text = fs::read_to_string(root().join("experiments/quickstart.ron")).unwrap();
    assert!(text.contains(from), "the quickstart does not say '{from}'");
    let lab = LabTest::new();
    lab.write("bad.ron", text.replacen(from, to, 1));
    lab
}

/// Line and column of a text in the file, as an editor counts them.
fn place(lab: &LabTest, text: &str) -> String {
    let file = fs::read_to_string(lab.path("bad.ron")).unwrap();
    let at = file.find(text).unwrap();
    let line = file[..at].matches('\n').count() + 1;
    let column = file[..at].chars().rev().take_while(|&c| c != '\n').count() + 1;
    format!("bad.ron:{line}:{column}")
}

#[test]
fn unknown_plugin() {
    let lab = quickstart_with("dcgan(", "dcgun(");
    let at = place(&lab, "dcgun(");
    lab.complains(
        &["check", "bad.ron"],
        &[&at, "unknown generator 'dcgun'", "did you mean 'dcgan'?"],
    );
}

#[test]
fn misspelt_key_of_the_experiment() {
    let lab = quickstart_with("ensemble:", "ensembel:");
    lab.complains(
        &["check", "bad.ron"],
        &["bad.ron:", "ensembel", "did you mean 'ensemble'?"],
    );
}

#[test]
fn misspelt_key_of_a_plugin() {
    let lab = quickstart_with("latent: 50", "latnt: 50");
    let line = place(&lab, "latnt").rsplit_once(':').unwrap().0.to_owned();
    lab.complains(
        &["check", "bad.ron"],
        &[
            &line,
            "dcgan has no parameter 'latnt'",
            "did you mean 'latent'?",
        ],
    );
}

#[test]
fn misspelt_key_of_a_nested_plugin() {
    let lab = quickstart_with("n_train: 576", "n_trian: 576");
    let line = place(&lab, "n_trian")
        .rsplit_once(':')
        .unwrap()
        .0
        .to_owned();
    lab.complains(
        &["check", "bad.ron"],
        &[
            &line,
            "letters has no parameter 'n_trian'",
            "did you mean 'n_train'?",
        ],
    );
}

#[test]
fn wrong_type() {
    let lab = quickstart_with("latent: 50", "latent: \"fifty\"");
    let line = place(&lab, "\"fifty\"")
        .rsplit_once(':')
        .unwrap()
        .0
        .to_owned();
    lab.complains(
        &["check", "bad.ron"],
        &[&line, "dcgan: expected integer, got '\"fifty\"'"],
    );
}

#[test]
fn bad_overrides_name_the_argument() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let complains = |set: &str, words: &[&str]| {
        let argument = format!("--set {set}");
        let mut all = vec![argument.as_str()];
        all.extend_from_slice(words);
        lab.complains(&["check", &quickstart, "--set", set], &all);
    };
    complains("generator.latnt=100", &["latnt"]);
    complains("losses.7.0=1", &["7"]);
    complains("seed", &["="]);
    complains("generator.latent=\"many\"", &[]);
    complains("generater.latent=100", &["generator"]);
}

#[test]
fn missing_experiment_file() {
    LabTest::new().complains(&["run", "nowhere.ron"], &["reading 'nowhere.ron'"]);
}

#[test]
fn sizes_that_cannot_fit() {
    let lab = LabTest::new();
    lab.complains(
        &[
            "run",
            &experiment("quickstart"),
            "--smoke",
            "--set",
            "dataset.stimuli.size=56",
        ],
        &["1×56×56", "1×32×32"],
    );
    lab.complains(
        &[
            "check",
            &experiment("quickstart"),
            "--set",
            "generator.size=56",
        ],
        &["1×56×56", "1×32×32"],
    );
}

#[test]
fn unknown_layer_of_a_loss() {
    let lab = LabTest::new();
    let set = "losses.1.1=feature_presence(layers: [\"conv9\"], negative: [])";
    lab.complains(
        &["check", &experiment("quickstart"), "--set", set],
        &["conv9", "conv1, conv2"],
    );
}

#[test]
fn empty_region() {
    let lab = LabTest::new();
    let set = "responses.rois=Only([\"V9\"])";
    lab.complains(
        &["run", &experiment("quickstart"), "--smoke", "--set", set],
        &["region 'V9'", "known regions: V1"],
    );
    let set = "responses.rois=Only([])";
    lab.complains(
        &["run", &experiment("quickstart"), "--smoke", "--set", set],
        &["responses.rois", "an empty list", "rois: All"],
    );
}

#[test]
fn unwritable_run_folder() {
    let lab = LabTest::new();
    lab.write("runs", "a file where a folder should be");
    lab.complains(
        &["run", &experiment("quickstart"), "--smoke"],
        &["creating", "runs"],
    );
}

#[test]
fn damaged_mat_files() {
    let Some(real) = real_file("stim_brains.mat") else {
        return;
    };
    let bytes = fs::read(real).unwrap();
    let lab = LabTest::new();
    lab.write("truncated.mat", &bytes[..bytes.len() / 2]);
    lab.write("garbage.mat", vec![0x5a; 4096]);
    lab.write("empty.mat", []);
    for file in ["truncated.mat", "garbage.mat", "empty.mat"] {
        let set = format!("dataset.stimuli.images={file:?}");
        lab.complains(
            &["run", &experiment("brains"), "--smoke", "--set", &set],
            &[file, "expected"],
        );
    }
}
