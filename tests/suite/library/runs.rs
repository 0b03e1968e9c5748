//! Whole runs with plugins of a library.

use std::fs;

use serde_json::Value;

use super::library;
use crate::lab_test::{LabTest, experiment};

/// The library beside the experiment, under a short name.
fn lab() -> LabTest {
    let lab = LabTest::new();
    lab.write("toys.so", fs::read(library()).unwrap());
    lab
}

const GENERATOR: &str = "generator=waves(latent: 20, size: 32, corpus: letters(n_train: 300, n_test: 0, size: 32, series: \"corpus\"))";

fn run(lab: &LabTest, file: &str, more: &[&str]) -> String {
    let arguments = [&["run", file, "--smoke", "--runs", "runs"], more].concat();
    let ended = lab.lab(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    // Stages and the networks' own warnings are told; the library gives no reason for one.
    let of_library = |line: &str| line.starts_with("warning: ") && line.contains(".so");
    assert!(!ended.stderr.lines().any(of_library), "{}", ended.stderr);
    ended.stdout.trim_end().to_owned()
}

fn record(lab: &LabTest, report: &str) -> Value {
    let path = lab.path(report).with_file_name("record.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_generator_of_a_library_takes_the_place_of_dcgan() {
    let lab = lab();
    let quickstart = experiment("quickstart");
    let report = run(
        &lab,
        &quickstart,
        &["--plugin", "toys.so", "--set", GENERATOR],
    );
    let hash = blake3_of(&lab, "toys.so");
    let versions = record(&lab, &report)["provenance"]["versions"].to_string();
    assert!(versions.contains(&hash), "{versions}");
    assert!(
        versions.contains("built by thin-plugins 0.1.0; lab-library 0.1.0; rustc "),
        "{versions}"
    );
    let manifest = lab.path(&report).with_file_name("manifest.json");
    assert!(fs::read_to_string(manifest).unwrap().contains(&hash));
    let weights = fs::read(
        lab.path(&report)
            .with_file_name("weights/generator.safetensors"),
    )
    .unwrap();
    let named = lab_core::weights::from_bytes(&weights, &candle_core::Device::Cpu).unwrap();
    assert_eq!(named.keys().collect::<Vec<_>>(), ["mean", "weight"]);

    // What was resolved names the library and the defaults of the corpus, and runs again as it is.
    let run_ron = lab.path(&report).with_file_name("run.ron");
    let resolved = fs::read_to_string(&run_ron).unwrap();
    assert!(resolved.contains("plugins: [\"toys.so\"]"), "{resolved}");
    assert!(resolved.contains("updates: 2"), "{resolved}");
    let run_ron = run_ron.to_string_lossy().into_owned();
    let again = lab.lab(&["run", &run_ron, "--smoke", "--runs", "runs"]);
    assert_eq!(
        (again.code, again.stdout.trim_end()),
        (0, report.as_str()),
        "{}",
        again.stderr
    );

    // Another library of the same name trains again: its hash is part of the stages' keys.
    let stages = || {
        fs::read_dir(lab.path("runs/.stages/generator"))
            .unwrap()
            .count()
    };
    assert_eq!(stages(), 1);
    let mut changed = fs::read(library()).unwrap();
    changed.extend_from_slice(b"rebuilt");
    lab.write("toys.so", changed);
    let why = lab.lab(&["plan", &run_ron, "--runs", "runs", "--why", "generator"]);
    let differs = format!(
        "What differs:\n  library toys.so  is {}…, was {}…\n",
        &blake3_of(&lab, "toys.so")[..12],
        &hash[..12]
    );
    assert!(why.stdout.ends_with(&differs), "{}", why.stdout);
    let rebuilt = lab.lab(&["run", &run_ron, "--runs", "runs"]);
    assert_eq!((rebuilt.code, stages()), (0, 2), "{}", rebuilt.stderr);
}

#[test]
fn all_six_kinds_of_a_library_in_one_run() {
    let lab = lab();
    let generator = GENERATOR.replace("generator=", "generator: ");
    lab.write(
        "six.ron",
        format!(
            "(\n    name: \"six\",\n    seed: 4,\n    plugins: [\"toys.so\"],\n    dataset: dots(size: 32, n: 60),\n    align: [centred(), concatenate()],\n    {generator},\n    features: sums(size: 32),\n    losses: [(2.0, apart()), (1.0, pixel())],\n    decoder: lines(),\n    ensemble: (members: 2, per_pass: 2),\n    observers: [gabor()],\n    evaluate: [Identification, Observer, Baselines],\n)\n"
        ),
    );
    // At its full size, which takes seconds.
    let ended = lab.lab(&["run", "six.ron", "--runs", "runs"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let record = record(&lab, ended.stdout.trim_end());
    let text = record.to_string();
    for words in [
        "mean left over",
        "distance to the mean",
        "Every number is noise.",
        "apart",
    ] {
        assert!(text.contains(words), "{words}");
    }
    assert_eq!(record["data"]["subjects"][1]["rois"][1][0], "Größe");
}

#[test]
fn a_panic_ends_the_run_with_an_error() {
    let lab = lab();
    let set = GENERATOR.replace("size: 32, corpus", "size: 32, panic_at: 60, corpus");
    let quickstart = experiment("quickstart");
    let ended = lab.lab(&[
        "run",
        &quickstart,
        "--smoke",
        "--plugin",
        "toys.so",
        "--set",
        &set,
    ]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains(
            "error: generator 'waves' of toys.so panicked in FORWARD: a batch of 60 was asked for; this is a mistake of the plugin's author"
        ),
        "{}",
        ended.stderr
    );
}

#[test]
fn the_command_lists_and_explains_plugins_of_a_library() {
    let lab = lab();
    let listed = lab
        .lab(&["plugins", "list", "waves", "--plugin", "toys.so"])
        .stdout;
    assert_eq!(listed, "generator  waves  Waves, for tests  [toys.so]\n");
    let said = lab
        .lab(&["plugins", "explain", "waves", "--plugin", "toys.so"])
        .stdout;
    let hash = blake3_of(&lab, "toys.so");
    for words in [
        "waves: generator of toys.so 0.1.0",
        "tanh(a + a·tanh(a) + mean)",
        "Loaded from\n  toys.so\n",
        &format!("BLAKE3 {hash}"),
        "built by thin-plugins 0.1.0",
        "latent: 6",
        "latent: whole number; at least 1, at most 1048576; default 6\n      Numbers of a latent.\n",
        "corpus: dataset; default dots()\n      What it learns the mean image of.\n",
    ] {
        assert!(said.contains(words), "'{words}' is missing in\n{said}");
    }
    let rows = lab.json(&[
        "plugins", "list", "sums", "--plugin", "toys.so", "--format", "json",
    ]);
    assert_eq!(rows[0]["library"]["hash"], hash.as_str());
    lab.complains(
        &["plugins", "explain", "waves"],
        &["no plugin is called 'waves'"],
    );
}

#[test]
fn mistakes_in_parameters_of_a_library_have_their_place() {
    let lab = lab();
    let text = fs::read_to_string(experiment("quickstart")).unwrap();
    let at = text.find("    generator: dcgan(").unwrap();
    let text = format!(
        "{}    plugins: [\"toys.so\"],\n    generator: waves(\n        latnt: 5,\n        corpus: letters(size: 32),\n    ),\n    features:{}",
        &text[..at],
        text.split_once("    features:").unwrap().1
    );
    lab.write("x.ron", &text);
    let line = text
        .lines()
        .position(|line| line.contains("latnt"))
        .unwrap()
        + 1;
    lab.complains(
        &["check", "x.ron", "--smoke"],
        &[
            &format!("x.ron:{line}:9: waves has no parameter 'latnt'"),
            "did you mean 'latent'?",
        ],
    );
}

/// The slow road: a debug build of the same library in this release build of the host.
#[test]
fn a_debug_build_works_and_is_warned_of() {
    if std::env::var_os("LAB_SLOW").is_none() {
        lab_core::testing::skip(
            "LAB_SLOW=1 builds the library without optimisation, which takes minutes",
        );
        return;
    }
    let target = library().parent().unwrap().parent().unwrap();
    super::build(&target.join("plugin-project"), target, &[]);
    let lab = LabTest::new();
    lab.write(
        "toys.so",
        fs::read(target.join("debug/libthin_plugins.so")).unwrap(),
    );
    let quickstart = experiment("quickstart");
    let arguments = [
        "run",
        &quickstart,
        "--smoke",
        "--runs",
        "runs",
        "--plugin",
        "toys.so",
        "--set",
        GENERATOR,
    ];
    let ended = lab.lab(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let warning = "toys.so was built without optimisation";
    assert!(ended.stderr.contains(warning), "{}", ended.stderr);
    assert!(
        record(&lab, ended.stdout.trim_end())["warnings"]
            .to_string()
            .contains(warning)
    );
    // The same bits as from the release build: nothing here depends on how it was built.
    let weights = |lab: &LabTest, report: &str| {
        fs::read(
            lab.path(report)
                .with_file_name("weights/decoders.safetensors"),
        )
        .unwrap()
    };
    let slow = weights(&lab, ended.stdout.trim_end());
    let fast = self::lab();
    let report = run(
        &fast,
        &quickstart,
        &["--plugin", "toys.so", "--set", GENERATOR],
    );
    assert_eq!(slow, weights(&fast, &report));
}

fn blake3_of(lab: &LabTest, name: &str) -> String {
    blake3::hash(&fs::read(lab.path(name)).unwrap())
        .to_hex()
        .to_string()
}

#[test]
fn a_library_with_a_cut_gradient_is_found_out_and_told_why() {
    let lab = lab();
    let toys = library().to_string_lossy().into_owned();
    let checked = |config: &str| lab.lab(&["plugins", "check", &toys, "--config", config]);
    let severed = checked("severed()");
    assert_eq!(severed.code, 1, "{}\n{}", severed.stdout, severed.stderr);
    for words in [
        "as the value changes with the input",
        "it is cut off on the way",
        "an operation without a backward",
        "softmax_last_dim",
    ] {
        assert!(
            severed.stdout.contains(words),
            "{words} in {}",
            severed.stdout
        );
    }
    let waves = checked("waves()");
    assert_eq!(waves.code, 0, "{}\n{}", waves.stdout, waves.stderr);
}
