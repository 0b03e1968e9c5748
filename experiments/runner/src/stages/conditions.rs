//! Conditions: the result, the ceiling above it and the baselines below it.

use std::collections::BTreeMap;

use lab_core::Result;
use lab_core::config::{Evaluation, Experiment};
use lab_core::invert::invert;
use lab_core::weights::get;
use lab_score::record::Condition;

use super::align::Aligned;
use super::baselines;
use super::basis::Basis;
use super::decode::{Decoded, generate};
use super::images::Images;
use crate::store::Key;

/// Members that are scored alone.
const N_MEMBERS_SCORED: usize = 15;

/// The conditions that [`all`] will give, and whether every statistic of them is computed.
pub(crate) fn planned<'a>(
    experiment: &Experiment,
    subjects: impl IntoIterator<Item = &'a str>,
) -> Vec<(Condition, bool)> {
    let asked = |part: Evaluation| experiment.evaluate.contains(&part);
    let mut planned = vec![(Condition::Decoder, true)];
    if asked(Evaluation::Ceilings) {
        planned.push((Condition::Ceiling, true));
    }
    if asked(Evaluation::Baselines) {
        let baselines = [
            Condition::MeanImage,
            Condition::Shuffled,
            Condition::RidgeToPixels,
            Condition::NoAlignment,
        ];
        planned.extend(baselines.map(|condition| (condition, true)));
    }
    if asked(Evaluation::Subjects) {
        let subjects = subjects.into_iter();
        planned.extend(subjects.map(|id| (Condition::Subject(id.to_owned()), false)));
    }
    if asked(Evaluation::Variability) && experiment.ensemble.members > 1 {
        let members = 0..experiment.ensemble.members.min(N_MEMBERS_SCORED);
        planned.extend(members.map(|member| (Condition::Member(member), false)));
    }
    planned
}

pub(crate) fn all(basis: Basis<'_>, aligned: &Aligned, decoded: &Decoded) -> Result<Vec<Images>> {
    let asked = |part: Evaluation| basis.session.plan.experiment.evaluate.contains(&part);
    let result = &decoded.combined;
    let mut all = vec![Images {
        condition: Condition::Decoder,
        images: result.images.clone(),
        latents: result.latents.clone(),
        thorough: true,
        stage: None,
    }];
    if asked(Evaluation::Ceilings) {
        all.push(inverted(basis, "ceiling")?);
    }
    if asked(Evaluation::Baselines) {
        all.push(baselines::mean_image(basis.data)?);
        all.push(baselines::shuffled(basis, aligned)?);
        all.push(baselines::ridge_to_pixels(basis, aligned)?);
        all.push(baselines::no_alignment(basis)?);
    }
    if asked(Evaluation::Subjects) {
        all.extend(baselines::subjects(basis)?);
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
pub(crate) fn inverted(basis: Basis<'_>, role: &str) -> Result<Images> {
    let Basis {
        session,
        data,
        networks,
        objective,
    } = basis;
    let experiment = &session.plan.experiment;
    let mut key = Key::new(role, experiment.seed)?
        .after(&data.key)
        .after(&networks.generator.stage.key)
        .and("search", &format!("{:?}", experiment.scores.inversion));
    if let Some(features) = &networks.features {
        key = key.after(&features.stage.key);
    }
    let key = networks.losses_in(key, experiment)?;
    let ctx = session.ctx.child(role);
    let stage = session.store.stage(&ctx, role, &key, |ctx, folder| {
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
