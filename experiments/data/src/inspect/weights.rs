//! Weights of networks: safetensors and PyTorch's files.

use std::path::Path;

use lab_core::Result;

use super::{Inspection, VariableFacts};
use lab_formats::tensors::Tensors;

/// Says which tensors there are.
pub(super) fn describe(path: &Path, found: &mut Inspection) -> Result<()> {
    let tensors = Tensors::open(path)?;
    found.container = tensors.container().into();
    let mut n_numbers = 0;
    for entry in tensors.entries() {
        n_numbers += entry.shape.iter().product::<usize>();
        let facts = match tensors.numbers(entry) {
            Ok(values) => {
                let values: Vec<f64> = values.into_iter().map(f64::from).collect();
                VariableFacts {
                    codes: Vec::new(),
                    ..VariableFacts::of(&entry.name, &entry.kind, &entry.shape, &values)
                }
            }
            Err(error) => {
                found.fail(&error);
                VariableFacts {
                    shape: entry.shape.clone(),
                    ..VariableFacts::unread(&entry.name, &format!("{}, unreadable", entry.kind))
                }
            }
        };
        if facts.n_missing.is_some_and(|n| n > 0) {
            found.warnings.push(format!(
                "'{}' holds numbers that are not finite: the training diverged",
                entry.name
            ));
        }
        found.variables.push(facts);
    }
    let n_folded = tensors.folded().count();
    if n_folded > 0 {
        found.facts.push(format!(
            "{n_folded} weights are saved in parts, with a spectral or weight norm; they are put together as PyTorch does."
        ));
    }
    let n = tensors.entries().len();
    found.facts.push(format!(
        "{n} tensors, {n_numbers} numbers; nothing in the file was run."
    ));
    found.known_as = Some("weights of a network".into());
    found.usage = Some(usage(path));
    Ok(())
}

/// How weights are named in an experiment.
pub(super) fn usage(path: &Path) -> String {
    format!(
        "weights: \"{}\", of a generator or a feature network",
        path.display()
    )
}
