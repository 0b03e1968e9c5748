//! The objective that a decoder is trained on: generator, feature network and weighted loss terms.
//!
//! ```text
//! L(z, x) = Σ_t λ_t · ℓ_t(x, G(z))                    one value per image
//! ```
//! Source: Seeliger et al. (2018), equations 2–5, doi:10.1016/j.neuroimage.2018.07.043.

use std::sync::Arc;

use candle_core::Tensor;

use crate::context::Context;
use crate::dims::ValueRange;
use crate::traits::{Features, FittedFeatureNet, FittedGenerator, LatentSpace, LossTerm, View};
use crate::{Error, Result};

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

/// Everything between a latent and its loss. Targets and their activations are computed once.
#[derive(Clone)]
pub struct Objective {
    generator: Arc<dyn FittedGenerator>,
    features: Option<Arc<dyn FittedFeatureNet>>,
    terms: Arc<Vec<WeightedTerm>>,
    layers: Arc<[String]>,
    targets: Tensor,
    target_features: Features,
    elsewhere: Option<Arc<dyn TermValues>>,
}

/// Loss terms that are computed elsewhere: inside a shared library, by the program that loaded it.
pub trait TermValues: Send + Sync {
    /// As [`Objective::values`].
    ///
    /// # Errors
    /// Fails if shapes do not fit.
    fn values(&self, z: &Tensor, target_idx: &[usize]) -> Result<Vec<Tensor>>;
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
        let expected = generator.image_shape().batch(targets.dim(0)?);
        if targets.dims() != expected {
            return Err(Error::shape(
                "target images of the objective",
                expected,
                targets.dims(),
            ));
        }
        let layers = layers_in_order(features.as_deref(), &terms)?;
        let target_features = match &features {
            Some(net) if !layers.is_empty() => cached_activations(net.as_ref(), &targets, &layers)?,
            _ => Features::new(),
        };
        Ok(Self {
            generator,
            features,
            terms,
            layers: layers.into(),
            targets,
            target_features,
            elsewhere: None,
        })
    }

    /// An objective whose terms, given by name and weight, are computed by `values`. It has no feature network to hand out
    /// and keeps its targets.
    pub fn elsewhere(
        generator: Arc<dyn FittedGenerator>,
        terms: impl IntoIterator<Item = (String, f64)>,
        targets: Tensor,
        values: Arc<dyn TermValues>,
    ) -> Self {
        let named = |(name, weight)| WeightedTerm {
            name,
            weight,
            term: Box::new(TermElsewhere),
        };
        Self {
            generator,
            features: None,
            terms: Arc::new(terms.into_iter().map(named).collect()),
            layers: Arc::from([]),
            targets,
            target_features: Features::new(),
            elsewhere: Some(values),
        }
    }

    /// The same generator, network and terms on other targets.
    ///
    /// # Errors
    /// As [`Objective::new`].
    pub fn with_targets(&self, targets: Tensor) -> Result<Self> {
        if self.elsewhere.is_some() {
            return Err(computed_elsewhere("other targets"));
        }
        Self::new(
            self.generator.clone(),
            self.features.clone(),
            self.terms.clone(),
            targets,
        )
    }

    /// The generator, whose weights no longer change.
    pub fn generator(&self) -> &dyn FittedGenerator {
        self.generator.as_ref()
    }

    /// The frozen feature network, if there is one.
    pub fn features(&self) -> Option<&dyn FittedFeatureNet> {
        self.features.as_deref()
    }

    /// The layers that the terms need, from input to output.
    pub fn layers(&self) -> &[String] {
        &self.layers
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

    /// The loss terms and their weights.
    pub fn terms(&self) -> &[WeightedTerm] {
        &self.terms
    }

    /// The loss of each latent against its target: `z` is `[batch, n_latents]` on the constraint, `target_idx` is
    /// `[batch]`; returns `[batch]`, differentiable with respect to `z`.
    ///
    /// # Errors
    /// Fails if shapes do not fit.
    pub fn loss(&self, ctx: &Context, z: &Tensor, target_idx: &[usize]) -> Result<Tensor> {
        let mut total: Option<Tensor> = None;
        for (term, value) in self.terms.iter().zip(self.values(ctx, z, target_idx)?) {
            let weighted = value.affine(term.weight, 0.0)?;
            total = Some(match total {
                None => weighted,
                Some(sum) => (sum + weighted)?,
            });
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
        if let Some(elsewhere) = &self.elsewhere {
            return elsewhere.values(z, target_idx);
        }
        let image = self.generator.generate(z)?;
        let features = match &self.features {
            Some(net) if !self.layers.is_empty() => {
                activations(net.as_ref(), &image, &self.layers)?
            }
            _ => Features::new(),
        };
        let rows: Vec<u32> = target_idx.iter().map(|&idx| idx as u32).collect();
        let rows = Tensor::new(rows, z.device())?;
        let target_image = self.targets.index_select(&rows, 0)?;
        let target_features = self
            .target_features
            .iter()
            .map(|(layer, values)| Ok((layer.clone(), values.index_select(&rows, 0)?)))
            .collect::<Result<Features>>()?;
        let target = View {
            image: &target_image,
            features: &target_features,
        };
        let reconstruction = View {
            image: &image,
            features: &features,
        };
        self.terms
            .iter()
            .map(|term| term.term.evaluate(ctx, &target, &reconstruction))
            .collect()
    }

    /// The share of elements that each term selects in each layer of the targets: `(term, layer, share)`.
    ///
    /// # Errors
    /// Fails if a declared layer is missing.
    pub fn selected_shares(&self) -> Result<Vec<(String, String, f64)>> {
        let target = View {
            image: &self.targets,
            features: &self.target_features,
        };
        let mut shares = Vec::new();
        for term in self.terms.iter() {
            for (layer, share) in term.term.selected_share(&target)? {
                shares.push((term.name.clone(), layer, share));
            }
        }
        Ok(shares)
    }
}

/// Stands for a term of which only name and weight are known here.
struct TermElsewhere;

impl LossTerm for TermElsewhere {
    fn layers(&self) -> Vec<String> {
        Vec::new()
    }

    fn evaluate(&self, _: &Context, _: &View<'_>, _: &View<'_>) -> Result<Tensor> {
        Err(computed_elsewhere("a single term on given images"))
    }
}

fn computed_elsewhere(got: &str) -> Error {
    Error::Data {
        what: "objective inside a shared library".into(),
        expected: "a request for loss, values or images of latents".into(),
        got: got.into(),
        remedy: "use Objective::loss, Objective::values or its generator".into(),
    }
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

fn layers_in_order(
    net: Option<&dyn FittedFeatureNet>,
    terms: &[WeightedTerm],
) -> Result<Vec<String>> {
    let wanted: std::collections::BTreeSet<String> =
        terms.iter().flat_map(|term| term.term.layers()).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let known = net.map(FittedFeatureNet::layers).unwrap_or_default();
    if let Some(layer) = wanted.iter().find(|layer| !known.contains(layer)) {
        return Err(Error::Data {
            what: "layers of the loss terms".into(),
            expected: if known.is_empty() {
                "a feature network (features: …)".into()
            } else {
                format!("one of {}", known.join(", "))
            },
            got: format!("'{layer}'"),
            remedy: "change the term's layers or the feature network".into(),
        });
    }
    Ok(known
        .into_iter()
        .filter(|layer| wanted.contains(layer))
        .collect())
}
