//! Situations that users of this field's software reported, in `cases` of the folder that `LAB_TEST_DATA` names: each ends in
//! the right value or in a refusal that says what to do.

use std::path::{Path, PathBuf};

use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::{Recording, Split};
use lab_core::testing::skip;
use lab_core::traits::Dataset;
use lab_formats::npz::Npz;

fn cases() -> Option<PathBuf> {
    let folder = std::env::var_os("LAB_TEST_DATA").map(|data| PathBuf::from(data).join("cases"));
    let found = folder.filter(|folder| folder.is_dir());
    if found.is_none() {
        skip("LAB_TEST_DATA names no folder with cases");
    }
    found
}

fn load(text: &str) -> Result<Recording> {
    let ctx = Context::new(1);
    let dataset = PluginRef::<dyn Dataset>::of(text).build(&ctx)?;
    let recording = dataset.load(&ctx)?;
    recording.check()?;
    Ok(recording)
}

/// `arrays` of a case: responses and images of `case`, or of other folders, and a table.
fn arrays(
    cases: &Path,
    responses: [&str; 2],
    images: &str,
    trials: &str,
    more: &str,
) -> Result<Recording> {
    let path = |name: &str| cases.join(name).display().to_string();
    load(&format!(
        "arrays(responses: [{:?}, {:?}], images: {:?}, trials: {:?}, size: 32{more})",
        path(responses[0]),
        path(responses[1]),
        path(images),
        path(trials)
    ))
}

/// The same of one folder.
fn own(cases: &Path, case: &str, trials: &str) -> Result<Recording> {
    let in_case = |name: &str| format!("{case}/{name}");
    let (s1, s2) = (in_case("S1.npy"), in_case("S2.npy"));
    arrays(cases, [&s1, &s2], &in_case("images"), &in_case(trials), "")
}

fn order(recording: &Recording) -> Vec<Vec<usize>> {
    let of = |subject: &lab_core::recording::Subject| {
        subject.trials.iter().map(|trial| trial.image_idx).collect()
    };
    recording.subjects.iter().map(of).collect()
}

#[test]
fn names_and_indices_that_differ_are_refused() {
    let Some(cases) = cases() else { return };
    let error = own(&cases, "01_numbered_pictures", "trials.csv")
        .unwrap_err()
        .to_string();
    assert!(error.contains("the index of '1.png'"), "{error}");
}

#[test]
fn a_bitmap_among_pictures_keeps_its_place() {
    let Some(cases) = cases() else { return };
    let files = ["21_mixed_bmp_data/S1.npy", "21_mixed_bmp_data/S2.npy"];
    let found = arrays(
        &cases,
        files,
        "21_mixed_bmp",
        "21_mixed_bmp_data/trials.csv",
        "",
    )
    .unwrap();
    assert_eq!(found.stimuli.n_images(), 31);
}

#[test]
fn files_are_tied_to_subjects_by_their_names() {
    let Some(cases) = cases() else { return };
    let case = "06_subject_order";
    let (ours, right) = (
        own(&cases, case, "trials.csv"),
        own(&cases, case, "right.csv"),
    );
    let (ours, right) = (ours.unwrap(), right.unwrap());
    for subject in &ours.subjects {
        let mut others = right.subjects.iter();
        let other = others.find(|other| other.id == subject.id).unwrap();
        let values =
            |subject: &lab_core::recording::Subject| subject.responses.to_vec2::<f32>().unwrap();
        assert_eq!(values(subject), values(other), "{}", subject.id);
    }
}

#[test]
fn blank_classes_are_none() {
    let Some(cases) = cases() else { return };
    for table in ["trials.csv", "na.csv"] {
        let found = own(&cases, "07_blank_class", table).unwrap();
        let labels = found.stimuli.labels.unwrap();
        assert_eq!(labels.names, ["face", "house"], "{table}");
        // Half of the 24 training images, and two of the six test images.
        assert_eq!(labels.n_unlabelled(), 14, "{table}");
        assert!(
            found
                .notes
                .iter()
                .any(|note| note.contains("14 of 30 images have no class"))
        );
    }
}

