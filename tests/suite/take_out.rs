//! Reconstructions are taken out of a run as pictures, arrays and a table, each image under its own name.

use std::fs;
use std::path::Path;

use crate::lab_test::{LabTest, contents, experiment};

/// Shape and values of a NumPy file, by the format's own description.
fn npy(path: &Path) -> (Vec<usize>, Vec<f32>) {
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8_lossy(&bytes[10..end]);
    assert!(
        header.contains("'<f4'") && header.contains("False"),
        "{header}"
    );
    let shape = header.split('(').nth(1).unwrap().split(')').next().unwrap();
    let axes = shape
        .split(',')
        .map(str::trim)
        .filter(|axis| !axis.is_empty());
    let (values, rest) = bytes[end..].as_chunks::<4>();
    assert!(rest.is_empty());
    (
        axes.map(|axis| axis.parse().unwrap()).collect(),
        values
            .iter()
            .map(|value| f32::from_le_bytes(*value))
            .collect(),
    )
}

/// Pictures of an experiment of one's own, with names that no two systems treat alike.
fn own_pictures(lab: &LabTest) -> Vec<String> {
    let names = |idx: usize| match idx {
        14 => "test, \"late\".png".to_owned(),
        15 => "Été 15.png".to_owned(),
        idx if idx >= 12 => format!("test{idx:02}.png"),
        idx => format!("train{idx:02}.png"),
    };
    fs::create_dir(lab.path("pictures")).unwrap();
    let all: Vec<String> = (0..18).map(names).collect();
    let mut trials = String::from("subject,run,image,repeat,split\n");
    let mut values = Vec::new();
    for (idx, name) in all.iter().enumerate() {
        let pixel = |at: u32| ((at * 7 + at / 32 * 13 * idx as u32 + idx as u32 * 29) % 251) as u8;
        let pixels: Vec<u8> = (0..32 * 32).map(pixel).collect();
        let path = lab.path("pictures").join(name);
        image::save_buffer(path, &pixels, 32, 32, image::ColorType::L8).unwrap();
        let split = if idx >= 12 { "test" } else { "train" };
        let quoted = name.replace('"', "\"\"");
        trials += ["P,0,\"", &quoted, "\",0,", split, "\n"].concat().as_str();
        let pixels = pixels.iter().step_by(90);
        values.push(
            pixels
                .map(std::string::ToString::to_string)
                .collect::<Vec<_>>()
                .join(","),
        );
    }
    lab.write("trials.csv", trials)
        .write("responses.csv", values.join("\n") + "\n");
    all
}

#[test]
fn every_test_image_is_taken_out_under_its_name() {
    let lab = LabTest::new();
    let names = own_pictures(&lab);
    let set = r#"dataset=arrays(responses: ["responses.csv"], images: "pictures", trials: "trials.csv", size: 32)"#;
    let ended = lab.lab(&[
        "run",
        &experiment("quickstart"),
        "--smoke",
        "--set",
        set,
        "--set",
        "export=[Decoder, Ceiling, Members]",
        "--set",
        "align=[standardise(), mean_subjects(), pca(variance: 0.99)]",
        "--set",
        "responses.repeats=Average",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let report = lab.path(ended.stdout.trim_end());
    let folder = report.with_file_name("reconstructions");
    let index = fs::read_to_string(folder.join("index.csv")).unwrap();
    let files = [
        "Été_15.png",
        "test___late_.png",
        "test12.png",
        "test13.png",
        "test16.png",
        "test17.png",
    ];
    for file in files {
        assert!(index.contains(&format!(",{file}\n")), "{file}: {index}");
    }
    assert!(index.contains(",\"test, \"\"late\"\".png\",,"), "{index}");
    assert_eq!(index.lines().count(), 1 + 6);
    let (shape, originals) = npy(&folder.join("originals.npy"));
    assert_eq!(shape, [6, 32, 32]);
    for place in ["", "ceiling", "member_0", "member_1"] {
        let (shape, values) = npy(&folder.join(place).join("reconstructions.npy"));
        assert_eq!(shape, [6, 32, 32], "{place}");
        let (shape, latents) = npy(&folder.join(place).join("latents.npy"));
        assert_eq!(shape[0], 6, "{place}");
        assert!(latents.iter().all(|value| value.is_finite()));
        // A picture is its line of the array in 8 bits.
        for (row, line) in index.lines().skip(1).enumerate() {
            let file = line.rsplit(',').next().unwrap();
            let picture = image::open(folder.join(place).join(file))
                .unwrap()
                .to_luma8();
            assert_eq!(picture.dimensions(), (32, 32));
            let of_row = &values[row * 1024..][..1024];
            let grey = |value: &f32| ((value + 1.0) * 127.5).round() as u8;
            assert!(
                picture
                    .as_raw()
                    .iter()
                    .eq(of_row.iter().map(grey).collect::<Vec<_>>().iter())
            );
        }
    }
    // Originals are the pictures of the folder, in the order of the index.
    let names_in_index = |name: &String| index.contains(&name.replace('"', "\"\""));
    assert_eq!(names.iter().filter(|name| names_in_index(name)).count(), 6);
    for (row, line) in index.lines().skip(1).enumerate() {
        let name = names
            .iter()
            .find(|name| line.contains(&name.replace('"', "\"\"")))
            .unwrap();
        let picture = image::open(lab.path("pictures").join(name))
            .unwrap()
            .to_luma8();
        let first = f32::from(picture.as_raw()[5]) / 127.5 - 1.0;
        assert!((originals[row * 1024 + 5] - first).abs() < 1e-5, "{name}");
    }
    // Tables of images name them.
    for table in ["decisions", "test_images"] {
        let text =
            fs::read_to_string(report.with_file_name(format!("tables/{table}.csv"))).unwrap();
        assert!(text.lines().next().unwrap().contains(",image,"), "{text}");
        assert!(
            text.contains("\"test, \"\"late\"\".png\"") && text.contains("test16.png"),
            "{text}"
        );
    }
}

#[test]
fn the_result_alone_is_taken_out_unless_more_is_asked_for() {
    let lab = LabTest::new();
    let ended = lab.lab(&["run", &experiment("quickstart"), "--smoke"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let report = lab.path(ended.stdout.trim_end());
    let files = contents(&report.with_file_name("reconstructions"));
    // Drawn letters have no names: their indices stand for them.
    let mut expected: Vec<String> = (48..60).map(|id| format!("image-{id:05}.png")).collect();
    expected.extend(
        [
            "index.csv",
            "latents.npy",
            "originals.npy",
            "reconstructions.npy",
        ]
        .map(String::from),
    );
    for subject in ["S1", "S2", "S3"] {
        expected.push(format!("patterns/{subject}.npy"));
        expected.push(format!("patterns/{subject}_shares.npy"));
    }
    expected.sort();
    assert_eq!(files.keys().cloned().collect::<Vec<_>>(), expected);
    let index = String::from_utf8_lossy(&files["index.csv"]).into_owned();
    assert!(
        index.starts_with("row,image,class,id,file\n0,,B,48,image-00048.png\n"),
        "{index}"
    );
    let manifest = fs::read_to_string(report.with_file_name("manifest.json")).unwrap();
    assert!(
        manifest.contains("\"reconstructions/index.csv\""),
        "the manifest has its hash"
    );
}
