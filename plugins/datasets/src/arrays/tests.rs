//! The user's own data with the habits of the field: every table, name and order ends in the right value or in a refusal.

use std::fs;
use std::path::Path;

use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::{Labels, Recording, Repeats, Split};
use lab_core::traits::Dataset;

/// Images of the data below.
const N_IMAGES: usize = 6;

/// A folder with pictures of the given names, two subjects and a table whose cells `cell` writes.
struct Own {
    folder: tempfile::TempDir,
}

impl Own {
    fn new(names: &[&str], cell: impl Fn(usize) -> String) -> Self {
        let own = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for (idx, name) in names.iter().enumerate() {
            own.picture(name, 20 + 30 * idx as u8);
        }
        for (file, first) in [("S1.csv", 0.0), ("S2.csv", 100.0)] {
            let row = |image: usize| format!("{},{}\n", first + image as f32, first - image as f32);
            own.write(file, &(0..N_IMAGES).map(row).collect::<String>());
        }
        own.trials(|subject, image| format!("{subject},0,{},0,{}", cell(image), set(image)));
        own
    }

    fn picture(&self, name: &str, grey: u8) {
        let path = self.folder.path().join("images").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let picture = image::RgbImage::from_fn(8, 8, |x, _| image::Rgb([grey + x as u8; 3]));
        picture.save(path).unwrap();
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn trials(&self, line: impl Fn(&str, usize) -> String) {
        let mut text = "subject,run,image,repeat,split\n".to_owned();
        for subject in ["S1", "S2"] {
            for image in 0..N_IMAGES {
                text += &(line(subject, image) + "\n");
            }
        }
        self.write("trials.csv", &text);
    }

    fn load_as(&self, responses: [&str; 2], more: &str) -> Result<Recording> {
        let file = |name: &str| self.folder.path().join(name).display().to_string();
        let text = format!(
            "arrays(responses: [{:?}, {:?}], images: {:?}, trials: {:?}, size: 8{more})",
            file(responses[0]),
            file(responses[1]),
            file("images"),
            file("trials.csv"),
        );
        let ctx = Context::new(1);
        let dataset = PluginRef::<dyn Dataset>::of(&text).build(&ctx)?;
        let recording = dataset.load(&ctx)?;
        recording.check()?;
        Ok(recording)
    }

    fn load(&self) -> Result<Recording> {
        self.load_as(["S1.csv", "S2.csv"], "")
    }

    fn refused(&self) -> String {
        self.load().unwrap_err().to_string()
    }

    fn with_rois(&self, lines: &str) -> Result<Recording> {
        self.write("rois.csv", &format!("subject,voxel,roi\n{lines}"));
        let path = self.folder.path().join("rois.csv").display().to_string();
        self.load_as(["S1.csv", "S2.csv"], &format!(", rois: Some({path:?})"))
    }
}

const PADDED: [&str; N_IMAGES] = ["00.png", "01.png", "02.png", "03.png", "04.png", "05.png"];

fn set(image: usize) -> &'static str {
    if image < 4 { "train" } else { "test" }
}

/// The first pixel of each image that a subject saw, as a grey value.
fn shown(recording: &Recording) -> Vec<usize> {
    let trials = recording.subjects[0].trials.iter();
    let grey = |image: usize| {
        let pixel = recording.stimuli.images.read(&[image]).unwrap()[0];
        ((pixel + 1.0) * 127.5).round() as usize
    };
    trials.map(|trial| grey(trial.image_idx)).collect()
}

const GREYS: [usize; N_IMAGES] = [20, 50, 80, 110, 140, 170];

#[test]
fn unpadded_numbers_count_and_the_order_is_said() {
    let names = ["7.png", "8.png", "9.png", "10.png", "11.png", "12.png"];
    let own = Own::new(&names, |image| names[image].into());
    let recording = own.load().unwrap();
    assert_eq!(shown(&recording), GREYS);
    let note = "'7.png' stands before '10.png'";
    assert!(
        recording.notes.iter().any(|text| text.contains(note)),
        "{:?}",
        recording.notes
    );
    // The ninth of six pictures is none: 9 is a name alone.
    let own = Own::new(&names, |image| (7 + image).to_string());
    assert_eq!(shown(&own.load().unwrap()), GREYS);
}

#[test]
fn numbers_that_are_names_and_indices_are_refused_with_both_readings() {
    let names = ["1.png", "2.png", "3.png", "4.png", "5.png", "6.png"];
    let error = Own::new(&names, |image| image.to_string()).refused();
    assert!(
        error.contains("image, line 2") && error.contains("index of '1.png'"),
        "{error}"
    );
    let error = Own::new(&names, |image| (image + 1).to_string()).refused();
    assert!(
        error.contains("name of '1.png' and the index of '2.png'"),
        "{error}"
    );
    let own = Own::new(&names, |image| names[image].into());
    assert_eq!(shown(&own.load().unwrap()), GREYS);
}

