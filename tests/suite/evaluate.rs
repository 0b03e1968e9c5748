//! `lab evaluate`: pictures of anybody's in, a report out.

use std::fs;

use serde_json::Value;

use crate::arrays::npy;
use crate::lab_test::LabTest;

const SIDE: usize = 20;
const N: usize = 24;

/// `N` images of squares that differ, with noise of this strength; another `series` has other images.
fn images(series: u64, noise: f32) -> Vec<f32> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(series + 1);
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let mut of_noise = {
        let mut state = 0xD1B5_4A32_D192_ED03_u64 ^ f64::from(noise).to_bits();
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1 << 24) as f32 - 0.5
        }
    };
    (0..N)
        .flat_map(|_| {
            let squares: Vec<f32> = (0..25).map(|_| 1.6 * next() - 0.8).collect();
            (0..SIDE * SIDE)
                .map(|place| squares[place / SIDE / 4 * 5 + place % SIDE / 4])
                .collect::<Vec<f32>>()
        })
        .map(|pixel| (pixel + noise * of_noise()).clamp(-1.0, 1.0))
        .collect()
}

fn array(images: &[f32]) -> Vec<u8> {
    npy(&[images.len() / SIDE / SIDE, SIDE, SIDE], images)
}

fn lab() -> LabTest {
    let lab = LabTest::new();
    lab.write("seen.npy", array(&images(1, 0.0)))
        .write("made.npy", array(&images(1, 0.8)))
        .write(
            "train.npy",
            array(&[images(2, 0.0), images(3, 0.0)].concat()),
        );
    lab
}

const SETS: [&str; 5] = [
    "evaluate",
    "--originals",
    "seen.npy",
    "--reconstructions",
    "made.npy",
];

fn asked<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SETS.iter()
        .copied()
        .chain(["--draws", "300"])
        .chain(more.iter().copied())
        .collect()
}

#[test]
fn reconstructions_of_others_get_a_report() {
    let lab = lab();
    let classes: Vec<String> = (0..N)
        .map(|image| format!("{image},c{}", image % 3))
        .collect();
    lab.write(
        "classes.csv",
        format!("image,class\n{}\n", classes.join("\n")),
    );
    let all = lab.json(&asked(&[
        "--train",
        "train.npy",
        "--classes",
        "classes.csv",
        "--out",
        "report",
        "--format",
        "json",
    ]));
    let headline = |name: &str| all["headline"][name].as_f64().unwrap();
    assert!(headline("observer.pixel.overall") > 0.9);
    assert!(
        headline("nearest_training.observer.pixel.overall") < headline("observer.pixel.overall")
    );
    let guards = all["guards"].as_array().unwrap();
    assert!(
        guards.iter().all(|guard| guard["verdict"] == "NotFound"),
        "{guards:#?}"
    );
    for file in [
        "report.pdf",
        "summary.json",
        "tables/scores.csv",
        "tables/guards.csv",
        "figures/glance.svg",
    ] {
        assert!(lab.path("report").join(file).is_file(), "{file}");
    }
    // The same files give the same bytes, from one thread too.
    let bytes = fs::read(lab.path("report/report.pdf")).unwrap();
    let ended = lab.lab_with(
        &asked(&[
            "--train",
            "train.npy",
            "--classes",
            "classes.csv",
            "--out",
            "report",
        ]),
        &[("RAYON_NUM_THREADS", "1")],
    );
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("none was found"), "{}", ended.stdout);
    assert!(
        ended.stdout.trim_end().ends_with("report/report.pdf"),
        "{}",
        ended.stdout
    );
    assert_eq!(fs::read(lab.path("report/report.pdf")).unwrap(), bytes);
}

