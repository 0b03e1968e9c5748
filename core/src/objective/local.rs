//! Loss terms that are computed here: the generator's image, its activations, and each term on them.

use std::sync::Arc;

use candle_core::Tensor;

use super::{TermValues, WeightedTerm, activations, cached_activations};
use crate::context::Context;
use crate::traits::{Features, FittedFeatureNet, FittedGenerator, View};
use crate::{Error, Result};

/// The terms, with all that they are computed from.
pub(super) struct LocalTerms {
    generator: Arc<dyn FittedGenerator>,
    features: Option<Arc<dyn FittedFeatureNet>>,
    terms: Arc<Vec<WeightedTerm>>,
    layers: Vec<String>,
    targets: Tensor,
    target_features: Features,
}

impl LocalTerms {
    /// Computes the activations of the targets.
    ///
    /// # Errors
    /// As [`Objective::new`](super::Objective::new).
    pub(super) fn new(
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
            layers,
            targets,
            target_features,
        })
    }
}

impl TermValues for LocalTerms {
    fn values(&self, ctx: &Context, z: &Tensor, target_idx: &[usize]) -> Result<Vec<Tensor>> {
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

    fn with_targets(&self, targets: &Tensor) -> Result<Arc<dyn TermValues>> {
        Ok(Arc::new(Self::new(
            self.generator.clone(),
            self.features.clone(),
            self.terms.clone(),
            targets.clone(),
        )?))
    }

    fn features(&self) -> Option<&dyn FittedFeatureNet> {
        self.features.as_deref()
    }

    fn layers(&self) -> &[String] {
        &self.layers
    }

    fn selected_shares(&self) -> Result<Vec<(String, String, f64)>> {
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
