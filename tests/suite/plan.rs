//! `lab plan`: what a run would find and make, and why; and planted changes, each of which must be named exactly.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use lab_core::testing::skip;
use serde_json::{Value, json};

use crate::arrays::npy;
use crate::lab_test::{LabTest, contents, experiment, root};

/// Nearly everything that a stage can come from: arrays, given weights, corpora drawn, packed and made of the data.
const EXPERIMENT: &str = r#"(
    name: "planted",
    seed: 7,
    dataset: arrays(
        responses: ["mine/P0.npy", "mine/P1.npy"],
        images: "mine/images.npy",
        trials: "mine/trials.csv",
        rois: "mine/rois.csv",
        size: 16,
    ),
    align: [standardise(), hyperalignment(), mean_subjects(), pca(variance: 0.9)],
    generator: dcgan(
        latent: 10,
        size: 16,
        width: 0.125,
        train: (
            corpus: union(parts: [jittered(of: training_stimuli(), copies: 2), packed(path: "corpus.npy")]),
            updates: 3,
            batch: 8,
            decay: Halfway(to: 0.05),
        ),
    ),
    features: layers_features(
        image: (channels: 3, height: 16, width: 16),
        weights: "features",
        keys: [("state_dict.classifier.{*}", "")],
        layers: [
            Conv2d(out: 6, kernel: 5, padding: 2), Relu, LocalResponseNorm(alpha: 0.01), MaxPool(kernel: 3, stride: 2),
            Conv2d(out: 8, kernel: 3, padding: 1, groups: 2, bias: false), BatchNorm(),
        ],
    ),
    losses: [(10.0, pixel(shrink: 0.9)), (1.0, feature_presence(layers: ["conv1", "conv2"], negative: ["conv1"]))],
    decoder: linear(learning_rate: 0.003, l2: 0.01, batch: 8, epochs: 2, decay: Halfway(to: 0.02)),
    ensemble: (members: 2, per_pass: 1),
    observers: [convnet(train: (corpus: letters(n_train: 60, n_test: 0, size: 16), updates: 3)), gabor()],
    overfit: mlp(batch: 8, epochs: 2),
    evaluate: [Baselines, Ceilings, Overfit],
    scores: (n_permutations: 50, n_bootstrap: 50, inversion: (n_starts: 1, n_steps: 3)),
)"#;

/// Two subjects, 24 training and 12 test images of 16 × 16 pixels: noise.
fn write_arrays(lab: &LabTest) {
    const SIZES: [usize; 2] = [30, 20];
    let mut noise = lab_core::rng::stream(1, "planted");
    let mut values = |n: usize| -> Vec<f32> {
        use rand::Rng;
        (0..n).map(|_| noise.random_range(-1.0..1.0)).collect()
    };
    fs::create_dir(lab.path("mine")).unwrap();
    lab.write("mine/images.npy", npy(&[36, 16, 16], &values(36 * 256)));
    let mut trials = String::from("subject,run,image,repeat,split\n");
    let mut rois = String::from("subject,voxel,roi\n");
    for (subject, n_voxels) in SIZES.into_iter().enumerate() {
        let rows = npy(&[36, n_voxels], &values(36 * n_voxels));
        lab.write(&format!("mine/P{subject}.npy"), rows);
        for image in 0..36 {
            let split = if image < 24 { "train" } else { "test" };
            writeln!(trials, "P{subject},0,{image},0,{split}").unwrap();
        }
        for voxel in 0..n_voxels {
            writeln!(rois, "P{subject},{voxel},{}", ["V1", "V2"][voxel % 2]).unwrap();
        }
    }
    lab.write("mine/trials.csv", trials);
    lab.write("mine/rois.csv", rois);
}

