//! What both described networks begin with: the plan of their layers, and the file of its weights.

use std::path::PathBuf;

use candle_core::Device;
use lab_core::Result;
use lab_core::dims::ValueRange;
use lab_core::weights::Weights;
use lab_formats::parameters::Rule;

use crate::error::DescribedError;
use crate::image::is_range;
use crate::layer::Layer;
use crate::network::Network;
use crate::plan::Plan;
use crate::shape::Shape;
use crate::weights::{check_params, load};

/// Layers with every size known, before their weights are read.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) plan: Plan,
    file: PathBuf,
    keys: Vec<Rule>,
}

impl Head {
    /// Checks the range of the pixels, follows the sizes from `input` through the layers, and checks where weights are.
    pub(crate) fn new(
        plugin: &'static str,
        range: ValueRange,
        layers: &[Layer],
        input: Shape,
        file: &str,
        keys: &[Rule],
    ) -> Result<Self, DescribedError> {
        if !is_range(range) {
            return Err(DescribedError::Parameter {
                plugin,
                name: "range",
                expected: "low below high".into(),
                got: format!("{range:?}"),
            });
        }
        let plan = Plan::new(plugin, layers, input)?;
        check_params(plugin, file, keys)?;
        Ok(Self {
            plan,
            file: file.into(),
            keys: keys.to_vec(),
        })
    }

    /// The file of weights.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        vec![self.file.clone()]
    }

    /// Reads the weights.
    pub(crate) fn read(&self, device: &Device) -> Result<Weights> {
        load(&self.file, &self.plan, &self.keys, device)
    }

    /// The network with these weights.
    pub(crate) fn network(&self, weights: Weights) -> Result<Network> {
        Network::new(self.plan.clone(), weights)
    }
}
