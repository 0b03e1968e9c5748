//! The user's own arrays: a whole run, and what is said of files that cannot be right.

use std::fmt::Write as _;
use std::fs;

use crate::lab_test::{LabTest, experiment};

pub(crate) const N_TRAIN: usize = 24;
const N_TEST: usize = 12;
const N_VOXELS: [usize; 2] = [30, 20];
pub(crate) const SIZE: usize = 32;

/// What goes into the files, so that a test can spoil one thing.
pub(crate) struct Mine {
    responses: Vec<Vec<f32>>,
    pub(crate) images: Vec<f32>,
    trials: String,
    rois: String,
}

impl Mine {
    /// Two subjects who saw each image twice; voxels follow places of the images.
    pub(crate) fn new() -> Self {
        let n_images = N_TRAIN + N_TEST;
        let mut noise = Noise(1);
        let images: Vec<f32> = (0..n_images)
            .flat_map(|idx| disc(idx, &mut noise))
            .collect();
        let mut responses = Vec::new();
        let mut trials = String::from("subject,run,image,repeat,split,class\n");
        let mut rois = String::from("subject,voxel,roi\n");
        for (subject, n_voxels) in N_VOXELS.into_iter().enumerate() {
            let mut rows = Vec::new();
            for repeat in 0..2 {
                for image in 0..n_images {
                    let split = if image < N_TRAIN { "train" } else { "test" };
                    let class = ["left", "right"][image % 2];
                    writeln!(
                        trials,
                        "P{subject},{repeat},{image},{repeat},{split},{class}"
                    )
                    .unwrap();
                    let pixels = &images[image * SIZE * SIZE..][..SIZE * SIZE];
                    rows.extend((0..n_voxels).map(|voxel| {
                        let place = (voxel * 37 + subject * 11) * 29 % (SIZE * SIZE);
                        pixels[place] + 0.3 * noise.next()
                    }));
                }
            }
            for voxel in 0..n_voxels {
                writeln!(rois, "P{subject},{voxel},{}", ["V1", "V2"][voxel % 2]).unwrap();
            }
            responses.push(rows);
        }
        Self {
            responses,
            images,
            trials,
            rois,
        }
    }

    /// Puts numbers far outside of all responses into every test row.
    pub(crate) fn poison_test_rows(&mut self) {
        let mut noise = Noise(3);
        for (rows, n_voxels) in self.responses.iter_mut().zip(N_VOXELS) {
            for (trial, row) in rows.chunks_mut(n_voxels).enumerate() {
                if trial % (N_TRAIN + N_TEST) >= N_TRAIN {
                    row.iter_mut().for_each(|value| *value = 1e6 * noise.next());
                }
            }
        }
    }

    pub(crate) fn write(&self, lab: &LabTest) {
        fs::create_dir(lab.path("mine")).unwrap();
        for (subject, rows) in self.responses.iter().enumerate() {
            let shape = [rows.len() / N_VOXELS[subject], N_VOXELS[subject]];
            lab.write(&format!("mine/P{subject}.npy"), npy(&shape, rows));
        }
        let n_images = self.images.len() / (SIZE * SIZE);
        lab.write(
            "mine/images.npy",
            npy(&[n_images, SIZE, SIZE], &self.images),
        );
        lab.write("mine/trials.csv", &self.trials);
        lab.write("mine/rois.csv", &self.rois);
    }
}

/// Numbers in [−1, 1] that are the same in every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

/// A bright disc, left or right of the middle.
fn disc(idx: usize, noise: &mut Noise) -> Vec<f32> {
    let x = if idx.is_multiple_of(2) { 9.0 } else { 22.0 } + 3.0 * noise.next();
    let (y, radius) = (16.0 + 8.0 * noise.next(), 6.0 + 2.0 * noise.next());
    let pixel = |place: usize| {
        let (row, column) = ((place / SIZE) as f32, (place % SIZE) as f32);
        let inside = (row - y).powi(2) + (column - x).powi(2) < radius * radius;
        if inside { 0.9 } else { -0.8 }
    };
    (0..SIZE * SIZE).map(pixel).collect()
}