/// The experiment with its files, run once.
fn planted() -> LabTest {
    let lab = LabTest::new();
    write_arrays(&lab);
    lab.write("planted.ron", EXPERIMENT);
    let weights = root().join("tests/reference/weights/alexnet.pth");
    lab.write("features", fs::read(weights).unwrap());
    let letters = r#"letters(n_train: 40, n_test: 0, size: 16, series: "packed")"#;
    assert_eq!(lab.lab(&["data", "pack", letters, "corpus.npy"]).code, 0);
    let ended = lab.lab(&["run", "planted.ron"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    lab
}

/// One difference: the stage that is asked for, where it begins, what it is, its value now and then. A value that ends with
/// '…' is only known to begin so.
struct Change<'a> {
    stage: &'a str,
    begins_in: &'a str,
    what: &'a str,
    now: Value,
    then: Value,
}

fn differences(lab: &LabTest, arguments: &[&str], variables: &[(&str, &str)]) -> Vec<Value> {
    let command = [&["plan", "planted.ron", "--format", "json"], arguments].concat();
    let ended = lab.lab_with(&command, variables);
    assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.stderr);
    let found: Value = serde_json::from_str(&ended.stdout).unwrap();
    let stages = found["stages"].as_array().unwrap().iter();
    let missing = stages.filter(|stage| stage["state"] == "missing");
    missing
        .flat_map(|stage| stage["reason"]["differences"].as_array().unwrap().clone())
        .collect()
}

/// Demands that `--why` names this difference and no other.
fn demand(lab: &LabTest, change: &Change<'_>, arguments: &[&str], variables: &[(&str, &str)]) {
    let Change {
        stage,
        begins_in,
        what,
        now,
        then,
    } = change;
    let arguments = [&["--why", stage], arguments].concat();
    let mut found = differences(lab, &arguments, variables);
    // Each pass of an ensemble says the same.
    found.dedup();
    let expected = json!([{ "begins_in": begins_in, "what": what, "now": now, "then": then }]);
    assert_eq!(json!(found), expected, "{arguments:?}");
}

/// Parameters: the argument of `--set`, the stage that is asked for, where it begins if not there, and the value before.
const PARAMETERS: [(&str, &str, &str, &str); 47] = [
    ("seed=8", "decode", "data", "7"),
    ("seed=8", "observer/convnet", "", "7"),
    ("dataset.field_of_view_deg=10.0", "align", "data", "None"),
    ("generator.train.average=0.9", "generator", "", "0.999"),
    ("decoder.beta1=0.8", "decode", "", "0.9"),
    ("decoder.scale_input=false", "decode", "", "true"),
    ("observers.1.n_orientations=4", "observer/gabor", "", "8"),
    ("responses.repeats=Single", "align", "", "Average"),
    ("responses.rois=Only([\"V1\"])", "align", "data", "All"),
    ("align.0.scale=false", "align", "", "true"),
    ("align.1.alpha=0.5", "align", "", "1.0"),
    (
        "align.1.level2_niter=2",
        "ridge_to_pixels-ridge",
        "align",
        "1",
    ),
    ("align.3.variance=0.8", "align", "", "0.9"),
    ("generator.latent=11", "generator", "", "10"),
    ("generator.width=0.25", "decode", "generator", "0.125"),
    ("generator.input_noise=0.1", "generator", "", "0.15"),
    ("generator.train.updates=4", "generator", "", "3"),
    ("generator.train.batch=4", "ceiling", "generator", "8"),
    (
        "generator.train.learning_rate=0.001",
        "generator",
        "",
        "0.0001",
    ),
    ("generator.train.beta1=0.6", "generator", "", "0.5"),
    ("generator.train.decay=Constant", "generator", "", "Halfway"),
    ("generator.train.decay.to=0.1", "generator", "", "0.05"),
    (
        "generator.train.feature_matching.weight=2.0",
        "generator",
        "",
        "1.0",
    ),
    ("generator.train.clip_norm=5.0", "generator", "", "10.0"),
    (
        "generator.train.corpus.parts.0.copies=3",
        "generator",
        "",
        "2",
    ),
    (
        "generator.train.corpus.parts.0.shear=0.2",
        "shuffled",
        "generator",
        "0.1",
    ),
    ("features.layers.2.alpha=0.02", "features", "", "0.01"),
    ("features.mean=[0.0, 0.0, 0.0]", "decode", "features", "…"),
    ("losses.0.0=11.0", "decode", "", "10"),
    ("losses.0.1.shrink=0.8", "decode", "", "0.9"),
    ("losses.1.1.threshold=0.5", "ceiling", "", "1.0"),
    ("losses.1.1.negative=[]", "decode", "", "[\"conv1\"]"),
    ("decoder.l2=0.1", "decode", "", "0.01"),
    ("decoder.learning_rate=0.01", "shuffled", "", "0.003"),
    ("decoder.batch=4", "decode", "", "8"),
    ("decoder.epochs=3", "ceiling_from_decoders", "decode", "2"),
    ("decoder.decay.to=0.5", "decode", "", "0.02"),
    ("decoder=mlp()", "decode", "", "linear"),
    ("ensemble.members=3", "decode", "", "2"),
    ("ensemble.per_pass=2", "decode", "", "1"),
    (
        "ensemble.combine=Median",
        "ceiling_from_decoders",
        "",
        "Mean",
    ),
    (
        "observers.0.train.corpus.n_train=70",
        "observer/convnet",
        "",
        "60",
    ),
    ("observers.0.train.noise=0.1", "observer/convnet", "", "0.3"),
    ("observers.1.envelope=0.5", "observer/gabor", "", "0.4"),
    ("overfit.epochs=3", "overfit", "", "2"),
    ("overfit.hidden=20", "overfit", "", "300"),
    ("scores.inversion.n_steps=4", "ceiling", "", "3"),
];

