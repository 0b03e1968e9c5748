//! Files in, record out.

use std::fs;
use std::path::{Path, PathBuf};

use image::GrayImage;
use lab_core::config::Scores;
use lab_core::context::Context;
use lab_core::rng::stream;
use lab_score::guards::{Defect, Verdict};
use lab_score::record::{Condition, Statistic};
use rand::Rng;

use crate::read::Read;
use crate::{Evaluated, Request, judged};

const SIZE: u32 = 24;

/// A picture of random squares that no other number has.
fn picture(number: u32) -> GrayImage {
    let mut rng = stream(u64::from(number), "evaluate/tests");
    let squares: Vec<u8> = (0..36).map(|_| rng.random_range(0..=255)).collect();
    GrayImage::from_fn(SIZE, SIZE, |x, y| {
        image::Luma([squares[(y / 4 * 6 + x / 4) as usize]])
    })
}

fn save(folder: &Path, name: &str, picture: &GrayImage) {
    fs::create_dir_all(folder).unwrap();
    picture.save(folder.join(name)).unwrap();
}

fn request(folder: &Path) -> Request {
    Request {
        originals: folder.join("originals"),
        reconstructions: folder.join("reconstructions"),
        train: None,
        classes: None,
        features: Vec::new(),
        lpips: None,
        size: None,
        pair_by: None,
        scores: Scores {
            n_permutations: 300,
            n_bootstrap: 300,
            ..Scores::default()
        },
        seed: 1,
        command: "lab evaluate".into(),
        title: "t".into(),
        version: "0".into(),
    }
}

fn read(request: &Request) -> Result<Read, String> {
    Read::of(request, &Context::new(1)).map_err(|error| error.to_string())
}

#[test]
fn reconstructions_stand_in_the_order_of_their_originals() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for number in 1..=12 {
        save(
            &folder.join("originals"),
            &format!("{number}.png"),
            &picture(number),
        );
        let name = format!("recon_{number:03}.bmp");
        save(&folder.join("reconstructions"), &name, &picture(number));
    }
    let found = read(&request(folder)).unwrap();
    assert_eq!(found.size, SIZE as usize);
    // Grey comes from a grey picture here and from equal colours there.
    let pairs = found
        .originals
        .values
        .iter()
        .zip(&found.reconstructions.values);
    pairs.for_each(|(one, other)| assert!((one - other).abs() < 1e-6));
    assert_eq!(found.names[9], "10.png");
    assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
}

#[test]
fn large_pictures_are_compared_small_and_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for number in 0..3 {
        let large = image::imageops::resize(
            &picture(number),
            400,
            300,
            image::imageops::FilterType::Nearest,
        );
        save(&folder.join("originals"), &format!("{number}.png"), &large);
        let square = image::imageops::resize(
            &picture(number),
            200,
            200,
            image::imageops::FilterType::Nearest,
        );
        save(
            &folder.join("reconstructions"),
            &format!("{number}.png"),
            &square,
        );
    }
    let found = read(&request(folder)).unwrap();
    assert_eq!(found.size, 128);
    let note = found.notes.iter().find(|note| note.contains("128 × 128"));
    assert!(note.unwrap().contains("stored with 300 × 400"), "{note:?}");
    // Another part of the scene is no reconstruction of this one.
    let wide = image::imageops::resize(&picture(1), 300, 100, image::imageops::FilterType::Nearest);
    save(&folder.join("reconstructions"), "1.png", &wide);
    let error = read(&request(folder)).err().unwrap();
    assert!(
        error.contains("'1.png'") && error.contains("got 100 × 300"),
        "{error}"
    );
}

/// Whoever hands over the originals themselves is right about everything.
#[test]
fn a_perfect_copy_is_identified_and_a_shifted_one_is_called_mispaired() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for number in 0..30 {
        save(
            &folder.join("originals"),
            &format!("{number:02}.png"),
            &picture(number),
        );
        save(
            &folder.join("reconstructions"),
            &format!("{number:02}.png"),
            &picture(number),
        );
        save(
            &folder.join("shifted"),
            &format!("{number:02}.png"),
            &picture((number + 1) % 30),
        );
        save(
            &folder.join("train"),
            &format!("{number}.png"),
            &picture(number + 40),
        );
    }
    let ask = |reconstructions: &str| {
        let request = Request {
            reconstructions: folder.join(reconstructions),
            train: Some(folder.join("train")),
            ..request(folder)
        };
        // The command links the plugins; here pixels must do.
        judged(&request, &Context::new(1), |_, _, _| Ok(Vec::new())).unwrap()
    };
    let copy = ask("reconstructions");
    let first = |of: &Evaluated, condition: Condition| {
        let mut rows = of.record.scores.iter();
        let row = rows.find(|row| {
            row.condition == condition && row.statistic == Statistic::PairwiseIdentification
        });
        row.unwrap().value
    };
    assert!((first(&copy, Condition::Given) - 1.0).abs() < 1e-12);
    assert!(first(&copy, Condition::RandomTraining) < 0.8);
    let verdict = |of: &Evaluated, defect| {
        let mut rows = of.record.guards.iter();
        rows.find(|row| row.defect == defect).unwrap().verdict
    };
    assert_eq!(verdict(&copy, Defect::WrongPairing), Verdict::NotFound);
    assert_eq!(verdict(&copy, Defect::ClassOnly), Verdict::NotJudged);
    let shifted = ask("shifted");
    assert_eq!(verdict(&shifted, Defect::WrongPairing), Verdict::Found);
    assert_eq!(verdict(&shifted, Defect::NoInformation), Verdict::NotFound);
    assert!(
        copy.record
            .data
            .notes
            .iter()
            .any(|note| note.contains("--classes"))
    );
    assert_eq!(
        copy.pictures.galleries.keys().collect::<Vec<_>>(),
        [
            "mean_image",
            "nearest_training",
            "originals",
            "random_training",
            "reconstructions"
        ]
    );
}

#[test]
fn classes_are_read_by_name_and_what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for number in 0..4 {
        for set in ["originals", "reconstructions"] {
            save(
                &folder.join(set),
                &format!("{number}.png"),
                &picture(number),
            );
        }
    }
    let ask = |text: &str| {
        let path: PathBuf = folder.join("classes.csv");
        fs::write(&path, text).unwrap();
        let request = Request {
            classes: Some(path),
            ..request(folder)
        };
        let read = read(&request).unwrap();
        let classes = crate::classes::Classes::of(&request, &read);
        classes
            .map(Option::unwrap)
            .map_err(|error| error.to_string())
    };
    let found = ask("image,class,named\n3.png,b,a\n0,a,a\n1.png,b,b\n2.png,,b\n").unwrap();
    assert_eq!(found.names, ["a", "b"]);
    assert_eq!(found.of, [0, 1, u32::MAX, 1]);
    assert_eq!(
        found.of_reconstructions().unwrap(),
        [Some(0), Some(1), Some(1), Some(0)]
    );
    assert!(found.of_originals().is_none());
    let refused = |text: &str| ask(text).err().unwrap();
    assert!(refused("image,class\n0,a\n1,b\n2,a\n").contains("none for '3.png'"));
    assert!(refused("image,class\n0,a\n0.png,b\n1,b\n2,a\n3,a\n").contains("as on line 2"));
    assert!(refused("image,class\n9,a\n").contains("line 2"));
}