/// A NumPy file, version 1.0, by the format's own description.
pub(crate) fn npy(shape: &[usize], values: &[f32]) -> Vec<u8> {
    let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
    let mut header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({},), }}",
        shape.join(", ")
    );
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

/// Runs the template of the repository, told where the files are, with more told behind.
pub(crate) fn arguments(more: &[&str]) -> Vec<String> {
    let mut arguments = vec!["run".to_owned(), experiment("arrays"), "--smoke".into()];
    let sets = [
        r#"dataset.responses=["mine/P0.npy", "mine/P1.npy"]"#,
        r#"dataset.images="mine/images.npy""#,
        r#"dataset.trials="mine/trials.csv""#,
        r#"dataset.rois="mine/rois.csv""#,
        "dataset.size=32",
        "generator.size=32",
        "generator.train.corpus.parts.1.size=32",
        "features.size=32",
        "features.padding=Same",
        "features.train.corpus.size=32",
    ];
    for set in sets.iter().chain(more) {
        arguments.extend(["--set".to_owned(), (*set).to_owned()]);
    }
    arguments
}

/// Spoils the files, runs, and expects to be told.
fn spoilt(spoil: impl FnOnce(&mut Mine), words: &[&str]) {
    let lab = LabTest::new();
    let mut mine = Mine::new();
    spoil(&mut mine);
    mine.write(&lab);
    lab.complains(&arguments(&[]), words);
}

/// What a run on these files records, with some settings of the experiment changed.
pub(crate) fn record(lab: &LabTest, sets: &[&str]) -> serde_json::Value {
    let ended = lab.lab(&arguments(sets));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let record = lab
        .path(ended.stdout.trim_end())
        .with_file_name("record.json");
    serde_json::from_slice(&fs::read(record).unwrap()).unwrap()
}

#[test]
fn own_arrays_run_to_the_report() {
    let lab = LabTest::new();
    Mine::new().write(&lab);
    let record = record(&lab, &[]);
    let data = &record["data"];
    assert_eq!(data["simulated"], serde_json::Value::Null, "measured data");
    assert_eq!(
        (&data["n_train"], &data["n_test"]),
        (&N_TRAIN.into(), &N_TEST.into())
    );
    assert_eq!(data["classes"], serde_json::json!(["left", "right"]));
    assert_eq!(data["subjects"][1]["n_voxels"], N_VOXELS[1]);
    assert_eq!(
        data["subjects"][0]["rois"],
        serde_json::json!([["V1", 15], ["V2", 15], ["other", 0]])
    );
    let notes = data["notes"].to_string();
    assert!(
        notes.contains("fitted on averages over an image's repeats"),
        "{notes}"
    );
    // The responses follow the pixels, so that ridge regression must find them.
    let ridge = record["headline"]["ridge_to_pixels.observer.pixel.overall"]
        .as_f64()
        .unwrap();
    assert!(ridge > 0.8, "ridge to pixels decides right in {ridge}");
    // Measured responses have no known signal, and an encoding model of the training rows stands in for it.
    let ceiling = &record["decoder_ceiling"];
    assert_eq!(ceiling["source"], "EncodingModel", "{notes}");
    assert_eq!(ceiling["subjects"][1]["of_voxels"], N_VOXELS[1]);
}

#[test]
fn missing_responses_are_named() {
    // By default the voxel is dropped and the report says so; asked for an error, lab gives the place.
    let lab = LabTest::new();
    let mut mine = Mine::new();
    mine.responses[1][3 * N_VOXELS[1] + 7] = f32::NAN;
    mine.write(&lab);
    let words = ["P1.npy", "trial 3, voxel 7", "NaN"];
    lab.complains(&arguments(&["dataset.nan=Error"]), &words);
    let data = &record(&lab, &[])["data"];
    assert_eq!(data["subjects"][1]["n_voxels"], N_VOXELS[1] - 1);
    let notes = data["notes"].to_string();
    assert!(notes.contains("1 of 20 voxels of P1"), "{notes}");
}