fn parameters(lab: &LabTest) {
    let demand_one = |(set, stage, begins_in, then): &(&str, &str, &str, &str)| {
        let (what, now) = set.split_once('=').unwrap();
        let begins_in = if begins_in.is_empty() {
            stage
        } else {
            begins_in
        };
        let arguments = ["--why", stage, "--set", set];
        let found = differences(lab, &arguments, &[]);
        // Of several passes one or all may be missing; all for the same reason.
        assert!(!found.is_empty(), "{set}: nothing is missing");
        for one in found {
            assert_eq!(
                (&one["begins_in"], &one["what"]),
                (&json!(begins_in), &json!(what)),
                "{set}"
            );
            let value = |of: &Value| of.as_str().unwrap_or_default().to_owned();
            let now = now.trim_end_matches("()").trim_end_matches(".0");
            assert_eq!(value(&one["now"]).trim_end_matches(".0"), now, "{set}");
            assert!(*then == "…" || value(&one["then"]) == *then, "{set}: {one}");
        }
    };
    // Half of them at a time: the command itself uses few threads.
    let (first, second) = PARAMETERS.split_at(PARAMETERS.len() / 2);
    std::thread::scope(|scope| {
        scope.spawn(|| first.iter().for_each(demand_one));
        second.iter().for_each(demand_one);
    });
}

/// A file is changed and put back; the difference must name it with the hashes of both contents.
fn file(lab: &LabTest, name: &str, (stage, begins_in): (&str, &str), change: fn(&mut Vec<u8>)) {
    let before = fs::read(lab.path(name)).unwrap();
    let mut after = before.clone();
    change(&mut after);
    assert!(before != after, "{name}");
    lab.write(name, &after);
    let hash = |bytes: &[u8]| json!(blake3::hash(bytes).to_hex().to_string());
    let change = Change {
        stage,
        begins_in,
        what: &format!("file {name}"),
        now: hash(&after),
        then: hash(&before),
    };
    demand(lab, &change, &[], &[]);
    lab.write(name, before);
}

fn files(lab: &LabTest) {
    let flip_last: fn(&mut Vec<u8>) = |bytes| *bytes.last_mut().unwrap() ^= 1;
    file(lab, "mine/P0.npy", ("align", "data"), flip_last);
    file(lab, "mine/P1.npy", ("overfit", "data"), flip_last);
    file(lab, "mine/images.npy", ("generator", "data"), |bytes| {
        // This flips the sign of one pixel.
        bytes[203] ^= 0x80;
    });
    file(lab, "mine/trials.csv", ("decode", "data"), |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replacen("P0,0,5,0", "P0,1,5,0", 1).into_bytes();
    });
    file(lab, "mine/rois.csv", ("align", "data"), |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replacen("P0,3,V2", "P0,3,V4", 1).into_bytes();
    });
    file(lab, "corpus.npy", ("generator", "generator"), flip_last);
    let weights = fs::read(root().join("tests/reference/weights/alexnet.safetensors")).unwrap();
    assert!(weights != fs::read(lab.path("features")).unwrap());
    // The same weights in another container are another content of the file.
    file(lab, "features", ("features", "features"), |bytes| {
        let other = root().join("tests/reference/weights/alexnet.safetensors");
        *bytes = fs::read(other).unwrap();
    });
}

