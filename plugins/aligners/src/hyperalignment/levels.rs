//! The three levels of hyperalignment.
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
use lab_core::all_done;
use lab_core::context::Context;
use lab_core::traits::Quality;
use rayon::prelude::*;

use super::HyperalignmentParams;
use super::prepare::Source;
use super::procrustes::{Procrustes, Rows, lift, residual};
use crate::columns::zscore;

/// What the levels find.
pub(crate) struct Alignment {
    /// The common space after level 2, in the columns of the reference subject.
    #[cfg(test)]
    pub(crate) common: Rows,
    /// Singular values of the common space, descending: `[rank]`.
    pub(crate) singular: Vec<f64>,
    /// Level 3: each subject to the axes of the common space.
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
        aligned = levels.sweep(sweep, aligned, common)?;
        common = mean(&aligned);
    }
    drop(aligned);
    if params.zscore_common {
        zscore(&mut common);
    }
    let (common, spectrum) = Rows::with_axes(common, "common space")?;
    let to_common = levels.last(&common, spectrum.rank())?;
    Ok(Alignment {
        #[cfg(test)]
        common,
        singular: spectrum.singular,
        to_common,
        facts: levels.facts,
    })
}

impl Levels<'_> {
    fn first(&mut self, reference: usize) -> lab_core::Result<Vec<Mat<f64>>> {
        let own = || self.sources[reference].rows.clone().into_rows();
        let mut common = own();
        // Subjects that `zscore_all` has scaled are not scaled again, whatever `alpha` made of them since.
        if self.params.zscore_common && !self.params.zscore_all {
            zscore(&mut common);
        }
        let n_subjects = self.sources.len();
        let mut aligned: Vec<Mat<f64>> = (0..n_subjects).map(|_| Mat::new()).collect();
        let others: Vec<usize> = (0..n_subjects).filter(|&idx| idx != reference).collect();
        for (turn, &idx) in others.iter().enumerate() {
            let is_last = turn + 1 == others.len();
            let target = if is_last {
                std::mem::replace(&mut common, Mat::new())
            } else {
                common.clone()
            };
            let (mapped, left) = self.map(idx, Rows::new(target, "common space")?)?;
            self.note("level 1", idx, left);
            if !is_last {
                common += &mapped;
                common *= faer::Scale(0.5);
                if self.params.zscore_common {
                    zscore(&mut common);
                }
            }
            aligned[idx] = mapped;
        }
        aligned[reference] = own();
        Ok(aligned)
    }

    /// Fits every subject to the mean of the others; targets and mapped rows take the place of what was aligned before.
    fn sweep(
        &mut self,
        sweep: usize,
        aligned: Vec<Mat<f64>>,
        common: Mat<f64>,
    ) -> lab_core::Result<Vec<Mat<f64>>> {
        let n_subjects = self.sources.len();
        let one = |(idx, mut rows): (usize, Mat<f64>)| {
            leave_one_out(&common, &mut rows, n_subjects);
            if self.params.zscore_common {
                zscore(&mut rows);
            }
            self.map(idx, Rows::new(rows, "common space")?)
        };
        let mapped: Vec<(Mat<f64>, f64)> =
            all_done(aligned.into_par_iter().enumerate().map(one).collect())?;
        let level = format!("level 2, sweep {}", sweep + 1);
        for (idx, (_, left)) in mapped.iter().enumerate() {
            self.note(&level, idx, *left);
        }
        Ok(mapped.into_iter().map(|(rows, _)| rows).collect())
    }

    fn last(&mut self, common: &Rows, rank: usize) -> lab_core::Result<Vec<Procrustes>> {
        let one = |source: &Source| -> lab_core::Result<(Procrustes, f64)> {
            let mut procrustes = self.procrustes(source, common)?;
            let left = residual(procrustes.coordinates(&source.rows).as_ref(), common);
            procrustes.onto_axes(rank);
            Ok((procrustes, left))
        };
        let fitted: Vec<(Procrustes, f64)> = all_done(self.sources.par_iter().map(one).collect())?;
        for (idx, (procrustes, left)) in fitted.iter().enumerate() {
            self.note("level 3", idx, *left);
            self.facts
                .push(fact("scale", &self.names[idx], procrustes.scale, "factor"));
        }
        Ok(fitted
            .into_iter()
            .map(|(procrustes, _)| procrustes)
            .collect())
    }

    /// The rows of subject `idx` in the columns of `target`, and what is left of the target.
    fn map(&self, idx: usize, target: Rows) -> lab_core::Result<(Mat<f64>, f64)> {
        let source = &self.sources[idx];
        let coordinates = self.procrustes(source, &target)?.coordinates(&source.rows);
        let left = residual(coordinates.as_ref(), &target);
        let mut mapped = lift(coordinates.as_ref(), target);
        if self.params.zscore_common {
            zscore(&mut mapped);
        }
        Ok((mapped, left))
    }

    fn note(&mut self, level: &str, idx: usize, residual: f64) {
        self.facts.push(fact(
            &format!("residual, {level}"),
            &self.names[idx],
            residual,
            "fraction of the target's norm",
        ));
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

/// `(n·C − A)/(n − 1)` in the place of A.
fn leave_one_out(common: &Mat<f64>, own: &mut Mat<f64>, n_subjects: usize) {
    let n = n_subjects as f64;
    faer::zip!(own, common)
        .for_each(|faer::unzip!(own, common)| *own = (n * common - *own) / (n - 1.0));
}

pub(crate) fn fact(name: &str, of: &str, value: f64, unit: &str) -> Quality {
    Quality {
        name: name.into(),
        of: of.into(),
        value,
        unit: unit.into(),
    }
}
