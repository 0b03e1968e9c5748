//! The makers of splits, one function each.

use std::collections::BTreeMap;

use lab_core::rng::stream;
use lab_core::{Error, Result};
use rand::seq::SliceRandom;

use super::kmeans::{Clusters, kmeans};
use super::{Asked, Images, Made, Set};

/// Classes that are named before the rest are counted: the table of the split holds all.
const N_NAMED: usize = 12;

/// Test images drawn at random from the pool.
pub(super) fn random(images: &Images, pool: &[usize], asked: &Asked) -> Made {
    let test = drawn(pool, asked, "split/random");
    Made {
        sets: sets(images, pool, &test),
        said: vec![format!(
            "Test images were drawn at random (seed {}): images of one kind may stand in both sets.",
            asked.seed
        )],
    }
}

/// Whole clusters, drawn at random until there are enough test images.
pub(super) fn by_cluster(images: &Images, pool: &[usize], asked: &Asked) -> Result<Made> {
    let clusters = clusters(images, pool, asked)?;
    let mut order: Vec<usize> = (0..asked.n_clusters).collect();
    order.shuffle(&mut stream(asked.seed, "split/cluster"));
    let test = held_out(&members(&clusters, pool), &order, asked, "clusters")?;
    Ok(Made {
        sets: sets(images, pool, &test.images),
        said: vec![format!(
            "{} of {} clusters of images are held out whole, drawn at random (seed {}).",
            test.n_groups, asked.n_clusters, asked.seed
        )],
    })
}

/// Test images drawn at random; training images that are near to one of them take no part.
///
/// Where images were cut from pictures, `shown` holds one of each.
pub(super) fn leak_controlled(
    images: &Images,
    (shown, pool): (&[usize], &[usize]),
    asked: &Asked,
) -> Result<Made> {
    let test = drawn(shown, asked, "split/leak_controlled");
    let of_test_pictures = images.of_same_pictures(pool, &test);
    let mut sets = sets(images, pool, &test);
    of_test_pictures
        .iter()
        .for_each(|&idx| sets[idx] = Set::Neither);
    let mut n_near = 0;
    let is_training = |idx: &usize| !test.contains(idx) && !of_test_pictures.contains(idx);
    for idx in pool.iter().copied().filter(is_training) {
        let distance =
            |&other: &usize| 1.0 - f64::from(images.space.correlation(idx, &images.space, other));
        if test.iter().any(|other| distance(other) < asked.threshold) {
            sets[idx] = Set::Neither;
            n_near += 1;
        }
    }
    let n_train = pool.len() - test.len() - of_test_pictures.len() - n_near;
    if n_train == 0 {
        return Err(Error::Data {
            what: "the split, training images".into(),
            expected: format!(
                "some at a distance of {} or more from all test images",
                asked.threshold
            ),
            got: "none".into(),
            remedy: "lower --threshold or --n-test".into(),
        });
    }
    Ok(Made {
        sets,
        said: vec![format!(
            "Test images were drawn at random (seed {}); {n_near} training images nearer than {} to one of them take no part.",
            asked.seed, asked.threshold
        )],
    })
}

/// Whole classes drawn at random, or without classes the clusters that are farthest from the others.
pub(super) fn out_of_distribution(images: &Images, pool: &[usize], asked: &Asked) -> Result<Made> {
    if pool.iter().any(|&idx| images.class(idx).is_some()) {
        return classes(images, pool, asked);
    }
    let clusters = clusters(images, pool, asked)?;
    let test = held_out(
        &members(&clusters, pool),
        &clusters.farthest_first(),
        asked,
        "clusters",
    )?;
    Ok(Made {
        sets: sets(images, pool, &test.images),
        said: vec![format!(
            "No classes are known: {} of {} clusters of images are held out whole, those whose means are farthest from the others'.",
            test.n_groups, asked.n_clusters
        )],
    })
}

