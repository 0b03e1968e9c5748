//! Hyperalignment and principal components at the size of vim-1.

use std::sync::Arc;

use candle_core::{DType, Device};
use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::recording::SubjectResponses;
use lab_core::rng;
use lab_core::traits::Aligner;

use super::pace::Pace;
use super::work::Work;

/// Images and voxels of each subject, at full and at quick size.
const FULL: (usize, [usize; 3]) = (1750, [26_000, 25_200, 24_100]);
const QUICK: (usize, [usize; 3]) = (300, [4_000, 3_600, 3_200]);

pub(super) fn works(quick: bool) -> Vec<Work> {
    let (n_samples, n_voxels) = size(quick);
    let all = format!("{n_samples} samples × {n_voxels:?} voxels, three levels");
    let one = format!(
        "{n_samples} samples × {} voxels, 90 % of the variance",
        n_voxels[0]
    );
    [Work::new("hyperalignment", all), Work::new("pca", one)]
        .map(|work| if quick { work } else { work.without_warmup() })
        .into()
}

pub(super) fn is_known(name: &str) -> bool {
    ["hyperalignment", "pca"].contains(&name)
}

pub(super) fn run(name: &str, quick: bool, pace: &Arc<Pace>) -> Result<()> {
    let (n_samples, n_voxels) = size(quick);
    let (text, n_subjects) = if name == "pca" {
        ("pca(variance: 0.9)", 1)
    } else {
        ("hyperalignment()", n_voxels.len())
    };
    // A silent context: fits report progress of their own.
    let ctx = lab_core::context::Context::new(1);
    let aligner = PluginRef::<dyn Aligner>::of(text).build(&ctx)?;
    let subject = |idx: usize| -> Result<SubjectResponses> {
        let mut stream = rng::stream(1, &format!("bench/subject {idx}"));
        let values = rng::normal(&mut stream, 1.0, &[n_samples, n_voxels[idx]], &Device::Cpu)?;
        Ok(SubjectResponses::shared(
            format!("S{}", idx + 1),
            values.to_dtype(DType::F64)?,
        ))
    };
    let subjects: Vec<SubjectResponses> = (0..n_subjects).map(subject).collect::<Result<_>>()?;
    while pace.lap() {
        aligner.fit(&ctx, &subjects)?;
    }
    Ok(())
}

fn size(quick: bool) -> (usize, [usize; 3]) {
    if quick { QUICK } else { FULL }
}
