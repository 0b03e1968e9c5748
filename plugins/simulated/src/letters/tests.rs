//! Rendering against numpy (`tests/reference/simulator/make.py`), the contract, and how letters look in numbers.

use lab_core::Result;
use lab_core::context::Context;
use lab_core::recording::Split;
use lab_core::testing::check_dataset;
use lab_core::traits::Dataset;
use serde::Deserialize;

use super::pen::{Drawing, Segment};
use super::skeleton::LETTERS;
use super::{Letters, LettersParams, hand};

#[derive(Deserialize)]
struct Fixture {
    starts: Vec<[f64; 2]>,
    ends: Vec<[f64; 2]>,
    widths: Vec<f64>,
    size: usize,
    ink: f64,
    drawing: Vec<f32>,
}

#[test]
fn the_pen_draws_as_numpy_does() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/simulator/simulator.json"
    );
    let fixture: Fixture = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let segments = (0..fixture.starts.len()).map(|idx| Segment {
        from: fixture.starts[idx],
        to: fixture.ends[idx],
        half_width: fixture.widths[idx],
    });
    let drawing = Drawing {
        segments: segments.collect(),
        ink: fixture.ink,
    };
    for (ours, theirs) in drawing.render(fixture.size).iter().zip(&fixture.drawing) {
        assert!((ours - theirs).abs() < 1e-6, "{ours} and {theirs}");
    }
}

fn letters(n_train: usize, n_test: usize, series: &str) -> Letters {
    let params = LettersParams {
        n_train,
        n_test,
        size: 32,
        series: series.into(),
    };
    Letters::build(params, &Context::new(0)).unwrap()
}

#[test]
fn letters_keep_the_contract() -> Result<()> {
    let recording = check_dataset(&Context::new(1), &letters(30, 12, "a"))?.unwrap();
    assert_eq!(
        recording.stimuli.indices(Split::Test),
        (30..42).collect::<Vec<_>>()
    );
    let labels = recording.stimuli.labels.unwrap();
    assert_eq!(labels.names, ["B", "R", "A", "I", "N", "S"]);
    assert_eq!(labels.of[..7], [0, 1, 2, 3, 4, 5, 0]);
    Ok(())
}

#[test]
fn a_letter_does_not_depend_on_how_many_are_drawn_nor_on_its_stage() -> Result<()> {
    let read = |ctx: &Context, dataset: &Letters| dataset.load(ctx)?.stimuli.images.read(&[5]);
    let ctx = Context::new(1);
    let few = read(&ctx, &letters(6, 0, "a"))?;
    assert_eq!(few, read(&ctx.child("elsewhere"), &letters(60, 6, "a"))?);
    assert_ne!(few, read(&ctx, &letters(6, 0, "b"))?);
    assert_ne!(few, read(&Context::new(2), &letters(6, 0, "a"))?);
    Ok(())
}

/// The figures of the real letters are: ink .132, standard deviation .289; drawn ones are a little bolder.
#[test]
fn letters_have_the_ink_of_handwriting_and_all_differ() -> Result<()> {
    let stimuli = letters(600, 0, "a").load(&Context::new(1))?.stimuli;
    let pixels = stimuli.images.read(&(0..600).collect::<Vec<_>>())?;
    let ink = pixels
        .iter()
        .map(|pixel| f64::from(pixel + 1.0) / 2.0)
        .sum::<f64>()
        / pixels.len() as f64;
    assert!((0.13..0.23).contains(&ink), "ink {ink}");
    let prints = stimuli.fingerprints()?;
    let distinct: std::collections::BTreeSet<_> = prints.iter().collect();
    assert_eq!(distinct.len(), 600);
    Ok(())
}

/// A letter and its pen fill at most 96 % of the side; the shift takes 3 % more, the taper of the pen another 1 %.
#[test]
fn letters_stay_in_the_image() {
    for idx in 0..600 {
        let mut rng = lab_core::rng::stream(1, &format!("letter {idx}"));
        for segment in hand::write(LETTERS[idx % 6], &mut rng).segments {
            let ends = [segment.from, segment.to].concat();
            let furthest = ends
                .into_iter()
                .fold(0.0, |furthest: f64, place| furthest.max(place.abs()));
            assert!(
                furthest + segment.half_width < 0.525,
                "letter {idx} reaches {furthest}"
            );
        }
    }
}
