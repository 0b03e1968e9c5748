//! Weights from a file, in place of training.
//!
//! | file | is read |
//! |---|---|
//! | one that a run wrote | by our names, with the names of its classes |
//! | any other | as five convolutions and three linear layers, by the rules of [`lab_formats::parameters`] |
//!
//! Such as the authors' own snapshots, whose links are called `conv1` … `fc8`.

use std::path::Path;

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::weights::{self, Weights};
use lab_formats::file_error;
use lab_formats::parameters::{Bias, Kind, Wanted, find};
use lab_formats::tensors::Tensors;

use crate::layout::{CLASSES, Layout, NAMES};
use crate::network::DENSE;

/// Classes of a network that was trained on `ImageNet`, where the file does not say.
const N_CLASSES: usize = 1000;

/// Reads the weights of a network; `classes` are the names of its classes, none for numbers.
///
/// # Errors
/// Fails if the file is damaged, or does not hold the weights of this network.
pub(crate) fn load(
    path: &Path,
    layout: &Layout,
    classes: &[String],
    device: &Device,
) -> Result<Weights> {
    let tensors = Tensors::open(path)?;
    let own = names();
    if tensors.has_all(own.iter().map(String::as_str)) {
        return read_own(&tensors, &own, classes, device);
    }
    let n_classes = n_classes(&tensors, layout);
    let wanted = wanted(layout, n_classes);
    let mut weights = Weights::new();
    for (layer, found) in wanted.iter().zip(find(&tensors, &wanted, &[])?) {
        let name = &layer.layer;
        let weight = Tensor::from_vec(found.weight, found.shape, device)?;
        if DENSE.contains(&name.as_str()) {
            let turned = weight.t()?.contiguous()?;
            weights.insert(format!("{name}.weight"), turned);
        } else {
            weights.insert(format!("{name}.kernel"), weight);
        }
        weights.insert(format!("{name}.bias"), Tensor::new(found.bias, device)?);
    }
    let numbers = || (0..n_classes).map(|class| class.to_string()).collect();
    let names = if classes.is_empty() {
        numbers()
    } else {
        classes.to_vec()
    };
    insert_classes(&tensors, &mut weights, &names, n_classes, device)?;
    Ok(weights)
}

/// Names of all weights, those of the classes among them.
fn names() -> Vec<String> {
    let kernels = NAMES.iter().filter(|name| !DENSE.contains(name));
    let parts = kernels
        .map(|name| (name, "kernel"))
        .chain(DENSE.iter().map(|name| (name, "weight")));
    let both = parts.flat_map(|(name, part)| [format!("{name}.{part}"), format!("{name}.bias")]);
    both.chain([CLASSES.to_owned()]).collect()
}

/// Weights of a run; their shapes are checked where they are used.
fn read_own(
    tensors: &Tensors,
    own: &[String],
    classes: &[String],
    device: &Device,
) -> Result<Weights> {
    let mut weights = Weights::new();
    for entry in own.iter().filter_map(|name| tensors.entry(name)) {
        let values = tensors.values(entry)?;
        let tensor = if entry.name == CLASSES {
            let bytes: Vec<u8> = values.iter().map(|&byte| byte as u8).collect();
            Tensor::new(bytes, device)?
        } else {
            Tensor::from_vec(values, entry.shape.clone(), device)?
        };
        weights.insert(entry.name.clone(), tensor);
    }
    if !classes.is_empty() {
        let n_classes = weights::to_names(&weights, CLASSES)?.len();
        insert_classes(tensors, &mut weights, classes, n_classes, device)?;
    }
    Ok(weights)
}

fn insert_classes(
    tensors: &Tensors,
    weights: &mut Weights,
    names: &[String],
    n_classes: usize,
    device: &Device,
) -> Result<()> {
    if names.len() != n_classes {
        return Err(file_error(
            tensors.path(),
            "",
            format!("weights of {} classes, as classes names them", names.len()),
            format!("{n_classes} classes"),
            "give classes as many names, or none",
        ));
    }
    weights.insert(CLASSES.into(), weights::from_names(names, device)?);
    Ok(())
}

/// Rows of the last matrix that can be the last layer's.
fn n_classes(tensors: &Tensors, layout: &Layout) -> usize {
    let last = tensors.entries().iter().rev().find_map(|entry| {
        let [n_out, n_in] = entry.shape[..] else {
            return None;
        };
        (n_in == layout.hidden).then_some(n_out)
    });
    last.unwrap_or(N_CLASSES)
}

fn wanted(layout: &Layout, n_classes: usize) -> Vec<Wanted> {
    let layer = |name: &str, shape: Vec<usize>| Wanted {
        layer: name.to_owned(),
        kind: Kind::Weighted,
        n_out: shape[0],
        shapes: vec![shape],
        bias: Bias::Required,
    };
    let convolutions = layout.convolutions.iter().zip(NAMES);
    let convolutions = convolutions
        .map(|(conv, name)| layer(name, vec![conv.c_out, conv.c_in, conv.kernel, conv.kernel]));
    let sizes = [layout.n_flat, layout.hidden, layout.hidden, n_classes];
    let dense = DENSE.iter().enumerate();
    let dense = dense.map(|(idx, name)| layer(name, vec![sizes[idx + 1], sizes[idx]]));
    convolutions.chain(dense).collect()
}