#[test]
fn images_that_nobody_saw_take_no_part() {
    let lab = LabTest::new();
    let mut mine = Mine::new();
    let mut noise = Noise(2);
    mine.images.extend(disc(0, &mut noise));
    mine.write(&lab);
    let data = &record(&lab, &[])["data"];
    assert_eq!(
        (&data["n_train"], &data["n_test"]),
        (&N_TRAIN.into(), &N_TEST.into())
    );
    // It has no class either, which is no class of its own.
    assert_eq!(data["classes"], serde_json::json!(["left", "right"]));
    let notes = data["notes"].to_string();
    assert!(
        notes.contains("1 of 37 images have no class")
            && notes.contains("1 of 37 images stand in no row of the trial table"),
        "{notes}"
    );
}

#[test]
fn classes_that_are_not_known_are_scored_by_nobody() {
    let lab = LabTest::new();
    let mut mine = Mine::new();
    // Of the test images 24 to 35 two have no class, written in two ways.
    for image in [24, 27] {
        let class = ["left", "right"][image % 2];
        let none = ["", "n/a"][image % 2];
        for row in ["0", "1"] {
            for subject in ["P0", "P1"] {
                let line = format!("{subject},{row},{image},{row},test,");
                let (from, to) = (format!("{line}{class}"), format!("{line}{none}"));
                mine.trials = mine.trials.replace(&from, &to);
            }
        }
    }
    mine.write(&lab);
    let record = record(&lab, &[]);
    assert_eq!(
        record["data"]["classes"],
        serde_json::json!(["left", "right"])
    );
    let notes = record["data"]["notes"].to_string();
    assert!(notes.contains("2 of 36 images have no class"), "{notes}");
    let rows = record["scores"].as_array().unwrap();
    let by_class: Vec<_> = rows
        .iter()
        .filter(|row| row["statistic"] == "SameClassIdentification")
        .collect();
    assert!(!by_class.is_empty());
    for row in by_class {
        assert_eq!(row["n_images"], N_TEST - 2);
        let pool = row["pool"].as_str().unwrap();
        assert!(pool.contains("2 images without a class left out"), "{pool}");
    }
}

