//! `lab data`: what is in a file, whether a loader takes a folder, simulated data in real formats, packed corpora.

use std::fs;

use crate::lab_test::{LabTest, experiment, real_file, root};

/// Small forms of the three formats.
const SIMULATIONS: [(&str, &[&str]); 3] = [
    (
        "vim1",
        &["--voxels", "120,100", "--train", "40", "--test", "12"],
    ),
    (
        "god",
        &["--voxels", "90,80,70", "--train", "32", "--test", "8"],
    ),
    (
        "brains",
        &["--voxels", "60,50,40", "--train", "48", "--test", "12"],
    ),
];

fn simulate(lab: &LabTest, name: &str, size: &[&str], seed: &str) {
    let folder = format!("{name}-{seed}");
    let arguments = [
        &[
            "data", "simulate", name, &folder, "--corpus", "30", "--seed", seed,
        ],
        size,
    ]
    .concat();
    let ended = lab.lab(&arguments);
    assert_eq!(
        (ended.code, ended.stdout.trim()),
        (0, folder.as_str()),
        "{}",
        ended.stderr
    );
}

#[test]
fn what_is_simulated_is_what_the_loader_reads() {
    let lab = LabTest::new();
    for (name, size) in SIMULATIONS {
        simulate(&lab, name, size, "1");
        let folder = format!("{name}-1");
        let facts = lab.json(&["data", "check", name, &folder, "--format", "json"]);
        assert!(
            facts["simulated"].as_str().unwrap().contains("simulated"),
            "{name}"
        );
        let n_voxels: Vec<u64> = facts["subjects"]
            .as_array()
            .unwrap()
            .iter()
            .map(|subject| subject["n_voxels"].as_u64().unwrap())
            .collect();
        let wanted: Vec<u64> = size[1].split(',').map(|n| n.parse().unwrap()).collect();
        assert_eq!(n_voxels.len(), wanted.len(), "{name}");
        for (found, wanted) in n_voxels.iter().zip(&wanted) {
            // vim-1 has voxels with missing responses, which its loader leaves out.
            let lost = if name == "vim1" { wanted / 3 } else { 0 };
            assert!(
                (wanted - lost..=*wanted).contains(found),
                "{name}: {found} of {wanted}"
            );
        }
        // The truth and a corpus lie beside it.
        assert!(lab.path(&format!("{folder}/truth/S1_signal.npy")).exists());
        let packed = lab.json(&[
            "data",
            "check",
            "packed",
            &format!("{folder}/corpus.npy"),
            "--format",
            "json",
        ]);
        assert_eq!(packed["n_train"], 30, "{name}");
        // Simulated data never mix with what is there.
        lab.complains(
            &["data", "simulate", name, &folder],
            &["empty or new folder"],
        );
    }
}

#[test]
fn a_simulation_is_decided_by_its_seed() {
    let lab = LabTest::new();
    let (name, size) = SIMULATIONS[2];
    for seed in ["1", "2"] {
        simulate(&lab, name, size, seed);
    }
    let again = LabTest::new();
    simulate(&again, name, size, "1");
    let bytes = |lab: &LabTest, seed: &str| {
        fs::read(lab.path(&format!("brains-{seed}/brainsbold_S1.mat"))).unwrap()
    };
    assert!(bytes(&lab, "1") == bytes(&again, "1"));
    assert!(bytes(&lab, "1") != bytes(&lab, "2"));
}

#[test]
fn the_experiments_of_the_paper_run_on_simulated_files_and_say_so() {
    let lab = LabTest::new();
    for (name, size) in &SIMULATIONS[..2] {
        simulate(&lab, name, size, "1");
        let set = format!("dataset.root={name}-1");
        let ended = lab.lab(&["run", &experiment(name), "--smoke", "--set", &set]);
        assert_eq!(ended.code, 0, "{name}: {}", ended.stderr);
        let report = lab.path(ended.stdout.trim_end());
        assert!(fs::read(&report).unwrap().starts_with(b"%PDF"));
        let record = fs::read(report.with_file_name("record.json")).unwrap();
        let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
        assert!(
            record["data"]["simulated"]
                .as_str()
                .unwrap()
                .contains("simulated"),
            "{name}"
        );
    }
}