fn classes(images: &Images, pool: &[usize], asked: &Asked) -> Result<Made> {
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for &idx in pool {
        if let Some(class) = images.class(idx) {
            members.entry(class).or_default().push(idx);
        }
    }
    let (known, members): (Vec<u32>, Vec<Vec<usize>>) = members.into_iter().unzip();
    let mut order: Vec<usize> = (0..known.len()).collect();
    order.shuffle(&mut stream(asked.seed, "split/classes"));
    let test = held_out(&members, &order, asked, "classes")?;
    let labelled: Vec<usize> = members.concat();
    let name = |&place: &usize| {
        let class = known[place];
        let names = images.class_names.get(class as usize);
        names.map_or_else(|| class.to_string(), |name| format!("'{name}'"))
    };
    let mut held: Vec<String> = order[..test.n_groups].iter().map(name).collect();
    held.sort();
    let mut said = vec![format!(
        "{} of {} classes are held out whole, drawn at random (seed {}): {}.",
        test.n_groups,
        known.len(),
        asked.seed,
        lab_core::listed(&held, N_NAMED)
    )];
    let n_without = pool.len() - labelled.len();
    if n_without > 0 {
        said.push(format!(
            "{n_without} images have no class and take no part: nobody knows whether it is held out."
        ));
    }
    Ok(Made {
        sets: sets(images, &labelled, &test.images),
        said,
    })
}

/// Groups that were held out.
struct HeldOut {
    images: Vec<usize>,
    n_groups: usize,
}

/// Whole groups in this order, until there are enough test images; what is left must be some.
fn held_out(groups: &[Vec<usize>], order: &[usize], asked: &Asked, what: &str) -> Result<HeldOut> {
    let mut images = Vec::new();
    let mut n_groups = 0;
    for &group in order {
        if images.len() >= asked.n_test {
            break;
        }
        images.extend(&groups[group]);
        n_groups += 1;
    }
    let n_all: usize = groups.iter().map(Vec::len).sum();
    if images.len() < asked.n_test || images.len() == n_all {
        return Err(Error::Data {
            what: format!("the split, {what}"),
            expected: format!(
                "enough of them that {} test images leave a training set",
                asked.n_test
            ),
            got: format!("{} {what} of {n_all} images", groups.len()),
            remedy: "lower --n-test, or raise --clusters where clusters are held out".into(),
        });
    }
    Ok(HeldOut { images, n_groups })
}

fn drawn(pool: &[usize], asked: &Asked, path: &str) -> Vec<usize> {
    let mut order = pool.to_vec();
    order.shuffle(&mut stream(asked.seed, path));
    order.truncate(asked.n_test);
    order
}

/// Images of the pool are trained on, but for the test images; others are in neither set.
fn sets(images: &Images, pool: &[usize], test: &[usize]) -> Vec<Set> {
    let mut sets = vec![Set::Neither; images.names.len()];
    pool.iter().for_each(|&idx| sets[idx] = Set::Train);
    test.iter().for_each(|&idx| sets[idx] = Set::Test);
    sets
}

fn clusters(images: &Images, pool: &[usize], asked: &Asked) -> Result<Clusters> {
    if asked.n_clusters < 2 || asked.n_clusters > pool.len() {
        return Err(Error::Data {
            what: "the split, clusters".into(),
            expected: format!("from 2 to {}, the number of images", pool.len()),
            got: asked.n_clusters.to_string(),
            remedy: "change --clusters".into(),
        });
    }
    let points: Vec<&[f32]> = pool.iter().map(|&idx| images.space.row(idx)).collect();
    Ok(kmeans(&points, asked.n_clusters, asked.seed))
}

/// Images of each cluster.
fn members(clusters: &Clusters, pool: &[usize]) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); clusters.centres.len()];
    for (&idx, &cluster) in pool.iter().zip(&clusters.of) {
        members[cluster].push(idx);
    }
    members
}