#[test]
fn voxels_lie_in_several_regions() {
    let lab = LabTest::new();
    let mut mine = Mine::new();
    for (subject, n_voxels) in N_VOXELS.into_iter().enumerate() {
        for voxel in 0..n_voxels {
            writeln!(mine.rois, "P{subject},{voxel},VC").unwrap();
        }
    }
    mine.write(&lab);
    // Each region by itself asks for regions that share no voxel.
    let by_roi = r"align=[hyperalignment(by_roi: true), mean_subjects(), pca(variance: 0.99)]";
    let words = ["'V1' and 'VC' share 15 voxels of subject P0", "rois: Only"];
    lab.complains(&arguments(&[by_roi]), &words);
    let chosen = arguments(&[by_roi, r#"responses.rois=Only(["V1", "V2"])"#]);
    let ended = lab.lab(&chosen);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let data = &record(&lab, &[])["data"];
    assert_eq!(
        data["subjects"][0]["rois"],
        serde_json::json!([["V1", 15], ["V2", 15], ["VC", 30], ["other", 0]])
    );
}

#[test]
fn the_same_picture_in_train_and_test() {
    spoilt(
        |mine| {
            let (train, test) = mine.images.split_at_mut(N_TRAIN * SIZE * SIZE);
            test[..SIZE * SIZE].copy_from_slice(&train[5 * SIZE * SIZE..6 * SIZE * SIZE]);
        },
        &["test image 24", "training image 5"],
    );
}

#[test]
fn an_image_in_both_sets() {
    spoilt(
        |mine| mine.trials = mine.trials.replacen("P0,1,2,1,train", "P0,1,2,1,test", 1),
        &["trials.csv", "split, line", "each image in one set"],
    );
}

#[test]
fn an_image_of_two_classes() {
    spoilt(
        |mine| {
            mine.trials = mine
                .trials
                .replacen("P1,0,3,0,train,right", "P1,0,3,0,train,left", 1);
        },
        &["trials.csv", "class, line", "give each image one class"],
    );
}

#[test]
fn rows_that_do_not_fit_the_trial_table() {
    spoilt(
        |mine| mine.responses[0].truncate(40 * N_VOXELS[0]),
        &["P0.npy", "72 rows", "40 rows of 30 voxels"],
    );
}

#[test]
fn a_trial_of_an_image_that_is_not_there() {
    spoilt(
        |mine| mine.trials = mine.trials.replacen("P0,0,35,", "P0,0,99,", 1),
        &["trials.csv", "image, line 37", "below 36", "'99'"],
    );
}

#[test]
fn a_subject_whom_the_table_of_regions_does_not_know() {
    spoilt(
        |mine| mine.rois = mine.rois.replace("P1,", "P2,"),
        &["rois.csv", "'P1'", "P0, P2"],
    );
}

#[test]
fn a_column_that_is_missing() {
    spoilt(
        |mine| mine.trials = mine.trials.replacen("split", "set", 1),
        &["trials.csv", "split", "subject, run, image, repeat, set"],
    );
}

#[test]
fn a_subject_who_did_not_see_an_image() {
    spoilt(
        |mine| {
            mine.trials = mine.trials.replace("P1,0,4,0,train,left\n", "");
            mine.trials = mine.trials.replace("P1,1,4,1,train,left\n", "");
            let rows = mine.responses[1].len();
            mine.responses[1].truncate(rows - 2 * N_VOXELS[1]);
        },
        &["P0 and P1", "the same images"],
    );
}

/// A generator that learns from the pictures of [`corpus`].
pub(crate) const CORPUS: &str = r#"generator.train.corpus=folder(path: "corpus", size: 32)"#;

/// A folder of 40 pictures: a test image, each pixel in `[0, 1]` changed, and the same cut and joined elsewhere.
pub(crate) fn corpus(lab: &LabTest, mine: &Mine, change: impl Fn(f32) -> f32) {
    fs::create_dir(lab.path("corpus")).unwrap();
    let image = &mine.images[30 * SIZE * SIZE..][..SIZE * SIZE];
    let byte = |pixel: &f32| (change((pixel + 1.0) / 2.0) * 255.0).round() as u8;
    for copy in 0..40 {
        let mut grey: Vec<u8> = image.iter().map(byte).collect();
        grey.rotate_left(copy * 11);
        image_file(lab, &format!("corpus/{copy:02}.png"), &grey);
    }
}

#[test]
fn a_test_image_in_a_corpus() {
    let lab = LabTest::new();
    let mine = Mine::new();
    mine.write(&lab);
    // A picture of the test set, as somebody might have it in a folder of training pictures.
    corpus(&lab, &mine, |pixel| pixel);
    lab.complains(
        &arguments(&[CORPUS]),
        &[
            "corpus",
            "image 0",
            "test image 30",
            "take the test images out",
        ],
    );
}

pub(crate) fn image_file(lab: &LabTest, name: &str, grey: &[u8]) {
    image::save_buffer(
        lab.path(name),
        grey,
        SIZE as u32,
        SIZE as u32,
        image::ColorType::L8,
    )
    .unwrap();
}

/// Corpora are loaded outside of any stage, whose warnings are kept with it.
#[test]
fn what_a_corpus_warns_of_stands_in_the_record() {
    let lab = LabTest::new();
    let mine = Mine::new();
    mine.write(&lab);
    fs::create_dir(lab.path("corpus")).unwrap();
    lab.write("corpus/notes.txt", "mine");
    let byte = |pixel: &f32| ((pixel + 1.0) * 127.5).round() as u8;
    let mut grey: Vec<u8> = mine.images[..SIZE * SIZE].iter().map(byte).collect();
    for copy in 0..40 {
        grey.rotate_left(7);
        image_file(&lab, &format!("corpus/{copy:02}.png"), &grey);
    }
    let corpus = r#"generator.train.corpus=folder(path: "corpus", size: 32)"#;
    // The generator is made by the first run and reused by the second.
    for l2 in ["decoder.l2=0.01", "decoder.l2=0.02"] {
        let ended = lab.lab(&arguments(&[corpus, l2]));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let record = lab
            .path(ended.stdout.trim_end())
            .with_file_name("record.json");
        let record = crate::finished::json(&record);
        let warnings = record["warnings"].as_array().unwrap().iter();
        let said: Vec<&str> = warnings.filter_map(|of| of[1].as_str()).collect();
        let n_told = said
            .iter()
            .filter(|text| text.contains("notes.txt"))
            .count();
        assert_eq!(n_told, 1, "{said:?}");
    }
}
