//! Conditions: the result, the ceiling above it and the baselines below it.

use std::collections::BTreeMap;

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::Evaluation;
use lab_core::invert::invert;
use lab_core::objective::Objective;
use lab_core::weights::get;
use lab_score::record::Condition;

use super::align::Aligned;
use super::decode::{Decoded, generate};
use super::load::Data;
use super::networks::Networks;
use super::{Bench, baselines};
use crate::store::{Key, Stage};

/// Images for every test image, made in one way.
pub(crate) struct Images {
    /// The way in which the images were made.
    pub(crate) condition: Condition,
    /// `[n_test, channels, height, width]` in `[−1, 1]`.
    pub(crate) images: Tensor,
    /// `[n_test, n_latents]`, where they came from latents.
    pub(crate) latents: Option<Tensor>,
    /// Whether every statistic is computed.
    pub(crate) thorough: bool,
    /// The stage behind it, if it has one of its own.
    pub(crate) stage: Option<Stage>,
}

/// Members that are scored alone.
const N_MEMBERS_SCORED: usize = 15;

pub(crate) fn all(
    bench: &Bench<'_>,
    data: &Data,
    aligned: &Aligned,
    networks: &Networks,
    objective: &Objective,
    decoded: &Decoded,
) -> Result<Vec<Images>> {
    let asked = |part: Evaluation| bench.plan.experiment.evaluate.contains(&part);
    let result = &decoded.combined;
    let mut all = vec![Images {
        condition: Condition::Decoder,
        images: result.images.clone(),
        latents: result.latents.clone(),
        thorough: true,
        stage: None,
    }];
    if asked(Evaluation::Ceilings) {
        all.push(inverted(bench, data, networks, objective, "ceiling")?);
    }
    if asked(Evaluation::Baselines) {
        all.push(baselines::mean_image(data)?);
        all.push(baselines::shuffled(
            bench, data, aligned, networks, objective,
        )?);
        all.push(baselines::ridge_to_pixels(
            bench, data, aligned, networks, objective,
        )?);
        all.push(baselines::no_alignment(bench, data, networks, objective)?);
    }
    if asked(Evaluation::Subjects) {
        all.extend(baselines::subjects(bench, data, networks, objective)?);
    }
    if asked(Evaluation::Variability) && decoded.members.len() > 1 {
        all.extend(
            decoded
                .members
                .iter()
                .take(N_MEMBERS_SCORED)
                .enumerate()
                .map(|(member, prediction)| Images {
                    condition: Condition::Member(member),
                    images: prediction.images.clone(),
                    latents: prediction.latents.clone(),
                    thorough: false,
                    stage: None,
                }),
        );
    }
    Ok(all)
}

/// The generator's best image for each test image, under the experiment's own losses. Searches of another `role` start
/// elsewhere.
pub(super) fn inverted(
    bench: &Bench<'_>,
    data: &Data,
    networks: &Networks,
    objective: &Objective,
    role: &str,
) -> Result<Images> {
    let experiment = &bench.plan.experiment;
    let mut key = Key::new(role, experiment.seed)?
        .after(&data.key)
        .after(&networks.generator.stage.key)
        .and("search", &format!("{:?}", experiment.scores.inversion));
    if let Some(features) = &networks.features {
        key = key.after(&features.stage.key);
    }
    let key = networks.losses_in(key, experiment)?;
    let ctx = bench.ctx.child(role);
    let stage = bench.store.stage(&ctx, role, &key, |ctx, folder| {
        let objective = objective.with_targets(data.test_images.clone())?;
        let inversion = invert(ctx, &objective, &experiment.scores.inversion)?;
        folder.write_weights(
            "latents.safetensors",
            &BTreeMap::from([("latents".into(), inversion.latents)]),
        )
    })?;
    let latents = get(
        &stage.folder().read_weights(&ctx, "latents.safetensors")?,
        "latents",
    )?
    .clone();
    Ok(Images {
        condition: Condition::Ceiling,
        images: generate(objective.generator(), &latents)?,
        latents: Some(latents),
        thorough: true,
        stage: Some(stage),
    })
}
