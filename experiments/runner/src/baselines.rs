//! Baselines: what is reached without the generator, the alignment, or any information at all.

use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::objective::Objective;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{Aligner, Decoder};
use lab_score::record::Condition;
use rand::seq::SliceRandom;

use super::Bench;
use super::align::{Aligned, aligned_by};
use super::conditions::Images;
use super::decode::{Fit, Rows};
use super::load::Data;
use super::networks::Networks;
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
        thorough: true,
        stage: None,
    })
}

/// One member of the experiment's decoder, fitted on responses that belong to other images.
pub(super) fn shuffled(
    bench: &Bench<'_>,
    data: &Data,
    aligned: &Aligned,
    networks: &Networks,
    objective: &Objective,
) -> Result<Images> {
    let plan = bench.plan;
    let fit = Fit {
        bench,
        data,
        networks,
        objective,
        part: &plan.experiment.decoder,
        plugin: plan.parts.decoder.as_ref(),
    };
    let mut rows = data.train_rows();
    rows.shuffle(&mut bench.ctx.child("shuffled").rng("order"));
    let pass = fit.pass(
        "shuffled",
        Rows {
            train: &aligned.train,
            train_idx: &rows,
            key: &aligned.stage.key,
        },
        &[0],
    )?;
    predicted(&fit, Condition::Shuffled, aligned, pass)
}

/// Ridge regression from the aligned responses straight to pixels.
pub(super) fn ridge_to_pixels(
    bench: &Bench<'_>,
    data: &Data,
    aligned: &Aligned,
    networks: &Networks,
    objective: &Objective,
) -> Result<Images> {
    ridge(
        bench,
        data,
        aligned,
        networks,
        objective,
        Condition::RidgeToPixels,
    )
}

/// Ridge regression from the unaligned voxels of all subjects.
pub(super) fn no_alignment(
    bench: &Bench<'_>,
    data: &Data,
    networks: &Networks,
    objective: &Objective,
) -> Result<Images> {
    let aligned = unaligned(
        bench,
        data,
        "no_alignment",
        (&data.train.subjects, &data.test.subjects),
    )?;
    ridge(
        bench,
        data,
        &aligned,
        networks,
        objective,
        Condition::NoAlignment,
    )
}

/// Ridge regression from each subject alone.
pub(super) fn subjects(
    bench: &Bench<'_>,
    data: &Data,
    networks: &Networks,
    objective: &Objective,
) -> Result<Vec<Images>> {
    let pairs = data.train.subjects.iter().zip(&data.test.subjects);
    pairs
        .map(|(train, test)| {
            let role = format!("subject_{}", train.id);
            let aligned = unaligned(
                bench,
                data,
                &role,
                (std::slice::from_ref(train), std::slice::from_ref(test)),
            )?;
            let mut images = ridge(
                bench,
                data,
                &aligned,
                networks,
                objective,
                Condition::Subject(train.id.clone()),
            )?;
            images.thorough = false;
            Ok(images)
        })
        .collect()
}

fn unaligned(
    bench: &Bench<'_>,
    data: &Data,
    role: &str,
    rows: (&[SubjectResponses], &[SubjectResponses]),
) -> Result<Aligned> {
    let parts: Vec<PluginRef<dyn Aligner>> =
        UNALIGNED.iter().map(|text| PluginRef::of(text)).collect();
    let mut key = Key::new(role, bench.plan.experiment.seed)?.after(&data.key);
    key = key.and(
        "responses",
        &format!("{:?}", bench.plan.experiment.responses),
    );
    let mut chain: Vec<Box<dyn Aligner>> = Vec::new();
    for part in &parts {
        let aligner = part.build(&bench.ctx)?;
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
    aligned_by(bench, role, &key, &chain, rows)
}

fn ridge(
    bench: &Bench<'_>,
    data: &Data,
    aligned: &Aligned,
    networks: &Networks,
    objective: &Objective,
    condition: Condition,
) -> Result<Images> {
    let part = PluginRef::<dyn Decoder>::of(RIDGE);
    let plugin = part.build(&bench.ctx)?;
    let fit = Fit {
        bench,
        data,
        networks,
        objective,
        part: &part,
        plugin: plugin.as_ref(),
    };
    let rows = Rows {
        train: &aligned.train,
        train_idx: &data.train_rows(),
        key: &aligned.stage.key,
    };
    let pass = fit.pass(&format!("{}-ridge", condition.name()), rows, &[0])?;
    predicted(&fit, condition, aligned, pass)
}

fn predicted(
    fit: &Fit<'_>,
    condition: Condition,
    aligned: &Aligned,
    pass: super::decode::Pass,
) -> Result<Images> {
    let decoder = fit
        .plugin
        .restore(&fit.bench.ctx, fit.objective, &pass.weights[0])?;
    let prediction = fit.prediction(&decoder.decode(&aligned.test)?)?;
    Ok(Images {
        condition,
        images: prediction.images,
        latents: prediction.latents,
        thorough: true,
        stage: Some(pass.stage),
    })
}
