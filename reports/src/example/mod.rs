//! A small record with pictures, made of drawn shapes, for tests of tables, charts and the PDF.

mod distances;
mod guards;
mod limits;
mod pictures;
mod views;

use std::collections::BTreeMap;

use lab_core::config::Scores;
use lab_core::events::Curve;
use lab_core::rng::stream;
use rand::Rng;

use lab_score::record::{
    AlignmentRow, Condition, CriterionRow, DataFacts, ImageFacts, MemberRow, Pictures, PluginUse,
    Provenance, Record, ShareRow, SubjectFacts, TermRow,
};
use lab_score::{Candidates, Observer, Rows, Scored, TestSet, score};

const SIZE: usize = 24;
const N_IMAGES: usize = 36;
const CLASSES: [&str; 6] = ["B", "R", "A", "I", "N", "S"];

/// A record and its pictures; the same ones in every call.
pub(crate) fn example() -> (Record, Pictures) {
    let conditions = conditions();
    let scored = scored(&conditions);
    let pictures = pictures::pictures(&conditions);
    let distances = distances::distances(&scored);
    let record = Record {
        name: "example".into(),
        description:
            "Shapes \"drawn\" by a test, with #hash, $dollar$ and *stars* in their description."
                .into(),
        toy: None,
        provenance: provenance(),
        data: facts(),
        alignment: alignment(),
        shares: vec![
            ShareRow {
                term: "feature_presence".into(),
                layer: "conv1+".into(),
                share: 0.0312,
            },
            ShareRow {
                term: "feature_presence".into(),
                layer: "conv1−".into(),
                share: 0.0004,
            },
        ],
        guards: guards::guards(),
        corpora: Vec::new(),
        distance_trends: distances::trends(&distances),
        distances,
        terms: terms(),
        searches: limits::searches(N_IMAGES),
        noise_ceilings: limits::noise_ceilings(),
        tuned: Some(limits::tuned()),
        decoder_ceiling: Some(limits::decoder_ceiling()),
        members: (0..5).map(|member| member_row(member, &scored)).collect(),
        spread: views::spread(N_IMAGES),
        information: Some(views::information()),
        ranks: views::ranks(N_IMAGES),
        patterns: views::patterns(),
        region_differences: scored.region_differences,
        part_differences: scored.part_differences,
        rings: views::rings(),
        centre_less_edge: Some(views::centre_less_edge()),
        prevalence: Some(views::prevalence()),
        curves: curves(),
        warnings: vec![(
            "decoder".into(),
            "the loss was still falling in the last epoch".into(),
        )],
        unproven: vec![
            "the program was built outside of a git repository: no commit names its sources".into(),
        ],
        criteria: vec![CriterionRow {
            criterion: "at_least(\"observer.pixel.overall\", 0.6)".into(),
            value: 0.83,
            holds: true,
        }],
        headline: scored.headline,
        scores: scored.scores,
        decisions: scored.decisions,
        image_scores: scored.image_scores,
        confusions: scored.confusions,
        differences: scored.differences,
        headline_tests: scored.headline_tests,
    };
    (record, pictures)
}

/// A disc, bar, cross, ring, diagonal or square by class, at its own place.
fn shape(image_idx: usize) -> Vec<f32> {
    let centre = (
        8.0 + (image_idx % 5) as f32 * 2.0,
        8.0 + (image_idx % 4) as f32 * 2.5,
    );
    let inside = |row: f32, column: f32| {
        let (y, x) = (row - centre.0, column - centre.1);
        let radius = y.hypot(x);
        match image_idx % CLASSES.len() {
            0 => radius < 5.0,
            1 => x.abs() < 2.0 && y.abs() < 7.0,
            2 => (x.abs() < 1.5 || y.abs() < 1.5) && radius < 7.0,
            3 => (3.5..6.0).contains(&radius),
            4 => (x - y).abs() < 2.0 && radius < 8.0,
            _ => x.abs().max(y.abs()) < 4.5,
        }
    };
    let pixel = |idx: usize| {
        if inside((idx / SIZE) as f32, (idx % SIZE) as f32) {
            0.9
        } else {
            -0.8
        }
    };
    (0..SIZE * SIZE).map(pixel).collect()
}

/// The shapes, with noise on top; `fidelity` is the share of shape.
fn noisy(name: &str, fidelity: f32) -> Vec<f32> {
    let mut rng = stream(1, name);
    let mut all = Vec::new();
    for image_idx in 0..N_IMAGES {
        let of = if rng.random::<f32>() < 0.25 - 0.2 * fidelity {
            rng.random_range(0..N_IMAGES)
        } else {
            image_idx
        };
        let gain = fidelity * rng.random_range(0.3..1.2);
        all.extend(shape(of).iter().map(|pixel| {
            (gain * pixel + (1.0 - fidelity) * rng.random_range(-1.0..1.0)).clamp(-1.0, 1.0)
        }));
    }
    all
}

