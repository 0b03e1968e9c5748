//! Encoders and mapped draws of libraries that were built for this interface and for older ones.

use candle_core::{Device, Tensor, Var};
use lab_core::Result;
use lab_core::context::Context;
use lab_core::registry::Build;
use lab_core::rng;
use lab_core::traits::FittedGenerator;

use super::older;
use crate::abi::{ABI_MINOR, caps};

/// The generator `waves` of a library that was built for this minor version and has no such capabilities, ready.
fn waves(abi_minor: u32, without: u32) -> Result<Box<dyn FittedGenerator>> {
    let ctx = Context::new(5);
    let Build::Generator(build) = older::plugin("waves", abi_minor, without) else {
        panic!("waves is a generator");
    };
    let waves = build("(latent: 4, updates: 2)", &ctx)?;
    let corpus = waves.corpus().unwrap().build(&ctx)?.load(&ctx)?;
    waves.prepare(&ctx, Some(&corpus.stimuli))
}

#[test]
fn gradients_pass_encoders_of_libraries_that_have_them() -> Result<()> {
    for (abi_minor, is_differentiable) in [(ABI_MINOR, true), (4, false)] {
        let waves = waves(abi_minor, 0)?;
        let mut draws = rng::stream(1, "tests/encoders");
        let z = waves.latent_space().sample(&mut draws, 2, &Device::Cpu)?;
        let images = waves.generate(&z)?;
        // Without a gradient every encoder has latents.
        assert!(waves.encode(&images)?.is_some());
        let images = Var::from_tensor(&images)?;
        match waves.encode(&images) {
            Ok(latents) => {
                assert!(is_differentiable);
                let gradients = latents.unwrap().sum_all()?.backward()?;
                assert!(gradients.get(&images).is_some());
            }
            Err(error) => {
                assert!(!is_differentiable, "{error}");
                let error = error.to_string();
                assert!(
                    error.contains("1.5") && error.contains("1.4; build it again"),
                    "{error}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn draws_are_mapped_by_libraries_that_can() -> Result<()> {
    let draws = Tensor::new(
        &[[0.1f32, 0.7, 0.5, 0.5], [0.5, 0.5, 0.1, 0.7]],
        &Device::Cpu,
    )?;
    // What `waves` says its samples are made of: the same numbers in the opposite order.
    let mapped = [[0.5f32, 0.5, 0.7, 0.1], [0.7, 0.1, 0.5, 0.5]];
    let now = waves(ABI_MINOR, 0)?;
    assert_eq!(now.map_draws(&draws)?.to_vec2::<f32>()?, mapped);
    assert!(now.map_draws(&draws.narrow(1, 0, 3)?).is_err());
    let sampled = |of: &dyn FittedGenerator| -> Result<Vec<Vec<f32>>> {
        let latents = of.sample(&mut rng::stream(2, "tests/draws"), 3, &Device::Cpu)?;
        Ok(latents.to_vec2()?)
    };
    let before = waves(5, caps::MAP_DRAWS)?;
    assert_eq!(
        before.map_draws(&draws)?.to_vec2::<f32>()?,
        draws.to_vec2::<f32>()?
    );
    let mut unmapped = sampled(before.as_ref())?;
    unmapped.iter_mut().for_each(|row| row.reverse());
    assert_eq!(sampled(now.as_ref())?, unmapped);
    Ok(())
}
