//! The record: everything the report shows, gathered.

use std::collections::BTreeMap;

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::{Capable, Criterion, PluginRef, nearest};
use lab_core::events::Curve;
use lab_core::objective::Objective;
use lab_core::recording::{Repeats, Subject};
use lab_core::registry::{Origin, registry};
use lab_score::Scored;
use lab_score::record::{
    Condition, CriterionRow, DataFacts, MemberRow, Pictures, PluginUse, Provenance, Record,
    ScoreRow, ShareRow, Statistic, SubjectFacts, TermRow,
};

use super::align::Aligned;
use super::conditions::Images;
use super::decode::Decoded;
use super::load::Data;
use super::networks::Networks;
use super::overfit::Overfit;
use super::pictures::pictures;
use super::{Bench, libraries};
use crate::store::{Stage, own_hash};

/// Shares outside of these bounds deserve a warning.
const SHARE_BOUNDS: (f64, f64) = (0.001, 0.5);

/// Everything a run made.
pub(crate) struct Parts {
    pub(crate) data: Data,
    pub(crate) aligned: Aligned,
    pub(crate) networks: Networks,
    pub(crate) objective: Objective,
    pub(crate) decoded: Decoded,
    pub(crate) conditions: Vec<Images>,
    pub(crate) overfit: Option<Overfit>,
    pub(crate) scored: Scored,
}

pub(crate) fn assemble(
    bench: &Bench<'_>,
    parts: &Parts,
    command: &str,
) -> Result<(Record, Pictures)> {
    let shares = shares(&parts.objective)?;
    let mut warnings = warnings(parts);
    for row in shares
        .iter()
        .filter(|row| row.share < SHARE_BOUNDS.0 || row.share > SHARE_BOUNDS.1)
    {
        let share = 100.0 * row.share;
        warnings.push((
            "losses".into(),
            format!(
                "{} selects {share:.2} % of {}: the term hardly selects",
                row.term, row.layer
            ),
        ));
    }
    let mut headline = parts.scored.headline.clone();
    if let Some(median) = median_ceiling(&parts.data.recording.subjects) {
        headline.insert("noise_ceiling.median".into(), median);
    }
    let record = Record {
        name: bench.plan.experiment.name.clone(),
        description: bench.plan.experiment.description.clone(),
        provenance: provenance(bench, parts, command)?,
        data: facts(bench, &parts.data, parts.aligned.train.dim(1)?),
        alignment: parts.aligned.rows.clone(),
        decisions: parts.scored.decisions.clone(),
        confusions: parts.scored.confusions.clone(),
        shares,
        terms: terms(bench, parts)?,
        members: members(parts)?,
        curves: curves(parts),
        warnings,
        criteria: criteria(bench, &headline)?,
        scores: parts.scored.scores.clone(),
        headline,
    };
    Ok((record, pictures(bench, parts)?))
}

fn provenance(bench: &Bench<'_>, parts: &Parts, command: &str) -> Result<Provenance> {
    let plan = bench.plan;
    // What the keys of stages hash: the contract, the runner, and every crate of a plugin.
    let version = env!("CARGO_PKG_VERSION");
    let source = |name: &str| own_hash(name).map_or("", |hash| &hash[..12]);
    let mut crates = BTreeMap::from([("lab-core", version)]);
    for plugin in registry()?
        .iter()
        .filter(|plugin| plugin.origin == Origin::Linked)
    {
        crates.insert(plugin.crate_name, plugin.version);
    }
    let mut versions = vec![
        ("lab".to_owned(), version.to_owned()),
        (
            "the runner".to_owned(),
            format!("sources {}", source("lab-runner")),
        ),
    ];
    versions.extend(crates.into_iter().map(|(name, version)| {
        (
            name.to_owned(),
            format!("{version} (sources {})", source(name)),
        )
    }));
    versions.extend(plan.libraries.iter().map(|of| libraries::version(of)));
    let mut hashes = vec![("data".to_owned(), parts.data.key.to_string())];
    hashes.extend(
        stages(parts)
            .into_iter()
            .map(|(name, stage)| (name, stage.key.to_string())),
    );
    Ok(Provenance {
        seed: plan.experiment.seed,
        command: command.to_owned(),
        run_hash: plan.run_hash.clone(),
        versions,
        hashes,
        resolved: plan.resolved.clone(),
        plugins: plugins(bench)?,
    })
}

