//! The three levels.
//!
//! ```text
//! 1.  C ← X_ref;                     for i ≠ ref:  Aᵢ ← P(Xᵢ → C),  C ← (Aᵢ + C)/2;      A_ref = X_ref
//! 2.  C ← mean A;   n_iter times:    for each i:   Aᵢ ← P(Xᵢ → (n·C − Aᵢ)/(n − 1));      C ← mean A
//! 3.                                 for each i:   P(Xᵢ → C), kept
//! ```
//! `P` is a Procrustes fit. With `zscore_common` the first `C`, every `C` and target that a subject is fitted to, and
//! every `Aᵢ` but `A_ref` are z-scored by column. Within a sweep of level 2 `C` stands still.

use std::sync::atomic::{AtomicUsize, Ordering};

use faer::Mat;
use lab_core::context::Context;
use lab_core::traits::Quality;
use rayon::prelude::*;

use super::HyperalignmentParams;
use super::prepare::Source;
use super::procrustes::{Procrustes, Rows, lift, residual};
use crate::columns::zscore;
use crate::error::AlignerError;

/// What the levels find.
pub(crate) struct Alignment {
    /// The common space after level 2, in the columns of the reference subject.
    pub(crate) common: Rows,
    /// Level 3: each subject to the common space.
    pub(crate) to_common: Vec<Procrustes>,
    /// Residuals by level and subject, and scales.
    pub(crate) facts: Vec<Quality>,
}

struct Levels<'a> {
    ctx: &'a Context,
    params: &'a HyperalignmentParams,
    names: &'a [String],
    sources: &'a [Source],
    fits_done: AtomicUsize,
    facts: Vec<Quality>,
}

/// Runs the levels over prepared subjects; `names` are for errors and facts.
pub(crate) fn align(
    ctx: &Context,
    params: &HyperalignmentParams,
    names: &[String],
    sources: &[Source],
    reference: usize,
) -> lab_core::Result<Alignment> {
    let mut levels = Levels {
        ctx,
        params,
        names,
        sources,
        fits_done: AtomicUsize::new(0),
        facts: Vec::new(),
    };
    let mut aligned = levels.first(reference)?;
    let mut common = mean(&aligned);
    for sweep in 0..params.level2_niter {
        for (idx, aligned) in aligned.iter_mut().enumerate() {
            let target = levels.target(leave_one_out(&common, aligned, sources.len()))?;
            *aligned = levels.fit(idx, &target, &format!("level 2, sweep {}", sweep + 1))?;
        }
        common = mean(&aligned);
    }
    drop(aligned);
    let common = levels.target(common)?;
    let to_common = levels.last(&common)?;
    Ok(Alignment {
        common,
        to_common,
        facts: levels.facts,
    })
}

impl Levels<'_> {
    fn first(&mut self, reference: usize) -> lab_core::Result<Vec<Mat<f64>>> {
        let mut own = self.sources[reference].rows.clone().into_rows();
        let mut common = own.clone();
        // Subjects that `zscore_all` has scaled are not scaled again, whatever `alpha` made of them since.
        if self.params.zscore_common && !self.params.zscore_all {
            zscore(&mut common);
        }
        let mut aligned = Vec::with_capacity(self.sources.len());
        for idx in 0..self.sources.len() {
            if idx == reference {
                aligned.push(std::mem::replace(&mut own, Mat::new()));
                continue;
            }
            let target = Rows::new(common, "common space")?;
            let mapped = self.fit(idx, &target, "level 1")?;
            common = target.into_rows();
            common += &mapped;
            common *= faer::Scale(0.5);
            if self.params.zscore_common {
                zscore(&mut common);
            }
            aligned.push(mapped);
        }
        Ok(aligned)
    }

    fn last(&mut self, common: &Rows) -> lab_core::Result<Vec<Procrustes>> {
        let one = |source: &Source| -> lab_core::Result<(Procrustes, f64)> {
            let procrustes = self.procrustes(source, common)?;
            let left = residual(procrustes.coordinates(&source.rows).as_ref(), common);
            Ok((procrustes, left))
        };
        let fitted: Vec<(Procrustes, f64)> = self
            .sources
            .par_iter()
            .map(one)
            .collect::<lab_core::Result<_>>()?;
        for ((procrustes, left), name) in fitted.iter().zip(self.names) {
            let unit = "fraction of the target's norm";
            self.facts
                .push(fact("residual, level 3", name, *left, unit));
            self.facts
                .push(fact("scale", name, procrustes.scale, "factor"));
        }
        Ok(fitted
            .into_iter()
            .map(|(procrustes, _)| procrustes)
            .collect())
    }

    fn target(&self, mut rows: Mat<f64>) -> Result<Rows, AlignerError> {
        if self.params.zscore_common {
            zscore(&mut rows);
        }
        Rows::new(rows, "common space")
    }

    fn fit(&mut self, idx: usize, target: &Rows, level: &str) -> lab_core::Result<Mat<f64>> {
        let source = &self.sources[idx];
        let coordinates = self.procrustes(source, target)?.coordinates(&source.rows);
        let left = residual(coordinates.as_ref(), target);
        self.facts.push(fact(
            &format!("residual, {level}"),
            &self.names[idx],
            left,
            "fraction of the target's norm",
        ));
        let mut mapped = lift(coordinates.as_ref(), target);
        if self.params.zscore_common {
            zscore(&mut mapped);
        }
        Ok(mapped)
    }

    fn procrustes(&self, source: &Source, target: &Rows) -> lab_core::Result<Procrustes> {
        self.ctx.check_cancelled()?;
        let fitted = Procrustes::fit(&source.rows, target, self.params)?;
        let fits_done = self.fits_done.fetch_add(1, Ordering::Relaxed) + 1;
        let n_subjects = self.sources.len();
        self.ctx.progress(
            fits_done,
            n_subjects * (2 + self.params.level2_niter) - 1,
            "fits",
            "",
        );
        Ok(fitted)
    }
}

fn mean(aligned: &[Mat<f64>]) -> Mat<f64> {
    let mut sum = aligned[0].clone();
    for other in &aligned[1..] {
        sum += other;
    }
    sum *= faer::Scale(1.0 / aligned.len() as f64);
    sum
}

fn leave_one_out(common: &Mat<f64>, own: &Mat<f64>, n_subjects: usize) -> Mat<f64> {
    let n = n_subjects as f64;
    faer::zip!(common, own).map(|faer::unzip!(common, own)| (n * common - own) / (n - 1.0))
}

pub(crate) fn fact(name: &str, of: &str, value: f64, unit: &str) -> Quality {
    Quality {
        name: name.into(),
        of: of.into(),
        value,
        unit: unit.into(),
    }
}