#[test]
fn missing_data_says_where_it_is_and_how_to_do_without() {
    let lab = LabTest::new();
    for (name, site) in [
        ("vim1", "crcns.org"),
        ("god", "figshare"),
        ("brains", "github.com"),
    ] {
        lab.complains(
            &["run", &experiment(name)],
            &["there is no file", site, "lab data simulate"],
        );
    }
}

#[test]
fn the_schedules_of_the_paper_are_experiments() {
    let lab = LabTest::new();
    for name in crate::paper::SETS {
        // Only their data are missing.
        lab.complains(
            &["check", &experiment(name)],
            &["dataset: there is no file"],
        );
    }
}

#[test]
fn real_files_are_recognised() {
    for (name, known, usage) in [
        ("stim_brains.mat", "BRAINS", "brains("),
        ("finalZ_float.mat", "latents", "stored_latents("),
        ("finalZ_bytes.mat", "latents", "stored_latents("),
        ("kaymask64.mat", "mask", "aperture"),
    ] {
        let Some(file) = real_file(name) else {
            return;
        };
        let found = LabTest::new().json(&[
            "data",
            "inspect",
            &file.to_string_lossy(),
            "--format",
            "json",
        ]);
        assert!(
            found[0]["known_as"].as_str().unwrap().contains(known),
            "{name}"
        );
        assert!(
            found[0]["usage"].as_str().unwrap().contains(usage),
            "{name}"
        );
    }
}

#[test]
fn the_detective_sees_what_is_wrong() {
    let lab = LabTest::new();
    let reference = root().join("tests/reference/datasets");
    // Images that stand in both sets.
    let (name, size) = SIMULATIONS[0];
    simulate(&lab, name, size, "1");
    let stimuli = lab
        .path("vim1-1/Stimuli.mat")
        .to_string_lossy()
        .into_owned();
    let clean = lab.json(&["data", "inspect", &stimuli, "--format", "json"]);
    assert_eq!(clean[0]["warnings"].as_array().unwrap().len(), 0);
    let text = lab.lab(&["data", "inspect", &stimuli]).stdout;
    for word in ["MATLAB 5", "40 × 128 × 128", "known as", "vim1(root:"] {
        assert!(text.contains(word), "{word} is missing in\n{text}");
    }
    // A pickle with a payload is looked at, and nothing runs.
    let payload = reference.join("payload.pkl");
    lab.complains(
        &["data", "inspect", &payload.to_string_lossy()],
        &["payload.pkl", "run"],
    );
    // A file that its reader never ends.
    let endless = reference.join("hostile/endless.h5");
    lab.complains(
        &["data", "inspect", &endless.to_string_lossy()],
        &["endless.h5", "damaged"],
    );
    lab.write("text.mat", "no data at all");
    lab.complains(&["data", "inspect", "text.mat"], &["text.mat", "MATLAB 5"]);
    lab.complains(&["data", "inspect", "nothing.mat"], &["nothing.mat"]);
}