fn machines(lab: &LabTest) {
    let device = Change {
        stage: "features",
        begins_in: "features",
        what: "device",
        now: json!("cuda"),
        then: json!("cpu"),
    };
    demand(lab, &device, &["--device", "cuda"], &[]);
    let reduced = Change {
        now: json!("cuda+tf32"),
        ..device
    };
    demand(lab, &reduced, &["--device", "cuda:0+tf32"], &[]);
    let found = differences(lab, &["--why", "align"], &[("LAB_CPU", "baseline")]);
    let [only] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(only["what"], "CPU features");
    assert!(only["now"].as_str().unwrap().contains("Baseline"), "{only}");
    assert!(
        !only["then"].as_str().unwrap().contains("Baseline"),
        "{only}"
    );
}

/// What decides no byte of a stage makes none again.
fn nothing(lab: &LabTest) {
    fs::create_dir(lab.path("moved")).unwrap();
    for name in [
        "mine/P0.npy",
        "mine/P1.npy",
        "mine/images.npy",
        "features",
        "corpus.npy",
        "corpus.ron",
        "corpus.labels.npy",
    ] {
        let name = Path::new(name);
        let moved = Path::new("moved").join(name.file_name().unwrap());
        fs::copy(
            lab.path(name.to_str().unwrap()),
            lab.path(moved.to_str().unwrap()),
        )
        .unwrap();
    }
    for sets in [
        &["name=other"][..],
        &["description=\"another sentence\""],
        &[
            "export=[Decoder, Ceiling]",
            "scores.n_foils=3",
            "criteria=[at_least(\"observer.pixel.overall\", 0.9)]",
        ],
        &["dataset.nan=Error"],
        &[
            "dataset.responses=[\"moved/P0.npy\", \"moved/P1.npy\"]",
            "dataset.images=\"moved/images.npy\"",
        ],
        &["features.weights=\"moved/features\""],
        &[
            "generator.train.corpus.parts.1.path=\"moved/corpus.npy\"",
            "generator.train.corpus.parts.1.verify=true",
        ],
        &[
            "observers=[gabor(), convnet(train: (corpus: letters(n_train: 60, n_test: 0, size: 16), updates: 3))]",
        ],
    ] {
        let mut command = vec!["plan", "planted.ron", "--format", "json"];
        command.extend(sets.iter().flat_map(|set| ["--set", set]));
        let found = lab.json(&command);
        let stages = found["stages"].as_array().unwrap();
        let missing: Vec<_> = stages
            .iter()
            .filter(|stage| stage["state"] != "there")
            .collect();
        assert!(
            missing.is_empty() && stages.len() > 10,
            "{sets:?}: {missing:#?}"
        );
    }
    // A file that is written again with the same content has another time, and that decides nothing.
    lab.write("features", fs::read(lab.path("features")).unwrap());
    assert!(differences(lab, &[], &[]).is_empty());
}

/// Together with the library of `library::runs`, and the sources, dependencies, compiler and profile of `lab-runner`'s own
/// tests, these are more than fifty changes.
#[test]
fn planted_changes_are_named_exactly_and_what_decides_nothing_makes_nothing_again() {
    let lab = planted();
    assert!(
        differences(&lab, &[], &[]).is_empty(),
        "nothing had changed"
    );
    let before = tree(lab.path("").as_path());
    machines(&lab);
    parameters(&lab);
    assert!(
        tree(lab.path("").as_path()) == before,
        "lab plan wrote something"
    );
    files(&lab);
    nothing(&lab);
    the_plan_is_what_was_made(&lab, "planted.ron", &[]);
    words(&lab);
    unfinished_and_damaged(&lab);
}

