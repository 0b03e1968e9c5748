//! The layouts of vim-1 against files that h5py and scipy wrote (`tests/reference/datasets/make_layouts.py`).
use std::path::PathBuf;

use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::{Recording, Repeats, Split};
use lab_core::testing::skip;
use lab_core::traits::Dataset;

fn layout(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/reference/datasets/layouts")
        .join(name)
}

fn build(name: &str, more: &str) -> Box<dyn Dataset> {
    let text = format!(
        "vim1(root: {:?}, size: 8{more})",
        layout(name).display().to_string()
    );
    PluginRef::<dyn Dataset>::of(&text)
        .build(&Context::new(1))
        .unwrap()
}

fn load(name: &str, more: &str) -> Recording {
    let recording = build(name, more).load(&Context::new(1)).unwrap();
    recording.check().unwrap();
    recording
}

fn rows(recording: &Recording, subject: usize) -> Vec<Vec<f32>> {
    recording.subjects[subject].responses.to_vec2().unwrap()
}

/// What the script puts at each place.
fn expected(image: usize, voxel: usize) -> f32 {
    (100 * image + voxel) as f32
}

#[test]
fn estimates_have_images_as_rows_and_lose_voxels_that_lack_a_response_in_either_set() {
    let recording = load("vim1", ", test: First(n: 3, rest: Train)");
    // Voxel 1 lacks a training response, voxel 3 a validation response.
    let kept = [vec![0, 2, 4], vec![0, 1, 2, 3]];
    for (subject, kept) in kept.iter().enumerate() {
        let rows = rows(&recording, subject);
        assert_eq!((rows.len(), rows[0].len()), (10, kept.len()));
        for (image, row) in rows.iter().enumerate() {
            for (place, &voxel) in kept.iter().enumerate() {
                assert!((row[place] - expected(image, voxel)).abs() < f32::EPSILON);
            }
        }
    }
    let voxels = &recording.subjects[0].voxels;
    let regions: Vec<&str> = voxels
        .roi
        .iter()
        .map(|of| voxels.roi_names[usize::from(of[0])].as_str())
        .collect();
    assert_eq!(regions, ["V1", "LatOcc", "other"]);
    assert!(
        recording
            .notes
            .iter()
            .any(|note| note.contains("2 of 5 voxels of S1"))
    );
    // The first three validation images are tested, the fourth joins the training images.
    assert_eq!(recording.stimuli.indices(Split::Test), [6, 7, 8]);
    assert_eq!(recording.stimuli.indices(Split::Train).len(), 7);
}

#[test]
fn the_archive_of_the_course_has_images_as_rows_and_names_its_regions() {
    let recording = load("vim1_course", ", test: All");
    assert_eq!(recording.subjects.len(), 1);
    for (image, row) in rows(&recording, 0).iter().enumerate() {
        assert_eq!(row.len(), 4);
        for (voxel, &value) in row.iter().enumerate() {
            assert!((value - expected(image, voxel)).abs() < f32::EPSILON);
        }
    }
    let voxels = &recording.subjects[0].voxels;
    let regions: Vec<&str> = voxels
        .roi
        .iter()
        .map(|of| voxels.roi_names[usize::from(of[0])].as_str())
        .collect();
    assert_eq!(regions, ["V1", "V3B", "LatOcc", "V1"]);
    // The same pictures as in MATLAB's file.
    let [course, release] = ["vim1_course", "vim1"].map(|name| {
        let recording = load(name, ", test: All");
        recording.stimuli.images.read(&[0, 1, 9]).unwrap()
    });
    assert_eq!(course, release);
    let error = build("vim1_course", ", subjects: Only([\"S2\"])")
        .load(&Context::new(1))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("kay_images.npz") && error.contains("S1"),
        "{error}"
    );
}

#[test]
fn missing_responses_are_an_error_if_the_rule_says_so() {
    let error = build("vim1", ", nan: Error")
        .load(&Context::new(1))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("NaN at trial 2, voxel 1 (subject S1)"),
        "{error}"
    );
}

#[test]
fn images_are_upright_and_scaled_by_the_training_images() {
    let recording = load("vim1", ", test: All");
    let size = 8;
    let all: Vec<usize> = (0..10).collect();
    let pixels = recording.stimuli.images.read(&all).unwrap();
    let train = &pixels[..6 * size * size];
    let (least, most) = train
        .iter()
        .fold((1f32, -1f32), |(a, b), &x| (a.min(x), b.max(x)));
    assert!(
        (least + 1.0).abs() < 1e-5 && (most - 1.0).abs() < 1e-5,
        "{least} {most}"
    );
    for (image, pixels) in pixels.chunks(size * size).enumerate() {
        // Brightness rises down the rows of even images and along the rows of odd ones.
        let (right, below) = (
            pixels[4 * size + 7] - pixels[4 * size + 3],
            pixels[7 * size + 4] - pixels[3 * size + 4],
        );
        assert!(if image % 2 == 0 {
            below > 0.5 && right.abs() < 1e-4
        } else {
            right > 0.5 && below.abs() < 1e-4
        });
    }
}

