//! Generic Object Decoding against files that bdpy, scipy and h5py wrote (`tests/reference/datasets/make_layouts.py`), and
//! against the published tables of ids.
use std::path::PathBuf;

use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::{Recording, Repeats, Split};
use lab_core::testing::skip;
use lab_core::traits::Dataset;

use super::StimulusId;
use lab_formats::bdata::BData;

fn layout(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/reference/datasets/layouts")
        .join(name)
}

fn load(name: &str, more: &str) -> Recording {
    let root = layout(name).display().to_string();
    let images = layout("god").join("images").display().to_string();
    let text = format!("god(root: {root:?}, images: {images:?}, size: 8{more})");
    let ctx = Context::new(1);
    let recording = PluginRef::<dyn Dataset>::of(&text)
        .build(&ctx)
        .unwrap()
        .load(&ctx)
        .unwrap();
    recording.check().unwrap();
    recording
}

/// Ids of the script in ascending order, and the number that its responses start from.
const IMAGES: [(u32, u32, f32); 5] = [
    (1_518_878, 5_958, 0.0),
    (1_518_878, 14_910, 100.0),
    (1_621_127, 19_020, 200.0),
    (1_443_537, 22_563, 300.0),
    (1_943_899, 24_131, 400.0),
];

#[test]
fn rows_are_joined_by_id_whatever_the_order_and_the_container() {
    let recording = load("god", "");
    assert_eq!(recording.subjects.len(), 2);
    let train = recording.samples(Split::Train, Repeats::Average).unwrap();
    assert_eq!(train.image_idx, [0, 1, 2]);
    for subject in &train.subjects {
        for (image, row) in subject.values.to_vec2::<f64>().unwrap().iter().enumerate() {
            assert!(
                (row[0] - f64::from(IMAGES[image].2)).abs() < 1e-6,
                "{}: {row:?}",
                subject.id
            );
        }
    }
    // Two presentations, 10 apart; imagery, at −1000, is nowhere.
    let test = recording.samples(Split::Test, Repeats::Average).unwrap();
    for (image, row) in test.subjects[0]
        .values
        .to_vec2::<f64>()
        .unwrap()
        .iter()
        .enumerate()
    {
        assert!(
            (row[0] - f64::from(IMAGES[3 + image].2) - 5.0).abs() < 1e-6,
            "{row:?}"
        );
    }
    assert_eq!(recording.subjects[0].n_trials(), 3 + 4);
}

#[test]
fn voxels_are_told_by_keys_and_none_stands_twice() {
    let recording = load("god", "");
    let names = |subject: usize| -> Vec<String> {
        let voxels = &recording.subjects[subject].voxels;
        let name = |&roi: &u16| voxels.roi_names[usize::from(roi)].clone();
        let all = |of: &Vec<u16>| of.iter().map(name).collect::<Vec<_>>().join(" and ");
        voxels.roi.iter().map(all).collect()
    };
    // The third voxel is one column in two regions.
    assert_eq!(names(0), ["V1", "other", "V1 and LOC", "LOC"]);
    // The second subject lacks a response of its fourth voxel.
    assert_eq!(names(1), ["V1", "other", "V1 and LOC"]);
    let xyz = recording.subjects[0].voxels.xyz.clone().unwrap();
    assert!(
        (xyz[0][2] - 6.0).abs() < 1e-6 && (xyz[3][0] - 12.0).abs() < 1e-6,
        "{xyz:?}"
    );
    let only_v1 = load("god", ", voxels: \"ROI_V1\"");
    assert_eq!(only_v1.subjects[0].n_voxels(), 2);
}

#[test]
fn matlab_7_3_under_another_ending_and_ids_in_the_second_label_column_give_the_same() {
    let whole = load("god", ", subjects: Only([\"S1\"])");
    for name in ["god_v73", "god_labels"] {
        let more = if name == "god_labels" {
            ", voxels: \"VoxelData\""
        } else {
            ""
        };
        let other = load(name, more);
        assert_eq!(
            whole.subjects[0].responses.to_vec2::<f32>().unwrap(),
            other.subjects[0].responses.to_vec2::<f32>().unwrap(),
            "{name}"
        );
        assert_eq!(whole.subjects[0].trials, other.subjects[0].trials, "{name}");
    }
}