#[test]
fn regions_overlap_whatever_the_order_of_their_lines() {
    let Some(cases) = cases() else { return };
    let found = ["rois.csv", "order2.csv"].map(|table| {
        let files = ["00_control/S1.npy", "00_control/S2.npy"];
        let rois = cases
            .join("13_overlapping_rois")
            .join(table)
            .display()
            .to_string();
        let more = format!(", rois: Some({rois:?})");
        arrays(
            &cases,
            files,
            "00_control/images",
            "00_control/trials.csv",
            &more,
        )
        .unwrap()
    });
    for recording in &found {
        for (subject, n_all) in recording.subjects.iter().zip([30, 26]) {
            let voxels = &subject.voxels;
            let counts: Vec<(&str, usize)> = voxels
                .roi_names
                .iter()
                .enumerate()
                .map(|(idx, name)| {
                    let n = lab_core::recording::in_region(&voxels.roi, idx as u16).len();
                    (name.as_str(), n)
                })
                .collect();
            let expected = [
                ("LVC", 16),
                ("V1", 8),
                ("V2", 8),
                ("VC", n_all),
                ("other", 0),
            ];
            assert_eq!(counts, expected);
        }
    }
    assert_eq!(
        found[0].subjects[0].voxels.roi,
        found[1].subjects[0].voxels.roi
    );
}

#[test]
fn ink_in_the_alpha_channel_is_seen() {
    let Some(cases) = cases() else { return };
    let corpus = cases.join("24_alpha_corpus").display().to_string();
    let found = load(&format!("folder(path: {corpus:?}, size: 32)")).unwrap();
    let mut prints = found.stimuli.fingerprints().unwrap();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), 40);
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("shown over white")),
        "{:?}",
        found.notes
    );
    let letters = own(&cases, "22_alpha_letters", "trials.csv").unwrap();
    assert!(
        letters
            .notes
            .iter()
            .any(|note| note.contains("shown over white"))
    );
}

#[test]
fn colours_beside_each_other_are_no_planes() {
    let Some(cases) = cases() else { return };
    let path = cases.join("80_inet_nhwc/train_data_batch_1.npz");
    let text = format!(
        "imagenet64(path: {:?}, contrast: AsStored)",
        path.display().to_string()
    );
    let found = load(&text).unwrap();
    let (shape, bytes) = Npz::open(&path).unwrap().array("data").unwrap().f32();
    assert_eq!(shape, [6, 64, 64, 3]);
    let pixels = found.stimuli.images.read(&[0, 1, 2, 3, 4, 5]).unwrap();
    for (place, (pixel, colours)) in pixels.iter().zip(bytes.chunks(3)).enumerate() {
        let grey = 0.299 * colours[0] + 0.587 * colours[1] + 0.114 * colours[2];
        assert!((pixel - (grey / 127.5 - 1.0)).abs() < 2e-6, "pixel {place}");
    }
}

#[test]
fn a_run_is_a_session_and_a_run() {
    let Some(cases) = cases() else { return };
    let root = cases.join("39_god_sessions").display().to_string();
    let scaled = load(&format!("god(root: {root:?}, size: 32, scaling: Run)")).unwrap();
    for subject in &scaled.subjects {
        let rows = subject.responses.to_vec2::<f32>().unwrap();
        let mut runs: Vec<u32> = subject.trials.iter().map(|trial| trial.run).collect();
        let file = lab_formats::bdata::BData::open(
            &cases.join(format!("39_god_sessions/Subject{}.h5", &subject.id[1..])),
        )
        .unwrap();
        let label = |key: &str| file.read_columns(&file.columns(key)).unwrap().remove(0);
        let (kinds, sessions, numbers) = (label("DataType"), label("Session"), label("Run"));
        let seen = (0..kinds.len()).filter(|&row| kinds[row] < 2.5);
        let mut keys: Vec<[i64; 3]> = seen
            .map(|row| [kinds[row] as i64, sessions[row] as i64, numbers[row] as i64])
            .collect();
        for run in 0..=*runs.iter().max().unwrap() {
            let members: Vec<usize> = (0..runs.len()).filter(|&row| runs[row] == run).collect();
            if members.is_empty() {
                continue;
            }
            // All rows of a run come from one session and one number, and are standardised together.
            assert!(members.iter().all(|&row| keys[row] == keys[members[0]]));
            let mean = members.iter().map(|&row| rows[row][0]).sum::<f32>() / members.len() as f32;
            assert!(mean.abs() < 1e-4, "{}: run {run}, {mean}", subject.id);
        }
        {
            let all = &mut runs;
            all.sort_unstable();
            all.dedup();
        }
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(runs.len(), keys.len());
    }
}