fn conditions() -> Vec<(Condition, Vec<f32>)> {
    let originals: Vec<f32> = (0..N_IMAGES).flat_map(shape).collect();
    let n_pixels = SIZE * SIZE;
    let mean = |pixel: usize| {
        originals.iter().skip(pixel).step_by(n_pixels).sum::<f32>() / N_IMAGES as f32
    };
    let mean_image: Vec<f32> = (0..n_pixels).map(mean).collect();
    let mut all = vec![
        (Condition::Decoder, noisy("decoder", 0.45)),
        (Condition::Ceiling, noisy("ceiling", 0.9)),
        (Condition::CeilingFromDecoders, noisy("found", 0.92)),
        (Condition::DecoderCeiling, noisy("without noise", 0.7)),
        (Condition::MeanImage, mean_image.repeat(N_IMAGES)),
        (Condition::Shuffled, noisy("shuffled", 0.02)),
        (Condition::RidgeToPixels, noisy("ridge", 0.3)),
        (Condition::NoAlignment, noisy("unaligned", 0.25)),
    ];
    all.extend(["S1", "S2", "S3"].map(|id| (Condition::Subject(id.into()), noisy(id, 0.2))));
    all.extend((0..5).map(|member| {
        (
            Condition::Member(member),
            noisy(&format!("member {member}"), 0.35),
        )
    }));
    let of_series = views::conditions().into_iter();
    all.extend(of_series.map(|(condition, fidelity)| {
        let images = noisy(&condition.name(), fidelity);
        (condition, images)
    }));
    all
}

fn rows(values: Vec<f32>) -> Rows {
    Rows {
        n_columns: SIZE * SIZE,
        values,
    }
}

fn scored(conditions: &[(Condition, Vec<f32>)]) -> Scored {
    let originals: Vec<f32> = (0..N_IMAGES).flat_map(shape).collect();
    let classes: Vec<u32> = (0..N_IMAGES)
        .map(|image_idx| (image_idx % CLASSES.len()) as u32)
        .collect();
    let observer = |name: &str, in_loss| Observer {
        name: name.into(),
        in_loss,
        originals: rows(originals.clone()),
    };
    let test = TestSet {
        height: SIZE,
        width: SIZE,
        originals: rows(originals.clone()),
        classes: Some((classes.clone(), CLASSES.map(String::from).to_vec())),
        observers: vec![
            observer("gabor.energy", false),
            observer("alexnet.conv1", true),
        ],
        classifier: Some((
            "convnet".into(),
            classes.iter().copied().map(Some).collect(),
        )),
    };
    let candidate = |(condition, images): &(Condition, Vec<f32>)| {
        let mut rng = stream(2, &condition.name());
        let features =
            ["gabor.energy", "alexnet.conv1"].map(|name| (name.to_owned(), rows(images.clone())));
        let is_one = *condition == Condition::MeanImage;
        let name_class = |&class: &u32| {
            // One image for all has one name.
            if is_one {
                return Some(0);
            }
            Some(if rng.random::<f32>() < 0.6 {
                class
            } else {
                rng.random_range(0..6)
            })
        };
        Candidates {
            condition: condition.clone(),
            images: rows(images.clone()),
            features: BTreeMap::from(features),
            named_classes: Some(classes.iter().map(name_class).collect()),
            thorough: !condition.is_of_a_series()
                && !matches!(
                    condition,
                    Condition::Subject(_) | Condition::CeilingFromDecoders
                ),
        }
    };
    let candidates: Vec<Candidates> = conditions.iter().map(candidate).collect();
    let params = Scores {
        n_permutations: 200,
        n_bootstrap: 200,
        ..Scores::default()
    };
    score(&test, &candidates, &params, 1).expect("the example's arrays fit each other")
}

/// The name and the class of a test image; the others are for training.
fn image(test_image: usize) -> ImageFacts {
    let class = CLASSES[test_image % CLASSES.len()];
    ImageFacts {
        name: format!("{class}, \"no. {test_image}\".png"),
        class: class.to_owned(),
        id: 144 + test_image,
    }
}

fn facts() -> DataFacts {
    let subject = |id: &str, n_voxels: usize| SubjectFacts {
        id: id.into(),
        n_voxels,
        n_trials: 432,
        rois: vec![
            ("V1".into(), n_voxels / 2),
            ("V2".into(), n_voxels - n_voxels / 2),
        ],
        noise_ceiling: Some(0.71),
    };
    DataFacts {
        dataset: "simulated".into(),
        simulated: Some(
            "Receptive fields, a haemodynamic response and noise make up every response.".into(),
        ),
        n_train: 144,
        n_train_pictures: None,
        n_test: N_IMAGES,
        height: SIZE,
        width: SIZE,
        field_of_view_deg: Some(12.0),
        classes: CLASSES.map(String::from).to_vec(),
        test_images: (0..N_IMAGES).map(image).collect(),
        subjects: vec![subject("S1", 800), subject("S2", 700), subject("S3", 600)],
        n_features: 118,
        n_latents: Some(16),
        notes: vec!["Every training image is shown twice, every test image six times.".into()],
    }
}

