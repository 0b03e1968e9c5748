//! Folders of studies: written whole, checked when opened, and mute about sides.

use std::collections::BTreeSet;
use std::fs;

use super::{Kind, Study, build};
use crate::design::Side;
use crate::settings::{Settings, Size};
use crate::testing::source;

fn settings() -> Settings {
    Settings {
        size: Size::Participants(6),
        ..Settings::default()
    }
}

#[test]
fn what_is_built_opens_and_the_same_seed_gives_the_same_bytes() {
    let temp = tempfile::tempdir().unwrap();
    let sources = [source("a", "set", 20)];
    let built = build(&sources, &settings(), 5, &temp.path().join("one")).unwrap();
    assert_eq!((built.n_lists, built.n_trials), (6, 10));
    assert_eq!(built.n_images, 6 * 3 * (10 + 2 + 2));
    build(&sources, &settings(), 5, &temp.path().join("two")).unwrap();
    let one = Study::open(&temp.path().join("one")).unwrap();
    let two = Study::open(&temp.path().join("two")).unwrap();
    assert_eq!(one.id, two.id);
    assert_eq!(one.about.settings, settings());
    for (list_idx, list) in one.lists.iter().enumerate() {
        let rows: Vec<_> = one
            .key
            .iter()
            .filter(|row| row.list == list_idx as u32 + 1)
            .collect();
        let of_kind = |kind| rows.iter().filter(|row| row.kind == kind).count();
        assert_eq!(
            (
                of_kind(Kind::Trial),
                of_kind(Kind::Catch),
                of_kind(Kind::Practice)
            ),
            (10, 2, 2)
        );
        assert_eq!(rows.len(), list.n_trials() as usize);
        let right = rows
            .iter()
            .filter(|row| row.kind == Kind::Catch && row.side == Side::Right)
            .count();
        assert_eq!(right, 1, "sides of attention checks");
    }
    assert!(
        build(&sources, &settings(), 5, &temp.path().join("one"))
            .unwrap_err()
            .to_string()
            .contains("exists already")
    );
    let left_over: Vec<_> = fs::read_dir(temp.path()).unwrap().collect();
    assert_eq!(left_over.len(), 2);
}

#[test]
fn pictures_have_fresh_names_and_one_size() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("study");
    build(&[source("a", "set", 20)], &settings(), 5, &folder).unwrap();
    let study = Study::open(&folder).unwrap();
    let names: Vec<&str> = study.lists.iter().flat_map(super::List::images).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), distinct.len());
    let sizes: BTreeSet<u64> = distinct
        .iter()
        .map(|name| {
            fs::metadata(folder.join(format!("images/{name}.png")))
                .unwrap()
                .len()
        })
        .collect();
    assert_eq!(sizes.len(), 1);
    let sent = fs::read_to_string(folder.join("lists.json")).unwrap();
    for word in ["side", "catch", "image-", "correct", "target", "foil"] {
        assert!(!sent.contains(word), "lists.json tells {word}");
    }
}

#[test]
fn damage_is_named() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("study");
    build(&[source("a", "set", 8)], &settings(), 5, &folder).unwrap();
    let study = Study::open(&folder).unwrap();
    let picture = format!("images/{}.png", study.lists[0].trials[0].left);
    for name in ["study.ron", "lists.json", "key.csv", picture.as_str()] {
        let path = folder.join(name);
        let bytes = fs::read(&path).unwrap();
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        fs::write(&path, flipped).unwrap();
        let message = Study::open(&folder).unwrap_err().to_string();
        assert!(
            message.contains(name) && message.contains("damaged"),
            "{message}"
        );
        fs::remove_file(&path).unwrap();
        assert!(Study::open(&folder).unwrap_err().to_string().contains(name));
        fs::write(&path, bytes).unwrap();
    }
    let message = Study::open(temp.path()).unwrap_err().to_string();
    assert!(
        message.contains("is not the folder of a study"),
        "{message}"
    );
}
