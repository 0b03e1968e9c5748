//! Tables of splits: what they change, and what is said of those that cannot be right.

use std::path::PathBuf;

use candle_core::{Device, Tensor};
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::recording::{Repeats, Voxels};

use super::*;

/// A dataset that only says whether its split must stay.
struct Stub(Option<&'static str>);

impl Dataset for Stub {
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn fixed_split(&self) -> Option<String> {
        self.0.map(str::to_owned)
    }

    fn load(&self, _ctx: &Context) -> Result<Recording> {
        Ok(recording(None))
    }
}

/// Four images of one brightness each: two training images that were shown once and two test images that were shown twice.
/// The response to each trial is the brightness of its image.
fn recording(names: Option<[&str; 4]>) -> Recording {
    let values = [0.0_f32, 0.1, 0.2, 0.3];
    let pixels = values.iter().flat_map(|value| [*value, -value, 0.5, 1.0]);
    let mut stimuli = Stimuli::from_pixels(ImageShape::grey(2), pixels.collect()).unwrap();
    stimuli.split = vec![Split::Train, Split::Train, Split::Test, Split::Test];
    stimuli.names = names.map(|names| names.map(String::from).to_vec());
    let shown = [(0, 0), (1, 0), (2, 0), (3, 0), (2, 1), (3, 1)];
    let trials: Vec<Trial> = shown
        .into_iter()
        .map(|(image_idx, repeat)| Trial {
            image_idx,
            run: repeat,
            repeat,
        })
        .collect();
    let responses: Vec<f32> = trials.iter().map(|trial| values[trial.image_idx]).collect();
    let mut recording = Recording::corpus("stub", stimuli);
    recording.subjects.push(Subject {
        id: "S1".into(),
        responses: Tensor::from_vec(responses, (6, 1), &Device::Cpu).unwrap(),
        trials,
        voxels: Voxels {
            roi_names: vec!["V1".into()],
            roi: vec![vec![0]],
            xyz: None,
            noise_ceiling: Some(vec![0.9]),
            noiseless: Some(
                Tensor::new(&values, &Device::Cpu)
                    .unwrap()
                    .reshape((4, 1))
                    .unwrap(),
            ),
        },
    });
    recording
}

fn divided(text: &str, recording: Recording) -> Result<Divided> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("split.csv");
    std::fs::write(&path, text).unwrap();
    let by = SplitBy::File(path.to_string_lossy().into_owned());
    divide(&by, &Stub(None), recording)
}