/// Every file and folder with its time and size.
fn tree(folder: &Path) -> BTreeMap<String, (u64, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap();
        found.insert(
            path.to_string_lossy().into_owned(),
            (kind.len(), kind.modified().unwrap()),
        );
        if kind.is_dir() {
            found.extend(tree(&path));
        }
    }
    found
}

/// Demands that the stages in the folder of runs are those that the plan lists: by name and by key.
pub(crate) fn the_plan_is_what_was_made(lab: &LabTest, file: &str, more: &[&str]) {
    let command = [&["plan", file, "--format", "json"], more].concat();
    let found = lab.json(&command);
    let mut planned: Vec<String> = Vec::new();
    for stage in found["stages"].as_array().unwrap() {
        assert_eq!(stage["state"], "there", "{stage}");
        let folder = stage["folder"].as_str().unwrap();
        planned.push(folder.replace("runs/.stages/", ""));
    }
    planned.sort();
    let files = contents(&lab.path("runs/.stages"));
    let mut made: Vec<String> = files
        .keys()
        .filter_map(|file| file.strip_suffix("/key.json"))
        .map(str::to_owned)
        .collect();
    made.sort();
    assert_eq!(planned, made, "{file}");
    for (name, bytes) in &files {
        if name.ends_with("/key.json") {
            let own: Value = serde_json::from_slice(bytes).unwrap();
            let own = own["stages"].as_array().unwrap().last().unwrap();
            let key = own["key"].as_str().unwrap();
            assert!(name.contains(&key[..24]), "{name}: {key}");
        }
    }
}