/// Every stage behind the run, by name.
pub(crate) fn stages(parts: &Parts) -> Vec<(String, &Stage)> {
    let mut all = vec![
        ("align".to_owned(), &parts.aligned.stage),
        ("generator".to_owned(), &parts.networks.generator.stage),
    ];
    all.extend(
        parts
            .networks
            .features
            .iter()
            .map(|net| (format!("features {}", net.name), &net.stage)),
    );
    all.extend(
        parts
            .networks
            .observers
            .iter()
            .map(|net| (format!("observer {}", net.name), &net.stage)),
    );
    all.extend(
        parts
            .decoded
            .stages
            .iter()
            .enumerate()
            .map(|(pass, stage)| (format!("decode pass {pass}"), stage)),
    );
    let conditions = parts
        .conditions
        .iter()
        .filter_map(|images| Some((images.condition.name(), images.stage.as_ref()?)));
    all.extend(conditions);
    all.extend(
        parts
            .overfit
            .iter()
            .map(|overfit| ("overfit".to_owned(), &overfit.stage)),
    );
    all
}

fn plugins(bench: &Bench<'_>) -> Result<Vec<PluginUse>> {
    let experiment = &bench.plan.experiment;
    let mut all = vec![plugin_use("dataset", &experiment.dataset)?];
    for part in &experiment.align {
        all.push(plugin_use("aligner", part)?);
    }
    all.push(plugin_use("generator", &experiment.generator)?);
    if let Some(part) = &experiment.features {
        all.push(plugin_use("feature network", part)?);
    }
    for (weight, part) in &experiment.losses {
        let mut used = plugin_use("loss term", part)?;
        used.role = format!("loss term, weight {weight}");
        all.push(used);
    }
    all.push(plugin_use("decoder", &experiment.decoder)?);
    for part in &experiment.observers {
        all.push(plugin_use("observer", part)?);
    }
    if let Some(part) = &experiment.overfit {
        all.push(plugin_use("overfit check", part)?);
    }
    Ok(all)
}

fn plugin_use<T: ?Sized + Capable>(role: &str, part: &PluginRef<T>) -> Result<PluginUse> {
    let plugin = part.plugin()?;
    Ok(PluginUse {
        role: role.into(),
        name: plugin.name.into(),
        parameters: part.one_line()[part.name().len()..].to_owned(),
        summary: plugin.summary.into(),
        equation: plugin.equation.into(),
        source: plugin.source.into(),
    })
}

fn facts(bench: &Bench<'_>, data: &Data, n_features: usize) -> DataFacts {
    let stimuli = &data.recording.stimuli;
    let rows = match bench.plan.experiment.responses.repeats {
        Repeats::Average => "averages over an image's repeats",
        Repeats::Single => "single trials, each with its image as target",
    };
    let mut notes = data.recording.notes.clone();
    notes.push(format!(
        "Alignment and decoders are fitted on {rows}; test rows are averages over repeats."
    ));
    DataFacts {
        dataset: data.recording.name.clone(),
        simulated: data.recording.simulated.clone(),
        n_train: data.train_idx.len(),
        n_test: data.test_idx.len(),
        height: stimuli.shape().height,
        width: stimuli.shape().width,
        field_of_view_deg: stimuli.field_of_view_deg,
        classes: stimuli
            .labels
            .as_ref()
            .map(|labels| labels.names.clone())
            .unwrap_or_default(),
        subjects: data.recording.subjects.iter().map(subject_facts).collect(),
        n_features,
        notes,
    }
}

fn subject_facts(subject: &Subject) -> SubjectFacts {
    let count = |roi: usize| {
        subject
            .voxels
            .roi
            .iter()
            .filter(|&&of| usize::from(of) == roi)
            .count()
    };
    SubjectFacts {
        id: subject.id.clone(),
        n_voxels: subject.n_voxels(),
        n_trials: subject.n_trials(),
        rois: subject
            .voxels
            .roi_names
            .iter()
            .enumerate()
            .map(|(roi, name)| (name.clone(), count(roi)))
            .collect(),
        noise_ceiling: median_ceiling(std::slice::from_ref(subject)),
    }
}

fn median_ceiling(subjects: &[Subject]) -> Option<f64> {
    let mut all: Vec<f32> = subjects
        .iter()
        .filter_map(|subject| subject.voxels.noise_ceiling.as_ref())
        .flatten()
        .copied()
        .collect();
    all.sort_by(f32::total_cmp);
    all.get(all.len() / 2).map(|&ceiling| f64::from(ceiling))
}

