//! The record: everything the report shows, gathered.

use std::collections::BTreeMap;
use std::path::PathBuf;

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::{Capable, Criterion, PluginRef, nearest};
use lab_core::events::Curve;
use lab_core::objective::Objective;
use lab_core::recording::{Repeats, Subject, in_region};
use lab_core::registry::{Origin, registry};
use lab_core::traits::Output;
use lab_score::record::{
    Condition, CriterionRow, DataFacts, ImageFacts, MemberRow, PluginUse, Provenance, Record,
    ScoreRow, ShareRow, Statistic, SubjectFacts, TermRow,
};

use super::libraries;
use super::limits;
use super::made::{Made, stages};
use super::presented;
use super::session::Session;
use super::views;
use crate::stages::images::Images;
use crate::stages::load::Data;
use crate::stages::members::spread_rows;
use crate::store::own_hash;

/// Shares outside of these bounds deserve a warning.
const SHARE_BOUNDS: (f64, f64) = (0.001, 0.5);

pub(crate) fn assemble(session: &Session<'_>, made: &Made, command: &str) -> crate::Result<Record> {
    let shares = shares(&made.objective)?;
    let mut warnings = warnings(made);
    let of_shares = shares.iter().filter_map(share_warning);
    warnings.extend(of_shares.map(|text| ("losses".to_owned(), text)));
    let noise_ceilings = limits::noise_ceilings(&made.data.recording)?;
    let (rings, centre_less_edge) = views::rings(session, made)?;
    let mut headline = made.scored.headline.clone();
    headline.extend(limits::headline(
        &made.data.recording.subjects,
        &noise_ceilings,
    ));
    Ok(Record {
        name: session.plan.experiment.name.clone(),
        description: session.plan.experiment.description.clone(),
        toy: session.plan.toy.clone(),
        provenance: provenance(session, made, command)?,
        data: facts(session, made)?,
        alignment: made.aligned.rows.clone(),
        decisions: made.scored.decisions.clone(),
        image_scores: made.scored.image_scores.clone(),
        confusions: made.scored.confusions.clone(),
        differences: made.scored.differences.clone(),
        headline_tests: made.scored.headline_tests.clone(),
        guards: made.scored.guards.clone(),
        corpora: made.networks.corpora(),
        distances: made.scored.distances.clone(),
        distance_trends: made.scored.distance_trends.clone(),
        shares,
        terms: terms(session, made)?,
        searches: limits::searches(&made.conditions),
        members: members(made)?,
        spread: spread_rows(made.views.spread.as_ref())?,
        tuned: made.choice.as_ref().map(|of| of.facts.clone()),
        decoder_ceiling: made
            .views
            .decoder_ceiling
            .as_ref()
            .and_then(|of| of.facts.clone().ok()),
        information: made.views.information.as_ref().map(|of| of.facts.clone()),
        ranks: views::ranks(session, made)?,
        patterns: views::patterns(made),
        region_differences: made.scored.region_differences.clone(),
        part_differences: made.scored.part_differences.clone(),
        rings,
        centre_less_edge,
        prevalence: views::prevalence(session, made),
        curves: curves(made),
        warnings,
        // Said once everything was read.
        unproven: Vec::new(),
        criteria: criteria(session, &headline)?,
        noise_ceilings,
        scores: made.scored.scores.clone(),
        headline,
    })
}

fn provenance(session: &Session<'_>, made: &Made, command: &str) -> Result<Provenance> {
    let plan = session.plan;
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
    let mut hashes = vec![("data".to_owned(), made.data.key.to_string())];
    hashes.extend(
        stages(made)
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
        plugins: plugins(session)?,
    })
}

