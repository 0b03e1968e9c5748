//! The record of an evaluation, and its pictures.

use std::collections::BTreeMap;
use std::path::Path;

use lab_core::config::Scores;
use lab_core::recording::Labels;
use lab_score::information::{ranks, rings};
use lab_score::record::{Condition, DataFacts, Gallery, ImageFacts, Pictures, Provenance, Record};
use lab_score::{Rows, Scored};

use crate::Result;
use crate::classes::Classes;
use crate::read::Read;
use crate::request::Request;

/// Digits of the hash that names an evaluation.
const SHORT: usize = 12;

pub(crate) fn record(
    request: &Request,
    read: Read,
    classes: Option<&Classes>,
    scored: Scored,
    baselines: Option<&BTreeMap<Condition, Rows>>,
) -> Result<Record> {
    let given = [
        (&Condition::Originals, &read.originals),
        (&Condition::Given, &read.reconstructions),
    ];
    let all = given.into_iter().chain(baselines.into_iter().flatten());
    let ranks = ranks(all.map(|(condition, images)| (condition.clone(), images)))?;
    let (rings, centre_less_edge) = rings(
        (&read.originals, &read.reconstructions),
        (read.size, read.size),
        request.scores.confidence,
        request.seed,
    );
    let hashes = hashes(request, &read);
    let stage = |text: String| ("scores".to_owned(), text);
    Ok(Record {
        name: request.title.clone(),
        description: String::new(),
        toy: None,
        provenance: provenance(request, hashes),
        data: facts(request, &read, classes),
        alignment: Vec::new(),
        scores: scored.scores,
        decisions: scored.decisions,
        image_scores: scored.image_scores,
        confusions: scored.confusions,
        differences: scored.differences,
        headline_tests: scored.headline_tests,
        guards: scored.guards,
        corpora: Vec::new(),
        distances: scored.distances,
        distance_trends: scored.distance_trends,
        shares: Vec::new(),
        terms: Vec::new(),
        searches: Vec::new(),
        noise_ceilings: Vec::new(),
        members: Vec::new(),
        spread: Vec::new(),
        tuned: None,
        decoder_ceiling: None,
        information: None,
        ranks,
        patterns: Vec::new(),
        region_differences: scored.region_differences,
        part_differences: scored.part_differences,
        rings,
        centre_less_edge,
        prevalence: None,
        curves: Vec::new(),
        warnings: scored.warnings.into_iter().map(stage).collect(),
        unproven: Vec::new(),
        criteria: Vec::new(),
        headline: scored.headline,
    })
}

/// What is known about the pictures; nothing is known about subjects.
fn facts(request: &Request, read: &Read, classes: Option<&Classes>) -> DataFacts {
    let class = |image: usize| {
        let classes = classes?;
        let class = *classes.of.get(image)?;
        (class != Labels::NONE).then(|| classes.names.get(class as usize).cloned())?
    };
    let image = |id: usize| ImageFacts {
        name: read.names.get(id).cloned().unwrap_or_default(),
        class: class(id).unwrap_or_default(),
        id,
    };
    DataFacts {
        dataset: request.originals.display().to_string(),
        simulated: None,
        n_train: read.train.as_ref().map_or(0, Rows::n_rows),
        n_train_pictures: None,
        n_test: read.pairing.len(),
        height: read.size,
        width: read.size,
        field_of_view_deg: None,
        classes: classes
            .map(|classes| classes.names.clone())
            .unwrap_or_default(),
        test_images: (0..read.pairing.len()).map(image).collect(),
        subjects: Vec::new(),
        n_features: 0,
        n_latents: None,
        notes: read.notes.clone(),
    }
}

fn provenance(request: &Request, hashes: Vec<(String, String)>) -> Provenance {
    let resolved = resolved(request);
    let mut hasher = blake3::Hasher::new();
    hasher.update(resolved.as_bytes());
    for (what, hash) in &hashes {
        hasher.update(what.as_bytes()).update(hash.as_bytes());
    }
    Provenance {
        seed: request.seed,
        command: request.command.clone(),
        run_hash: hasher.finalize().to_hex()[..SHORT].to_owned(),
        versions: vec![("lab".into(), request.version.clone())],
        hashes,
        resolved,
        plugins: Vec::new(),
    }
}

/// Everything that the figures depend on beside the files, as text.
fn resolved(request: &Request) -> String {
    let Scores {
        n_foils,
        n_permutations,
        n_bootstrap,
        confidence,
        ..
    } = &request.scores;
    let size = request
        .size
        .map_or("as stored, at most 128".to_owned(), |size| size.to_string());
    let pair_by = request
        .pair_by
        .map_or("names, or the order of rows".to_owned(), |by| {
            format!("{by:?}").to_lowercase()
        });
    format!(
        "size: {size}\npairing by: {pair_by}\nfoils an image: {n_foils}\npermutations: {n_permutations}\nbootstrap draws: \
         {n_bootstrap}\nconfidence: {confidence}\nseed: {}",
        request.seed
    )
}

/// BLAKE3 of the pixels as they were compared, and of the files that were read whole.
fn hashes(request: &Request, read: &Read) -> Vec<(String, String)> {
    let of_rows = |rows: &Rows| {
        let mut hasher = blake3::Hasher::new();
        for value in &rows.values {
            hasher.update(&value.to_le_bytes());
        }
        hasher.finalize().to_hex().to_string()
    };
    let mut all = vec![
        ("originals, pixels".to_owned(), of_rows(&read.originals)),
        (
            "reconstructions, pixels".to_owned(),
            of_rows(&read.reconstructions),
        ),
    ];
    all.extend(
        read.train
            .as_ref()
            .map(|train| ("training images, pixels".to_owned(), of_rows(train))),
    );
    // Files of weights are large, and read in parts.
    let of_file = |path: &Path| {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(std::fs::File::open(path).ok()?).ok()?;
        let hash = hasher.finalize().to_hex().to_string();
        Some((path.display().to_string(), hash))
    };
    let weights = request.lpips.iter();
    let weights = weights.flat_map(|files| [&files.backbone, &files.heads]);
    let files = request
        .classes
        .iter()
        .chain(&request.features)
        .chain(weights);
    all.extend(files.filter_map(|path| of_file(path)));
    all
}

/// Originals, reconstructions and baselines, under the names of their conditions.
pub(crate) fn pictures(read: &Read, baselines: Option<&BTreeMap<Condition, Rows>>) -> Pictures {
    let gallery = |rows: &Rows| Gallery {
        height: read.size,
        width: read.size,
        pixels: rows.values.clone(),
    };
    let mut galleries = BTreeMap::from([
        ("originals".to_owned(), gallery(&read.originals)),
        (Condition::Given.name(), gallery(&read.reconstructions)),
    ]);
    for (condition, rows) in baselines.into_iter().flatten() {
        galleries.insert(condition.name(), gallery(rows));
    }
    Pictures { galleries }
}
