//! The checks pass on toys and fail on toys that break a promise.

use candle_core::Tensor;

use super::*;
use crate::Error;
use crate::config::PluginRef;
use crate::context::Context;
use crate::dims::ImageShape;
use crate::events::Curve;
use crate::recording::{Stimuli, SubjectResponses};
use crate::traits::{
    Aligner, Dataset, FittedAligner, FittedGenerator, Generator, LatentSpace, LossTerm, Quality,
    View,
};
use crate::weights::Weights;

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
    /// What an image's value is hangs on the others of the batch.
    OfTheBatch,
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
            Fault::OfTheBatch => {
                let values = right.evaluate(ctx, target, reconstruction)?;
                Ok(values.broadcast_div(&values.mean_keepdim(0)?)?)
            }
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
        (Fault::OfTheBatch, "term of an image alone"),
        (Fault::Forgiving, "different numbers of images"),
    ] {
        let found = check_loss_term(&Faulty(fault), &[], ImageShape::grey(5), AtIdentity::Zero);
        let message = found.map_or_else(|error| error.to_string(), |()| "no error".into());
        assert!(message.contains(expected), "{message}");
    }
}

/// The toy generator with an encoder, `z = x·Wᵀ` on the sphere, whose gradient may be cut.
#[derive(Clone)]
struct Encoding {
    toy: ToyGenerator,
    is_cut: bool,
}

impl FittedGenerator for Encoding {
    fn latent_space(&self) -> LatentSpace {
        FittedGenerator::latent_space(&self.toy)
    }

    fn image_shape(&self) -> ImageShape {
        FittedGenerator::image_shape(&self.toy)
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        self.toy.generate(z)
    }

    fn encode(&self, images: &Tensor) -> Result<Option<Tensor>> {
        let expected = FittedGenerator::image_shape(self).batch(images.dim(0)?);
        if images.dims() != expected {
            return Err(Error::shape("images", expected, images.dims()));
        }
        let read = self.toy.weights()["weight"].t()?.contiguous()?;
        let z = images.flatten_from(1)?.matmul(&read)?;
        let z = if self.is_cut { z.detach() } else { z };
        FittedGenerator::latent_space(self).constrain(&z).map(Some)
    }

    fn weights(&self) -> Weights {
        self.toy.weights()
    }

    fn curves(&self) -> Vec<Curve> {
        Vec::new()
    }
}

impl Generator for Encoding {
    fn latent_space(&self) -> LatentSpace {
        Generator::latent_space(&self.toy)
    }

    fn image_shape(&self) -> ImageShape {
        Generator::image_shape(&self.toy)
    }

    fn encodes(&self) -> bool {
        true
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        None
    }

    fn prepare(&self, _: &Context, _: Option<&Stimuli>) -> Result<Box<dyn FittedGenerator>> {
        Ok(Box::new(self.clone()))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
        self.toy.restore(ctx, weights)
    }
}

#[test]
fn a_gradient_that_an_encoder_cuts_is_found() -> Result<()> {
    let ctx = Context::new(0);
    let toy = ToyGenerator::new(&ctx, 5, ImageShape::grey(6))?;
    let check = |is_cut| {
        let toy = toy.clone();
        let encoding = Encoding { toy, is_cut };
        check_generator(&ctx, &encoding, &encoding, 0.02)
    };
    check(false)?;
    let error = check(true).unwrap_err().to_string();
    assert!(
        error.contains("latents by encoded images") && error.contains("cut off on the way"),
        "{error}"
    );
    Ok(())
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

/// What an aligner that promises rotations may do.
#[derive(Clone, Copy, PartialEq)]
enum Turn {
    /// Nothing wrong: its first rows are the axes of the common space, made orthonormal one after the other.
    Right,
    /// It leaves each subject where it is.
    NotAtAll,
    /// It stretches one axis of the common space.
    Stretched,
    /// Its second residual is above its first.
    Rising,
}

struct Turned {
    how: Turn,
    /// Of each subject, the axes of the common space: `[n_voxels, n_voxels]`, one a column.
    axes: Vec<Tensor>,
}

/// Orthonormal columns that span what the rows span, one after the other (Gram and Schmidt).
fn orthonormal(rows: &Tensor) -> Result<Tensor> {
    let mut axes: Vec<Tensor> = Vec::new();
    for row in 0..rows.dim(1)? {
        let mut axis = rows.narrow(0, row, 1)?;
        // Twice, so that what rounding leaves the first time goes as well.
        for other in [&axes[..], &axes[..]].concat() {
            let along = (&axis * &other)?.sum_all()?.to_scalar::<f64>()?;
            axis = (axis - (other * along)?)?;
        }
        let length = axis.sqr()?.sum_all()?.to_scalar::<f64>()?.sqrt();
        axes.push((axis / length)?);
    }
    Ok(Tensor::cat(&axes, 0)?.t()?.contiguous()?)
}

impl Aligner for Turn {
    fn fit(&self, _ctx: &Context, train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>> {
        let axes = train.iter().map(|subject| {
            let axes = orthonormal(&subject.values)?;
            match self {
                Self::NotAtAll => Ok(Tensor::eye(axes.dim(0)?, DType::F64, axes.device())?),
                Self::Stretched => Ok(Tensor::cat(
                    &[
                        (axes.narrow(1, 0, 1)? * 2.0)?,
                        axes.narrow(1, 1, axes.dim(1)? - 1)?,
                    ],
                    1,
                )?),
                Self::Right | Self::Rising => Ok(axes),
            }
        });
        let axes = axes.collect::<Result<_>>()?;
        Ok(Box::new(Turned { how: *self, axes }))
    }
}

impl FittedAligner for Turned {
    fn transform(
        &self,
        _ctx: &Context,
        rows: &[SubjectResponses],
    ) -> Result<Vec<SubjectResponses>> {
        let turned = rows.iter().zip(&self.axes).map(|(subject, axes)| {
            Ok(SubjectResponses::shared(
                &subject.id,
                subject.values.matmul(axes)?,
            ))
        });
        turned.collect()
    }

    fn held_out(&self, _ctx: &Context, _test: &[SubjectResponses]) -> Result<Vec<Quality>> {
        Ok(Vec::new())
    }

    fn facts(&self) -> Vec<Quality> {
        let last = if self.how == Turn::Rising { 0.3 } else { 0.1 };
        let fact = |(name, value): (&str, f64)| Quality {
            name: name.into(),
            of: "S1".into(),
            value,
            unit: "fraction".into(),
        };
        [("residual, level 1", 0.2), ("residual, level 2", last)]
            .map(fact)
            .into()
    }
}

#[test]
fn an_aligner_that_does_not_rotate_is_found() -> Result<()> {
    let ctx = Context::new(0);
    check_orthogonal_aligner(&ctx, &Turn::Right)?;
    for (aligner, promise) in [
        (Turn::NotAtAll, "rows of S2 beside those of S1"),
        (Turn::Stretched, "squared distances between rows of S1"),
        (Turn::Rising, "residual, level 2 of S1"),
    ] {
        let found = check_orthogonal_aligner(&ctx, &aligner);
        let said = found
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(said.contains(promise), "'{promise}' is missing in '{said}'");
    }
    Ok(())
}
