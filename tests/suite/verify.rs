//! `lab verify`, and the check before a finished run is read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lab_core::rng;
use lab_runner::proof::{Problem, verify};
use rand::Rng as _;
use serde_json::{Value, json};

use crate::finished::{copy, finished, json as read, seal};
use crate::lab_test::{LabTest, contents, experiment};
use crate::sweep::TINY;
use crate::weights::given;

/// What `lab verify` says of a folder: its exit code, and each finding as (file, problem).
fn findings(lab: &LabTest, folder: &str) -> (i32, Vec<(String, String)>) {
    let ended = lab.lab(&["verify", folder, "--format", "json"]);
    let verdict: Value = serde_json::from_str(&ended.stdout)
        .unwrap_or_else(|error| panic!("{error}: {} {}", ended.stdout, ended.stderr));
    assert_eq!(verdict["is_whole"], ended.code == 0);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = verdict["findings"].as_array().unwrap().iter();
    let findings = findings.map(|of| (text(&of["file"]), text(&of["problem"])));
    (ended.code, findings.collect())
}

fn flip(path: &Path, bit: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_manifest_says_what_a_run_was_made_of() {
    let folder = finished();
    let manifest = read(&folder.join("manifest.json"));
    let files = contents(&folder);
    let listed = manifest["files"].as_object().unwrap();
    assert_eq!(listed.len() + 1, files.len());
    for (name, hash) in listed {
        assert_eq!(
            hash.as_str(),
            Some(blake3::hash(&files[name]).to_hex().as_str())
        );
    }
    let program = &manifest["program"];
    let binary = fs::read(env!("CARGO_BIN_EXE_lab")).unwrap();
    assert_eq!(
        program["binary"].as_str(),
        Some(blake3::hash(&binary).to_hex().as_str())
    );
    assert!(program["compiler"].as_str().unwrap().starts_with("rustc "));
    assert_eq!(program["sources"].as_str().unwrap().len(), 64);
    // Without a clean commit the record says so, and the PDF.
    let is_proven = program["is_clean"] == true;
    assert!(!is_proven || program["commit"].as_str().unwrap().len() == 40);
    let record = read(&folder.join("record.json"));
    assert_eq!(record["unproven"], manifest["unproven"]);
    assert_eq!(record["unproven"] == json!([]), is_proven);
    // Every stage of the store is named by its key.
    let keys = manifest["stages"].as_object().unwrap();
    let store = folder.parent().unwrap().parent().unwrap().join(".stages");
    for stage in ["generator", "align", "overfit"] {
        let key = &keys[stage].as_str().unwrap()[..24];
        assert!(store.join(stage).join(key).is_dir(), "{stage}");
    }
    let plugins = manifest["plugins"].as_array().unwrap();
    let find = |role: &str| plugins.iter().find(|plugin| plugin["role"] == role);
    assert_eq!(find("generator").unwrap()["crate"], "lab-dcgan");
    // What is measured stands in its own place alone.
    let measured = &manifest["measured"];
    assert!(measured["wall_seconds"].as_f64().unwrap() > 0.0);
    let stages = measured["stages"].as_array().unwrap();
    let generator = stages.iter().find(|of| of["stage"] == "generator").unwrap();
    assert!(generator["reused"] == false && generator["seconds"].as_f64().unwrap() > 0.0);
    if cfg!(target_os = "linux") {
        assert!(measured["cpu_seconds"].as_f64().unwrap() > 0.1);
        assert!(measured["peak_memory_bytes"].as_u64().unwrap() > 1 << 24);
        assert!(generator["cpu_seconds"].is_number());
    }
}

#[test]
fn a_whole_run_is_whole() {
    let lab = LabTest::new();
    let folder = finished();
    let name = folder.to_string_lossy();
    let ended = lab.lab(&["verify", &*name]);
    assert_eq!((ended.code, &*ended.stderr), (0, ""), "{}", ended.stdout);
    assert!(ended.stdout.starts_with("quickstart "), "{}", ended.stdout);
    assert!(ended.stdout.contains(": whole. "), "{}", ended.stdout);
    assert_eq!(findings(&lab, &name), (0, vec![]));
    // Anywhere else it is as whole, and nothing speaks of stages that are not there.
    copy(&lab.path("elsewhere"));
    let verdict = lab.json(&["verify", "elsewhere", "--format", "json"]);
    let said = verdict["not_checked"].as_array().unwrap();
    assert!(
        said.iter()
            .any(|text| text.as_str().unwrap().contains(".stages"))
    );
}

/// Half of the bits fall on files alike, half on bytes alike, so that neither small files nor large ones are spared.
#[test]
fn every_flipped_bit_is_found() {
    let slow = std::env::var_os("LAB_SLOW").is_some();
    let (n_flips, seed) = (if slow { 1000 } else { 300 }, 14);
    let lab = LabTest::new();
    let folder = lab.path("run");
    copy(&folder);
    let files: Vec<(String, usize)> = contents(&folder)
        .into_iter()
        .map(|(name, bytes)| (name, bytes.len()))
        .filter(|(_, length)| *length > 0)
        .collect();
    let n_bytes: usize = files.iter().map(|(_, length)| length).sum();
    let mut stream = rng::stream(seed, "verify/flips");
    let mut of_file: BTreeMap<&str, usize> = BTreeMap::new();
    for n in 0..n_flips {
        let (name, byte) = if n % 2 == 0 {
            // Every file has its turn, however small it is.
            let (name, length) = &files[n / 2 % files.len()];
            (name, stream.random_range(0..*length))
        } else {
            let mut at = stream.random_range(0..n_bytes);
            let mut places = files.iter();
            let (name, _) = places
                .find(|(_, length)| {
                    let here = at < *length;
                    at -= if here { 0 } else { *length };
                    here
                })
                .unwrap();
            (name, at)
        };
        let bit = 8 * byte + stream.random_range(0..8);
        flip(&folder.join(name), bit);
        let verdict = verify(&folder).unwrap();
        let found = verdict.findings.iter().any(|of| of.file == *name);
        assert!(!verdict.is_whole && found, "bit {bit} of {name}");
        if name != "manifest.json" {
            assert_eq!(verdict.findings.len(), 1, "bit {bit} of {name}");
        }
        if n % 60 == 0 {
            let (code, findings) = findings(&lab, "run");
            assert!(code == 1 && findings.iter().any(|(file, _)| file == name));
        }
        flip(&folder.join(name), bit);
        *of_file.entry(name).or_default() += 1;
    }
    assert!(verify(&folder).unwrap().is_whole);
    assert!(of_file["manifest.json"] > 0 && of_file.len() > files.len() / 2);
    eprintln!(
        "{n_flips} bits in {} files, seed {seed}: all found",
        of_file.len()
    );
}

#[test]
fn whatever_else_was_done_to_a_run_is_named() {
    let lab = LabTest::new();
    let folder = lab.path("run");
    copy(&folder);
    let named = |file: &str, problem: &str| {
        let expected = vec![(file.to_owned(), problem.to_owned())];
        assert_eq!(findings(&lab, "run"), (1, expected), "{file}");
    };
    let with = |file: &str, bytes: &[u8], problem: &str| {
        let path = folder.join(file);
        let before = fs::read(&path).ok();
        fs::write(&path, bytes).unwrap();
        named(file, problem);
        match before {
            Some(before) => fs::write(&path, before).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
    };
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    let table = text("tables/scores.csv").replacen("0.", "0.9", 1);
    with("tables/scores.csv", table.as_bytes(), "changed");
    with("tables/notes.txt", b"mine", "not_listed");
    with(".new-summary.json", b"", "not_listed");
    with("report.pdf", b"", "changed");
    // The manifest itself: a hash, a figure, a blank, and the same JSON set otherwise.
    let manifest = text("manifest.json");
    let hash = read(&folder.join("manifest.json"))["program"]["sources"].take();
    let hash = hash.as_str().unwrap();
    for edited in [
        manifest.replace("\"seed\": 2018", "\"seed\": 2019"),
        manifest.replace("wall_seconds\": ", "wall_seconds\": 1"),
        manifest.replace(hash, &"0".repeat(64)),
        manifest.replacen("  ", " ", 1),
        format!("{manifest}\n"),
        read(&folder.join("manifest.json")).to_string(),
    ] {
        assert_ne!(edited, manifest);
        with("manifest.json", edited.as_bytes(), "changed");
    }
    let path = folder.join("run.ron");
    let away = folder.with_file_name("away");
    fs::rename(&path, &away).unwrap();
    named("run.ron", "missing");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&away, &path).unwrap();
        named("run.ron", "no_regular_file");
        fs::remove_file(&path).unwrap();
    }
    fs::rename(&away, &path).unwrap();
    assert_eq!(findings(&lab, "run").0, 0);
    let ended = lab.lab(&["verify", "run"]);
    assert!(ended.stdout.contains("missing for a proof") || ended.stdout.lines().count() == 2);
}

