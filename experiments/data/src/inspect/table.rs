//! What a `BData` table holds.

use std::collections::BTreeMap;

use lab_core::Result;

use super::Inspection;
use lab_datasets::StimulusId;
use lab_formats::bdata::BData;

/// Says what the columns and rows of a table are.
pub(super) fn describe(table: &BData, found: &mut Inspection) -> Result<()> {
    found.facts.push(format!(
        "{} samples of {} columns; keys: {}",
        table.n_samples,
        table.n_columns,
        table.keys().join(", ")
    ));
    let regions: Vec<String> = table
        .keys()
        .iter()
        .filter(|key| key.starts_with("ROI_") || *key == "VoxelData")
        .map(|key| format!("{key} {}", table.columns(key).len()))
        .collect();
    if !regions.is_empty() {
        found.facts.push(format!("columns: {}", regions.join(", ")));
    }
    let column = |key: &str| -> Result<Option<Vec<f64>>> {
        match table.columns(key).as_slice() {
            [column] => Ok(Some(table.read_columns(&[*column])?.remove(0))),
            _ => Ok(None),
        }
    };
    let Some(kinds) = column("DataType")? else {
        return Ok(());
    };
    found.known_as = Some("Generic Object Decoding, or a dataset in its form".into());
    let folder = found.path.parent().unwrap_or(&found.path).display();
    found.usage = Some(format!("god(root: \"{folder}\")"));
    let names = [(1, "training"), (2, "seen test"), (3, "imagery")];
    let ids = match column("stimulus_id")? {
        Some(ids) => Some(ids),
        None => column("Label")?,
    };
    for (kind, name) in names {
        let is_kind = |value: f64| value.round() as i64 == kind;
        let n = kinds.iter().filter(|&&value| is_kind(value)).count();
        let mut shown: BTreeMap<u64, usize> = BTreeMap::new();
        for (id, _) in ids
            .iter()
            .flatten()
            .zip(&kinds)
            .filter(|(_, value)| is_kind(**value))
        {
            *shown.entry(id.to_bits()).or_insert(0) += 1;
        }
        let repeats = match (shown.values().min(), shown.values().max()) {
            (Some(1), Some(1)) => format!(": {} stimuli, once each", shown.len()),
            (Some(least), Some(most)) if least == most => {
                format!(": {} stimuli, {least} times each", shown.len())
            }
            (Some(least), Some(most)) => {
                format!(": {} stimuli, {least} to {most} times each", shown.len())
            }
            _ => String::new(),
        };
        found.facts.push(format!("{n} {name} trials{repeats}"));
    }
    check_ids(ids.as_deref(), &kinds, found);
    Ok(())
}

fn check_ids(ids: Option<&[f64]>, kinds: &[f64], found: &mut Inspection) {
    let Some(ids) = ids else {
        found.warnings.push(
            "no single column stimulus_id or Label: the stimuli cannot be told by a key".into(),
        );
        return;
    };
    let of_kind = |kind: i64| {
        let pairs = ids.iter().zip(kinds);
        pairs
            .filter(move |(_, value)| value.round() as i64 == kind)
            .map(|(&id, _)| id)
    };
    if of_kind(1).any(|id| StimulusId::of(id).is_none_or(|id| id.image == 0)) {
        found.warnings.push(
            "training ids have no image number: they may have been kept in 32 bits, which cannot tell the images apart".into(),
        );
    }
    let train: std::collections::BTreeSet<Option<StimulusId>> =
        of_kind(1).map(StimulusId::of).collect();
    let both = of_kind(2)
        .map(StimulusId::of)
        .filter(|id| train.contains(id))
        .count();
    if both > 0 {
        found.warnings.push(format!(
            "{both} test trials show training images: scores would be too good"
        ));
    }
}
