//! Latents that the authors' decoders wrote: numbers, or the raw bytes of numbers.

use lab_core::Result;

use super::Inspection;
use lab_formats::array::Array;
use lab_formats::container::Container;
use lab_formats::latents::{N_LATENTS, from_bytes};

/// Says what the variable `z` is.
pub(super) fn describe(container: &Container, found: &mut Inspection) -> Result<()> {
    let Some(variable) = found.variable("z") else {
        return Ok(());
    };
    let is_bytes = variable.kind == "uint8" && variable.shape.first() == Some(&1);
    let array: Array<f32> = container.array("z")?;
    let (shape, values) = if is_bytes {
        found.facts.push(
            "z holds the raw bytes of 32-bit numbers, as an array of a graphics card was saved by mistake."
                .into(),
        );
        let values = from_bytes(&array.values);
        (vec![values.len() / N_LATENTS, N_LATENTS], values)
    } else {
        array.row_major()
    };
    let [n_images, n_latents] = shape[..] else {
        return Ok(());
    };
    let norm = |z: &[f32]| z.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    let on_sphere = values
        .chunks(n_latents.max(1))
        .all(|z| (norm(z) - 1.0).abs() < 1e-3);
    found.known_as = Some("latents that a decoder predicted: finalZ of the public example".into());
    found.usage = Some(format!(
        "decoder: stored_latents(path: \"{}\")",
        found.path.display()
    ));
    found.facts.push(format!(
        "{n_images} latents of {n_latents} dimensions{}",
        if on_sphere { ", each of norm 1" } else { "" }
    ));
    Ok(())
}
