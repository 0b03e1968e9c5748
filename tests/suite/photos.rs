//! Photographs: both experiments from a folder of pictures to a PDF, at toy size.

use std::fs;

use lab_core::rng;
use lab_core::testing::skip;
use rand::Rng;

use crate::lab_test::{LabTest, experiment};

/// Pictures of each folder: enough that 30 are tested and some are left for training.
const N_PICTURES: usize = 36;
/// Height and width of a picture, in pixels.
const SIDE: usize = 96;

/// Writes pictures of discs and stripes that differ from each other.
fn pictures(lab: &LabTest, folder: &str) {
    fs::create_dir_all(lab.path(folder)).unwrap();
    let mut draws = rng::stream(7, folder);
    for picture in 0..N_PICTURES {
        let mut number = || draws.random_range(0.0..1.0f64);
        let discs: Vec<[f64; 4]> = (0..9)
            .map(|_| [number(), number(), 0.05 + 0.2 * number(), number()])
            .collect();
        let slope = [10.0 * number(), 10.0 * number(), number()];
        let pixel = |at: usize| {
            let (y, x) = (
                (at / SIDE) as f64 / SIDE as f64,
                (at % SIDE) as f64 / SIDE as f64,
            );
            let inside = |disc: &&[f64; 4]| (x - disc[0]).hypot(y - disc[1]) < disc[2];
            let stripes = 0.5 + 0.5 * (slope[0] * x + slope[1] * y + slope[2]).sin();
            let grey = discs
                .iter()
                .rev()
                .find(inside)
                .map_or(stripes, |disc| disc[3]);
            (255.0 * grey) as u8
        };
        let pixels: Vec<u8> = (0..SIDE * SIDE).map(pixel).collect();
        let path = lab.path(folder).join(format!("{picture}.png"));
        let (side, grey) = (SIDE as u32, image::ColorType::L8);
        image::save_buffer(path, &pixels, side, side, grey).unwrap();
    }
}

/// What takes the place of the packages of photographs.
const OWN_FOLDERS: [&str; 4] = [
    "dataset.stimuli.path=seen",
    "dataset.stimuli.except=[]",
    "generator.train.corpus.path=learned",
    "generator.train.corpus.except=[]",
];

/// Runs an experiment at toy size on pictures of its own; the words of its record.
fn run(lab: &LabTest, name: &str, more: &[String]) -> String {
    pictures(lab, "seen");
    pictures(lab, "learned");
    let file = experiment(name);
    let mut arguments = vec!["run", &file, "--smoke"];
    OWN_FOLDERS
        .iter()
        .for_each(|set| arguments.extend(["--set", set]));
    more.iter().for_each(|set| arguments.extend(["--set", set]));
    let ended = lab.lab(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let report = lab.path(ended.stdout.trim_end());
    assert!(report.exists());
    fs::read_to_string(report.with_file_name("record.json")).unwrap()
}

#[test]
fn photographs_are_split_by_picture() {
    let lab = LabTest::new();
    let record = run(&lab, "photos", &[]);
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let data = &record["data"];
    assert_eq!(data["n_test"], 30);
    // At toy size each of the six training pictures gives two crops.
    assert_eq!(
        (&data["n_train_pictures"], &data["n_train"]),
        (&6.into(), &12.into())
    );
}

#[test]
fn one_folder_for_subjects_and_networks_is_refused_before_a_run() {
    let lab = LabTest::new();
    pictures(&lab, "seen");
    let file = experiment("photos");
    let both = |part: &str, of: &str| -> Vec<String> {
        let sets = [
            "dataset.stimuli.path=seen",
            "dataset.stimuli.except=[]",
            "dataset.stimuli.n_test=4",
            "generator.train.corpus.path=seen",
            "generator.train.corpus.except=[]",
            &format!("generator.train.corpus.part={part}"),
            &format!("dataset.stimuli.part={of}"),
        ];
        let mut arguments = vec!["check".to_owned(), file.clone()];
        sets.iter()
            .for_each(|set| arguments.extend(["--set".to_owned(), (*set).to_owned()]));
        arguments
    };
    let shared = both("All", "All");
    let shared: Vec<&str> = shared.iter().map(String::as_str).collect();
    lab.complains(
        &shared,
        &["the generator's corpus", "the same picture as test image"],
    );
    let apart = both("Every(4)", "AllBut(4)");
    let apart: Vec<&str> = apart.iter().map(String::as_str).collect();
    assert_eq!(lab.lab(&apart).code, 0);
}

#[test]
fn a_gan_among_latents_of_a_public_autoencoder_draws_them() {
    let Ok(folder) = std::env::var("LAB_TEST_DATA") else {
        skip("photographs through TAEF2: LAB_TEST_DATA names no folder with taef2/");
        return;
    };
    let lab = LabTest::new();
    let of = |place: &str, file: &str| format!("generator.through.{place}={folder}/taef2/{file}");
    let weights = [
        of("weights", "taef2_decoder.pth"),
        of("encoder.weights", "taef2_encoder.pth"),
    ];
    let record = run(&lab, "photos_latent", &weights);
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["data"]["n_latents"], 64);
    let searches = record["searches"].as_array().unwrap();
    assert!(
        searches.iter().any(|row| row["by_encoder"] == true),
        "{searches:#?}"
    );
}

#[test]
fn without_its_weights_a_smoke_run_draws_them_and_says_so() {
    let lab = LabTest::new();
    // Nothing but the warnings is looked at.
    let little = ["evaluate=[Identification]".into(), "criteria=[]".into()];
    let record = run(&lab, "photos_latent", &little);
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let warnings = record["warnings"].to_string();
    for file in ["taef2_decoder.pth", "taef2_encoder.pth"] {
        let said = format!("{file}'; this smoke run uses weights drawn at random in its place");
        assert!(warnings.contains(&said), "{warnings}");
    }
    lab.complains(
        &["check", &experiment("photos_latent")],
        &["there is no file"],
    );
}