fn plugins(session: &Session<'_>) -> Result<Vec<PluginUse>> {
    let (experiment, parts) = (&session.plan.experiment, &session.plan.parts);
    let dataset = parts.dataset.files();
    let mut all = vec![plugin_use("dataset", &experiment.dataset, &dataset)?];
    for (part, aligner) in experiment.align.iter().zip(&parts.align) {
        all.push(plugin_use("aligner", part, &aligner.files())?);
    }
    let generator = parts.generator.plugin.files();
    all.push(plugin_use("generator", &experiment.generator, &generator)?);
    if let (Some(part), Some(net)) = (&experiment.features, &parts.features) {
        all.push(plugin_use("feature network", part, &net.plugin.files())?);
    }
    for ((weight, part), term) in experiment.losses.iter().zip(parts.terms.iter()) {
        let mut used = plugin_use("loss term", part, &term.term.files())?;
        used.role = format!("loss term, weight {weight}");
        all.push(used);
    }
    let decoder = parts.decoder.files();
    all.push(plugin_use("decoder", &experiment.decoder, &decoder)?);
    for (part, net) in experiment.observers.iter().zip(&parts.observers) {
        all.push(plugin_use("observer", part, &net.plugin.files())?);
    }
    if let (Some(part), Some(decoder)) = (&experiment.overfit, &parts.overfit) {
        all.push(plugin_use("overfit check", part, &decoder.files())?);
    }
    Ok(all)
}

fn plugin_use<T: ?Sized + Capable>(
    role: &str,
    part: &PluginRef<T>,
    files: &[PathBuf],
) -> Result<PluginUse> {
    let plugin = part.plugin()?;
    Ok(PluginUse {
        role: role.into(),
        name: plugin.name.into(),
        parameters: part.one_line()[part.name().len()..].to_owned(),
        summary: plugin.summary.into(),
        equation: plugin.equation.into(),
        source: plugin.source.into(),
        from_files: !files.is_empty(),
    })
}

fn facts(session: &Session<'_>, made: &Made) -> Result<DataFacts> {
    let data = &made.data;
    let stimuli = &data.recording.stimuli;
    let mut notes = data.recording.notes.clone();
    notes.push(rows_note(session.plan.experiment.responses.repeats));
    notes.extend(presented::note(&data.recording));
    notes.extend(views::left_out(session, made));
    Ok(DataFacts {
        dataset: data.recording.name.clone(),
        simulated: data.recording.simulated.clone(),
        n_train: data.train_idx.len(),
        n_train_pictures: stimuli.n_pictures(&data.train_idx),
        n_test: data.test_idx.len(),
        height: stimuli.shape().height,
        width: stimuli.shape().width,
        field_of_view_deg: stimuli.field_of_view_deg,
        classes: stimuli
            .labels
            .as_ref()
            .map(|labels| labels.names.clone())
            .unwrap_or_default(),
        test_images: test_images(data),
        subjects: data.recording.subjects.iter().map(subject_facts).collect(),
        n_features: made.aligned.train.dim(1)?,
        n_latents: match session.plan.parts.decoder.output() {
            Output::Latents => Some(made.objective.latent_space().n_latents),
            Output::Images => None,
        },
        notes,
    })
}

/// Name, class and index of every test image.
pub(crate) fn test_images(data: &Data) -> Vec<ImageFacts> {
    let stimuli = &data.recording.stimuli;
    let class = |id: usize| {
        let labels = stimuli.labels.as_ref()?;
        labels.names.get(*labels.of.get(id)? as usize).cloned()
    };
    let name = |id: usize| stimuli.names.as_ref()?.get(id).cloned();
    let image = |&id: &usize| ImageFacts {
        name: name(id).unwrap_or_default(),
        class: class(id).unwrap_or_default(),
        id: data.ids.get(id).copied().unwrap_or(id),
    };
    data.test_idx.iter().map(image).collect()
}

/// The note that says what one row of the fits is.
fn rows_note(repeats: Repeats) -> String {
    let fitted = match repeats {
        Repeats::Average => "Alignment and decoders are fitted on averages over an image's repeats",
        Repeats::Single => {
            "Alignment and decoders are fitted on single trials, each with its image as target"
        }
        Repeats::AverageAfter => {
            "Alignment is fitted on single trials, and decoders on the averages over an image's aligned trials"
        }
    };
    format!("{fitted}; test rows are averages over repeats.")
}

/// Complains of a term that selects next to nothing of a layer, or most of it.
fn share_warning(row: &ShareRow) -> Option<String> {
    let (low, high) = SHARE_BOUNDS;
    let meaning = match row.share {
        share if share < low => "next to nothing of it counts",
        share if share > high => "the term hardly chooses",
        _ => return None,
    };
    let share = 100.0 * row.share;
    Some(format!(
        "{} selects {share:.2} % of {}: {meaning}",
        row.term, row.layer
    ))
}