#[test]
fn every_kind_of_picture_is_read_and_what_is_none_is_named() {
    let names = ["00.png", "01.bmp", "02.gif", "03.tiff", "04.webp", "05.jpg"];
    let own = Own::new(&names, |image| names[image].into());
    own.write("images/._00.png", "Finder");
    let recording = own.load().unwrap();
    let near = shown(&recording).into_iter().zip(GREYS);
    assert!(
        near.clone().all(|(got, grey)| got.abs_diff(grey) <= 2),
        "{:?}",
        shown(&recording)
    );
    // With indices, a file that was skipped may have been counted.
    own.trials(|subject, image| format!("{subject},0,{image},0,{}", set(image)));
    let error = own.refused();
    assert!(
        error.contains("'._00.png' (hidden)") && error.contains("index '0'"),
        "{error}"
    );
    fs::remove_file(own.folder.path().join("images/._00.png")).unwrap();
    assert_eq!(own.load().unwrap().stimuli.n_images(), N_IMAGES);
}

#[test]
fn paths_of_other_systems_are_paths() {
    let names = [
        "a/0.png", "a/1.png", "a/2.png", "a/3.png", "b/4.png", "b/5.png",
    ];
    for start in ["", ".\\", "C:\\data\\images\\"] {
        let own = Own::new(&names, |image| {
            start.to_owned() + &names[image].replace('/', "\\")
        });
        assert_eq!(shown(&own.load().unwrap()), GREYS, "{start}");
    }
    let own = Own::new(&names, |image| format!("c\\{image}.jpg"));
    let error = own.refused();
    assert!(
        error.contains("such as 'a/0.png'") && error.contains("'c\\0.jpg'"),
        "{error}"
    );
}

#[test]
fn tables_of_spreadsheets_are_read() {
    let own = Own::new(&PADDED, |image| image.to_string());
    let right = own.load().unwrap();
    let rows = |recording: &Recording| {
        let rows = |subject: &lab_core::recording::Subject| {
            (
                subject.trials.clone(),
                subject.responses.to_vec2::<f32>().unwrap(),
            )
        };
        recording.subjects.iter().map(rows).collect::<Vec<_>>()
    };
    let text = fs::read_to_string(own.folder.path().join("trials.csv")).unwrap();
    let floats = text.replace(",0,", ",0.0,").replace(",5,", ",5.0,");
    for (name, text) in [
        ("floats", floats.clone()),
        (
            "capitals",
            text.replace("subject,run,image", "Subject,RUN,Image"),
        ),
        ("semicolons", text.replace(',', ";")),
        ("tabs", text.replace(',', "\t")),
        (
            "sep",
            format!("sep=;\r\n{}", text.replace(',', ";").replace('\n', "\r\n")),
        ),
        ("mark", format!("\u{feff}{text}")),
        ("empty rows", format!("{text},,,,\n,,,,\n\n")),
        ("decimal commas", floats.replace(',', ";").replace('.', ",")),
    ] {
        own.write("trials.csv", &text);
        let found = own.load().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(rows(&found), rows(&right), "{name}");
    }
    own.write("trials.csv", &text);
    let halves = "0,5;-1,25\n1,5;2\n2;3\n3;4,75\n4;5\n5;6\n";
    own.write("S1.CSV", halves);
    let found = own.load_as(["S1.CSV", "S2.csv"], "").unwrap();
    let first = found.subjects[0].responses.to_vec2::<f32>().unwrap();
    assert_eq!(
        (first[0].as_slice(), first[3][1]),
        (&[0.5, -1.25][..], 4.75)
    );
    own.write("S1.CSV", &halves.replace("1,5;2", "1.5;2"));
    let error = own
        .load_as(["S1.CSV", "S2.csv"], "")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("point in line 2") && error.contains("comma in line 1"),
        "{error}"
    );
}

#[test]
fn files_belong_to_the_subjects_whose_names_they_bear() {
    let own = Own::new(&PADDED, |image| image.to_string());
    let right = own.load().unwrap();
    let turned = own.load_as(["S2.csv", "S1.csv"], "").unwrap();
    for (one, two) in right.subjects.iter().zip(&turned.subjects) {
        assert_eq!(one.id, two.id);
        let values = |subject: &lab_core::recording::Subject| subject.responses.to_vec2::<f32>();
        assert_eq!(values(one).unwrap(), values(two).unwrap());
    }
    assert!(
        turned
            .notes
            .iter()
            .any(|note| note.contains("holds subject S1, by its name"))
    );
    fs::copy(
        own.folder.path().join("S1.csv"),
        own.folder.path().join("rest.csv"),
    )
    .unwrap();
    let error = own
        .load_as(["S2.csv", "rest.csv"], "")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("S2.csv") && error.contains("bears 'S2'"),
        "{error}"
    );
}