fn complaint(text: &str, names: Option<[&str; 4]>) -> String {
    match divided(text, recording(names)) {
        Ok(_) => panic!("taken: {text}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn images_change_sets_and_what_is_in_none_is_gone() {
    let names = ["a", "b", "c", "d"];
    let text = "image,set\nd,train\nb,test\na,none\nc,test\n";
    let found = divided(text, recording(Some(names))).unwrap();
    let of = &found.recording;
    of.check().unwrap();
    assert_eq!(found.ids, [1, 2, 3]);
    assert_eq!(of.stimuli.split, [Split::Test, Split::Test, Split::Train]);
    assert_eq!(of.stimuli.names.as_deref().unwrap(), ["b", "c", "d"]);
    // The pixels, and the rows, follow their images.
    assert_eq!(of.stimuli.images.read(&[2]).unwrap(), [0.3, -0.3, 0.5, 1.0]);
    let test = of.samples(Split::Test, Repeats::Average).unwrap();
    assert_eq!(test.image_idx, [0, 1]);
    let values = test.subjects[0].values.to_vec2::<f64>().unwrap().concat();
    assert!(
        (values[0] - 0.1).abs() < 1e-6 && (values[1] - 0.2).abs() < 1e-6,
        "{values:?}"
    );
    assert_eq!(of.subjects[0].n_trials(), 5);
    let noiseless = of.subjects[0].voxels.noiseless.as_ref().unwrap();
    let noiseless = noiseless.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(noiseless, [0.1, 0.2, 0.3]);
    // Repeats of test rows differ now, so that the known ceiling says nothing of them.
    assert!(
        of.notes[0].contains("between 1 and 2 times"),
        "{:?}",
        of.notes
    );
    assert!(of.notes[1].contains("are left out"), "{:?}", of.notes);
    assert_eq!(of.subjects[0].voxels.noise_ceiling, None);
}

#[test]
fn a_table_that_says_what_the_dataset_says_changes_nothing_but_a_note() {
    let text = "image;set\n3;test\n2;test\n1;train\n0;train\n";
    let found = divided(text, recording(None)).unwrap();
    let of = &found.recording;
    assert_eq!(found.ids, [0, 1, 2, 3]);
    assert_eq!(of.stimuli.split, recording(None).stimuli.split);
    assert_eq!(
        of.stimuli.content_hash().unwrap(),
        recording(None).stimuli.content_hash().unwrap()
    );
    assert_eq!(of.subjects[0].trials, recording(None).subjects[0].trials);
    assert!(of.subjects[0].voxels.noise_ceiling.is_some());
    assert_eq!(of.notes.len(), 1);
    assert!(
        of.notes[0].contains("each test image was shown 2 times"),
        "{:?}",
        of.notes
    );
}

#[test]
fn images_without_names_go_on_to_be_counted_as_the_dataset_counts_them() {
    let text = "image,set\n0,none\n1,train\n2,test\n3,test\n";
    let found = divided(text, recording(None)).unwrap();
    assert_eq!(found.recording.stimuli.names.unwrap(), ["1", "2", "3"]);
    // Names that stand twice name nothing: indices do.
    let twice = divided(text, recording(Some(["a", "a", "c", "d"]))).unwrap();
    assert_eq!(twice.recording.stimuli.names.unwrap(), ["a", "c", "d"]);
}

#[test]
fn what_is_wrong_with_a_table_is_said_with_its_line() {
    let rest = "\n0,train\n1,train\n2,test\n";
    for (text, names, words) in [
        (
            format!("image,set{rest}4,test\n"),
            None,
            ["image, line 5", "from 0 to 3"],
        ),
        (
            format!("image,set{rest}3,testing\n"),
            None,
            ["set, line 5", "train, test or none"],
        ),
        (
            format!("image,set{rest}2,train\n3,test\n"),
            None,
            ["image, line 5", "as on line 4"],
        ),
        (
            format!("image,set{rest}"),
            None,
            ["a line for each image", "none for image 3"],
        ),
        (
            format!("picture,set{rest}3,test\n"),
            None,
            ["image", "a column of that name"],
        ),
        (
            format!("image,set{rest}"),
            Some(["a", "b", "c", "d"]),
            ["image, line 2", "the name of an image"],
        ),
        (
            "image,set\na,none\nb,none\nc,none\nd,none\n".into(),
            Some(["a", "b", "c", "d"]),
            [
                "1 image or more to train on and 2 or more to test",
                "got 0 and 0",
            ],
        ),
        (
            format!("image,set{rest}3,none\n"),
            None,
            ["set", "got 2 and 1"],
        ),
        (String::new(), None, ["image", "got an empty file"]),
        // A line ends the same wherever the table was written.
        (
            format!("image,set{rest}3,testing\n").replace('\n', "\r\n"),
            None,
            ["set, line 5", "train, test or none"],
        ),
        (
            format!("image,set{rest}3,testing\n").replace('\n', "\r"),
            None,
            ["set, line 5", "train, test or none"],
        ),
    ] {
        let said = complaint(&text, names);
        assert!(
            words.iter().all(|word| said.contains(word)),
            "{text}: {said}"
        );
    }
}

#[test]
fn a_dataset_that_says_so_keeps_its_split() {
    let by = SplitBy::File("any.csv".into());
    let dataset = Stub(Some("rows that nobody may be fitted on"));
    let error = divide(&by, &dataset, recording(None))
        .map(|_| ())
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("rows that nobody may be fitted on"),
        "{error}"
    );
    let own = divide(&SplitBy::Dataset, &dataset, recording(None)).unwrap();
    assert_eq!(own.ids, [0, 1, 2, 3]);
    assert!(own.recording.notes.is_empty());
}
