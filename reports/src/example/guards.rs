//! Guards of the example: one that found nothing, and one that could not judge.

use lab_score::guards::{Defect, GuardRow, Verdict};

pub(super) fn guards() -> Vec<GuardRow> {
    let row = |defect, verdict, evidence: &str| GuardRow {
        defect,
        verdict,
        evidence: evidence.into(),
    };
    vec![
        row(
            Defect::NoInformation,
            Verdict::NotFound,
            "reconstructions fit their own originals better than others",
        ),
        row(
            Defect::ClassOnly,
            Verdict::NotJudged,
            "no classes were given",
        ),
    ]
}