#[test]
fn an_image_without_a_class_has_none_and_is_counted() {
    let own = Own::new(&PADDED, |image| image.to_string());
    let classes = ["face", "house", "n/a", "face", "house", ""];
    let mut text = "subject,run,image,repeat,split,class\n".to_owned();
    for subject in ["S1", "S2"] {
        for (image, class) in classes.iter().enumerate() {
            let line = format!("{subject},0,{image},0,{},{class}\n", set(image));
            text += &line;
        }
    }
    own.write("trials.csv", &text);
    let recording = own.load().unwrap();
    let labels = recording.stimuli.labels.as_ref().unwrap();
    assert_eq!(labels.names, ["face", "house"]);
    assert_eq!(labels.of, [0, 1, Labels::NONE, 0, 1, Labels::NONE]);
    assert_eq!(recording.stimuli.labelled(Split::Train), [0, 1, 3]);
    let note = "2 of 6 images have no class (written '', 'n/a')";
    assert!(
        recording.notes.iter().any(|text| text.contains(note)),
        "{:?}",
        recording.notes
    );
    own.write(
        "trials.csv",
        &text.replace("face", "NA").replace("house", "null"),
    );
    assert_eq!(own.load().unwrap().stimuli.labels, None);
}

#[test]
fn a_voxel_lies_in_every_region_that_the_table_gives_it() {
    let own = Own::new(&PADDED, |image| image.to_string());
    let lines = ["S1,0,V1", "S1,0,LVC", "S1,1,LVC", "S2,1,V2", "S2,1,LVC"];
    let turned: Vec<&str> = lines.iter().rev().copied().collect();
    for lines in [lines.to_vec(), turned] {
        let recording = own.with_rois(&lines.join("\n")).unwrap();
        let voxels = &recording.subjects[0].voxels;
        assert_eq!(voxels.roi_names, ["LVC", "V1", "V2", "other"]);
        assert_eq!(voxels.roi, [vec![0, 1], vec![0]]);
        assert_eq!(recording.subjects[1].voxels.roi, [vec![3], vec![0, 2]]);
    }
    let error = own
        .with_rois("S1,0,V1\nS2,0,V1\nS1,0,V1\n")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("lines 2 and 4") && error.contains("voxel 0 of S1 in 'V1'"),
        "{error}"
    );
}

#[test]
fn trials_of_one_key_are_refused_and_single_trials_never_averaged() {
    let own = Own::new(&PADDED, |image| image.to_string());
    own.trials(|subject, image| {
        // Image 0 stands for image 1, with the same run and repeat.
        let shown = if image == 1 { 0 } else { image };
        format!("{subject},0,{shown},0,{}", set(image))
    });
    let error = own.refused();
    assert!(
        error.contains("lines 2 and 3") && error.contains("image '0'"),
        "{error}"
    );
    own.trials(|subject, image| {
        let shown = if image == 1 { 0 } else { image };
        format!("{subject},{image},{shown},0,{}", set(image))
    });
    let recording = own.load().unwrap();
    let average = recording.samples(Split::Train, Repeats::Average).unwrap();
    assert_eq!(average.image_idx, [0, 2, 3]);
    let error = recording
        .samples(Split::Train, Repeats::Single)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("(0, 0) in rows 0 and 1") && error.contains("subject S1"),
        "{error}"
    );
}

#[test]
fn transparent_pictures_are_shown_over_white_and_equal_ones_refused() {
    let own = Own::new(&[], |image| image.to_string());
    let drawn = |ink: fn(u32) -> [u8; 4]| {
        for image in 0..N_IMAGES as u32 {
            let path = own
                .folder
                .path()
                .join("images")
                .join(PADDED[image as usize]);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let one = image::RgbaImage::from_pixel(8, 8, image::Rgba(ink(image)));
            one.save(path).unwrap();
        }
    };
    drawn(|image| [0, 0, 0, 40 * image as u8]);
    let recording = own.load().unwrap();
    assert_eq!(shown(&recording), [255, 215, 175, 135, 95, 55]);
    let note = "6 of 6 pictures are transparent in places and are shown over white";
    assert!(
        recording.notes.iter().any(|text| text.contains(note)),
        "{:?}",
        recording.notes
    );
    drawn(|image| [10 * image as u8, 0, 0, 0]);
    let error = own.refused();
    assert!(
        error.contains("all 6 images") && error.contains("over white"),
        "{error}"
    );
}

