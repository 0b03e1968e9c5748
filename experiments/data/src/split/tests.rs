//! What each maker promises, and k-means against scikit-learn (`tests/reference/splits/make.py`).

use std::collections::{BTreeMap, BTreeSet};

use lab_core::dims::ImageShape;
use lab_core::recording::{Labels, Recording, Stimuli};
use rand::Rng;
use serde_json::Value;

use super::kmeans::{Clusters, kmeans, lloyd};
use super::{Asked, How, Images, Made, Set, make, write};

const REFERENCE: &str = include_str!("../../../../tests/reference/splits/kmeans.json");
const SIDE: usize = 12;
const N: usize = 90;

/// Pictures of six kinds, each a kind's own pattern with noise; the class of a picture is its kind.
fn recording(with_labels: bool) -> Recording {
    let mut rng = lab_core::rng::stream(1, "split/tests");
    let mut draw = |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
    let kinds: Vec<Vec<f32>> = (0..6).map(|_| draw(SIDE * SIDE)).collect();
    let mut pixels = Vec::new();
    for image in 0..N {
        let noise = draw(SIDE * SIDE);
        let kind = kinds[image % 6].iter().zip(noise);
        pixels.extend(kind.map(|(kind, noise)| 0.7 * kind + 0.3 * noise));
    }
    let mut stimuli = Stimuli::from_pixels(ImageShape::grey(SIDE), pixels).unwrap();
    if with_labels {
        let mut of: Vec<u32> = (0..N as u32).map(|image| image % 6).collect();
        of[7] = Labels::NONE;
        stimuli.labels = Some(Labels {
            names: ["a", "b", "c", "d", "e", "f"].map(String::from).into(),
            of,
        });
    }
    Recording::corpus("kinds", stimuli)
}

fn images(with_labels: bool) -> Images {
    Images::of(&recording(with_labels)).unwrap()
}

fn asked(how: How) -> Asked {
    Asked {
        how,
        n_test: 20,
        n_clusters: 6,
        threshold: 0.2,
        seed: 3,
    }
}

fn of(made: &Made, set: Set) -> Vec<usize> {
    let all = 0..made.sets.len();
    all.filter(|&idx| made.sets[idx] == set).collect()
}

/// Kinds of pictures that stand in a set.
fn kinds(images: &[usize]) -> BTreeSet<usize> {
    images.iter().map(|image| image % 6).collect()
}

#[test]
fn random_sets_are_as_large_as_asked_and_follow_the_seed() {
    let images = images(false);
    let made = make(&images, &asked(How::Random)).unwrap();
    assert_eq!(
        (of(&made, Set::Test).len(), of(&made, Set::Train).len()),
        (20, 70)
    );
    assert_eq!(make(&images, &asked(How::Random)).unwrap(), made);
    let other = Asked {
        seed: 4,
        ..asked(How::Random)
    };
    assert_ne!(make(&images, &other).unwrap().sets, made.sets);
}

#[test]
fn clusters_stay_whole() {
    for how in [How::Cluster, How::OutOfDistribution] {
        let made = make(&images(false), &asked(how)).unwrap();
        let (train, test) = (of(&made, Set::Train), of(&made, Set::Test));
        // Kinds are clusters, of 15 pictures each: two are needed for 20.
        assert_eq!((test.len(), train.len()), (30, 60), "{how:?}");
        assert!(kinds(&test).is_disjoint(&kinds(&train)), "{how:?}");
        assert!(made.said[0].contains("2 of 6 clusters"), "{:?}", made.said);
    }
}

#[test]
fn no_training_image_is_nearer_than_the_threshold() {
    let images = images(false);
    // Three test images are of three kinds at most, so that others are left.
    let few = Asked {
        n_test: 3,
        ..asked(How::LeakControlled)
    };
    let made = make(&images, &few).unwrap();
    let (train, test) = (of(&made, Set::Train), of(&made, Set::Test));
    let neither = of(&made, Set::Neither);
    let distance =
        |a: usize, b: usize| 1.0 - f64::from(images.space.correlation(a, &images.space, b));
    let nearest = |image: &usize| {
        let all = test.iter().map(|&other| distance(*image, other));
        all.fold(f64::INFINITY, f64::min)
    };
    assert_eq!(test.len(), 3);
    assert!(!train.is_empty() && !neither.is_empty());
    assert!(train.iter().all(|image| nearest(image) >= 0.2));
    assert!(neither.iter().all(|image| nearest(image) < 0.2));
    let n = neither.len();
    assert!(
        made.said[0].contains(&format!("{n} training images nearer than 0.2")),
        "{:?}",
        made.said
    );
    // Nothing is left where everything is too near.
    let all = Asked {
        threshold: 2.1,
        ..few
    };
    assert!(
        make(&images, &all)
            .unwrap_err()
            .to_string()
            .contains("--threshold")
    );
}

#[test]
fn classes_are_in_one_set_and_what_has_none_in_neither() {
    let made = make(&images(true), &asked(How::OutOfDistribution)).unwrap();
    let (train, test) = (of(&made, Set::Train), of(&made, Set::Test));
    assert!(kinds(&test).is_disjoint(&kinds(&train)));
    assert_eq!(of(&made, Set::Neither), [7]);
    assert!(test.len() >= 20 && test.len() + train.len() == N - 1);
    assert!(made.said[0].contains("2 of 6 classes"), "{:?}", made.said);
    assert!(
        made.said[1].contains("1 images have no class"),
        "{:?}",
        made.said
    );
}

