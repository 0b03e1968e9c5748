//! What both described networks begin with: the plan of their layers, and the file of its weights.

use std::path::PathBuf;

use lab_core::Result;
use lab_core::context::Context;
use lab_core::dims::ValueRange;
use lab_core::weights::Weights;
use lab_formats::parameters::Rule;

use crate::error::DescribedError;
use crate::image::is_range;
use crate::layer::Layer;
use crate::network::Network;
use crate::plan::Plan;
use crate::shape::Shape;
use crate::weights::{check_params, draw, load};

/// Layers with every size known, before their weights are read.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) plan: Plan,
    file: PathBuf,
    keys: Vec<Rule>,
    /// Whether weights are drawn, as the file is not there and the run is at toy size.
    is_drawn: bool,
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
            is_drawn: false,
        })
    }

    /// The same; in a smoke run weights are drawn where there is no file of them, so that an experiment can be tried first.
    pub(crate) fn tried(self, ctx: &Context) -> Self {
        Self {
            is_drawn: ctx.smoke() && !self.file.exists(),
            ..self
        }
    }

    /// The file of weights; none where they are drawn.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let file = (!self.is_drawn).then(|| self.file.clone());
        file.into_iter().collect()
    }

    /// Reads the weights, or draws them from the stream `weights` and warns.
    pub(crate) fn read(&self, ctx: &Context) -> Result<Weights> {
        if self.is_drawn {
            let file = self.file.display();
            ctx.warn(&format!(
                "there is no file '{file}'; this smoke run uses weights drawn at random in its place"
            ));
            return draw(&self.plan, &mut ctx.rng("weights"), ctx.device());
        }
        load(&self.file, &self.plan, &self.keys, ctx.device())
    }

    /// The network with these weights.
    pub(crate) fn network(&self, weights: Weights) -> Result<Network> {
        Network::new(self.plan.clone(), weights)
    }
}
