//! Conditions: the result, the best images that searches find in the generator, and the baselines.

use std::collections::BTreeMap;

use lab_core::Result;
use lab_core::config::{Evaluation, Experiment};
use lab_core::context::Context;
use lab_core::objective::Objective;
use lab_core::search::{Search, SearchFacts, search, search_from};
use lab_core::weights::get;
use lab_score::record::Condition;

use super::align::Aligned;
use super::baselines;
use super::basis::Basis;
use super::decode::{Decoded, generate};
use super::images::Images;
use super::keys::Keys;
use super::members::{self, N_MEMBERS_SCORED};
use super::regions;
use super::views::Views;
use crate::store::Key;

/// The conditions that [`in_order`] will give, and whether every statistic of them is computed; those of a series left out.
pub(crate) fn planned<'a>(
    experiment: &Experiment,
    subjects: impl IntoIterator<Item = &'a str>,
) -> Vec<(Condition, bool)> {
    let asked = |part: Evaluation| experiment.evaluate.contains(&part);
    let mut planned = vec![(Condition::Decoder, true)];
    if asked(Evaluation::Ceilings) {
        planned.push((Condition::Ceiling, true));
        planned.push((Condition::CeilingFromDecoders, false));
        planned.push((Condition::DecoderCeiling, true));
    }
    if asked(Evaluation::Baselines) {
        let baselines = [
            Condition::MeanImage,
            Condition::Prior,
            Condition::NearestTraining,
            Condition::Shuffled,
            Condition::RidgeToPixels,
            Condition::NoAlignment,
        ];
        planned.extend(baselines.map(|condition| (condition, true)));
        planned.push((Condition::BestOfPrior(baselines::N_OF_PRIOR), false));
    }
    if asked(Evaluation::Subjects) {
        for id in subjects {
            planned.push((Condition::Subject(id.to_owned()), false));
            planned.push((Condition::SubjectDecoder(id.to_owned()), true));
        }
    }
    if asked(Evaluation::Variability) && experiment.ensemble.members > 1 {
        let members = 0..experiment.ensemble.members.min(N_MEMBERS_SCORED);
        planned.extend(members.map(|member| (Condition::Member(member), false)));
    }
    planned
}

/// What searches find in the generator, if the experiment asks for it.
pub(super) fn ceilings(basis: Basis<'_>, decoded: &Decoded) -> Result<Vec<Images>> {
    let mut all = Vec::new();
    if basis.asks_for(Evaluation::Ceilings) {
        let ceiling = searched(basis, "ceiling")?;
        let from_decoders = searched_from_decoders(basis, &ceiling, decoded)?;
        all.push(ceiling);
        all.extend(from_decoders);
    }
    Ok(all)
}

/// What is reached by less than the experiment has.
pub(super) struct Baselines {
    /// Without the generator, the alignment, or any information at all.
    without: Vec<Images>,
    /// Each subject alone.
    subjects: Vec<Images>,
}

/// The baselines that the experiment asks for.
pub(super) fn baselines(
    basis: Basis<'_>,
    aligned: &Aligned,
    decoded: &Decoded,
) -> Result<Baselines> {
    let mut all = Baselines {
        without: Vec::new(),
        subjects: Vec::new(),
    };
    if basis.asks_for(Evaluation::Baselines) {
        all.without = vec![
            baselines::mean_image(basis.data)?,
            baselines::prior(basis)?,
            baselines::nearest_training(basis.data, &decoded.combined.images)?,
            baselines::shuffled(basis, aligned)?,
            baselines::ridge_to_pixels(basis, aligned)?,
            baselines::no_alignment(basis)?,
            baselines::best_of_prior(basis)?,
        ];
    }
    if basis.asks_for(Evaluation::Subjects) {
        all.subjects = baselines::subjects(basis)?;
    }
    Ok(all)
}

/// What each region alone can tell, if the experiment asks for it.
pub(super) fn regions(basis: Basis<'_>) -> Result<Vec<Images>> {
    if basis.asks_for(Evaluation::Regions) {
        return regions::alone(basis);
    }
    Ok(Vec::new())
}

