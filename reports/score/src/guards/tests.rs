//! Guards on pictures whose defects are plain, and on what is no picture of anything.

use lab_core::recording::Labels;
use lab_core::rng::stream;
use rand::Rng;

use super::{Defect, GuardRow, Judged, Verdict, guards};
use crate::Rows;

const SIDE: usize = 12;
const N_PIXELS: usize = SIDE * SIDE;

/// Random smooth images: sums of a few waves.
fn images(n: usize, name: &str) -> Vec<Vec<f32>> {
    let mut rng = stream(5, name);
    let mut one = || {
        let waves: Vec<[f32; 4]> = (0..4)
            .map(|_| [0.8, 0.8, 6.3, 0.4].map(|most| rng.random_range(0.0..most)))
            .collect();
        let at = |place: usize| {
            let (x, y) = ((place % SIDE) as f32, (place / SIDE) as f32);
            let wave = |[u, v, phase, height]: &[f32; 4]| height * (u * x + v * y + phase).sin();
            waves.iter().map(wave).sum()
        };
        (0..N_PIXELS).map(at).collect()
    };
    (0..n).map(|_| one()).collect()
}

fn rows(images: &[Vec<f32>]) -> Rows {
    Rows {
        n_columns: N_PIXELS,
        values: images.concat(),
    }
}

fn judge(
    originals: &[Vec<f32>],
    reconstructions: &[Vec<f32>],
    training: Option<&[Vec<f32>]>,
    classes: Option<&[u32]>,
) -> Vec<GuardRow> {
    let training = training.map(rows);
    let judged = Judged {
        height: SIDE,
        width: SIDE,
        originals: &rows(originals),
        reconstructions: &rows(reconstructions),
        training: training.as_ref(),
        pictures: None,
        classes,
        views: &[],
    };
    let found = guards(&judged, 500, 1);
    let defects: Vec<Defect> = found.iter().map(|row| row.defect).collect();
    assert_eq!(defects, Defect::ALL);
    found
}

fn verdict(rows: &[GuardRow], defect: Defect) -> Verdict {
    let mut rows = rows.iter();
    rows.find(|row| row.defect == defect).unwrap().verdict
}

fn found(rows: &[GuardRow]) -> Vec<Defect> {
    let found = rows.iter().filter(|row| row.verdict == Verdict::Found);
    found.map(|row| row.defect).collect()
}

#[test]
fn what_cannot_be_judged_is_not_called_sound() {
    let originals = images(30, "originals");
    let rows = judge(&originals, &originals, None, None);
    assert!(found(&rows).is_empty(), "{rows:?}");
    for defect in [Defect::ClassOnly, Defect::Memorised, Defect::Leaked] {
        assert_eq!(verdict(&rows, defect), Verdict::NotJudged);
    }
    let unlabelled = vec![Labels::NONE; 30];
    let rows = judge(
        &originals,
        &originals,
        Some(&originals[..2]),
        Some(&unlabelled),
    );
    for defect in [Defect::ClassOnly, Defect::Memorised, Defect::Leaked] {
        assert_eq!(verdict(&rows, defect), Verdict::NotJudged, "{rows:?}");
    }
}

#[test]
fn plain_defects_are_found() {
    let originals = images(40, "originals");
    let training = images(120, "training");
    let others = images(40, "others");
    let judge = |made: &[Vec<f32>], training: &[Vec<f32>]| {
        found(&judge(&originals, made, Some(training), None))
    };
    assert_eq!(judge(&others, &training), [Defect::NoInformation]);
    let mut reversed = originals.clone();
    reversed.reverse();
    assert_eq!(judge(&reversed, &training), [Defect::WrongPairing]);
    // An order that nobody would guess is told by the training images.
    let any: Vec<Vec<f32>> = (0..40)
        .map(|at| originals[(at * 3 + 1) % 40].clone())
        .collect();
    assert_eq!(judge(&any, &training), [Defect::WrongPairing]);
    let copies: Vec<Vec<f32>> = (0..40).map(|at| training[at * 3].clone()).collect();
    assert_eq!(
        judge(&copies, &training),
        [Defect::NoInformation, Defect::Memorised]
    );
    let few: Vec<Vec<f32>> = (0..40).map(|at| others[at % 4].clone()).collect();
    assert!(judge(&few, &training).contains(&Defect::Collapsed));
    let mut leaked = training.clone();
    leaked[7].clone_from(&originals[3]);
    assert_eq!(judge(&originals, &leaked), [Defect::Leaked]);
    let mirrored = originals[3].chunks(SIDE);
    leaked[7] = mirrored
        .flat_map(|line| line.iter().rev().copied())
        .collect();
    assert_eq!(judge(&originals, &leaked), [Defect::Leaked]);
    let light: Vec<Vec<f32>> = originals
        .iter()
        .zip(&others)
        .map(|(original, other)| {
            let level = |image: &[f32]| image.iter().sum::<f32>() / N_PIXELS as f32;
            let shift = level(original) - level(other);
            other.iter().map(|pixel| pixel + shift).collect()
        })
        .collect();
    assert_eq!(judge(&light, &training), [Defect::LuminanceOnly]);
}

