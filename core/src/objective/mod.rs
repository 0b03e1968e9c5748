//! The objective that a decoder is trained on: generator, feature network and weighted loss terms.
//!
//! ```text
//! L(z, x) = Σ_t λ_t · ℓ_t(x, G(z))                    one value per image
//! ```
//! Source: Seeliger et al. (2018), equations 2–5, doi:10.1016/j.neuroimage.2018.07.043.

mod gradient;
mod local;

use std::sync::Arc;

use candle_core::Tensor;

use crate::context::Context;
use crate::dims::ValueRange;
use crate::traits::{Features, FittedFeatureNet, FittedGenerator, LatentSpace, LossTerm};
use crate::weights::{FINITE, n_not_finite};
use crate::{Error, Result};
pub use gradient::Slope;
use local::LocalTerms;

/// Target images whose activations are computed at a time.
const CHUNK: usize = 64;

/// A loss term and its weight λ.
pub struct WeightedTerm {
    /// Name for tables, such as "pixel".
    pub name: String,
    /// λ, unitless.
    pub weight: f64,
    /// The loss term itself.
    pub term: Box<dyn LossTerm>,
}

/// A loss term by its name and weight λ.
#[derive(Debug, Clone, PartialEq)]
pub struct TermWeight {
    /// Name for tables, such as "pixel".
    pub name: String,
    /// λ, unitless.
    pub weight: f64,
}

/// Computes the terms of an objective on its targets: here, or in the program that lends the objective to a library.
pub trait TermValues: Send + Sync {
    /// As [`Objective::values`].
    ///
    /// # Errors
    /// Fails if shapes do not fit.
    fn values(&self, ctx: &Context, z: &Tensor, target_idx: &[usize]) -> Result<Vec<Tensor>>;

    /// The same terms on other targets.
    ///
    /// # Errors
    /// Fails if the targets' shape is not the generator's, or the terms are bound to the targets that they have.
    fn with_targets(&self, targets: &Tensor) -> Result<Arc<dyn TermValues>>;

    /// The frozen feature network, if there is one at hand.
    fn features(&self) -> Option<&dyn FittedFeatureNet>;

    /// As [`Objective::layers`].
    fn layers(&self) -> &[String];

    /// As [`Objective::selected_shares`].
    ///
    /// # Errors
    /// Fails if a declared layer is missing.
    fn selected_shares(&self) -> Result<Vec<(String, String, f64)>>;
}

/// Everything between a latent and its loss. Targets and their activations are computed once.
#[derive(Clone)]
pub struct Objective {
    generator: Arc<dyn FittedGenerator>,
    terms: Arc<[TermWeight]>,
    targets: Tensor,
    values: Arc<dyn TermValues>,
}

impl Objective {
    /// Binds the parts to target images `[n_targets, channels, height, width]` in `[−1, 1]`.
    ///
    /// # Errors
    /// Fails if a term needs layers and there is no feature network, a layer is unknown, or the targets' shape is not the
    /// generator's.
    pub fn new(
        generator: Arc<dyn FittedGenerator>,
        features: Option<Arc<dyn FittedFeatureNet>>,
        terms: Arc<Vec<WeightedTerm>>,
        targets: Tensor,
    ) -> Result<Self> {
        let weights = terms.iter().map(|term| TermWeight {
            name: term.name.clone(),
            weight: term.weight,
        });
        let weights = weights.collect();
        let values = LocalTerms::new(generator.clone(), features, terms, targets.clone())?;
        Ok(Self::of(generator, weights, targets, Arc::new(values)))
    }

    /// An objective whose terms are computed by `values`, on these targets and in this order.
    pub fn of(
        generator: Arc<dyn FittedGenerator>,
        terms: Vec<TermWeight>,
        targets: Tensor,
        values: Arc<dyn TermValues>,
    ) -> Self {
        Self {
            generator,
            terms: terms.into(),
            targets,
            values,
        }
    }

    /// The same generator, network and terms on other targets.
    ///
    /// # Errors
    /// As [`TermValues::with_targets`].
    pub fn with_targets(&self, targets: Tensor) -> Result<Self> {
        let values = self.values.with_targets(&targets)?;
        Ok(Self {
            targets,
            values,
            ..self.clone()
        })
    }

    /// The generator, whose weights no longer change.
    pub fn generator(&self) -> &dyn FittedGenerator {
        self.generator.as_ref()
    }

    /// The frozen feature network, if there is one at hand: an objective that is lent to a library keeps its own.
    pub fn features(&self) -> Option<&dyn FittedFeatureNet> {
        self.values.features()
    }

    /// The layers that the terms need of the feature network at hand, from input to output.
    pub fn layers(&self) -> &[String] {
        self.values.layers()
    }

    /// The targets, `[n_targets, channels, height, width]` in `[−1, 1]`.
    pub fn targets(&self) -> &Tensor {
        &self.targets
    }

    /// The space of the latents.
    pub fn latent_space(&self) -> LatentSpace {
        self.generator.latent_space()
    }

    /// Number of targets.
    pub fn n_targets(&self) -> usize {
        self.targets.dims()[0]
    }

