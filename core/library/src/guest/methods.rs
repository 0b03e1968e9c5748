//! The methods that change nothing.

use candle_core::Tensor;

use super::emit::{Emit, Inputs};
use super::part::{Guest, Part, Ready};
use super::refused::{not_ready, unknown};
use super::train::responses;
use crate::abi::method;
use crate::arrays::Array;
use crate::spaces;
use lab_core::config::to_ron;
use lab_core::traits::{Features, LossTerm, View};
use lab_core::{Error, Result, weights};

/// Outputs that carry gradients; `None` if this method of this kind has none.
pub(super) fn tensors(guest: &Guest, method: u32, inputs: &Inputs) -> Result<Option<Vec<Tensor>>> {
    let outputs = match (&guest.part, &guest.ready, method) {
        (_, Some(Ready::Generator(ready)), method::FORWARD) => {
            vec![ready.generate(inputs.tensor(0)?)?]
        }
        (_, Some(Ready::Generator(ready)), method::ENCODE) => {
            let latents = ready.encode(inputs.tensor(0)?)?;
            vec![latents.ok_or_else(|| unknown(method))?]
        }
        (_, Some(Ready::Generator(ready)), method::MAP_DRAWS) => {
            vec![ready.map_draws(inputs.tensor(0)?)?.detach()]
        }
        (_, Some(Ready::FeatureNet(ready)), method::FORWARD) => {
            let known = ready.layers();
            let wanted = inputs
                .indices(1)?
                .into_iter()
                .map(|idx| {
                    known
                        .get(idx)
                        .cloned()
                        .ok_or_else(|| Error::shape("layer", format!("below {}", known.len()), idx))
                })
                .collect::<Result<Vec<String>>>()?;
            let mut found = ready.activations(inputs.tensor(0)?, &wanted)?;
            wanted
                .iter()
                .map(|layer| {
                    found
                        .remove(layer)
                        .ok_or_else(|| Error::shape("activations", layer, "none"))
                })
                .collect::<Result<_>>()?
        }
        (_, Some(Ready::FeatureNet(ready)), method::CLASSIFY) => {
            ready.classify(inputs.tensor(0)?)?.into_iter().collect()
        }
        (_, Some(Ready::Decoders(ready)), method::FORWARD) => match ready.first() {
            Some(decoder) => vec![decoder.decode(inputs.tensor(0)?)?],
            None => return Err(not_ready(method)),
        },
        (Part::LossTerm(term), _, method::FORWARD) => vec![loss(guest, term.as_ref(), inputs)?],
        _ => return Ok(None),
    };
    Ok(Some(outputs))
}

fn loss(guest: &Guest, term: &dyn LossTerm, inputs: &Inputs) -> Result<Tensor> {
    let (mut target, mut reconstruction) = (Features::new(), Features::new());
    for (idx, layer) in term.layers().into_iter().enumerate() {
        target.insert(layer.clone(), inputs.tensor(2 + 2 * idx)?.clone());
        reconstruction.insert(layer, inputs.tensor(3 + 2 * idx)?.clone());
    }
    term.evaluate(
        &guest.ctx(),
        &View {
            image: inputs.tensor(0)?,
            features: &target,
        },
        &View {
            image: inputs.tensor(1)?,
            features: &reconstruction,
        },
    )
}

/// The methods without gradients.
pub(super) fn plain(guest: &Guest, method: u32, inputs: &Inputs, emit: Emit) -> Result<()> {
    match (&guest.part, &guest.ready, method) {
        (_, Some(Ready::Generator(ready)), method::SAVE) => {
            emit.array(0, &Array::bytes(&weights::to_bytes(&ready.weights())?))
        }
        (_, Some(Ready::FeatureNet(ready)), method::SAVE) => {
            emit.array(0, &Array::bytes(&weights::to_bytes(&ready.weights())?))
        }
        (_, Some(Ready::Decoders(ready)), method::SAVE) => {
            for (member, decoder) in ready.iter().enumerate() {
                let bytes = weights::to_bytes(&decoder.weights())?;
                emit.array(member as u32, &Array::bytes(&bytes))?;
            }
            Ok(())
        }
        (_, Some(Ready::Aligner(ready)), method::FORWARD) => {
            let aligned = ready.transform(&guest.ctx(), &responses(inputs)?)?;
            for (index, array) in spaces::to_arrays(&aligned)?.iter().enumerate() {
                emit.array(index as u32, array)?;
            }
            Ok(())
        }
        (_, Some(Ready::Aligner(ready)), method::QUALITY) => {
            let qualities = if inputs.len() == 0 {
                ready.facts()
            } else {
                ready.held_out(&guest.ctx(), &responses(inputs)?)?
            };
            emit.text(0, &to_ron(&qualities)?)
        }
        (_, Some(Ready::Recording(ready)), method::FORWARD) => {
            let image_idx = inputs.indices(0)?;
            let shape = ready.stimuli.shape().batch(image_idx.len());
            let pixels = ready.stimuli.images.read(&image_idx)?;
            emit.array(0, &Array::f32(&shape, pixels))
        }
        (Part::LossTerm(term), _, method::SHARE) => share(term.as_ref(), inputs, emit),
        (_, None, _) => Err(not_ready(method)),
        _ => Err(unknown(method)),
    }
}

fn share(term: &dyn LossTerm, inputs: &Inputs, emit: Emit) -> Result<()> {
    let layers = term.layers();
    let mut features = Features::new();
    for (idx, layer) in layers.iter().enumerate() {
        features.insert(layer.clone(), inputs.tensor(1 + idx)?.clone());
    }
    let shares = term.selected_share(&View {
        image: inputs.tensor(0)?,
        features: &features,
    })?;
    let of = |layer: &String| {
        let found = shares.iter().find(|(of, _)| of == layer);
        // Says that the term does not select in this layer.
        found.map_or(f64::NAN, |(_, share)| *share)
    };
    emit.array(
        0,
        &Array::f64(&[layers.len()], layers.iter().map(of).collect()),
    )
}