#[test]
fn imagery_is_compared_with_the_test_image_of_its_category() {
    let recording = load("god", ", test: Imagery, subjects: Only([\"S1\"])");
    let test = recording.samples(Split::Test, Repeats::Average).unwrap();
    let rows = test.subjects[0].values.to_vec2::<f64>().unwrap();
    assert_eq!(test.image_idx, [3, 4]);
    assert!(
        rows.iter().all(|row| (row[0] + 1000.0).abs() < 1e-6),
        "{rows:?}"
    );
    assert!(recording.notes.iter().any(|note| note.contains("imagined")));
}

#[test]
fn runs_are_standardised_each_by_itself() {
    let recording = load("god", ", scaling: Run, subjects: Only([\"S1\"])");
    let test = recording.samples(Split::Test, Repeats::Single).unwrap();
    // Each run of the test has one trial of each image: ±1 after z-scoring.
    for row in test.subjects[0].values.to_vec2::<f64>().unwrap() {
        assert!(
            row.iter().all(|value| (value.abs() - 1.0).abs() < 1e-5),
            "{row:?}"
        );
    }
}

#[test]
fn every_id_of_the_published_tables_gives_its_file() {
    let Some(data) = std::env::var_os("LAB_TEST_DATA") else {
        skip("LAB_TEST_DATA names no folder of real files");
        return;
    };
    let (mut n, mut n_truncated, mut in_32_bits) = (0, 0, std::collections::BTreeSet::new());
    for set in ["training", "test"] {
        let path = PathBuf::from(&data).join(format!("god_imageID_{set}.csv"));
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let (id, name) = line.split_once(',').unwrap();
            let name = name.trim_matches('"');
            let value: f64 = id.parse().unwrap();
            let found = StimulusId::of(value).unwrap();
            assert_eq!(format!("{}.JPEG", found.name()), name);
            assert_eq!(found.to_string(), id);
            assert!((found.value() - value).abs() < 1e-9);
            // Tables that drop trailing zeros read the same.
            let short: f64 = id.trim_end_matches('0').parse().unwrap();
            assert_eq!(StimulusId::of(short), Some(found));
            n += 1;
            n_truncated += usize::from(((value - value.floor()) * 1e6) as u32 != found.image);
            if set == "training" {
                in_32_bits.insert((value as f32).to_bits());
            }
        }
    }
    // What cutting off, or 32 bits, would have done to them.
    assert_eq!((n, n_truncated, in_32_bits.len()), (1250, 572 + 23, 150));
}

#[test]
fn the_public_sample_of_bdpy_reads() {
    let Some(data) = std::env::var_os("LAB_TEST_DATA") else {
        skip("LAB_TEST_DATA names no folder of real files");
        return;
    };
    let table = BData::open(&PathBuf::from(data).join("bdpy_sample_vmap.h5")).unwrap();
    assert_eq!((table.n_samples, table.n_columns), (8, 11));
    assert_eq!(table.keys(), ["Data", "Label"]);
    // Names are padded with zeros in the file; NaN marks columns that a key does not concern.
    assert_eq!(
        (table.columns("Data").len(), table.columns("Label")),
        (10, vec![10])
    );
    let labels = &table.read_columns(&[10]).unwrap()[0];
    assert!(
        labels.iter().all(|label| (1.0..=4.0).contains(label)),
        "{labels:?}"
    );
}

#[test]
fn a_missing_picture_is_counted_and_named() {
    let root = layout("god").display().to_string();
    let text = format!("god(root: {root:?}, images: {root:?})");
    let ctx = Context::new(1);
    let dataset = PluginRef::<dyn Dataset>::of(&text).build(&ctx).unwrap();
    let error = dataset.load(&ctx).unwrap_err().to_string();
    assert!(
        error.contains("5 missing")
            && error.contains("n01518878_5958.JPEG")
            && error.contains("image-net.org"),
        "{error}"
    );
}