    /// The loss terms, by name and weight.
    pub fn terms(&self) -> &[TermWeight] {
        &self.terms
    }

    /// The loss of each latent against its target: `z` is `[batch, n_latents]` on the constraint, `target_idx` is
    /// `[batch]`; returns `[batch]`, differentiable with respect to `z`.
    ///
    /// # Errors
    /// [`Error::Data`] that names the term whose weighted value is NaN or infinite; fails if shapes do not fit.
    pub fn loss(&self, ctx: &Context, z: &Tensor, target_idx: &[usize]) -> Result<Tensor> {
        let mut total: Option<Tensor> = None;
        let mut parts = Vec::new();
        for (term, value) in self.terms.iter().zip(self.values(ctx, z, target_idx)?) {
            let weighted = value.affine(term.weight, 0.0)?;
            total = Some(match total {
                None => weighted.clone(),
                Some(sum) => (sum + &weighted)?,
            });
            parts.push(weighted);
        }
        if let Some(total) = &total {
            check_finite(&self.terms, &parts, total)?;
        }
        total.ok_or_else(|| Error::Data {
            what: "losses".into(),
            expected: "at least one loss term".into(),
            got: "none".into(),
            remedy: "add one, such as (10.0, pixel())".into(),
        })
    }

    /// The unweighted value of each term, `[batch]` each, in the order of [`Objective::terms`].
    ///
    /// # Errors
    /// Fails if shapes do not fit.
    pub fn values(&self, ctx: &Context, z: &Tensor, target_idx: &[usize]) -> Result<Vec<Tensor>> {
        self.values.values(ctx, z, target_idx)
    }

    /// The share of elements that each term selects in each layer of the targets: `(term, layer, share)`.
    ///
    /// # Errors
    /// Fails if a declared layer is missing.
    pub fn selected_shares(&self) -> Result<Vec<(String, String, f64)>> {
        self.values.selected_shares()
    }
}

/// Refuses a sum of weighted terms that is NaN or infinite, and names the first term that is.
fn check_finite(terms: &[TermWeight], parts: &[Tensor], total: &Tensor) -> Result<()> {
    let n = n_not_finite(total)?;
    if n == 0 {
        return Ok(());
    }
    let mut what = "sum of losses".to_owned();
    for (term, part) in terms.iter().zip(parts) {
        if n_not_finite(part)? > 0 {
            what = format!("loss '{}' of weight {}", term.name, term.weight);
            break;
        }
    }
    Err(Error::Data {
        what,
        expected: FINITE.into(),
        got: format!("{n} of {} that are NaN or infinite", total.elem_count()),
        remedy: "lower the learning rate, or the weights of losses".into(),
    })
}

/// Activations of images in `[−1, 1]`, mapped into the network's own range.
///
/// # Errors
/// As [`FittedFeatureNet::activations`].
pub fn activations(
    net: &dyn FittedFeatureNet,
    images: &Tensor,
    layers: &[String],
) -> Result<Features> {
    net.activations(
        &ValueRange::SIGNED.map_to(net.value_range(), images)?,
        layers,
    )
}

/// As [`activations`], in chunks and cut off from the graph: for targets and scores.
///
/// # Errors
/// As [`FittedFeatureNet::activations`].
pub fn cached_activations(
    net: &dyn FittedFeatureNet,
    images: &Tensor,
    layers: &[String],
) -> Result<Features> {
    let n_images = images.dim(0)?;
    let mut parts: std::collections::BTreeMap<String, Vec<Tensor>> =
        std::collections::BTreeMap::new();
    for start in (0..n_images).step_by(CHUNK) {
        let chunk = images
            .narrow(0, start, CHUNK.min(n_images - start))?
            .detach();
        for (layer, values) in activations(net, &chunk, layers)? {
            parts.entry(layer).or_default().push(values.detach());
        }
    }
    parts
        .into_iter()
        .map(|(layer, values)| Ok((layer, Tensor::cat(&values, 0)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn a_weight_beyond_all_numbers_is_named() -> Result<()> {
        let term = |name: &str| TermWeight {
            name: name.into(),
            weight: 1e38,
        };
        let terms = [term("pixel"), term("feature")];
        let part = |values: [f32; 3]| Tensor::new(&values, &Device::Cpu)?.affine(1e38, 0.0);
        let refused = |parts: &[Tensor]| -> Result<String> {
            let total = (&parts[0] + &parts[1])?;
            let error = check_finite(&terms, parts, &total).err();
            Ok(error.map(|error| error.to_string()).unwrap_or_default())
        };
        let fine = part([1.0, 0.0, 2.0])?;
        assert_eq!(refused(&[fine.clone(), part([1.0, 1.0, 1.0])?])?, "");
        let error = refused(&[fine.clone(), part([1.0, 10.0, f32::NAN])?])?;
        assert!(
            error.contains("loss 'feature' of weight") && error.contains("2 of 3"),
            "{error}"
        );
        // Each is a number, and their sum is none.
        let error = refused(&[fine, part([3.0, 1.0, 2.0])?])?;
        assert!(
            error.contains("sum of losses") && error.contains("2 of 3"),
            "{error}"
        );
        Ok(())
    }
}
