//! The same experiment on another device: `LAB_DEVICE=cuda cargo test --release --features cudnn`.

use crate::lab_test::{LabTest, experiment};

/// Headline scores of a smoke run, and how far they may lie apart between devices.
///
/// Ridge regression and the mean image use no network: only the rounding of pixels may differ. The others go through a
/// generator that was trained on the device. On the CPU, a learning rate changed by one part in a million moves them by
/// less than 10⁻⁶, and another seed by about 0.1.
const SCORES: [(&str, f64); 4] = [
    ("mean_image.similarity.pixel", 1e-5),
    ("ridge_to_pixels.similarity.pixel", 1e-5),
    ("ceiling.similarity.pixel", 1e-3),
    ("similarity.pixel", 1e-3),
];

#[test]
fn another_device_gives_the_same_scores() {
    let Ok(device) = std::env::var("LAB_DEVICE") else {
        lab_core::testing::skip("LAB_DEVICE names no device to compare with the CPU");
        return;
    };
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let headline = |device: &str| {
        let arguments = [
            "run",
            &quickstart,
            "--smoke",
            "--device",
            device,
            "--format",
            "json",
        ];
        lab.json(&arguments)["all"].clone()
    };
    let (cpu, other) = (headline("cpu"), headline(&device));
    for (score, tolerance) in SCORES {
        let difference = cpu[score].as_f64().unwrap() - other[score].as_f64().unwrap();
        assert!(difference.abs() < tolerance, "{score}: {difference:e}");
    }
}

#[test]
fn an_unknown_device_is_refused() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let words = ["unknown device 'tpu'", "cpu, cuda, cuda:N, auto"];
    lab.complains(&["run", &quickstart, "--smoke", "--device", "tpu"], &words);
}
