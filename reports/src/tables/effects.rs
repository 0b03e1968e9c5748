//! The effects of variants as a table: `effects.csv` and `effects.parquet`.

use std::path::{Path, PathBuf};

use lab_score::effects::{EffectRow, Effects};

use super::any::{Column, write_columns};
use crate::Result;

/// Writes a row for each variant, condition and score. `value`, `interval_low` and `interval_high` are differences from the
/// base, shares or correlations; `by_seed` holds that of each seed as `1=-0.02; 2=0.01`; `missing` says which seeds have none,
/// and why.
///
/// # Errors
/// As [`super::write()`].
pub fn write_effects(effects: &Effects, folder: &Path) -> Result<[PathBuf; 2]> {
    let rows = &effects.rows;
    let text = |of: &dyn Fn(&EffectRow) -> String| Column::Texts(rows.iter().map(of).collect());
    let number =
        |of: &dyn Fn(&EffectRow) -> Option<f64>| Column::Numbers(rows.iter().map(of).collect());
    let by_seed = |row: &EffectRow| {
        let all = row.by_seed.iter();
        let all: Vec<String> = all.map(|(seed, value)| format!("{seed}={value}")).collect();
        all.join("; ")
    };
    let missing = |row: &EffectRow| {
        let all = row.missing.iter();
        let all: Vec<String> = all.map(|(seed, why)| format!("{seed}: {why}")).collect();
        all.join("; ")
    };
    let columns = [
        ("question", text(&|row| row.question.clone())),
        ("variant", text(&|row| row.variant.clone())),
        ("condition", text(&|row| row.condition.clone())),
        ("score", text(&|row| row.figure.name().to_owned())),
        ("observer", text(&|row| row.observer.clone())),
        ("base", number(&|row| row.base)),
        ("variant_score", number(&|row| row.own)),
        ("value", number(&|row| row.value)),
        (
            "interval_low",
            number(&|row| row.spread.map(|of| of.interval.0)),
        ),
        (
            "interval_high",
            number(&|row| row.spread.map(|of| of.interval.1)),
        ),
        (
            "standard_error",
            number(&|row| row.spread.map(|of| of.standard_error)),
        ),
        ("degrees", number(&|row| row.spread.map(|of| of.degrees))),
        ("smallest_seen", number(&|row| row.smallest)),
        ("p_sign_flip", number(&|row| row.p_sign_flip)),
        ("p_holm", number(&|row| row.p_holm)),
        ("n_images", number(&|row| Some(row.n_images as f64))),
        ("n_seeds", number(&|row| Some(row.by_seed.len() as f64))),
        ("by_seed", text(&by_seed)),
        ("missing", text(&missing)),
        ("verdict", text(&|row| row.verdict.label().to_owned())),
    ]
    .map(|(name, column)| (name.to_owned(), column));
    write_columns("effects", &columns, folder)
}
