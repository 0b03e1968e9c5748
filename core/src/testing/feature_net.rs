//! What every feature network promises.

use candle_core::Tensor;

use super::{broken, check_weighed_gradient, expect_close, expect_error};
use crate::Result;
use crate::context::Context;
use crate::dims::ImageShape;
use crate::rng::{self, stream};
use crate::traits::{FeatureNet, FittedFeatureNet};
use crate::weights;

/// Images of a batch.
const BATCH: usize = 3;

/// Checks a feature network and what it became when it was prepared, on images of `shape`.
///
/// Held are: every declared layer gives one row an image, the same whether a layer is asked for, or an image shown, alone or with
/// others; the gradient with respect to the images against central differences within `tolerance` (0.05 suits networks with
/// kinks); an unknown layer is an error; class scores fit the classes; weights survive bytes and rebuild the same activations.
///
/// # Errors
/// [`crate::Error::Data`] that names the broken promise.
pub fn check_feature_net(
    ctx: &Context,
    net: &dyn FeatureNet,
    fitted: &dyn FittedFeatureNet,
    shape: ImageShape,
    tolerance: f64,
) -> Result<()> {
    let layers = fitted.layers();
    if layers.is_empty() || layers != net.layers() {
        return Err(broken("layers", net.layers().join(", "), layers.join(", ")));
    }
    let range = fitted.value_range();
    let images = rng::uniform(
        &mut stream(0, "testing/net"),
        range.low,
        range.high,
        &shape.batch(BATCH),
        ctx.device(),
    )?;
    let all = fitted.activations(&images, &layers)?;
    for layer in &layers {
        let alone = fitted.activations(&images, std::slice::from_ref(layer))?;
        let (Some(values), Some(single), 1) = (all.get(layer), alone.get(layer), alone.len())
        else {
            return Err(broken(
                format!("activations of '{layer}'"),
                "that layer and no other",
                format!("{:?}", alone.keys()),
            ));
        };
        if values.dims()[0] != BATCH {
            return Err(crate::Error::shape(
                format!("activations of '{layer}'"),
                BATCH,
                values.dims(),
            ));
        }
        expect_close(
            &format!("activations of '{layer}' asked for alone"),
            single,
            values,
            0.0,
        )?;
        let of_one = fitted.activations(&images.narrow(0, 1, 1)?, std::slice::from_ref(layer))?;
        expect_close(
            &format!("activations of '{layer}' of an image alone"),
            &of_one[layer],
            &values.narrow(0, 1, 1)?,
            1e-5,
        )?;
        let of = |images: &Tensor| -> Result<Tensor> {
            let found = fitted.activations(images, std::slice::from_ref(layer))?;
            Ok(found[layer].clone())
        };
        let what = format!("layer '{layer}' by images");
        check_weighed_gradient(&what, "testing/net/weigh", &images, tolerance, &of)?;
    }
    expect_error(
        "an unknown layer",
        fitted.activations(&images, &["no such layer".to_owned()]),
    )?;
    classes(fitted, &images)?;
    let bytes = weights::to_bytes(&fitted.weights())?;
    let again = net.restore(ctx, &weights::from_bytes(&bytes, ctx.device())?)?;
    for (layer, values) in again.activations(&images, &layers)? {
        expect_close(
            &format!("activations of '{layer}' of the restored network"),
            &values,
            &all[&layer],
            0.0,
        )?;
    }
    Ok(())
}

fn classes(fitted: &dyn FittedFeatureNet, images: &Tensor) -> Result<()> {
    let n_classes = fitted.classes().len();
    match fitted.classify(images)? {
        None if n_classes == 0 => Ok(()),
        Some(scores) if scores.dims() == [BATCH, n_classes] && n_classes > 0 => Ok(()),
        scores => {
            let got = scores.map_or("none".into(), |scores| format!("{:?}", scores.dims()));
            Err(broken(
                "class scores",
                format!("[{BATCH}, {n_classes}], or none for 0 classes"),
                got,
            ))
        }
    }
}
