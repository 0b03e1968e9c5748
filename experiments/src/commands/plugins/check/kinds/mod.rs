//! What a check needs of a plugin, the same for every kind, and one file for each group of kinds.

mod data;
mod decoder;
mod loss_term;
mod networks;

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::registry::Capability;
use lab_core::weights::Weights;

use super::events::{Outcome, Said};

/// A plugin that is ready to be called.
pub(super) trait Probe: Send + Sync {
    /// What it is, in words and figures.
    fn facts(&self) -> String;

    /// Inputs with gradients, by name, of this many rows; always the same. None if the kind has no gradients.
    fn inputs(&self, batch: usize) -> Result<Vec<(String, Tensor)>>;

    /// Outputs for these inputs, or, if there are none, for this many rows.
    fn call(&self, batch: usize, inputs: &[Tensor]) -> Result<Vec<Tensor>>;

    /// Whether it may do without gradients.
    fn may_lack_gradients(&self) -> bool {
        false
    }

    /// The contract tests of its kind; what they held.
    fn contract(&self) -> Result<String>;

    /// What it learned; empty if nothing.
    fn weights(&self) -> Weights {
        Weights::new()
    }

    /// Rebuilt from its weights; `None` if the kind has none.
    fn restored(&self) -> Result<Option<Box<dyn Probe>>> {
        Ok(None)
    }

    /// Whether a request to stop is heard.
    fn stop(&self) -> Said {
        Ok((Outcome::Skipped, "this kind is done at once".into()))
    }
}

/// Makes a plugin ready, from its name and resolved parameters.
pub(super) fn prepare(capability: Capability, text: &str, ctx: &Context) -> Result<Box<dyn Probe>> {
    Ok(match capability {
        Capability::Generator => Box::new(networks::GeneratorProbe::prepare(
            PluginRef::of(text).build(ctx)?,
            ctx,
        )?),
        Capability::FeatureNet => Box::new(networks::FeatureNetProbe::prepare(
            PluginRef::of(text).build(ctx)?,
            ctx,
        )?),
        Capability::LossTerm => Box::new(loss_term::LossTermProbe::new(
            PluginRef::of(text).build(ctx)?,
        )),
        Capability::Decoder => Box::new(decoder::DecoderProbe::prepare(
            PluginRef::of(text).build(ctx)?,
            ctx,
        )?),
        Capability::Aligner => Box::new(data::AlignerProbe::prepare(
            PluginRef::of(text).build(ctx)?,
            ctx,
        )?),
        Capability::Dataset => Box::new(data::DatasetProbe::prepare(
            PluginRef::of(text).build(ctx)?,
            ctx,
        )?),
    })
}

/// What became of a fit that was asked to stop before it began.
fn heard<T>(fit: Result<T>, learns: bool) -> Said {
    match fit {
        Err(lab_core::Error::Cancelled) => Ok((Outcome::Passed, "a request to stop is heard".into())),
        Err(error) => Err(error),
        Ok(_) if learns => Ok((
            Outcome::Failed,
            "it learned to the end although it was asked to stop; ask lab_host.cancelled (Context::check_cancelled) in every step".into(),
        )),
        Ok(_) => Ok((Outcome::Skipped, "it does not learn".into())),
    }
}

/// The same context, which asks to stop.
fn stopped(ctx: &Context) -> Context {
    ctx.clone().with_cancellation_by(|| true)
}
