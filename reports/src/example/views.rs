//! Views into the example's decoder.

use lab_score::record::{
    CentreLessEdge, Condition, InformationFacts, PatternRow, PrevalenceRow, RankRow, RingRow,
    SpreadRow,
};

/// Conditions of curves, of regions and of subjects, with the share of shape in each.
pub(super) fn conditions() -> Vec<(Condition, f32)> {
    let mut all = Vec::new();
    for (width, fidelity) in [(1, 0.1), (2, 0.2), (5, 0.4), (10, 0.45)] {
        all.push((Condition::Bottleneck(width), fidelity));
        all.push((Condition::RandomBottleneck(width), fidelity / 4.0));
    }
    all.extend((2..5).map(|n| (Condition::FirstMembers(n), 0.36 + 0.02 * n as f32)));
    all.extend(["V1", "V2"].map(|name| (Condition::Region(name.into()), 0.25)));
    all.extend(["S1", "S2", "S3"].map(|id| (Condition::SubjectDecoder(id.into()), 0.3)));
    all
}

pub(super) fn information() -> InformationFacts {
    InformationFacts {
        n_train_images: 144,
        n_train_rows: 288,
        n_latents: 16,
        rank: 16,
        widths: vec![1, 2, 5, 10],
    }
}

pub(super) fn ranks(n_images: usize) -> Vec<RankRow> {
    let row = |condition, effective_rank| RankRow {
        condition,
        effective_rank,
        most: n_images - 1,
    };
    vec![
        row(Condition::Originals, 17.25),
        row(Condition::Decoder, 10.5),
        row(Condition::Ceiling, 16.0),
    ]
}

pub(super) fn patterns() -> Vec<PatternRow> {
    let row = |region: &str, n_voxels, part| PatternRow {
        subject: "S1".into(),
        region: region.into(),
        n_voxels,
        median: 0.081,
        ninth_decile: 0.364,
        part,
    };
    vec![
        row("V1", 400, 0.72),
        row("V2", 400, 0.25),
        row("", 20, 0.03),
    ]
}

pub(super) fn rings() -> Vec<RingRow> {
    let ring = |ring: usize| RingRow {
        from: ring as f64 / 6.0,
        to: (ring + 1) as f64 / 6.0,
        n_pixels: 16 + 32 * ring,
        correlation: 0.62 - 0.05 * ring as f64,
        interval: Some((0.55 - 0.05 * ring as f64, 0.69 - 0.05 * ring as f64)),
    };
    (0..6).map(ring).collect()
}

pub(super) fn centre_less_edge() -> CentreLessEdge {
    CentreLessEdge {
        value: 0.25,
        interval: Some((0.16, 0.33)),
    }
}

pub(super) fn prevalence() -> PrevalenceRow {
    PrevalenceRow {
        n_subjects: 3,
        n_significant: 2,
        alpha: 0.05,
        most_probable: 0.649,
        interval: (0.204, 0.957),
        confidence: 0.95,
        at_least: 0.214,
    }
}

pub(super) fn spread(n_images: usize) -> Vec<SpreadRow> {
    let row = |test_image| SpreadRow {
        test_image,
        spread: 0.1 + 0.002 * test_image as f64,
    };
    (0..n_images).map(row).collect()
}
