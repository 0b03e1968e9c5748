//! The command's face: plugins, help, completions, start-up.

use std::fs;
use std::time::Instant;

use crate::lab_test::{LabTest, experiment, root};

#[test]
fn registry_holds_exactly_the_golden_names() {
    let plugins = LabTest::new().json(&["plugins", "list", "--format", "json"]);
    let names: Vec<String> = plugins
        .as_array()
        .unwrap()
        .iter()
        .map(|plugin| {
            format!(
                "{} {}",
                plugin["capability"].as_str().unwrap(),
                plugin["name"].as_str().unwrap()
            )
        })
        .collect();
    let text = names.join("\n") + "\n";
    let golden = root().join("tests/suite/golden/registry.txt");
    if std::env::var_os("LAB_UPDATE").is_some() {
        fs::write(&golden, &text).unwrap();
    }
    assert_eq!(
        text,
        fs::read_to_string(golden).unwrap(),
        "LAB_UPDATE=1 rewrites the list"
    );
}

#[test]
fn every_plugin_explains_itself() {
    let lab = LabTest::new();
    let plugins = lab.json(&["plugins", "list", "--format", "json"]);
    for plugin in plugins.as_array().unwrap() {
        let name = plugin["name"].as_str().unwrap();
        for key in ["summary", "equation", "source"] {
            assert!(
                !plugin[key].as_str().unwrap().is_empty(),
                "{name} has no {key}"
            );
        }
        let text = lab.lab(&["plugins", "explain", name]).stdout;
        // A variant called None, True or False would be written with a prefix that no one types.
        assert!(!text.contains("r#"), "{name}\n{text}");
        for heading in [
            "Equation",
            "Source",
            "Parameters and defaults",
            "Registered at",
        ] {
            assert!(
                text.contains(heading),
                "{name}: {heading} is missing in\n{text}"
            );
        }
        let file = plugin["file"].as_str().unwrap();
        assert!(
            root().join(file).exists(),
            "{name} says it stands in {file}"
        );
    }
}

#[test]
fn unknown_plugin_is_answered_with_the_nearest() {
    LabTest::new().complains(
        &["plugins", "explain", "hyperalignmnt"],
        &["did you mean 'hyperalignment'?"],
    );
}

#[test]
fn list_takes_a_pattern() {
    let ended = LabTest::new().lab(&["plugins", "list", "feature_*"]);
    assert!(
        ended.stdout.contains("feature_presence") && !ended.stdout.contains("pixel "),
        "{}",
        ended.stdout
    );
}

#[test]
fn completions_are_written_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = LabTest::new().lab(&["completions", shell]);
        assert!(
            ended.code == 0 && ended.stdout.contains("plugins"),
            "{shell}"
        );
    }
}

#[test]
fn check_prints_an_experiment_that_resolves_to_itself() {
    let lab = LabTest::new();
    let first = lab.lab(&["check", &experiment("quickstart")]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    lab.write("again.ron", &first.stdout);
    let second = lab.lab(&["check", "again.ron"]);
    assert_eq!(second.code, 0, "{}", second.stderr);
    // Times differ, and stand in comments.
    let experiment = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with("//"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(experiment(&first.stdout), experiment(&second.stdout));
}

#[test]
fn every_experiment_parses_and_resolves() {
    for entry in fs::read_dir(root().join("experiments")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "ron") {
            let ended = LabTest::new().lab(&["check", &path.to_string_lossy(), "--smoke"]);
            assert_eq!(ended.code, 0, "{}: {}", path.display(), ended.stderr);
        }
    }
}

/// Milliseconds that `lab plugins list` may take: some ten times what it takes on a busy machine, and less than work done
/// for each plugin, such as drawing a dataset, would take.
const SLOWEST_START: u128 = 500;

#[test]
fn starts_at_once() {
    let lab = LabTest::new();
    lab.lab(&["--version"]);
    let quickest = (0..5)
        .map(|_| {
            let started = Instant::now();
            lab.lab(&["plugins", "list"]);
            started.elapsed().as_millis()
        })
        .min()
        .unwrap();
    assert!(
        quickest < SLOWEST_START,
        "the quickest of five starts of `lab plugins list` took {quickest} ms"
    );
}

#[test]
fn bench_measures_without_a_peer_too() {
    let lab = LabTest::new();
    let table = lab.json(&[
        "bench",
        "layer.conv-1-32-64.forward",
        "--quick",
        "--threads",
        "1",
        "--peer-python",
        "no-such-python",
        "--format",
        "json",
    ]);
    let names: Vec<&str> = table["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["gemm", "layer.conv-1-32-64.forward"]);
    assert!(table["peer"].as_str().unwrap().starts_with("none"));
    for row in table["rows"].as_array().unwrap() {
        assert!(row["ours"]["wall_ms"].as_f64().unwrap() > 0.0, "{row}");
        assert!(row["ratio"].is_null());
    }
    lab.complains(&["bench", "nothing"], &["'nothing'", "gan-step"]);
}

#[cfg(unix)]
#[test]
fn a_peer_that_fails_loses_its_rounds_and_nothing_else() {
    use std::os::unix::fs::PermissionsExt;

    let lab = LabTest::new();
    // Says that it can, and then cannot.
    lab.write(
        "peer",
        "#!/bin/sh\n[ \"$3\" = versions ] && echo pretended 1.0 && exit 0\nexit 1\n",
    );
    fs::set_permissions(lab.path("peer"), fs::Permissions::from_mode(0o755)).unwrap();
    let peer = lab.path("peer").to_string_lossy().into_owned();
    let arguments = [
        "bench",
        "gemm",
        "--quick",
        "--threads",
        "1",
        "--format",
        "json",
        "--peer-python",
        &peer,
    ];
    let ended = lab.lab(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("the peer does not do 'gemm'"),
        "{}",
        ended.stderr
    );
    let table: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(table["peer"], "pretended 1.0");
    assert!(table["rows"][0]["ratio"].is_null() && table["rows"][0]["peer"].is_null());
}

#[test]
fn check_estimates_every_training() {
    let lab = LabTest::new();
    let arguments = ["check", &experiment("quickstart"), "--estimate"];
    let facts = lab.json(&[&arguments[..], &["--format", "json"]].concat());
    let stages = facts["estimate"].as_array().unwrap();
    let names: Vec<&str> = stages
        .iter()
        .map(|stage| stage["stage"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "generator",
            "features",
            "observer convnet",
            "decoders, 1152 training rows"
        ]
    );
    assert_eq!(
        (&stages[0]["n_updates"], &stages[1]["n_updates"]),
        (&4000.into(), &150.into())
    );
    assert!(
        stages
            .iter()
            .all(|stage| stage["seconds"].as_f64().unwrap() > 0.0)
    );
    let total: f64 = stages
        .iter()
        .map(|stage| stage["seconds"].as_f64().unwrap())
        .sum();
    assert!((facts["estimated_seconds"].as_f64().unwrap() - total).abs() < 1e-9);
    // What is printed for people is an experiment file all the same.
    let text = lab.lab(&arguments).stdout;
    assert!(text.contains("// Estimate on this machine"), "{text}");
    assert!(
        text.contains("//   Total of these trainings, one after the other: "),
        "{text}"
    );
    lab.write("resolved.ron", &text);
    assert_eq!(lab.lab(&["check", "resolved.ron", "--smoke"]).code, 0);
}
