//! The decisions as a Psych-DS dataset.
//!
//! Source: Psych-DS, "Rules and Conventions" (psychds-docs, `docs/reference/rules_and_conventions.md`), schema 1.0: a
//! `dataset_description.json` with `@context`, `@type`, `name`, `description` and `variableMeasured`, and files
//! `data/[key-value_]…data.csv` whose columns are all among the variables.

use std::collections::BTreeMap;

use serde_json::json;

use super::dictionary::VARIABLES;
use crate::csv::Table;
use crate::folder::Study;

/// Files of the dataset by their names.
pub(super) fn files(study: &Study, decisions: &Table) -> BTreeMap<String, String> {
    let settings = &study.about.settings;
    let variables: Vec<_> = VARIABLES
        .iter()
        .map(|(name, description, _, values)| json!({ "@type": "PropertyValue", "name": name, "description": format!("{description} ({values})") }))
        .collect();
    let description = json!({
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": settings.title,
        "description": format!("Two-alternative forced choices between reconstructions of images from brain activity. Study {}.", study.id),
        "schemaVersion": "Psych-DS 1.0.0",
        "keywords": ["image reconstruction", "two-alternative forced choice"],
        "variableMeasured": variables,
    });
    let readme = format!(
        "# {}\n\nOne decision a row; the variables are described in `dataset_description.json`.\n",
        settings.title
    );
    BTreeMap::from([
        (
            "dataset_description.json".to_owned(),
            format!("{description:#}\n"),
        ),
        (
            format!("data/study-{}_data.csv", study.id),
            decisions.text(),
        ),
        ("README.md".to_owned(), readme),
        (
            "CHANGES.md".to_owned(),
            "# Changes\n\nFirst export.\n".to_owned(),
        ),
    ])
}