fn shares(objective: &Objective) -> Result<Vec<ShareRow>> {
    let rows = objective.selected_shares()?;
    Ok(rows
        .into_iter()
        .map(|(term, layer, share)| ShareRow { term, layer, share })
        .collect())
}

/// Unweighted terms of the result and of the ceiling on the test set.
fn terms(bench: &Bench<'_>, parts: &Parts) -> Result<Vec<TermRow>> {
    let objective = parts
        .objective
        .with_targets(parts.data.test_images.clone())?;
    let all: Vec<usize> = (0..objective.n_targets()).collect();
    let mut rows = Vec::new();
    for images in parts.conditions.iter().filter(|images| images.thorough) {
        let Some(latents) = &images.latents else {
            continue;
        };
        for (term, values) in objective
            .terms()
            .iter()
            .zip(objective.values(&bench.ctx, latents, &all)?)
        {
            rows.push(TermRow {
                condition: images.condition.clone(),
                set: "test".into(),
                term: term.name.clone(),
                weight: term.weight,
                value: f64::from(values.mean_all()?.to_scalar::<f32>()?),
            });
        }
    }
    Ok(rows)
}

fn members(parts: &Parts) -> Result<Vec<MemberRow>> {
    let score = |member: usize, statistic: Statistic| {
        let of_member =
            |row: &&ScoreRow| row.condition == Condition::Member(member) && row.observer == "pixel";
        parts
            .scored
            .scores
            .iter()
            .filter(of_member)
            .find(|row| row.statistic == statistic)
            .map_or(f64::NAN, |row| row.value)
    };
    let mut rows = Vec::new();
    for (member, prediction) in parts.decoded.members.iter().enumerate() {
        let (Some(own), Some(combined)) = (&prediction.latents, &parts.decoded.combined.latents)
        else {
            continue;
        };
        let norm = |z: &Tensor| z.sqr()?.sum(1)?.sqrt();
        let cosine = ((own * combined)?.sum(1)? / (norm(own)? * norm(combined)?)?)?;
        rows.push(MemberRow {
            member,
            cosine_to_combined: f64::from(cosine.mean_all()?.to_scalar::<f32>()?),
            pixel_correlation: score(member, Statistic::Similarity),
            pixel_identification: score(member, Statistic::PairwiseIdentification),
        });
    }
    Ok(rows)
}

fn curves(parts: &Parts) -> Vec<(String, Curve)> {
    let mut all = Vec::new();
    let mut add = |stage: &str, curves: &[Curve]| {
        all.extend(curves.iter().map(|curve| (stage.to_owned(), curve.clone())));
    };
    add("generator", &parts.networks.generator.curves);
    if let Some(net) = &parts.networks.features {
        add("features", &net.curves);
    }
    for net in &parts.networks.observers {
        add(&format!("observer {}", net.name), &net.curves);
    }
    for (member, curves) in parts.decoded.curves.iter().enumerate() {
        add(&format!("decoder member {member}"), curves);
    }
    if let Some(overfit) = &parts.overfit {
        add("overfit", &overfit.curves);
    }
    all
}

fn warnings(parts: &Parts) -> Vec<(String, String)> {
    let mut all = parts.data.warnings.clone();
    for (_, stage) in stages(parts) {
        all.extend(stage.warnings.iter().cloned());
    }
    all
}

fn criteria(bench: &Bench<'_>, headline: &BTreeMap<String, f64>) -> Result<Vec<CriterionRow>> {
    let check = |criterion: &Criterion| {
        let (name, verb, bound) = match criterion {
            Criterion::AtLeast(name, bound) => (name, "at_least", *bound),
            Criterion::AtMost(name, bound) => (name, "at_most", *bound),
        };
        let value = *headline.get(name).ok_or_else(|| {
            let nearest = nearest(name, headline.keys().map(String::as_str))
                .map_or(String::new(), |name| format!("did you mean '{name}'? "));
            lab_core::Error::Data {
                what: format!("criterion {verb}({name:?}, {bound})"),
                expected: "the name of a headline figure".into(),
                got: format!("'{name}'"),
                remedy: format!("{nearest}the names stand in summary.json"),
            }
        })?;
        let holds = if verb == "at_least" {
            value >= bound
        } else {
            value <= bound
        };
        Ok(CriterionRow {
            criterion: format!("{verb}({name:?}, {bound})"),
            value,
            holds,
        })
    };
    bench.plan.experiment.criteria.iter().map(check).collect()
}
