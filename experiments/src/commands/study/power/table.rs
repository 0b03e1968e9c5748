//! The table of a study's power.

use std::path::Path;

use anyhow::Result;
use lab_reports::tables::{Column, write_columns};
use lab_score::study::power::Curve;

/// Writes `power.parquet` and `power.csv`: a row a true share and test.
pub(super) fn write(curve: &Curve, folder: &Path) -> Result<()> {
    let rows: Vec<_> = curve
        .points
        .iter()
        .flat_map(|point| point.rows.iter().map(move |row| (point, row)))
        .collect();
    let number = |name: &str, of: &dyn Fn(usize) -> Option<f64>| {
        (
            name.to_owned(),
            Column::Numbers((0..rows.len()).map(of).collect()),
        )
    };
    let tests = rows.iter().map(|(_, row)| row.test.label().to_owned());
    let columns = [
        ("test".to_owned(), Column::Texts(tests.collect())),
        number("share", &|at| Some(rows[at].0.share)),
        number("power", &|at| Some(rows[at].1.power)),
        number("monte_carlo_error", &|at| {
            Some(rows[at].1.monte_carlo_error)
        }),
        number("n_studies", &|at| Some(rows[at].1.n_studies as f64)),
        number("n_failed", &|at| Some(rows[at].1.n_failed as f64)),
        number("design_effect", &|at| Some(rows[at].0.design_effect)),
        number("power_by_formula", &|at| rows[at].0.by_formula),
    ];
    write_columns("power", &columns, folder)?;
    Ok(())
}
