//! The checks pass on toys and fail on toys that break a promise.

use candle_core::Tensor;

use super::*;
use crate::context::Context;
use crate::dims::ImageShape;
use crate::traits::{LossTerm, View};

#[test]
fn toys_keep_their_promises() -> Result<()> {
    let ctx = Context::new(0);
    let shape = ImageShape::grey(6);
    let generator = ToyGenerator::new(&ctx, 5, shape)?;
    check_generator(&ctx, &generator, &generator, 0.02)?;
    let net = ToyNet::new(&ctx, shape)?;
    check_feature_net(&ctx, &net, &net, shape, 0.02)?;
    check_loss_term(&ToyTerm { layer: None }, &[], shape, AtIdentity::Zero)?;
    check_loss_term(
        &ToyTerm {
            layer: Some("a".into()),
        },
        &[("a", &[3, 4, 4])],
        shape,
        AtIdentity::Zero,
    )
}

/// How a term can break its promise.
enum Fault {
    GradientTwice,
    GradientCut,
    OneValue,
    Forgiving,
}

struct Faulty(Fault);

impl LossTerm for Faulty {
    fn layers(&self) -> Vec<String> {
        Vec::new()
    }

    fn evaluate(
        &self,
        ctx: &Context,
        target: &View<'_>,
        reconstruction: &View<'_>,
    ) -> Result<Tensor> {
        let right = ToyTerm { layer: None };
        match self.0 {
            // The value is right and its gradient doubled: 2f(x) − f(detached x).
            Fault::GradientTwice => {
                let value = right.evaluate(ctx, target, reconstruction)?;
                Ok((value.affine(2.0, 0.0)? - value.detach())?)
            }
            Fault::GradientCut => {
                let image = reconstruction.image.detach();
                right.evaluate(
                    ctx,
                    target,
                    &View {
                        image: &image,
                        ..*reconstruction
                    },
                )
            }
            Fault::OneValue => Ok(right.evaluate(ctx, target, reconstruction)?.mean_all()?),
            Fault::Forgiving => {
                let n = target.image.dim(0)?.min(reconstruction.image.dim(0)?);
                let (a, b) = (
                    target.image.narrow(0, 0, n)?,
                    reconstruction.image.narrow(0, 0, n)?,
                );
                right.evaluate(
                    ctx,
                    &View {
                        image: &a,
                        ..*target
                    },
                    &View {
                        image: &b,
                        ..*reconstruction
                    },
                )
            }
        }
    }
}

#[test]
fn broken_terms_are_found_out() {
    for (fault, expected) in [
        (Fault::GradientTwice, "gradient of the term by image"),
        (Fault::GradientCut, "a gradient"),
        (Fault::OneValue, "value of the term"),
        (Fault::Forgiving, "different numbers of images"),
    ] {
        let found = check_loss_term(&Faulty(fault), &[], ImageShape::grey(5), AtIdentity::Zero);
        let message = found.map_or_else(|error| error.to_string(), |()| "no error".into());
        assert!(message.contains(expected), "{message}");
    }
}

/// A loss that is scaled by the number in a file, whether it says so or not.
struct Scaled {
    file: std::path::PathBuf,
    says_so: bool,
}

impl LossTerm for Scaled {
    fn layers(&self) -> Vec<String> {
        Vec::new()
    }

    fn files(&self) -> Vec<std::path::PathBuf> {
        self.says_so
            .then(|| self.file.clone())
            .into_iter()
            .collect()
    }

    fn evaluate(
        &self,
        ctx: &Context,
        target: &View<'_>,
        reconstruction: &View<'_>,
    ) -> Result<Tensor> {
        let text = std::fs::read_to_string(&self.file).map_err(Error::io("reading", &self.file))?;
        let scale: f64 = text.parse().unwrap();
        let value = ToyTerm { layer: None }.evaluate(ctx, target, reconstruction)?;
        Ok((value * scale)?)
    }
}

#[test]
fn a_file_that_is_read_must_be_named_and_no_other() -> Result<()> {
    let file = std::env::temp_dir().join(format!("lab-check-files-{}", std::process::id()));
    let check = |says_so: bool, reads: bool| {
        let term = Scaled {
            file: file.clone(),
            says_so,
        };
        let image = Tensor::ones((2, 1, 3, 3), DType::F32, &candle_core::Device::Cpu)?;
        let features = crate::traits::Features::new();
        let (target, made) = (image.zeros_like()?, image);
        let side = |image| View {
            image,
            features: &features,
        };
        check_files(&file, [b"2", b"3"], &term.files(), || {
            if !reads {
                return Ok(Vec::new());
            }
            let value = term.evaluate(&Context::new(0), &side(&target), &side(&made))?;
            Ok(numbers(&value)?
                .into_iter()
                .flat_map(f64::to_le_bytes)
                .collect())
        })
    };
    check(true, true)?;
    check(false, false)?;
    let silent = check(false, true).err().unwrap().to_string();
    assert!(silent.contains("which decides the results"), "{silent}");
    let boasting = check(true, false).err().unwrap().to_string();
    assert!(boasting.contains("which is not read"), "{boasting}");
    Ok(())
}
