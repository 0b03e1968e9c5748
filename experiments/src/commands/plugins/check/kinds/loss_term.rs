//! Loss terms.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::rng::{self, Stream, stream};
use lab_core::testing::{AtIdentity, check_loss_term};
use lab_core::traits::{Features, LossTerm, View};

use super::Probe;

/// Side of the images.
const SIZE: usize = 12;
/// Shape of the activations of every layer that it asks for.
const LAYER: [usize; 3] = [5, 6, 6];

/// A loss term.
pub(super) struct LossTermProbe {
    ctx: Context,
    term: Box<dyn LossTerm>,
}

impl LossTermProbe {
    pub(super) fn new(term: Box<dyn LossTerm>) -> Self {
        Self {
            ctx: Context::new(1).child("loss"),
            term,
        }
    }

    /// Random images and activations: of targets, or of reconstructions.
    fn side(&self, name: &str, batch: usize) -> Result<(Tensor, Features)> {
        let mut draws: Stream = stream(0, &format!("check/{name}"));
        let image = ImageShape::grey(SIZE).batch(batch);
        let image = rng::uniform(&mut draws, -0.9, 0.9, &image, &Device::Cpu)?;
        let shape = [&[batch], &LAYER[..]].concat();
        let mut features = Features::new();
        for layer in self.term.layers() {
            // Large enough for thresholds near 1 to select some.
            features.insert(layer, rng::normal(&mut draws, 1.5, &shape, &Device::Cpu)?);
        }
        Ok((image, features))
    }
}

impl Probe for LossTermProbe {
    fn facts(&self) -> String {
        match self.term.layers().as_slice() {
            [] => "on pixels".into(),
            layers => format!("on layers {}", layers.join(", ")),
        }
    }

    fn inputs(&self, batch: usize) -> Result<Vec<(String, Tensor)>> {
        let (image, features) = self.side("reconstruction", batch)?;
        let layers = features
            .into_iter()
            .map(|(layer, values)| (format!("layer {layer}"), values));
        Ok(std::iter::once(("image".to_owned(), image))
            .chain(layers)
            .collect())
    }

    fn call(&self, batch: usize, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        let (image, features) = self.side("target", batch)?;
        let made: Features = features
            .keys()
            .cloned()
            .zip(inputs[1..].iter().cloned())
            .collect();
        let target = View {
            image: &image,
            features: &features,
        };
        let reconstruction = View {
            image: &inputs[0],
            features: &made,
        };
        Ok(vec![self.term.evaluate(
            &self.ctx,
            &target,
            &reconstruction,
        )?])
    }

    fn contract(&self) -> Result<String> {
        let declared = self.term.layers();
        let layers: Vec<(&str, &[usize])> = declared
            .iter()
            .map(|layer| (layer.as_str(), &LAYER[..]))
            .collect();
        let image = ImageShape::grey(SIZE);
        check_loss_term(self.term.as_ref(), &layers, image, AtIdentity::Anything)?;
        Ok(
            "one finite value an image, whatever their order and whichever others there are; sides of different sizes are refused"
                .into(),
        )
    }
}