#[test]
fn full_resolution_parts_are_taken_in_the_order_of_their_numbers() {
    let whole = load("vim1", ", test: All");
    let parts = load("vim1_full", ", test: All");
    assert_eq!(parts.stimuli.n_images(), 10);
    let all: Vec<usize> = (0..10).collect();
    let (whole, parts) = (
        whole.stimuli.images.read(&all).unwrap(),
        parts.stimuli.images.read(&all).unwrap(),
    );
    // The corner tells the image; part 10 comes after part 2.
    for image in 0..10 {
        let at = image * 64;
        assert!(
            (whole[at] - parts[at]).abs() < 0.05,
            "image {image}: {} {}",
            whole[at],
            parts[at]
        );
    }
}

#[test]
fn single_trials_in_both_foldings_give_the_same_rows() {
    let recording = load("vim1_trials", ", test: First(n: 2, rest: Drop)");
    for (split, n_repeats, images) in [
        (Split::Train, 2, vec![0, 1, 2, 3, 4, 5]),
        (Split::Test, 3, vec![6, 7]),
    ] {
        let samples = recording.samples(split, Repeats::Single).unwrap();
        assert_eq!(samples.image_idx.len(), n_repeats * images.len());
        for subject in &samples.subjects {
            let rows = subject.values.to_vec2::<f64>().unwrap();
            for (row, &image) in rows.iter().zip(&samples.image_idx) {
                let repeat = (row[0] - f64::from(expected(image, 0))) / 0.25;
                assert!((0.0..3.0).contains(&repeat), "{image}: {row:?}");
                for (voxel, &value) in row.iter().enumerate() {
                    let expected = f64::from(expected(image, voxel)) + 0.25 * repeat;
                    assert!(
                        (value - expected).abs() < 1e-4,
                        "{} {image} {voxel}: {value} {expected}",
                        subject.id
                    );
                }
            }
        }
        assert_eq!(
            samples.subjects[0].values.to_vec2::<f64>().unwrap(),
            samples.subjects[1].values.to_vec2::<f64>().unwrap()
        );
    }
    assert_eq!(recording.subjects[0].n_trials(), 6 * 2 + 2 * 3);
    let voxels = &recording.subjects[1].voxels;
    assert_eq!(voxels.roi_names[usize::from(voxels.roi[2][0])], "V3A");
}

#[test]
fn the_mask_of_the_authors_is_clamped_and_ours_equals_it() {
    let Some(data) = std::env::var_os("LAB_TEST_DATA") else {
        skip("LAB_TEST_DATA names no folder of real files");
        return;
    };
    let path = PathBuf::from(data).join("kaymask64.mat");
    let mask = super::images::aperture(&super::Aperture::File(path.display().to_string()), 64)
        .unwrap()
        .unwrap();
    assert!(mask.iter().all(|value| (0.0..=1.0).contains(value)));
    let ours = lab_core::mask::circular(64);
    let differences: Vec<f32> = mask.iter().zip(&ours).map(|(a, b)| (a - b).abs()).collect();
    let mean = differences.iter().sum::<f32>() / differences.len() as f32;
    // Theirs was shrunk by bicubic interpolation, ours averages.
    assert!(
        mean < 0.002 && differences.iter().all(|difference| *difference < 0.015),
        "{mean}"
    );
}

#[test]
fn a_folder_without_the_files_says_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("vim1(root: {:?})", folder.path().display().to_string());
    let dataset = PluginRef::<dyn Dataset>::of(&text)
        .build(&Context::new(1))
        .unwrap();
    let error = dataset.load(&Context::new(1)).unwrap_err().to_string();
    assert!(
        error.contains("EstimatedResponses.mat")
            && error.contains("crcns.org")
            && error.contains("lab data simulate"),
        "{error}"
    );
    assert!(dataset.files().iter().any(|file| !file.exists()));
}

#[test]
fn transposed_responses_are_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let name = "Stimuli.mat";
    std::fs::copy(layout("vim1").join(name), folder.path().join(name)).unwrap();
    let file =
        lab_formats::writers::mat73::Mat73::create(&folder.path().join("EstimatedResponses.mat"))
            .unwrap();
    for (name, shape) in [
        ("dataTrnS1", [6, 5]),
        ("dataValS1", [4, 5]),
        ("roiS1", [5, 1]),
    ] {
        let values = vec![1f32; shape[0] * shape[1]];
        file.array(name, &shape, &values, "single").unwrap();
    }
    file.finish().unwrap();
    let text = format!(
        "vim1(root: {:?}, size: 8, subjects: Only([\"S1\"]))",
        folder.path().display().to_string()
    );
    let dataset = PluginRef::<dyn Dataset>::of(&text)
        .build(&Context::new(1))
        .unwrap();
    let error = dataset.load(&Context::new(1)).unwrap_err().to_string();
    assert!(
        error.contains("dataTrnS1") && error.contains("transpose"),
        "{error}"
    );
}