#[test]
fn inputs_are_known_by_their_content() {
    let lab = given();
    let ended = lab.lab(&["run", "given.ron"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let run = "runs/given/latest";
    let manifest = read(&lab.path(run).join("manifest.json"));
    let bytes = |name: &str| fs::read(lab.path(name)).unwrap();
    let input = |name: &str| {
        json!({
            "path": name,
            "bytes": bytes(name).len(),
            "blake3": blake3::hash(&bytes(name)).to_hex().as_str(),
        })
    };
    let expected = json!([input("features"), input("generator")]);
    assert_eq!(manifest["inputs"]["weights"], expected);
    let verdict = lab.json(&["verify", run, "--format", "json"]);
    assert_eq!(verdict["n_inputs"], 2);
    flip(&lab.path("generator"), 8 * (bytes("generator").len() - 1));
    let changed = vec![("generator".to_owned(), "changed".to_owned())];
    assert_eq!(findings(&lab, run), (1, changed));
    fs::remove_file(lab.path("generator")).unwrap();
    let verdict = lab.json(&["verify", run, "--format", "json"]);
    assert_eq!(verdict["n_inputs"], 1);
    let said = verdict["not_checked"].to_string();
    assert!(said.contains("'generator': it is not there"), "{said}");
}

/// Everything that reads a finished run refuses one that was edited, and names the file, both hashes and the remedy.
#[test]
fn what_was_edited_by_hand_is_not_believed() {
    let lab = LabTest::new();
    let folder = lab.path("run");
    copy(&folder);
    let run = folder.to_string_lossy().into_owned();
    let edit = |file: &str, from: &str, to: &str| -> [String; 2] {
        let path = folder.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}");
        let edited = text.replacen(from, to, 1);
        fs::write(path, &edited).unwrap();
        [text, edited].map(|text| blake3::hash(text.as_bytes()).to_hex().to_string())
    };
    let refused = |arguments: &[&str], file: &str, hashes: &[String; 2]| {
        let file = format!("run/{file}' is not what its run wrote");
        let expected = format!("expected BLAKE3 {}, found {}", hashes[0], hashes[1]);
        let remedy = "run the experiment again";
        lab.complains(arguments, &[&file, &expected, remedy, "lab verify"]);
    };
    let hashes = edit("summary.json", "0.", "1.0");
    refused(
        &["compare", "generators", &run, "--smoke"],
        "summary.json",
        &hashes,
    );
    let _ = edit("summary.json", "1.0", "0.");
    let hashes = edit("record.json", "\"value\": 0.", "\"value\": 0.9");
    refused(&["report", &run], "record.json", &hashes);
    refused(&["report", &run, "--out", "report"], "record.json", &hashes);
    let whole = finished().to_string_lossy().into_owned();
    refused(&["compare", "runs", &whole, &run], "record.json", &hashes);
    assert!(!lab.path("report").exists() && !lab.path("comparison").exists());
    let _ = edit("record.json", "\"value\": 0.9", "\"value\": 0.");
    assert_eq!(lab.lab(&["report", &run]).code, 0);
    let _ = edit("manifest.json", "\"seed\": 2018", "\"seed\": 2019");
    lab.complains(
        &["report", &run],
        &["run/manifest.json' is not what its run"],
    );
    // A manifest without its own hash is of an older version.
    let mut manifest = read(&folder.join("manifest.json"));
    for key in ["manifest_hash", "format"] {
        manifest.as_object_mut().unwrap().remove(key);
    }
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    lab.complains(&["verify", &run], &["of an older version", "again"]);
    fs::remove_file(folder.join("manifest.json")).unwrap();
    for verb in [
        &["verify", &run][..],
        &["report", &run],
        &["compare", "runs", &whole, &run],
    ] {
        lab.complains(verb, &["unfinished run", "no manifest.json"]);
    }
}

/// The run is made again once: every file but the one that was changed comes out in the same bytes.
#[test]
fn a_run_made_again_has_the_same_bytes() {
    let lab = LabTest::new();
    let folder = lab.path("run");
    copy(&folder);
    let path = folder.join("summary.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("\"seed\": 2018", "\"seed\": 2019", 1)).unwrap();
    seal(&folder, |_| {});
    assert!(verify(&folder).unwrap().is_whole);
    let scratch = lab.path("scratch");
    fs::create_dir(&scratch).unwrap();
    let place = scratch.to_string_lossy();
    let arguments = ["verify", "run", "--rerun", "--format", "json"];
    let ended = lab.lab_with(&arguments, &[("TMPDIR", &*place)]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let again = serde_json::from_str::<Value>(&ended.stdout).unwrap()["rerun"].take();
    assert_eq!(again["how"], "bytes", "{again:#}");
    assert_eq!(again["notes"], json!([]));
    assert_eq!(again["n_compared"], contents(&folder).len() - 1);
    let differences = again["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 1, "{again:#}");
    assert_eq!(differences[0]["what"], "summary.json");
    let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
    assert_eq!(differences[0]["found"], format!("BLAKE3 {hash}"));
    assert_eq!(
        fs::read_dir(&scratch).unwrap().count(),
        0,
        "nothing is left"
    );
}

/// Letters stand in for the data, and a criterion was set by hand: the resolved experiment tells neither.
#[test]
fn a_toy_run_with_stand_ins_comes_out_the_same_again() {
    let lab = LabTest::new();
    let vim1 = experiment("vim1");
    let criterion = "criteria=[at_least(\"observer.pixel.overall\", 0.0)]";
    let mut arguments = vec!["run", &vim1, "--smoke", "--set", criterion];
    TINY.iter().for_each(|set| arguments.extend(["--set", set]));
    let ended = lab.lab(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let run = lab
        .path(ended.stdout.trim_end())
        .parent()
        .unwrap()
        .to_owned();
    let record = read(&run.join("record.json"));
    assert!(record["toy"].as_str().unwrap().contains("in its place"));
    assert_eq!(record["criteria"].as_array().unwrap().len(), 1);
    let name = run.to_string_lossy().into_owned();
    let verdict = lab.json(&["verify", &name, "--rerun", "--format", "json"]);
    assert_eq!(verdict["rerun"]["differences"], json!([]));
}

#[test]
fn with_other_features_of_the_processor_scores_are_compared() {
    if std::env::var_os("LAB_SLOW").is_none() {
        return lab_core::testing::skip("LAB_SLOW is not set");
    }
    let lab = LabTest::new();
    let run = finished().to_string_lossy().into_owned();
    let variables = [("LAB_CPU", "baseline")];
    let ended = lab.lab_with(&["verify", &run, "--rerun"], &variables);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    for words in [
        "compared by headline scores, which may differ by 0.05",
        "Baseline",
    ] {
        assert!(ended.stdout.contains(words), "{}", ended.stdout);
    }
}

#[test]
fn a_problem_says_what_was_expected_and_found() {
    let changed = Problem::Changed {
        expected: "a".into(),
        found: "b".into(),
    };
    assert_eq!(changed.to_string(), "changed: expected BLAKE3 a, found b");
}
