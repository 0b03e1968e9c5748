//! Text: tables, experiments, and what stands beside packed images.

use std::path::Path;

use lab_core::config::{Experiment, Source};
use lab_core::{Error, Result};

use super::{Inspection, VariableFacts};
use lab_datasets::Sidecar;
use lab_formats::columns::{Column, Columns};
use lab_formats::{file_error, regular};

/// Lines of unequal length that are named.
const SHOWN: usize = 5;
/// Endings of tables.
const TABLES: [&str; 3] = ["csv", "tsv", "txt"];

/// Says what a text is.
pub(super) fn describe(path: &Path, found: &mut Inspection) -> Result<()> {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    let ending = ending.unwrap_or_default();
    if ending == "ron" {
        return ron(path, found);
    }
    if !TABLES.contains(&ending.as_str()) {
        let expected = "a file that lab reads: a table (.csv, .tsv), an experiment (.ron), MATLAB 5 or 7.3, HDF5, NumPy, Parquet, weights, volumes or pictures";
        let remedy = "name another file, or give a table the ending .csv";
        return Err(file_error(path, "", expected, "other text", remedy));
    }
    table(path, found)
}

fn table(path: &Path, found: &mut Inspection) -> Result<()> {
    let table = Columns::read(path)?;
    let separated = match table.separator {
        '\t' => "tabs",
        ';' => "semicolons",
        _ => "commas",
    };
    found.container = format!("table of text, separated by {separated}");
    let n_numbers = table
        .columns
        .iter()
        .filter(|column| column.n_text == 0)
        .count();
    if table.has_header {
        found.variables = table
            .columns
            .iter()
            .map(|column| facts(column, table.n_rows))
            .collect();
    } else if n_numbers == table.columns.len() {
        // Without a header it is a matrix.
        let values: Vec<f64> = table
            .columns
            .iter()
            .flat_map(|column| column.numbers.iter().copied())
            .collect();
        let shape = [table.n_rows, table.columns.len()];
        found
            .variables
            .push(VariableFacts::of("", "matrix of numbers", &shape, &values));
    }
    found.facts.push(format!(
        "{} rows of {} columns",
        table.n_rows,
        table.columns.len()
    ));
    recognise(path, &table, found);
    if !table.uneven.is_empty() {
        found.failures.push(format!(
            "{} lines have more or fewer cells than the first line's {}: line {}",
            table.uneven.len(),
            table.columns.len(),
            lab_core::listed(&table.uneven, SHOWN)
        ));
    }
    Ok(())
}

/// Says what a table is to a dataset of arrays.
fn recognise(path: &Path, table: &Columns, found: &mut Inspection) {
    let name = path.display();
    let has = |wanted: &str| {
        table
            .columns
            .iter()
            .any(|column| column.name.to_lowercase() == wanted)
    };
    if !table.has_header {
        found.usage = Some(format!("arrays(responses: [\"{name}\"], …)"));
    } else if has("subject") && (has("image") || has("image_idx")) {
        found.known_as = Some("a table of trials".into());
        found.usage = Some(format!("arrays(trials: \"{name}\", …)"));
    } else if has("voxel") || has("roi") {
        found.known_as = Some("a table of voxels".into());
        found.usage = Some(format!("arrays(rois: \"{name}\", …)"));
    }
}

fn facts(column: &Column, n_rows: usize) -> VariableFacts {
    if column.n_text == 0 {
        return VariableFacts::of(&column.name, "numbers", &[n_rows], &column.numbers);
    }
    let kind = if column.n_text + column.n_missing == n_rows {
        "text"
    } else {
        "text and numbers"
    };
    VariableFacts {
        shape: vec![n_rows],
        n_missing: Some(column.n_missing),
        words: column.words.clone(),
        ..VariableFacts::unread(&column.name, kind)
    }
}

fn ron(path: &Path, found: &mut Inspection) -> Result<()> {
    if let Ok(sidecar) = Sidecar::read(path) {
        found.container = "RON: what stands beside packed images".into();
        found.known_as = Some(format!(
            "{} packed images of {} × {}: {}",
            sidecar.n_images, sidecar.size, sidecar.size, sidecar.name
        ));
        let images = path.with_extension("npy");
        found.usage = Some(format!("packed(path: \"{}\")", images.display()));
        found.facts.push(format!("packed from {}", sidecar.source));
        return Ok(());
    }
    let source = Source::new(path.to_string_lossy(), regular::text(path)?);
    let experiment = Experiment::parse(&source).map_err(|error| match error {
        Error::Config { .. } => error,
        other => file_error(
            path,
            "",
            "an experiment",
            other.to_string(),
            "correct the file",
        ),
    })?;
    found.container = "RON: an experiment".into();
    found.known_as = Some(format!("the experiment '{}'", experiment.name));
    found.usage = Some(format!("lab run {}", path.display()));
    let names: Vec<&str> = experiment
        .align
        .iter()
        .map(lab_core::config::PluginRef::name)
        .collect();
    found.facts.push(format!(
        "dataset {}, alignment {}, generator {}, decoder {}, seed {}",
        experiment.dataset.name(),
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        },
        experiment.generator.name(),
        experiment.decoder.name(),
        experiment.seed
    ));
    Ok(())
}
