//! The two files that LPIPS stands on, read by the names that PyTorch gave their tensors.
//!
//! | file | tensors | shape |
//! |---|---|---|
//! | backbone: torchvision's `AlexNet` | `features.N.weight`, `features.N.bias` for N = 0, 3, 6, 8, 10 | `[n_out, n_in, k, k]`, `[n_out]` |
//! | heads: of lpips or torchmetrics | `linL.model.1.weight` for L = 0 … 4 (`linL.model.0.weight` without dropout) | `[1, n_channels, 1, 1]` |
//!
//! Words before a name, such as `module.` or `state_dict.`, are passed over where one tensor alone ends with it. Other tensors, such as
//! those of a classifier, are left aside. The container is any of [`lab_formats::tensors`].

use std::path::Path;

use lab_core::Result;
use lab_formats::file_error;
use lab_formats::tensors::{Entry, Tensors};

use super::network::{LAYERS, Weights};

/// Names that an error lists of a file at most.
const MOST_NAMES: usize = 8;
/// A tensor that tells a file of heads.
const OF_HEADS: &str = "lin0.model.";
/// A tensor that tells a backbone.
const OF_BACKBONE: &str = "features.0.weight";

/// Which of the two files is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Backbone,
    Heads,
}

/// Weights of the convolutions, in the order of [`LAYERS`].
///
/// # Errors
/// [`lab_core::Error::File`] if the file is none of tensors, or one of them is missing, of another shape or not finite.
pub(super) fn backbone(path: &Path) -> Result<Vec<Weights>> {
    let tensors = Tensors::open(path)?;
    let weights = LAYERS.iter().map(|layer| {
        let named = |part: &str| vec![format!("features.{}.{part}", layer.number)];
        let read = |part, shape: &[usize]| read(&tensors, Part::Backbone, &named(part), shape);
        Ok(Weights {
            kernel: read("weight", &layer.shape)?,
            bias: read("bias", &layer.shape[..1])?,
        })
    });
    weights.collect()
}

/// Weights of each layer's channels, none below zero.
///
/// # Errors
/// As [`backbone`], and if a weight is below zero.
pub(super) fn heads(path: &Path) -> Result<Vec<Vec<f32>>> {
    let tensors = Tensors::open(path)?;
    let heads = LAYERS.iter().enumerate().map(|(place, layer)| {
        let names = [1, 0].map(|module| format!("lin{place}.model.{module}.weight"));
        let head = read(&tensors, Part::Heads, &names, &[1, layer.shape[0], 1, 1])?;
        match head.iter().find(|weight| **weight < 0.0) {
            None => Ok(head),
            Some(weight) => {
                let expected = "weights of at least 0, as those of LPIPS are";
                let remedy = "use the heads of version 0.1 for the net alex";
                let got = weight.to_string();
                Err(file_error(path, &names[0], expected, got, remedy))
            }
        }
    });
    heads.collect()
}

/// The numbers of the first of these tensors that is there.
fn read(tensors: &Tensors, part: Part, names: &[String], shape: &[usize]) -> Result<Vec<f32>> {
    let fail = |expected: String, got: String| {
        let remedy = remedy(tensors, part);
        file_error(tensors.path(), &names[0], expected, got, remedy)
    };
    let Some(entry) = names.iter().find_map(|name| find(tensors, name)) else {
        let expected = format!("a tensor of this name, {shape:?}");
        return Err(fail(expected, listed(tensors)));
    };
    if entry.shape != shape {
        return Err(fail(format!("{shape:?}"), format!("{:?}", entry.shape)));
    }
    tensors.values(entry)
}

/// The tensor of this name, or the only one whose name ends with it.
fn find<'a>(tensors: &'a Tensors, name: &str) -> Option<&'a Entry> {
    if let Some(entry) = tensors.entry(name) {
        return Some(entry);
    }
    let ends = |entry: &&Entry| {
        let before = entry.name.strip_suffix(name);
        before.is_some_and(|before| before.ends_with('.'))
    };
    let mut found = tensors.entries().iter().filter(ends);
    found.next().filter(|_| found.next().is_none())
}

/// What the file holds, in short.
fn listed(tensors: &Tensors) -> String {
    let entries = tensors.entries();
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    match names.len() {
        0 => "a file without tensors".into(),
        _ => lab_core::listed(&names, MOST_NAMES),
    }
}

fn remedy(tensors: &Tensors, part: Part) -> String {
    let has = |name: &str| {
        let mut entries = tensors.entries().iter();
        entries.any(|entry| entry.name.contains(name))
    };
    let swapped = match part {
        Part::Backbone => has(OF_HEADS),
        Part::Heads => has(OF_BACKBONE),
    };
    if swapped {
        return "the backbone comes first and the heads second: --lpips BACKBONE HEADS".into();
    }
    match part {
        Part::Backbone => {
            "give torchvision's AlexNet (alexnet-owt-*.pth, or its state_dict as .safetensors): --lpips BACKBONE HEADS"
        }
        Part::Heads => {
            "give the heads of LPIPS 0.1 for the net alex (alex.pth of lpips or torchmetrics, or the same as .safetensors): \
             --lpips BACKBONE HEADS"
        }
    }
    .into()
}