#[test]
fn tables_of_other_programs_are_the_same_table() {
    let Some(cases) = cases() else { return };
    let right = order(&own(&cases, "05_tables", "trials.csv").unwrap());
    for table in [
        "float.csv",
        "capital.csv",
        "quoted.csv",
        "trailing.csv",
        "bom_crlf.csv",
        "emptycells.csv",
        "trials.tsv",
    ] {
        let found =
            own(&cases, "05_tables", table).unwrap_or_else(|error| panic!("{table}: {error}"));
        assert_eq!(order(&found), right, "{table}");
    }
    let files = ["05_tables/S1.npy", "05_tables/S2.npy"];
    let quoted = arrays(
        &cases,
        files,
        "05_tables/imgq",
        "05_tables/quoted_comma.csv",
        "",
    )
    .unwrap();
    assert_eq!(order(&quoted), right);
}

#[test]
fn paths_of_windows_are_paths() {
    let Some(cases) = cases() else { return };
    let case = "04_windows_paths";
    let right = order(&own(&cases, case, "trials_posix.csv").unwrap());
    for table in ["trials.csv", "trials_base.csv", "trials_full.csv"] {
        let found = own(&cases, case, table).unwrap_or_else(|error| panic!("{table}: {error}"));
        assert_eq!(order(&found), right, "{table}");
    }
}

#[test]
fn a_release_of_one_subject_says_how_to_ask_for_it() {
    let Some(cases) = cases() else { return };
    let root = cases.join("41_vim1_one_subject").display().to_string();
    let error = load(&format!("vim1(root: {root:?}, size: 8)"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("subjects: Only([\"S1\"])"), "{error}");
    let one = load(&format!(
        "vim1(root: {root:?}, size: 8, subjects: Only([\"S1\"]), test: All)"
    ));
    assert_eq!(one.unwrap().subjects.len(), 1);
}

#[test]
fn a_guessed_range_is_shown_and_nan_is_named() {
    let Some(cases) = cases() else { return };
    let files = ["00_control/S1.npy", "00_control/S2.npy"];
    let read = |images: &str| arrays(&cases, files, images, "00_control/trials.csv", "");
    let found = read("23_pixel_ranges/half_range.npy").unwrap();
    let note = found
        .notes
        .iter()
        .find(|note| note.contains("Grey values"))
        .unwrap();
    assert!(
        note.contains("from -0.5 to 0.48") && note.contains("range -1 to 1"),
        "{note}"
    );
    let error = read("23_pixel_ranges/nan.npy").unwrap_err().to_string();
    assert!(
        error.contains("NaN") && error.contains("finite grey values"),
        "{error}"
    );
}

#[test]
fn an_archive_in_the_place_of_responses_is_called_one() {
    let Some(cases) = cases() else { return };
    let files = ["10_npy/S1.npz", "10_npy/S2.npy"];
    let error = arrays(&cases, files, "10_npy/images", "10_npy/trials.csv", "");
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("S1.npz") && error.contains("archive"),
        "{error}"
    );
}

#[test]
fn the_sound_input_loads() {
    let Some(cases) = cases() else { return };
    let found = own(&cases, "00_control", "trials.csv").unwrap();
    assert_eq!(found.stimuli.indices(Split::Test).len(), 6);
}