#[test]
fn what_cannot_be_had_is_refused() {
    let images = images(true);
    for (asked, word) in [
        (
            Asked {
                n_test: 0,
                ..asked(How::Random)
            },
            "--n-test",
        ),
        (
            Asked {
                n_test: N,
                ..asked(How::Random)
            },
            "--n-test",
        ),
        (
            Asked {
                n_test: 80,
                ..asked(How::Cluster)
            },
            "--clusters",
        ),
        (
            Asked {
                n_clusters: 91,
                ..asked(How::Cluster)
            },
            "--clusters",
        ),
        (
            Asked {
                n_test: 85,
                ..asked(How::OutOfDistribution)
            },
            "--n-test",
        ),
    ] {
        let error = make(&images, &asked).unwrap_err().to_string();
        assert!(error.contains(word), "{asked:?}: {error}");
    }
}

#[test]
fn a_table_holds_every_image_and_names_that_need_quotes() {
    let mut recording = recording(false);
    let mut names: Vec<String> = (0..N).map(|idx| format!("{idx}.png")).collect();
    names[3] = "a, \"b\".png".into();
    recording.stimuli.names = Some(names);
    let images = Images::of(&recording).unwrap();
    let made = make(&images, &asked(How::Random)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("split.csv");
    write(&images, &made, &path).unwrap();
    let table = lab_formats::table::Table::read(&path).unwrap();
    let (read, sets) = (table.column("image").unwrap(), table.column("set").unwrap());
    assert_eq!(read, images.names);
    assert_eq!(sets.iter().filter(|set| **set == "test").count(), 20);
    // What is there is not overwritten.
    assert!(write(&images, &made, &path).is_err());
}

/// Sets of points, whatever the clusters are called.
fn partition(of: &[usize]) -> BTreeSet<Vec<usize>> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (point, &cluster) in of.iter().enumerate() {
        members.entry(cluster).or_default().push(point);
    }
    members.into_values().collect()
}

type Make = fn(&[&[f32]]) -> Clusters;

#[test]
fn clusters_are_those_of_scikit_learn() {
    let all: Value = serde_json::from_str(REFERENCE).unwrap();
    let planted: Make = |points| kmeans(points, 5, 1);
    let overlapping: Make = |points| {
        lloyd(
            points,
            points[..4].iter().map(|point| point.to_vec()).collect(),
        )
    };
    for (name, clusters) in [("planted", planted), ("overlapping", overlapping)] {
        let case = &all[name];
        let numbers = case["points"].as_array().unwrap().iter();
        let points: Vec<f32> = numbers.map(|x| x.as_f64().unwrap() as f32).collect();
        let points: Vec<&[f32]> = points
            .chunks(case["n_columns"].as_u64().unwrap() as usize)
            .collect();
        let labels = case["labels"].as_array().unwrap().iter();
        let expected: Vec<usize> = labels.map(|of| of.as_u64().unwrap() as usize).collect();
        let found = clusters(&points);
        assert_eq!(partition(&found.of), partition(&expected), "{name}");
        let inertia = case["inertia"].as_f64().unwrap();
        assert!(
            (found.inertia / inertia - 1.0).abs() < 1e-5,
            "{name}: {} for {inertia}",
            found.inertia
        );
    }
}

#[test]
fn equal_points_and_as_many_clusters_as_points_end() {
    let points = [[1.0_f32, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
    let points: Vec<&[f32]> = points.iter().map(<[f32; 2]>::as_slice).collect();
    let found = kmeans(&points, 4, 1);
    assert!(found.inertia.abs() < 1e-12 && found.of.len() == 4);
    let two = kmeans(&points, 2, 1);
    assert_ne!(two.of[0], two.of[3]);
    assert_eq!(two.of[0], two.of[2]);
}

/// Thirty pictures of three images each, which take turns.
fn cut_from_pictures() -> Images {
    let mut recording = recording(true);
    recording.stimuli.picture_of = Some((0..N as u32).map(|image| 7 + image % 30).collect());
    Images::of(&recording).unwrap()
}

#[test]
fn images_of_one_picture_stay_together() {
    let images = cut_from_pictures();
    for how in [
        How::Random,
        How::Cluster,
        How::LeakControlled,
        How::OutOfDistribution,
    ] {
        let asked = Asked {
            n_test: 8,
            // Images of one kind are as near as copies here.
            threshold: 0.001,
            ..asked(how)
        };
        let made = make(&images, &asked).unwrap();
        let picture = |idx: &usize| idx % 30;
        let [train, test, neither] =
            [Set::Train, Set::Test, Set::Neither].map(|set| of(&made, set));
        let tested: BTreeSet<usize> = test.iter().map(picture).collect();
        assert_eq!(
            tested.len(),
            test.len(),
            "{how:?}: one image of each picture"
        );
        assert!(
            test.len() >= 8 && test.iter().all(|idx| *idx < 30),
            "{how:?}: the first of it"
        );
        assert!(
            train.iter().all(|idx| !tested.contains(&picture(idx))),
            "{how:?}"
        );
        let others = neither.iter().filter(|idx| tested.contains(&picture(idx)));
        assert_eq!(others.count(), 2 * test.len(), "{how:?}");
        assert!(
            made.said.concat().contains("30 pictures"),
            "{:?}",
            made.said
        );
    }
    let asked = Asked {
        n_test: 30,
        ..asked(How::Random)
    };
    let error = make(&images, &asked).unwrap_err().to_string();
    assert!(error.contains("from 1 to 29"), "{error}");
}
