//! The loss of a batch and its gradients, without the memory that the gradients of all maps take.
//!
//! ```text
//! ∂loss/∂w = Σ_slices (∂flat_slice/∂w)ᵀ·∂loss/∂flat_slice        w a weight of the convolutional part
//! ```

use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};
use lab_core::Result;
use lab_core::nn;
use lab_core::weights::Weights;

use crate::layout::Layout;
use crate::network::{self, Dropout};

/// A loss, the class scores that it was taken from, and its gradients to the weights.
pub(crate) struct Descended {
    pub(crate) loss: Tensor,
    pub(crate) scores: Tensor,
    pub(crate) gradients: GradStore,
}

/// Goes back through the convolutional part `slice` images at a time: the gradients of the first maps of a whole batch take
/// more memory than all that is kept for them.
pub(crate) fn descended(
    layout: &Layout,
    weights: &Weights,
    (images, labels): (&Tensor, &Tensor),
    dropout: Option<Dropout<'_>>,
    slice: usize,
) -> Result<Descended> {
    let n_images = images.dim(0)?;
    let parts = (0..n_images).step_by(slice).map(|start| {
        let part = images.narrow(0, start, slice.min(n_images - start))?;
        network::flat(layout, weights, &part)
    });
    let parts = parts.collect::<Result<Vec<_>>>()?;
    let flat = Var::from_tensor(&Tensor::cat(&parts, 0)?.detach())?;
    let scores = network::scores_of(layout, weights, &flat, dropout)?;
    let loss = nn::cross_entropy(&scores, labels)?;
    let mut gradients = loss.backward()?;
    if let Some(to_flat) = gradients.remove(&flat) {
        let mut start = 0;
        for part in parts {
            let n = part.dim(0)?;
            let to_part = to_flat.narrow(0, start, n)?;
            let of_part = (part * to_part)?.sum_all()?.backward()?;
            start += n;
            for weight in weights.values() {
                let Some(gradient) = of_part.get(weight) else {
                    continue;
                };
                let sum = match gradients.remove(weight) {
                    Some(sum) => (sum + gradient)?,
                    None => gradient.clone(),
                };
                gradients.insert(weight, sum);
            }
        }
    }
    Ok(Descended {
        loss,
        scores,
        gradients,
    })
}