#[test]
fn a_plan_lists_exactly_the_stages_that_a_run_makes() {
    let all: &[&str] = if std::env::var_os("LAB_SLOW").is_some() {
        &["quickstart", "scenes", "r3gan"]
    } else {
        skip("LAB_SLOW is not set: quickstart alone");
        &["quickstart"]
    };
    for name in all {
        let lab = LabTest::new();
        let file = experiment(name);
        // The folder is empty: nothing was ever made there.
        let plan = |more: &[&str]| lab.lab(&[&["plan", &file, "--smoke"], more].concat());
        let first = plan(&[]);
        assert_eq!(first.code, 0, "{}", first.stderr);
        assert!(
            first.stdout.contains("none was ever made"),
            "{}",
            first.stdout
        );
        assert!(first.stdout.contains("not measured"), "{}", first.stdout);
        assert!(tree(&lab.path("")).is_empty(), "lab plan made something");
        let ended = lab.lab(&["run", &file, "--smoke"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        the_plan_is_what_was_made(&lab, &file, &["--smoke"]);
        let again = plan(&[]).stdout;
        assert!(again.contains("A run would train nothing."), "{again}");
        the_estimate_is_that_of_the_plan(&lab, &file);
    }
}

/// Demands that `lab check --estimate` says what the plan says, where finished stages tell it.
fn the_estimate_is_that_of_the_plan(lab: &LabTest, file: &str) {
    for (set, source) in [("seed=9", "alike"), ("seed=2018", "itself")] {
        let arguments = [file, "--smoke", "--set", set, "--format", "json"];
        let plan = lab.json(&[&["plan"], &arguments[..]].concat());
        let check = lab.json(&[&["check", "--estimate"], &arguments[..]].concat());
        let mut n_compared = 0;
        for training in check["estimate"].as_array().unwrap() {
            let name = training["stage"].as_str().unwrap();
            let name = if name.starts_with("decoders") {
                "decode"
            } else {
                name
            };
            let stages = plan["stages"].as_array().unwrap().iter();
            let Some(stage) = stages.clone().find(|stage| stage["stage"] == name) else {
                continue;
            };
            assert_eq!(stage["cost"]["seconds"], training["seconds"], "{name}");
            assert_eq!(
                (&stage["cost"]["source"], &training["source"]),
                (&source.into(), &source.into())
            );
            assert!(training["n_updates"].is_null());
            n_compared += 1;
        }
        assert!(n_compared >= 3, "{check:#}");
        let is_there = source == "itself";
        assert_eq!(
            check["estimated_seconds"] == 0.0,
            is_there,
            "{}",
            check["estimated_seconds"]
        );
    }
    let text = lab.lab(&["check", "--estimate", file, "--smoke"]).stdout;
    assert!(
        text.contains("Total of those that are to be made, one after the other: "),
        "{text}"
    );
}

/// A stage that was begun, and one with a flipped bit, are neither there nor missing.
fn unfinished_and_damaged(lab: &LabTest) {
    let set = "overfit.epochs=5";
    let command = [
        "plan",
        "planted.ron",
        "--format",
        "json",
        "--set",
        set,
        "--why",
        "overfit",
    ];
    let found = lab.json(&command);
    let folder = lab.path(found["stages"][0]["folder"].as_str().unwrap());
    let partial = folder.with_extension("partial");
    fs::create_dir_all(&partial).unwrap();
    let losses =
        candle_core::Tensor::zeros((7, 1), candle_core::DType::F64, &candle_core::Device::Cpu);
    let state = lab_core::weights::Weights::from([("losses".to_owned(), losses.unwrap())]);
    // A checkpoint begins with a hash, which is looked at when it is gone on from.
    let bytes = [vec![0; 32], lab_core::weights::to_bytes(&state).unwrap()].concat();
    fs::write(partial.join("training.checkpoint"), bytes).unwrap();
    let said = lab.lab(&["plan", "planted.ron", "--set", set]).stdout;
    let line = said
        .lines()
        .find(|line| line.starts_with("overfit"))
        .unwrap();
    for words in ["unfinished", "7 steps are kept; overfit.epochs is 5, was 2"] {
        assert!(line.contains(words), "{said}");
    }
    fs::remove_dir_all(partial).unwrap();

    let found = lab.json(&[
        "plan",
        "planted.ron",
        "--format",
        "json",
        "--why",
        "overfit",
    ]);
    let weights = lab
        .path(found["stages"][0]["folder"].as_str().unwrap())
        .join("member-0.safetensors");
    let whole = fs::read(&weights).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(&weights, flipped).unwrap();
    let said = lab.lab(&["plan", "planted.ron"]).stdout;
    let line = said
        .lines()
        .find(|line| line.starts_with("overfit"))
        .unwrap();
    for words in [
        "damaged",
        "member-0.safetensors' is not what was written; it is made again",
    ] {
        assert!(line.contains(words), "{said}");
    }
    fs::write(&weights, whole).unwrap();
}

/// What is said where the terminal reads it.
fn words(lab: &LabTest) {
    let said = |arguments: &[&str]| {
        let ended = lab.lab(&[&["plan", "planted.ron"], arguments].concat());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended.stdout
    };
    let all = said(&["--set", "decoder.l2=0.1", "--set", "decoder.epochs=4"]);
    let line = |name: &str| all.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(
        line("decode ").contains("decoder.l2 is 0.1, was 0.01, and 1 more"),
        "{all}"
    );
    assert!(
        line("ceiling_from_decoders").contains("follows decode"),
        "{all}"
    );
    assert!(line("align").contains("there"), "{all}");
    // Twice the epochs take twice as long.
    assert!(line("decode ").contains('~'), "{all}");
    assert!(
        all.contains("14 stages: ") || all.contains("15 stages: "),
        "{all}"
    );
    let why = said(&["--set", "generator.train.updates=9", "--why", "ceiling"]);
    for words in [
        "ceiling is missing. The only finished one is runs/.stages/ceiling/",
        "What differs begins in generator:\n  generator.train.updates  is 9, was 3\n",
    ] {
        assert!(why.contains(words), "{why}");
    }
    assert!(said(&["--why", "align"]).starts_with("align is there: runs/.stages/align/"));
    let words = [
        "--why decod: there is no such stage",
        "did you mean 'decode'?",
    ];
    lab.complains(&["plan", "planted.ron", "--why", "decod"], &words);
}