fn provenance() -> Provenance {
    let plugin = |role: &str, name: &str, equation: &str, source: &str| PluginUse {
        role: role.into(),
        name: name.into(),
        parameters: "(learning_rate: 0.003, l2: 0.001, batch: 8, epochs: 20)".into(),
        summary: format!("What {name} does, in a sentence."),
        equation: equation.into(),
        source: source.into(),
        from_files: false,
    };
    Provenance {
        seed: 1,
        command: "lab run experiments/quickstart.ron --set 'seed=1'".into(),
        run_hash: "0123456789ab".into(),
        versions: vec![
            ("lab".into(), "0.1.0".into()),
            ("lab-losses".into(), "0.1.0 (sources 89abcdef0123)".into()),
        ],
        hashes: ["data", "align", "generator", "decode pass 0"]
            .map(|what| (what.to_owned(), "0f1e2d3c4b5a6978".repeat(4)))
            .to_vec(),
        resolved:
            "(\n    name: \"example\",\n    seed: 1,\n    losses: [(10.0, pixel(shrink: 0.9))],\n)"
                .repeat(12),
        plugins: vec![
            plugin("dataset", "simulated", "r = h * (s · RF) + noise", "a test"),
            plugin(
                "aligner",
                "hyperalignment",
                "argmin Σᵢ ‖sᵢ Xᵢ Tᵢ − C‖²,  Tᵢᵀ Tᵢ = I",
                "Haxby et al. (2011), doi:10.1016/j.neuron.2011.08.026",
            ),
            plugin("loss term, weight 10", "pixel", "", ""),
            plugin(
                "decoder",
                "linear",
                "z = unit(s·x·W + b)",
                "Seeliger et al. (2018), section 2.5",
            ),
        ],
    }
}

fn alignment() -> Vec<AlignmentRow> {
    let row = |quality: &str, of: &str, value: f64, held_out: bool| AlignmentRow {
        aligner: "hyperalignment".into(),
        quality: quality.into(),
        of: of.into(),
        value,
        unit: "correlation".into(),
        held_out,
    };
    let after = ["S1", "S2", "S3"]
        .map(|id| row("correlation with the mean of the others", id, 0.412, true));
    after
        .into_iter()
        .chain([row("scale", "S1", 1.03, false)])
        .collect()
}

fn terms() -> Vec<TermRow> {
    let row = |condition: Condition, term: &str, value| TermRow {
        condition,
        set: "test".into(),
        term: term.into(),
        weight: 10.0,
        value,
    };
    vec![
        row(Condition::Decoder, "pixel", 0.2134),
        row(Condition::Decoder, "feature_presence", 0.0831),
        row(Condition::Ceiling, "pixel", 0.0912),
        row(Condition::Ceiling, "feature_presence", 0.0312),
        row(Condition::CeilingFromDecoders, "pixel", 0.0901),
        row(Condition::CeilingFromDecoders, "feature_presence", 0.0309),
    ]
}

fn member_row(member: usize, scored: &Scored) -> MemberRow {
    let of_member = format!("member_{member}.identification.pixel.original_to_reconstructions");
    MemberRow {
        member,
        cosine_to_combined: 0.93,
        pixel_correlation: f64::NAN,
        pixel_identification: scored.headline.get(&of_member).copied().unwrap_or(f64::NAN),
    }
}

fn curves() -> Vec<(String, Curve)> {
    let falling = |name: &str, x_label: &str, rate: f64, n: usize| {
        let mut curve = Curve::new(name, x_label);
        (0..n).for_each(|x| curve.push(x as f64, 0.2 + (-rate * x as f64).exp()));
        curve
    };
    let mut all = vec![
        (
            "generator".to_owned(),
            falling("generator loss", "update", 0.02, 300),
        ),
        (
            "generator".to_owned(),
            falling("discriminator loss", "update", 0.01, 300),
        ),
        ("features".to_owned(), falling("loss", "update", 0.03, 150)),
    ];
    all.extend((0..5).map(|member| {
        (
            format!("decoder member {member}"),
            falling("loss", "epoch", 0.1 + 0.02 * member as f64, 20),
        )
    }));
    all.push(("overfit".to_owned(), falling("loss", "epoch", 0.3, 20)));
    all
}
