//! Searches and noise ceilings of the example.

use lab_score::record::{
    CeilingSource, Condition, NoiseCeilingRow, NoiselessFacts, NoiselessRow, NoiselessSource,
    ResponsiveBy, ResponsiveCeiling, SearchRow, TunedFacts, TunedRow,
};

pub(super) fn searches(n_images: usize) -> Vec<SearchRow> {
    let row = |condition, n_offered, n_steps, n_stalled, fall, loss| SearchRow {
        condition,
        n_images,
        n_starts: 4,
        n_offered,
        by_encoder: false,
        n_steps,
        maximum: 240,
        tolerance: 0.001,
        window: 50,
        n_stalled,
        fall: Some(fall),
        loss,
    };
    vec![
        row(Condition::Ceiling, 0, 240, 0, 0.012, 1.224),
        row(
            Condition::CeilingFromDecoders,
            7,
            131,
            n_images,
            0.0009,
            1.21,
        ),
    ]
}

pub(super) fn decoder_ceiling() -> NoiselessFacts {
    let row = |subject: &str| NoiselessRow {
        subject: subject.into(),
        n_voxels: 212,
        of_voxels: 800,
        left_out: Some(0.31),
        test: 0.28,
    };
    NoiselessFacts {
        source: NoiselessSource::EncodingModel,
        subjects: ["S1", "S2", "S3"].map(row).to_vec(),
    }
}

pub(super) fn tuned() -> TunedFacts {
    let row = |l2: &str, score, is_chosen, is_at_an_end| TunedRow {
        settings: vec!["decoder.l2".into()],
        values: vec![l2.into()],
        scores: [-0.03, -0.01, 0.0, 0.01, 0.03]
            .map(|of_part| score + of_part)
            .to_vec(),
        score,
        standard_error: 0.01,
        is_chosen,
        is_at_an_end: vec![is_at_an_end],
    };
    TunedFacts {
        score: "mean pixel correlation".into(),
        n_images: 144,
        n_folds: 5,
        n_members: 1,
        parts: (0..5)
            .map(|part| (part..144).step_by(5).collect())
            .collect(),
        rows: vec![
            row("0.001", 0.31, false, true),
            row("0.01", 0.342, true, false),
            row("0.1", 0.29, false, true),
        ],
    }
}

pub(super) fn noise_ceilings() -> Vec<NoiseCeilingRow> {
    let row = |subject: &str, source, shift: f64| NoiseCeilingRow {
        subject: subject.into(),
        source,
        n_voxels: 800,
        quantiles: [0.02, 0.1, 0.31, 0.58, 0.77]
            .map(|value| value + shift)
            .to_vec(),
        interval: (source == CeilingSource::Repeats).then_some((0.12, 0.49)),
        responsive: Some(ResponsiveCeiling {
            by: ResponsiveBy::TrainingRows,
            n_voxels: 212.0,
            median: 0.71 + shift,
            interval: (source == CeilingSource::Repeats).then_some((0.62, 0.78)),
        }),
    };
    let subjects = ["S1", "S2", "S3"].into_iter();
    subjects
        .flat_map(|id| {
            [
                row(id, CeilingSource::Known, 0.0),
                row(id, CeilingSource::Repeats, 0.01),
                row(id, CeilingSource::SplitHalf, -0.01),
            ]
        })
        .collect()
}
