//! Baselines: what is reached without the generator, the alignment, or any information at all.

use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{Aligner, Decoder};
use lab_score::record::Condition;
use rand::seq::SliceRandom;

use super::align::{Aligned, aligned_by};
use super::basis::Basis;
use super::decode::{Fit, Pass, TrainingRows};
use super::images::Images;
use super::load::Data;
use crate::store::Key;

/// Each subject or concatenation of subjects on its own way to ridge regression.
const UNALIGNED: [&str; 3] = ["standardise()", "concatenate()", "pca(variance: 0.99)"];
const RIDGE: &str = "ridge_to_pixels()";

/// The mean training image, whatever was seen.
pub(super) fn mean_image(data: &Data) -> Result<Images> {
    let images = data
        .train_images
        .mean_keepdim(0)?
        .broadcast_as(data.test_images.dims())?
        .contiguous()?;
    Ok(Images {
        condition: Condition::MeanImage,
        images,
        latents: None,
        search: None,
        thorough: true,
        stage: None,
        alignment: None,
    })
}

/// One member of the experiment's decoder, fitted on responses that belong to other images.
pub(super) fn shuffled(basis: Basis<'_>, aligned: &Aligned) -> Result<Images> {
    let plan = basis.session.plan;
    let fit = Fit {
        basis,
        part: &plan.experiment.decoder,
        plugin: plan.parts.decoder.as_ref(),
    };
    let mut rows = basis.data.train_rows();
    rows.shuffle(&mut basis.session.ctx.child("shuffled").rng("order"));
    let pass = fit.pass(
        "shuffled",
        TrainingRows {
            train: &aligned.train,
            train_idx: &rows,
            key: &aligned.stage.key,
        },
        &[0],
    )?;
    predicted(&fit, Condition::Shuffled, aligned, pass)
}

/// Ridge regression from the aligned responses straight to pixels.
pub(super) fn ridge_to_pixels(basis: Basis<'_>, aligned: &Aligned) -> Result<Images> {
    ridge(basis, aligned, Condition::RidgeToPixels)
}

/// Ridge regression from the unaligned voxels of all subjects.
pub(super) fn no_alignment(basis: Basis<'_>) -> Result<Images> {
    let data = basis.data;
    let rows = (&*data.train.subjects, &*data.test.subjects);
    let aligned = unaligned(basis, "no_alignment", rows)?;
    let images = ridge(basis, &aligned, Condition::NoAlignment)?;
    Ok(Images {
        alignment: Some(aligned.stage),
        ..images
    })
}

/// Ridge regression from each subject alone.
pub(super) fn subjects(basis: Basis<'_>) -> Result<Vec<Images>> {
    let data = basis.data;
    let pairs = data.train.subjects.iter().zip(&data.test.subjects);
    pairs
        .map(|(train, test)| {
            let role = format!("subject_{}", train.id);
            let rows = (std::slice::from_ref(train), std::slice::from_ref(test));
            let aligned = unaligned(basis, &role, rows)?;
            let mut images = ridge(basis, &aligned, Condition::Subject(train.id.clone()))?;
            images.thorough = false;
            images.alignment = Some(aligned.stage);
            Ok(images)
        })
        .collect()
}

fn unaligned(
    basis: Basis<'_>,
    role: &str,
    rows: (&[SubjectResponses], &[SubjectResponses]),
) -> Result<Aligned> {
    let session = basis.session;
    let parts: Vec<PluginRef<dyn Aligner>> =
        UNALIGNED.iter().map(|text| PluginRef::of(text)).collect();
    let mut key = Key::new(role, session.plan.experiment.seed)?.after(&basis.data.key);
    key = key.and(
        "responses",
        &format!("{:?}", session.plan.experiment.responses),
    );
    let mut chain: Vec<Box<dyn Aligner>> = Vec::new();
    for part in &parts {
        let aligner = part.build(&session.ctx)?;
        key = key
            .and("aligner", &part.one_line())
            .plugin(part.plugin()?, &aligner.files())?;
        chain.push(aligner);
    }
    let chain: Vec<(&str, &dyn Aligner)> = parts
        .iter()
        .map(PluginRef::name)
        .zip(chain.iter().map(AsRef::as_ref))
        .collect();
    let averaged_after = basis.data.averaged_after();
    aligned_by(session, role, &key, &chain, rows, averaged_after)
}

fn ridge(basis: Basis<'_>, aligned: &Aligned, condition: Condition) -> Result<Images> {
    let part = PluginRef::<dyn Decoder>::of(RIDGE);
    let plugin = part.build(&basis.session.ctx)?;
    let fit = Fit {
        basis,
        part: &part,
        plugin: plugin.as_ref(),
    };
    let rows = TrainingRows {
        train: &aligned.train,
        train_idx: &basis.data.train_rows(),
        key: &aligned.stage.key,
    };
    let pass = fit.pass(&format!("{}-ridge", condition.name()), rows, &[0])?;
    predicted(&fit, condition, aligned, pass)
}

fn predicted(fit: &Fit<'_>, condition: Condition, aligned: &Aligned, pass: Pass) -> Result<Images> {
    let decoder = fit.plugin.restore(
        &fit.basis.session.ctx,
        fit.basis.objective,
        &pass.weights[0],
    )?;
    let prediction = fit.prediction(&decoder.decode(&aligned.test)?)?;
    Ok(Images {
        condition,
        images: prediction.images,
        latents: prediction.latents,
        search: None,
        thorough: true,
        stage: Some(pass.stage),
        alignment: None,
    })
}
