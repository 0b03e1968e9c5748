//! Gradients through encoders of libraries that were built for this interface and for older ones.

use candle_core::{Device, Var};
use lab_core::Result;
use lab_core::context::Context;
use lab_core::registry::Build;
use lab_core::rng;
use lab_core::traits::FittedGenerator;

use super::older;
use crate::abi::ABI_MINOR;

/// The generator `waves` of a library that was built for this minor version, ready.
fn waves(abi_minor: u32) -> Result<Box<dyn FittedGenerator>> {
    let ctx = Context::new(5);
    let Build::Generator(build) = older::plugin("waves", abi_minor) else {
        panic!("waves is a generator");
    };
    let waves = build("(latent: 4, updates: 2)", &ctx)?;
    let corpus = waves.corpus().unwrap().build(&ctx)?.load(&ctx)?;
    waves.prepare(&ctx, Some(&corpus.stimuli))
}

#[test]
fn gradients_pass_encoders_of_libraries_that_have_them() -> Result<()> {
    for (abi_minor, is_differentiable) in [(ABI_MINOR, true), (4, false)] {
        let waves = waves(abi_minor)?;
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