#[test]
fn a_cut_picture_is_refused_by_name() {
    let names = ["00.png", "01.bmp", "02.gif", "03.tiff", "04.webp", "05.jpg"];
    let own = Own::new(&names, |image| names[image].into());
    for name in names {
        let path = own.folder.path().join("images").join(name);
        let whole = fs::read(&path).unwrap();
        for kept in [whole.len() / 2, whole.len() - 3] {
            // A TIFF may end in numbers that say nothing about its pixels.
            if name.ends_with("tiff") && kept > whole.len() / 2 {
                continue;
            }
            fs::write(&path, &whole[..kept]).unwrap();
            let error = own.load().err().map(|error| error.to_string());
            assert!(
                error.is_some_and(|error| error.contains(name)),
                "{name}, {kept} bytes"
            );
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(own.load().is_ok());
}

#[test]
fn archives_are_called_archives() {
    let own = Own::new(&PADDED, |image| image.to_string());
    own.write("S1.npz", "PK\u{3}\u{4} and more");
    let error = own
        .load_as(["S1.npz", "S2.csv"], "")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("numpy.savez") && error.contains("numpy.save("),
        "{error}"
    );
}

#[test]
fn subjects_are_found_whatever_a_spreadsheet_did_to_their_names() {
    let own = Own::new(&PADDED, |image| image.to_string());
    let right = own.load().unwrap();
    let text = fs::read_to_string(own.folder.path().join("trials.csv")).unwrap();
    let (first, second) = text.split_once("S2").unwrap();
    let (header, first) = first.split_once('\n').unwrap();
    // The other subject stands first now.
    let turned = format!("{header}\nS2{second}{first}");
    let values = |recording: &Recording, id: &str| {
        let mut subjects = recording.subjects.iter();
        let subject = subjects.find(|subject| subject.id == id).unwrap();
        subject.responses.to_vec2::<f32>().unwrap()
    };
    for (written, files) in [
        (["s1", "s2"], ["S1.csv", "S2.csv"]),
        (["1", "2"], ["sub-01.csv", "sub-02.csv"]),
        (["1.0", "2.0"], ["sub1.csv", "sub2.csv"]),
    ] {
        own.write(
            "trials.csv",
            &turned.replace("S1", written[0]).replace("S2", written[1]),
        );
        for (from, to) in ["S1.csv", "S2.csv"].iter().zip(files) {
            let folder = own.folder.path();
            if folder.join(from) != folder.join(to) {
                fs::copy(folder.join(from), folder.join(to)).unwrap();
            }
        }
        let found = own.load_as(files, "").unwrap();
        for (id, known) in written.iter().zip(["S1", "S2"]) {
            assert_eq!(values(&found, id), values(&right, known), "{written:?}");
        }
    }
    own.write("trials.csv", &turned);
    for (from, to) in [("S1.csv", "anna.csv"), ("S2.csv", "bert.csv")] {
        fs::copy(own.folder.path().join(from), own.folder.path().join(to)).unwrap();
    }
    let found = own.load_as(["anna.csv", "bert.csv"], "").unwrap();
    let said = |note: &String| note.contains("anna.csv' is S2") && note.contains("bear no names");
    assert!(found.notes.iter().any(said), "{:?}", found.notes);
}

#[test]
fn a_run_is_a_session_and_a_run() {
    let own = Own::new(&PADDED, |image| image.to_string());
    let mut lines = vec!["subject,session,run,image,repeat,split\n".to_owned()];
    for subject in ["S1", "S2"] {
        for image in 0..N_IMAGES {
            let (session, run) = (image / 4, image % 2);
            lines.push(format!(
                "{subject},{session},{run},{image},0,{}\n",
                set(image)
            ));
        }
    }
    own.write("trials.csv", &lines.concat());
    let recording = own.load().unwrap();
    let runs: Vec<u32> = recording.subjects[1]
        .trials
        .iter()
        .map(|trial| trial.run)
        .collect();
    assert_eq!(runs, [0, 1, 0, 1, 2, 3]);
}

#[test]
fn one_class_that_is_written_in_two_ways_is_refused() {
    for two in [["Face", "face"], ["1", "1.0"]] {
        let own = Own::new(&PADDED, |image| image.to_string());
        let mut lines = vec!["subject,run,image,repeat,split,class\n".to_owned()];
        for subject in ["S1", "S2"] {
            for image in 0..N_IMAGES {
                let class = two[image % 2];
                lines.push(format!("{subject},0,{image},0,{},{class}\n", set(image)));
            }
        }
        own.write("trials.csv", &lines.concat());
        let error = own.refused();
        assert!(
            error.contains(&format!("'{}' and '{}'", two[0], two[1])),
            "{error}"
        );
    }
}

#[test]
fn voxels_that_count_from_one_are_refused() {
    let own = Own::new(&PADDED, |image| image.to_string());
    for file in ["S1.csv", "S2.csv"] {
        own.write(
            file,
            &(0..N_IMAGES)
                .map(|image| format!("{image}.5,2,{image},1\n"))
                .collect::<Vec<_>>()
                .concat(),
        );
    }
    let lines = |voxels: &[usize], last: &str| -> String {
        let line = |subject: &str, voxel: &usize| format!("{subject},{voxel},{last}\n");
        ["S1", "S2"]
            .iter()
            .flat_map(|subject| voxels.iter().map(move |voxel| line(subject, voxel)))
            .collect()
    };
    let error = own
        .with_rois(&lines(&[1, 2, 3], "V1"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("voxels 1 to 3 of S1, and no voxel 0"),
        "{error}"
    );
    assert!(own.with_rois(&lines(&[2, 3], "V1")).is_ok());
    assert!(own.with_rois(&lines(&[1, 3], "V1")).is_ok());
    let recording = own.with_rois(&lines(&[0, 1, 2, 3], "n/a")).unwrap();
    assert_eq!(recording.subjects[0].voxels.roi_names, ["other"]);
}

#[test]
fn numbers_of_rows_and_columns_are_no_responses() {
    let own = Own::new(&PADDED, |image| image.to_string());
    let rows = |from: usize| -> String {
        (from..N_IMAGES)
            .map(|row| format!("0.{row},2.5,1\n"))
            .collect::<Vec<_>>()
            .concat()
    };
    own.write("S1.csv", &format!("0,1,2\n{}", rows(0)));
    let error = own.refused();
    assert!(
        error.contains("leave out the first line, which numbers the columns"),
        "{error}"
    );
    own.write("S1.csv", &format!("{}1,1,1\n", rows(0)));
    let error = own.refused();
    assert!(
        error.contains("list every row in the trial table"),
        "{error}"
    );
    let values: Vec<f32> = (0..12).flat_map(|row| [row as f32, 0.5]).collect();
    let refused =
        |file: &str, values: &[f32]| super::refuse_row_numbers(Path::new(file), values, 2).is_err();
    assert!(refused("S1.csv", &values) && !refused("S1.npy", &values));
    assert!(refused(
        "S1.tsv",
        &values.iter().map(|value| value + 1.0).collect::<Vec<_>>()
    ));
    assert!(!refused("S1.csv", &values[2..8]));
}

#[test]
fn headers_tell_what_is_no_picture() {
    let own = Own::new(&PADDED, |image| image.to_string());
    let folder = own.folder.path();
    let path = |name: &str| folder.join(name).display().to_string();
    let text = format!(
        "arrays(responses: [{:?}, {:?}], images: {:?}, trials: {:?}, size: 8)",
        path("S1.csv"),
        path("S2.csv"),
        path("images"),
        path("trials.csv")
    );
    let ctx = Context::new(1).with_headers_only();
    let dataset = PluginRef::<dyn Dataset>::of(&text).build(&ctx).unwrap();
    assert!(dataset.load(&ctx).is_ok());
    own.write("images/03.png", "");
    let error = dataset.load(&ctx).unwrap_err().to_string();
    assert!(error.contains("03.png"), "{error}");
}

#[test]
fn complaints_of_the_recording_name_pictures_and_trials() {
    let own = Own::new(&PADDED, |image| image.to_string());
    own.picture("04.png", 20);
    let error = own.refused();
    assert!(
        error.contains("test image '04.png'") && error.contains("training image '00.png'"),
        "{error}"
    );
    let own = Own::new(&PADDED, |image| image.to_string());
    own.trials(|subject, image| {
        let repeat = usize::from(subject == "S2" && image == 3);
        format!("{subject},0,{image},{repeat},{}", set(image))
    });
    let recording = own.load().unwrap();
    let error = recording
        .samples(Split::Train, Repeats::Single)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("first difference at image 3, repeat 0"),
        "{error}"
    );
    own.trials(|subject, image| format!("{subject},0,{image},0,train"));
    let recording = own.load().unwrap();
    let error = recording
        .samples(Split::Test, Repeats::Average)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("at least one trial of a test image"),
        "{error}"
    );
}