/// Every condition that the experiment asks for, the result first.
pub(super) fn in_order(
    basis: Basis<'_>,
    decoded: &Decoded,
    views: &Views,
    ceilings: Vec<Images>,
    baselines: Baselines,
    regions: Vec<Images>,
) -> Result<Vec<Images>> {
    let result = &decoded.combined;
    let mut all = vec![Images {
        latents: result.latents.clone(),
        thorough: true,
        ..Images::of_a_series(Condition::Decoder, result.images.clone())
    }];
    all.extend(ceilings);
    let without_noise = views.decoder_ceiling.iter();
    all.extend(without_noise.filter_map(|of| of.images.clone()));
    all.extend(baselines.without);
    all.extend(baselines.subjects);
    if basis.asks_for(Evaluation::Variability) && decoded.members.len() > 1 {
        all.extend(members::alone(decoded));
        all.extend(members::first(basis, decoded)?);
    }
    all.extend(regions);
    let behind_bottlenecks = views.information.iter().flat_map(|of| &of.images);
    all.extend(behind_bottlenecks.cloned());
    Ok(all)
}

/// The generator's ceiling: the best image that a search from random starts finds for each test image, under the experiment's
/// own losses. Searches of another `role` start elsewhere.
pub(crate) fn searched(basis: Basis<'_>, role: &str) -> Result<Images> {
    let keys = Keys::of(basis.session.plan);
    let key = keys.search(role, &basis.data.key, &basis.networks.keys())?;
    let params = &basis.session.plan.experiment.scores.inversion;
    stored(basis, Condition::Ceiling, (role, &key), |ctx, objective| {
        search(ctx, objective, params)
    })
}

/// The same with the latents of the ceiling, of the decoder and of its members among the starts; `None` where decoders predict
/// no latents.
fn searched_from_decoders(
    basis: Basis<'_>,
    ceiling: &Images,
    decoded: &Decoded,
) -> Result<Option<Images>> {
    let role = Condition::CeilingFromDecoders.name();
    let experiment = &basis.session.plan.experiment;
    let own = std::iter::once(&decoded.combined).chain(&decoded.members);
    let own: Option<Vec<_>> = own.map(|prediction| prediction.latents.clone()).collect();
    let (Some(own), Some(found)) = (own, &ceiling.latents) else {
        return Ok(None);
    };
    let offered: Vec<_> = std::iter::once(found.clone()).chain(own).collect();
    let stages = ceiling.stage.iter().chain(&decoded.stages);
    let key = Keys::of(basis.session.plan).search_from(
        &role,
        (&basis.data.key, &basis.networks.keys()),
        stages.map(|stage| &stage.key),
    )?;
    let params = &experiment.scores.inversion;
    let images = stored(
        basis,
        Condition::CeilingFromDecoders,
        (&role, &key),
        |ctx, objective| search_from(ctx, objective, params, &offered),
    )?;
    Ok(Some(Images {
        thorough: false,
        ..images
    }))
}

/// A search for the test images, as a stage of the store.
fn stored(
    basis: Basis<'_>,
    condition: Condition,
    (role, key): (&str, &Key),
    search: impl Fn(&Context, &Objective) -> Result<Search>,
) -> Result<Images> {
    let (session, objective) = (basis.session, basis.objective);
    let ctx = session.ctx.child(role);
    let stage = session.store.stage(&ctx, role, key, |ctx, folder| {
        let objective = objective.with_targets(basis.data.test_images.clone())?;
        let found = search(ctx, &objective)?;
        folder.write_json("search.json", &found.facts)?;
        folder.write_weights(
            "latents.safetensors",
            &BTreeMap::from([("latents".into(), found.latents)]),
        )
    })?;
    let weights = stage.folder().read_weights(&ctx, "latents.safetensors")?;
    let latents = get(&weights, "latents")?.clone();
    let facts: SearchFacts = stage.folder().read_json("search.json")?;
    Ok(Images {
        condition,
        images: generate(objective.generator(), &latents)?,
        latents: Some(latents),
        search: Some(facts),
        thorough: true,
        stage: Some(stage),
        alignment: None,
    })
}
