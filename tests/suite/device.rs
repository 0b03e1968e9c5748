//! The same experiment on another device: `LAB_DEVICE=cuda cargo test --release --features cuda`.

use crate::lab_test::{LabTest, experiment};

/// Largest difference of a headline score between devices at toy size.
const TOLERANCE: f64 = 0.05;

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
        lab.json(&arguments)["headline"].clone()
    };
    let (cpu, other) = (headline("cpu"), headline(&device));
    for score in [
        "ridge_to_pixels.similarity.pixel",
        "ceiling.similarity.pixel",
    ] {
        let difference = cpu[score].as_f64().unwrap() - other[score].as_f64().unwrap();
        assert!(difference.abs() < TOLERANCE, "{score}: {difference}");
    }
}

#[test]
fn an_unknown_device_is_refused() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let words = ["unknown device 'tpu'", "cpu, cuda, cuda:N, auto"];
    lab.complains(&["run", &quickstart, "--smoke", "--device", "tpu"], &words);
}