#[test]
fn a_wrong_pairing_is_named_and_what_is_missing_is_not_judged() {
    let lab = lab();
    let made = images(1, 0.8);
    let turned: Vec<f32> = made.chunks(SIDE * SIDE).rev().flatten().copied().collect();
    lab.write("made.npy", array(&turned));
    let all = lab.json(&asked(&["--out", "report", "--format", "json"]));
    let verdicts: Vec<(&Value, &Value)> = all["guards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|guard| (&guard["defect"], &guard["verdict"]))
        .collect();
    for (defect, verdict) in verdicts {
        let expected = match defect.as_str().unwrap() {
            "WrongPairing" => "Found",
            "ClassOnly" | "Memorised" | "Leaked" => "NotJudged",
            _ => "NotFound",
        };
        assert_eq!(verdict, expected, "{defect}");
    }
}

#[test]
fn features_of_a_network_are_one_more_observer() {
    let lab = lab();
    // An archive of two arrays, stored without compression, as numpy.savez writes it.
    lab.write(
        "clip.npz",
        archive(&[
            ("originals.npy", npy(&[N, 4, 100], &images(1, 0.0))),
            ("reconstructions.npy", npy(&[N, 4, 100], &images(1, 0.8))),
        ]),
    );
    let all = lab.json(&asked(&[
        "--features",
        "clip.npz",
        "--out",
        "report",
        "--format",
        "json",
    ]));
    let headline = |name: &str| all["headline"][name].as_f64();
    assert_eq!(
        headline("observer.clip.features.overall"),
        headline("observer.pixel.overall")
    );
    lab.write(
        "short.npz",
        archive(&[
            (
                "originals.npy",
                npy(&[N - 1, 400], &images(1, 0.0)[..(N - 1) * 400]),
            ),
            ("reconstructions.npy", npy(&[N, 400], &images(1, 0.0))),
        ]),
    );
    lab.complains(
        &asked(&["--features", "short.npz", "--out", "other"]),
        &["short.npz", "23 rows of features for 24 originals"],
    );
    lab.write("other.npz", archive(&[("x.npy", npy(&[N], &[0.0; N]))]));
    lab.complains(
        &asked(&["--features", "other.npz", "--out", "other"]),
        &["other.npz", "LAYER.originals", "got x", "numpy.savez"],
    );
}

/// An AlexNet by torchvision's names, with weights by a formula, as safetensors.
fn backbone() -> Vec<u8> {
    let layers = [
        (0, [64, 3, 11, 11]),
        (3, [192, 64, 5, 5]),
        (6, [384, 192, 3, 3]),
        (8, [256, 384, 3, 3]),
        (10, [256, 256, 3, 3]),
    ];
    let (mut header, mut data) = (Vec::new(), Vec::new());
    for (number, shape) in layers {
        let n_in: usize = shape[1..].iter().product();
        let scale = (6.0 / n_in as f32).sqrt();
        let parts = [("weight", shape.to_vec()), ("bias", vec![shape[0]])];
        for (part, shape) in parts {
            let start = data.len();
            for place in 0..shape.iter().product::<usize>() as u32 {
                let hash = (place + 1).wrapping_mul(2_654_435_761);
                let hash = (hash ^ (hash >> 15)).wrapping_mul(2_246_822_519) >> 8;
                let value = scale * (hash as f32 / 8_388_608.0 - 1.0);
                data.extend(value.to_le_bytes());
            }
            header.push(format!(
                r#""features.{number}.{part}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{}]}}"#,
                data.len()
            ));
        }
    }
    let header = format!("{{{}}}", header.join(","));
    [
        &(header.len() as u64).to_le_bytes(),
        header.as_bytes(),
        &data,
    ]
    .concat()
}

#[test]
fn lpips_stands_beside_the_other_scores_with_weights_of_the_users() {
    let lab = lab();
    let heads = include_bytes!("../reference/lpips/heads.pth");
    lab.write("alexnet.safetensors", backbone())
        .write("heads.pth", heads);
    let with = |backbone, heads, more: &[&'static str]| {
        let files = ["--lpips", backbone, heads, "--train", "train.npy"];
        asked(&[files.as_slice(), more].concat())
    };
    let json = ["--out", "report", "--format", "json"];
    let all = lab.json(&with("alexnet.safetensors", "heads.pth", &json));
    let headline = |name: &str| all["headline"][name].as_f64();
    let own = headline("distance.lpips.alex").unwrap();
    assert!(own > 0.0, "{own}");
    let names = all["lower_is_better"].as_array().unwrap();
    for name in [
        "distance.lpips.alex",
        "mean_image.distance.lpips.alex",
        "nearest_training.distance.lpips.alex",
        "random_training.distance.lpips.alex",
    ] {
        assert!(names.iter().any(|known| known == name), "{name}");
        assert!(headline(name).is_some(), "{name}");
    }
    assert_eq!(names.len(), 4, "{names:?}");
    let read = |file: &str| fs::read_to_string(lab.path("report").join(file)).unwrap();
    let scores = read("tables/scores.csv");
    let how = "lower is better; enlarged bilinearly from 20 × 20 to 64 × 64 pixels";
    assert_eq!(scores.matches(how).count(), 4, "{scores}");
    let differences = read("tables/differences.csv");
    assert_eq!(differences.matches("distance,lpips.alex").count(), 3);
    let meanings: Value = serde_json::from_str(&read("summary.json")).unwrap();
    let meaning = meanings["names"]["distance.lpips.alex"].as_str().unwrap();
    assert!(meaning.contains("lower is better"), "{meaning}");
    // The files and the command that names them stand in the record, and decide its bytes.
    let bytes = fs::read(lab.path("report/report.pdf")).unwrap();
    let again = with("alexnet.safetensors", "heads.pth", &["--out", "report"]);
    let ended = lab.lab_with(&again, &[("RAYON_NUM_THREADS", "1")]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(fs::read(lab.path("report/report.pdf")).unwrap(), bytes);
    lab.complains(
        &with("heads.pth", "alexnet.safetensors", &["--out", "other"]),
        &[
            "heads.pth",
            "features.0.weight",
            "[64, 3, 11, 11]",
            "--lpips BACKBONE HEADS",
        ],
    );
    let without = lab.json(&asked(&json));
    assert!(without["headline"]["distance.lpips.alex"].is_null());
    assert_eq!(without["lower_is_better"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_doubt_about_the_pairing_is_an_error() {
    let lab = lab();
    lab.write("made.npy", array(&images(1, 0.8)[SIDE * SIDE..]));
    lab.complains(
        &asked(&["--out", "o"]),
        &["made.npy", "holds 23 reconstructions for 24 originals"],
    );
    lab.write("made.npy", b"no array");
    lab.complains(&asked(&["--out", "o"]), &["made.npy", "a NumPy array"]);
    lab.complains(
        &[
            "evaluate",
            "--originals",
            "nowhere",
            "--reconstructions",
            "made.npy",
        ],
        &["nowhere"],
    );
    fs::create_dir_all(lab.path("mine")).unwrap();
    lab.write("mine/thesis.txt", "");
    lab.write("made.npy", array(&images(1, 0.8)));
    lab.complains(
        &asked(&["--out", "mine"]),
        &["thesis.txt", "new or empty folder"],
    );
    assert!(lab.path("mine/thesis.txt").is_file());
}

/// A ZIP archive whose members are stored.
fn archive(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in members {
        let offset = bytes.len() as u32;
        let size = data.len() as u32;
        let facts: Vec<u8> = [
            [20, 0, 0, 0, 0, 0, 0, 0, 0, 0].as_slice(),
            &crc(data).to_le_bytes(),
            &size.to_le_bytes(),
            &size.to_le_bytes(),
            &(name.len() as u16).to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        bytes.extend([b"PK\x03\x04".as_slice(), &facts, name.as_bytes(), data].concat());
        directory.extend(
            [
                b"PK\x01\x02\x14\x00".as_slice(),
                &facts,
                &[0; 10],
                &offset.to_le_bytes(),
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let n = (members.len() as u16).to_le_bytes();
    let start = (bytes.len() as u32).to_le_bytes();
    let length = (directory.len() as u32).to_le_bytes();
    bytes.extend(directory);
    bytes.extend(
        [
            b"PK\x05\x06\0\0\0\0".as_slice(),
            &n,
            &n,
            &length,
            &start,
            &[0, 0],
        ]
        .concat(),
    );
    bytes
}

/// The check sum of ZIP (CRC-32).
fn crc(bytes: &[u8]) -> u32 {
    let of_byte = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(!0, of_byte)
}
