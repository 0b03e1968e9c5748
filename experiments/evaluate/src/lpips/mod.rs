//! LPIPS: how far a reconstruction is from its original in the terms of a network whose layers were weighed by what people say.
//!
//! ```text
//! LPIPS(x, y) = Σ_l mean_{h,w} Σ_c w_lc·(x̂_lhwc − ŷ_lhwc)²,     x̂ = x/√(ε + Σ_c x_c²),     ε = 1e-8
//! ```
//! x and y at a layer l are the activations behind a `ReLU` of an `AlexNet`, five in all, and w the weights of its head, none below zero.
//! The distance is 0 for equal pictures, and lower is better.
//!
//! Grey pictures stand in all three colours. Pictures with a side of fewer than 31 pixels, which the network cannot take, are enlarged
//! to 64 × 64 first; all others are taken as they are.
//!
//! # Source
//! Zhang, Isola, Efros, Shechtman & Wang (2018), The Unreasonable Effectiveness of Deep Features as a Perceptual Metric, equation 1,
//! arXiv:1801.03924; version 0.1 with the net "alex". ε stands under the root, as in torchmetrics 1.9.0, whose figures these are; the
//! authors' package adds 1e-10 to the root, which differs where a pixel's activations are all next to zero.

mod enlarge;
mod network;
#[cfg(test)]
mod tests;
mod weights;

use std::collections::BTreeMap;
use std::path::Path;

use lab_core::Result;
use lab_core::context::Context;
use lab_score::record::Condition;
use lab_score::{Distances, Rows};

use crate::read::Read;
use crate::request::{LpipsFiles, Request};
use enlarge::enlarged;
use network::{Activations, Network, SMALLEST};

/// Name under which the distances are kept: LPIPS with `AlexNet`.
pub(crate) const OBSERVER: &str = "lpips.alex";
/// Side in pixels to which smaller pictures are enlarged, as torchmetrics' option `resize` does.
const ENLARGED: usize = 64;
/// Pictures that pass through the network together.
const CHUNK: usize = 16;

/// The network and its heads.
struct Lpips {
    network: Network,
    /// Weights of each layer's channels.
    heads: Vec<Vec<f32>>,
}

/// Distances of the reconstructions and of every baseline from the originals; nothing if no weights are given.
///
/// # Errors
/// [`lab_core::Error::File`] if a file is damaged, or does not hold the weights.
pub(crate) fn distances(
    request: &Request,
    read: &Read,
    baselines: Option<&BTreeMap<Condition, Rows>>,
    ctx: &Context,
) -> Result<Vec<Distances>> {
    let Some(files) = &request.lpips else {
        return Ok(Vec::new());
    };
    let lpips = Lpips::read(&files.backbone, &files.heads, ctx)?;
    let given = (&Condition::Given, &read.reconstructions);
    let all: Vec<(&Condition, &Rows)> = [given]
        .into_iter()
        .chain(baselines.into_iter().flatten())
        .collect();
    let images: Vec<&Rows> = all.iter().map(|(_, rows)| *rows).collect();
    let values = lpips.of_pairs(&read.originals, &images, (read.size, read.size))?;
    let pairs = all.into_iter().zip(values);
    Ok(pairs
        .map(|((condition, _), values)| Distances {
            condition: condition.clone(),
            observer: OBSERVER.into(),
            how: how(read.size),
            values,
        })
        .collect())
}

/// What a reader must know of the size at which pictures were compared.
fn how(size: usize) -> String {
    if size < SMALLEST {
        format!("enlarged bilinearly from {size} × {size} to {ENLARGED} × {ENLARGED} pixels")
    } else {
        format!("at {size} × {size} pixels")
    }
}

/// What was computed, with which weights, in a sentence; or that it was left out.
pub(crate) fn note(files: Option<&LpipsFiles>, size: usize) -> String {
    let Some(LpipsFiles { backbone, heads }) = files else {
        return "No weights for LPIPS were given (--lpips BACKBONE HEADS): the learned perceptual distance is left out.".into();
    };
    format!(
        "LPIPS (version 0.1, net alex; lower is better) was computed with the AlexNet of '{}' and the heads of '{}', whose hashes stand \
         below: what these were trained on is not known here. Pictures were grey, repeated to three channels, {}.",
        backbone.display(),
        heads.display(),
        how(size)
    )
}

impl Lpips {
    fn read(backbone: &Path, heads: &Path, ctx: &Context) -> Result<Self> {
        Ok(Self {
            network: Network::new(weights::backbone(backbone)?, ctx.device())?,
            heads: weights::heads(heads)?,
        })
    }

    /// For each set of pictures, the distance of each from the original in the same row.
    ///
    /// # Shapes
    /// | name | shape | unit |
    /// |---|---|---|
    /// | `originals`, each of `sets` | `[n_images, height · width]` | grey in `[−1, 1]` |
    /// | result | `[n_sets, n_images]` | a distance, at least 0 |
    ///
    /// # Determinism
    /// Pictures pass in chunks of one size, and sums are taken in one order.
    fn of_pairs(
        &self,
        originals: &Rows,
        sets: &[&Rows],
        size: (usize, usize),
    ) -> Result<Vec<Vec<f64>>> {
        let mut all = vec![Vec::with_capacity(originals.n_rows()); sets.len()];
        for start in (0..originals.n_rows()).step_by(CHUNK) {
            let own = self.look(originals, start, size)?;
            for (set, distances) in sets.iter().zip(&mut all) {
                distances.extend(self.between(&own, &self.look(set, start, size)?));
            }
        }
        Ok(all)
    }

    /// The activations of one chunk of pictures, a set of layers for each.
    fn look(&self, rows: &Rows, start: usize, size: (usize, usize)) -> Result<Activations> {
        let end = (start + CHUNK).min(rows.n_rows());
        let pixels = &rows.values[start * rows.n_columns..end * rows.n_columns];
        if size.0.min(size.1) >= SMALLEST {
            return self.network.activations(pixels, size);
        }
        let pictures = pixels.chunks(rows.n_columns.max(1));
        let large: Vec<f32> = pictures
            .flat_map(|picture| enlarged(picture, size, (ENLARGED, ENLARGED)))
            .collect();
        self.network.activations(&large, (ENLARGED, ENLARGED))
    }

    /// The sum over layers of the weighted distances.
    fn between(&self, one: &Activations, other: &Activations) -> Vec<f64> {
        let mut sums = vec![0.0; one.n_images];
        for ((x, y), head) in one.layers.iter().zip(&other.layers).zip(&self.heads) {
            for (image, sum) in sums.iter_mut().enumerate() {
                *sum += distance(x.of_image(image), y.of_image(image), x.n_pixels, head);
            }
        }
        sums
    }
}

/// The mean over pixels of a layer's weighted squared differences; both sides have unit length over channels.
fn distance(x: &[f32], y: &[f32], n_pixels: usize, head: &[f32]) -> f64 {
    let mut sum = 0.0;
    for ((x, y), &weight) in x.chunks(n_pixels).zip(y.chunks(n_pixels)).zip(head) {
        let squares = x.iter().zip(y).map(|(x, y)| f64::from(x - y).powi(2));
        sum += f64::from(weight) * squares.sum::<f64>();
    }
    sum / n_pixels as f64
}