/// Where a little more than half of the images are copies, the median is that of copies; another sample of images may have another.
#[test]
fn copies_are_found_where_other_images_would_show_them_too() {
    let originals = images(40, "originals");
    let training = images(120, "training");
    let others = images(40, "others");
    let judged = |defect: Defect, copy: &dyn Fn(usize) -> Vec<f32>, n_copies: usize| {
        let made: Vec<Vec<f32>> = (0..40)
            .map(|at| {
                if at < n_copies {
                    copy(at)
                } else {
                    others[at].clone()
                }
            })
            .collect();
        let rows = judge(&originals, &made, Some(&training), None);
        rows.into_iter().find(|row| row.defect == defect).unwrap()
    };
    for (n_copies, verdict) in [
        (18, Verdict::NotFound),
        (22, Verdict::NotFound),
        (36, Verdict::Found),
    ] {
        let of_each_other = |at: usize| others[at / 2].clone();
        let of_training = |at: usize| training[3 * at].clone();
        for (row, of_copies) in [
            (
                judged(Defect::Collapsed, &of_each_other, n_copies),
                "reconstruction is 0.00 times",
            ),
            (
                judged(Defect::Memorised, &of_training, n_copies),
                "training image is 0 % as far",
            ),
        ] {
            assert_eq!(row.verdict, verdict, "{n_copies}: {}", row.evidence);
            let is_below = row.evidence.contains(of_copies);
            assert_eq!(is_below, n_copies > 20, "{}", row.evidence);
        }
    }
}

#[test]
fn knowing_the_class_alone_is_told_from_knowing_the_image() {
    let kinds = images(4, "kinds");
    let details = images(60, "details");
    let blend = |kind: &[f32], detail: &[f32]| -> Vec<f32> {
        kind.iter().zip(detail).map(|(k, d)| k + 0.7 * d).collect()
    };
    let originals: Vec<Vec<f32>> = (0..60)
        .map(|at| blend(&kinds[at % 4], &details[at]))
        .collect();
    let classes: Vec<u32> = (0..60).map(|at| at % 4).collect();
    let of_class: Vec<Vec<f32>> = images(60, "strangers")
        .iter()
        .enumerate()
        .map(|(at, detail)| blend(&kinds[at % 4], detail))
        .collect();
    let rows = judge(&originals, &of_class, None, Some(&classes));
    assert_eq!(found(&rows), [Defect::ClassOnly], "{rows:?}");
    let noisy: Vec<Vec<f32>> = originals
        .iter()
        .zip(images(60, "noise"))
        .map(|(original, noise)| blend(original, &noise))
        .collect();
    let rows = judge(&originals, &noisy, None, Some(&classes));
    assert!(found(&rows).is_empty(), "{rows:?}");
}

/// Pictures without variance, and few pictures: nothing can be said, and nothing breaks.
#[test]
fn pictures_of_nothing_end_in_verdicts() {
    let originals = images(20, "originals");
    let flat = vec![vec![0.25; N_PIXELS]; 20];
    let rows = judge(&originals, &flat, Some(&flat), None);
    assert_eq!(verdict(&rows, Defect::NoInformation), Verdict::Found);
    assert_eq!(verdict(&rows, Defect::Collapsed), Verdict::Found);
    assert_eq!(verdict(&rows, Defect::WrongPairing), Verdict::NotFound);
    for n in [2, 7] {
        let rows = judge(&originals[..n], &originals[..n], Some(&originals), None);
        assert!(
            rows.iter().all(|row| row.verdict == Verdict::NotJudged),
            "{rows:?}"
        );
        assert_eq!(rows[0].evidence, format!("{n} images, where 8 are needed"));
    }
    let rows = judge(&originals[..8], &originals[..8], Some(&originals), None);
    assert_eq!(verdict(&rows, Defect::NoInformation), Verdict::NotFound);
}