fn subject_facts(subject: &Subject) -> SubjectFacts {
    let count = |roi: usize| in_region(&subject.voxels.roi, roi as u16).len();
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
        noise_ceiling: limits::known_median(std::slice::from_ref(subject)),
    }
}

fn shares(objective: &Objective) -> Result<Vec<ShareRow>> {
    let rows = objective.selected_shares()?;
    Ok(rows
        .into_iter()
        .map(|(term, layer, share)| ShareRow { term, layer, share })
        .collect())
}

/// Unweighted terms of the result and of what searches found, on the test set.
fn terms(session: &Session<'_>, made: &Made) -> Result<Vec<TermRow>> {
    let objective = made.objective.with_targets(made.data.test_images.clone())?;
    let all: Vec<usize> = (0..objective.n_targets()).collect();
    let mut rows = Vec::new();
    let has_terms = |images: &&Images| images.thorough || images.search.is_some();
    for images in made.conditions.iter().filter(has_terms) {
        let Some(latents) = &images.latents else {
            continue;
        };
        for (term, values) in
            objective
                .terms()
                .iter()
                .zip(objective.values(&session.ctx, latents, &all)?)
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

fn members(made: &Made) -> Result<Vec<MemberRow>> {
    let score = |member: usize, statistic: Statistic| {
        let of_member =
            |row: &&ScoreRow| row.condition == Condition::Member(member) && row.observer == "pixel";
        made.scored
            .scores
            .iter()
            .filter(of_member)
            .find(|row| row.statistic == statistic)
            .map_or(f64::NAN, |row| row.value)
    };
    let mut rows = Vec::new();
    for (member, prediction) in made.decoded.members.iter().enumerate() {
        let (Some(own), Some(combined)) = (&prediction.latents, &made.decoded.combined.latents)
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

fn curves(made: &Made) -> Vec<(String, Curve)> {
    let mut all = Vec::new();
    let mut add = |stage: &str, curves: &[Curve]| {
        all.extend(curves.iter().map(|curve| (stage.to_owned(), curve.clone())));
    };
    add("generator", &made.networks.generator.curves);
    if let Some(net) = &made.networks.features {
        add("features", &net.curves);
    }
    for net in &made.networks.observers {
        add(&format!("observer {}", net.name), &net.curves);
    }
    for (member, curves) in made.decoded.curves.iter().enumerate() {
        add(&format!("decoder member {member}"), curves);
    }
    if let Some(overfit) = &made.overfit {
        add("overfit", &overfit.curves);
    }
    all
}

fn warnings(made: &Made) -> Vec<(String, String)> {
    let mut all = made.data.warnings.clone();
    for (_, stage) in stages(made) {
        all.extend(stage.warnings.iter().cloned());
    }
    let of_scores = made.scored.warnings.iter();
    all.extend(of_scores.map(|warning| ("scores".to_owned(), warning.clone())));
    all
}

fn criteria(session: &Session<'_>, headline: &BTreeMap<String, f64>) -> Result<Vec<CriterionRow>> {
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
    session.plan.experiment.criteria.iter().map(check).collect()
}

#[cfg(test)]
mod tests {
    use lab_core::recording::Repeats;
    use lab_score::record::ShareRow;

    use super::{rows_note, share_warning};

    #[test]
    fn terms_that_select_too_little_or_too_much_are_told_apart() {
        let warning = |share| {
            share_warning(&ShareRow {
                term: "t".into(),
                layer: "conv1+".into(),
                share,
            })
        };
        assert_eq!(
            warning(0.0004).unwrap(),
            "t selects 0.04 % of conv1+: next to nothing of it counts"
        );
        assert_eq!(warning(0.001), None);
        assert_eq!(warning(0.5), None);
        assert_eq!(
            warning(0.6).unwrap(),
            "t selects 60.00 % of conv1+: the term hardly chooses"
        );
    }

    #[test]
    fn rows_are_what_the_experiment_makes_of_repeats() {
        assert!(rows_note(Repeats::Average).contains("averages over an image's repeats"));
        assert!(rows_note(Repeats::Single).contains("single trials, each with its image"));
    }
}
