//! What every loss term promises.

use candle_core::Tensor;

use super::{broken, check_gradient, expect_close, expect_shape_error, numbers};
use crate::Result;
use crate::context::Context;
use crate::dims::ImageShape;
use crate::rng::{self, stream};
use crate::traits::{Features, LossTerm, View};

/// Images of a batch.
const BATCH: usize = 4;
/// Relative tolerance of gradients.
const TOLERANCE: f64 = 0.02;

/// What a term gives for two equal sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtIdentity {
    /// Exactly 0: differences.
    Zero,
    /// Anything: cross-entropies.
    Anything,
}

/// Checks a loss term on random images and on random activations of its layers.
///
/// `layers` gives the shape of each declared layer without the batch, such as `("conv1", &[8, 6, 6])`.
/// Held are: one finite value an image; gradients with respect to image and activations against central differences;
/// neither the order of images matters nor which others there are; sides of different shape are an [`crate::Error::Shape`].
///
/// # Errors
/// [`crate::Error::Data`] that names the broken promise.
pub fn check_loss_term(
    term: &dyn LossTerm,
    layers: &[(&str, &[usize])],
    image: ImageShape,
    identity: AtIdentity,
) -> Result<()> {
    let mut declared = term.layers();
    declared.sort_unstable();
    let mut given: Vec<&str> = layers.iter().map(|(layer, _)| *layer).collect();
    given.sort_unstable();
    if declared != given {
        return Err(broken(
            "layers of the term",
            given.join(", "),
            declared.join(", "),
        ));
    }
    let ctx = Context::new(0);
    let (target, reconstruction) = (
        Side::new("target", layers, image)?,
        Side::new("reconstruction", layers, image)?,
    );
    let values = term.evaluate(&ctx, &target.view(), &reconstruction.view())?;
    if values.dims() != [BATCH] || numbers(&values)?.iter().any(|value| !value.is_finite()) {
        return Err(broken(
            "value of the term",
            format!("{BATCH} finite numbers, one an image"),
            format!("{values}"),
        ));
    }
    if identity == AtIdentity::Zero {
        let same = numbers(&term.evaluate(&ctx, &target.view(), &target.view())?)?;
        if let Some(value) = same.iter().find(|value| value.abs() > 1e-6) {
            return Err(broken("term of two equal sides", "0", value.to_string()));
        }
    }
    let order = Tensor::new(&[2_u32, 0, 3, 1], values.device())?;
    let permuted = term.evaluate(
        &ctx,
        &target.select(&order)?.view(),
        &reconstruction.select(&order)?.view(),
    )?;
    expect_close(
        "term of images in another order",
        &permuted,
        &values.index_select(&order, 0)?,
        1e-5,
    )?;
    let one = Tensor::new(&[2_u32], values.device())?;
    expect_close(
        "term of an image alone",
        &term.evaluate(
            &ctx,
            &target.select(&one)?.view(),
            &reconstruction.select(&one)?.view(),
        )?,
        &values.index_select(&one, 0)?,
        1e-5,
    )?;
    gradients(&ctx, term, &target, &reconstruction)?;
    let fewer = reconstruction.select(&Tensor::new(&[0_u32, 1, 2], values.device())?)?;
    expect_shape_error(
        "term of sides with different numbers of images",
        term.evaluate(&ctx, &target.view(), &fewer.view()),
    )
}

/// Checks the gradient with respect to whatever the term looks at.
fn gradients(
    ctx: &Context,
    term: &dyn LossTerm,
    target: &Side,
    reconstruction: &Side,
) -> Result<()> {
    let names = std::iter::once(None).chain(reconstruction.features.keys().map(Some));
    let mut n_checked = 0;
    for name in names {
        let value = |x: &Tensor| -> Result<Tensor> {
            let mut moved = reconstruction.clone();
            match name {
                None => moved.image = x.clone(),
                Some(layer) => drop(moved.features.insert(layer.clone(), x.clone())),
            }
            Ok(term
                .evaluate(ctx, &target.view(), &moved.view())?
                .sum_all()?)
        };
        let x = name.map_or(&reconstruction.image, |layer| {
            &reconstruction.features[layer]
        });
        if depends(x, &value)? {
            n_checked += 1;
            let what = name.map_or("the term by image".to_owned(), |layer| {
                format!("the term by layer '{layer}'")
            });
            check_gradient(&what, x, TOLERANCE, &value)?;
        } else if let Some(layer) = name {
            return Err(broken(
                format!("layer '{layer}'"),
                "a value that depends on it",
                "none does",
            ));
        }
    }
    if n_checked == 0 {
        Err(broken(
            "the term",
            "a gradient by image or activations",
            "none",
        ))
    } else {
        Ok(())
    }
}

fn depends(x: &Tensor, value: &dyn Fn(&Tensor) -> Result<Tensor>) -> Result<bool> {
    let moved = x.affine(0.9, 0.05)?;
    Ok(numbers(&value(x)?)? != numbers(&value(&moved)?)?)
}

#[derive(Clone)]
struct Side {
    image: Tensor,
    features: Features,
}

impl Side {
    /// Pixels in `[−0.9, 0.9]`; activations normal with standard deviation 1.5, so that thresholds near 1 select some.
    fn new(name: &str, layers: &[(&str, &[usize])], image: ImageShape) -> Result<Self> {
        let device = candle_core::Device::Cpu;
        let mut draws = stream(0, &format!("testing/loss/{name}"));
        let pixels = rng::uniform(&mut draws, -0.9, 0.9, &image.batch(BATCH), &device)?;
        let mut features = Features::new();
        for (layer, shape) in layers {
            let shape = [&[BATCH], *shape].concat();
            features.insert(
                (*layer).to_owned(),
                rng::normal(&mut draws, 1.5, &shape, &device)?,
            );
        }
        Ok(Self {
            image: pixels,
            features,
        })
    }

    fn view(&self) -> View<'_> {
        View {
            image: &self.image,
            features: &self.features,
        }
    }

    fn select(&self, rows: &Tensor) -> Result<Self> {
        let features = self
            .features
            .iter()
            .map(|(layer, values)| Ok((layer.clone(), values.index_select(rows, 0)?)));
        Ok(Self {
            image: self.image.index_select(rows, 0)?,
            features: features.collect::<Result<_>>()?,
        })
    }
}