/// Every form that lab reads, and one that is damaged in the middle: the rest is told, and the command says that something failed.
#[test]
fn whatever_is_read_is_inspected_and_one_bad_file_stops_no_other() {
    let lab = LabTest::new();
    let at = |name: &str| {
        root()
            .join("tests/reference")
            .join(name)
            .to_string_lossy()
            .into_owned()
    };
    lab.write(
        "trials.tsv",
        "subject\timage_idx\tclass\nS1\t0\tA\nS1\t1\tB\nS2\t0\tA\n",
    );
    lab.write("matrix.csv", "1.5,2\n3,-4\n");
    lab.write("cut.npy", b"\x93NUMPY\x01\x00");
    let known = [
        (
            "trials.tsv".to_owned(),
            "table of text, separated by tabs",
            "A (2), B (1)",
        ),
        (
            "matrix.csv".to_owned(),
            "table of text, separated by commas",
            "2 × 2",
        ),
        (at("containers/table.parquet"), "Parquet table", "Float64"),
        (at("datasets/deflated.npz"), "NumPy archive", "float"),
        (experiment("quickstart"), "RON: an experiment", "lab run"),
        (at("weights/dcgan.safetensors"), "safetensors", "float32"),
        (
            at("weights/dcgan.pth"),
            "PyTorch file",
            "weights of a network",
        ),
        (
            at("weights/dcgan_legacy.pth"),
            "PyTorch file",
            "nothing in the file was run",
        ),
        (
            at("containers/norms_spectral_old.pth"),
            "PyTorch file",
            "spectral norm",
        ),
        (
            at("weights/authors_dcgan.npz"),
            "NumPy archive",
            "network of Chainer's",
        ),
        (at("datasets/volumes.nii"), "NIfTI", "4 × 3 × 2 × 5"),
        (at("datasets/volumes.nii.gz"), "NIfTI", "5 volumes"),
        (
            at("containers/volume.mgh"),
            "FreeSurfer volume (MGH)",
            "4 × 3 × 2 × 2",
        ),
        (
            at("containers/volume.mgz"),
            "FreeSurfer volume (MGH)",
            "2 frames",
        ),
        (at("containers/outside.h5"), "HDF5", "external storage"),
    ];
    let mut arguments = vec!["data".to_owned(), "inspect".into(), "cut.npy".into()];
    arguments.extend(known.iter().map(|(file, ..)| file.clone()));
    let ended = lab.lab(&arguments);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("cut.npy") && ended.stderr.contains("2 of 16 files"),
        "{}",
        ended.stderr
    );
    let parts: Vec<&str> = ended.stdout.split("\n\n").collect();
    for (file, container, fact) in &known {
        let start = format!("{file}: {container}");
        let first = parts
            .iter()
            .position(|part| part.trim_start().starts_with(&start));
        let first = first.unwrap_or_else(|| panic!("{start} is missing in\n{}", ended.stdout));
        let own = parts[first..(first + 4).min(parts.len())].join("\n");
        assert!(own.contains(fact), "{fact} is missing in\n{own}");
    }
    // What lies outside of a file is named; no byte of it is shown.
    assert!(
        ended
            .stdout
            .contains("not read: 'elsewhere' is a link to another file"),
        "{}",
        ended.stdout
    );
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_folders_are_refused_at_once() {
    let lab = LabTest::new();
    std::fs::create_dir(lab.path("folder")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(lab.path("pipe.npy"))
        .status();
    assert!(made.unwrap().success());
    for (path, what) in [
        ("pipe.npy", "a pipe"),
        ("/dev/zero", "a device"),
        ("folder", "a folder"),
    ] {
        lab.complains(&["data", "inspect", path], &[path, what]);
    }
}

#[test]
fn a_folder_is_packed_once() {
    let lab = LabTest::new();
    let pictures = root().join("tests/reference/datasets/pictures");
    let source = format!("folder(path: {:?}, size: 16)", pictures.to_string_lossy());
    for _ in 0..2 {
        let ended = lab.lab(&["data", "pack", &source, "packed.npy"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }
    let found = lab.json(&["data", "inspect", "packed.npy", "--format", "json"]);
    assert!(found[0]["usage"].as_str().unwrap().contains("packed("));
    let facts = lab.json(&["data", "check", "packed", "packed.npy", "--format", "json"]);
    assert!(facts["n_train"].as_u64().unwrap() >= 4);
}

#[test]
fn the_score_rises_with_the_signal() {
    let lab = LabTest::new();
    let mut scores = Vec::new();
    for snr in ["0", "1", "8"] {
        let folder = format!("brains-{snr}");
        let size = [
            "--voxels",
            "300,300,300",
            "--train",
            "144",
            "--test",
            "48",
            "--corpus",
            "0",
        ];
        let arguments = [
            &["data", "simulate", "brains", &folder, "--snr", snr],
            &size[..],
        ]
        .concat();
        assert_eq!(lab.lab(&arguments).code, 0);
        let subjects: Vec<String> = (1..=3)
            .map(|n| format!("{:?}", format!("{folder}/brainsbold_S{n}.mat")))
            .collect();
        let dataset = format!(
            "dataset=brains(images: {:?}, responses: Subjects([{}]))",
            format!("{folder}/stim_brains.mat"),
            subjects.join(", ")
        );
        let summary = lab.json(&[
            "run",
            &experiment("brains"),
            "--smoke",
            "--set",
            &dataset,
            "--set",
            "decoder=ridge_to_pixels()",
            "--set",
            "evaluate=[Observer]",
            "--format",
            "json",
        ]);
        scores.push(
            summary["headline"]["observer.pixel.overall"]
                .as_f64()
                .unwrap(),
        );
    }
    // Chance is 0.5; 48 test images.
    assert!((scores[0] - 0.5).abs() < 0.15, "{scores:?}");
    assert!(
        scores[1] > scores[0] + 0.2 && scores[2] > scores[1],
        "{scores:?}"
    );
}
