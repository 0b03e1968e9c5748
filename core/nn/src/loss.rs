//! Cross-entropy of classes.
//!
//! ```text
//! loss = mean over rows of (log Σ_j e^(z_j − max) + max − z_label)      z′ = (softmax(z) − onehot(label))/batch
//! ```
//! Sums in float64.
//!
//! # Shapes
//! Logits `[batch, n_classes]`, labels `[batch]` of u32; the result is a scalar.

use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, Tensor, bail};

use super::host;

/// The mean over rows of −log softmax at the row's label.
///
/// # Errors
/// Fails if the shapes do not fit or a label is not a class.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::cross_entropy;
///
/// // Four classes with equal scores cost log 4 nats; a score that is far above the others costs nothing.
/// let logits = Tensor::new(&[[0f32, 0.0, 0.0, 0.0], [0.0, 100.0, 0.0, 0.0]], &Device::Cpu)?;
/// let of = |labels: [u32; 2]| cross_entropy(&logits, &Tensor::new(&labels, &Device::Cpu)?)?.to_scalar::<f32>();
/// assert!((of([2, 1])? - 4f32.ln() / 2.0).abs() < 1e-6);
/// // The wrong class costs the distance of its score from the best one.
/// assert!((of([2, 0])? - (4f32.ln() + 100.0) / 2.0).abs() < 1e-4);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
    let (batch, n_classes) = logits.dims2()?;
    if labels.dims() != [batch] || batch == 0 {
        bail!(
            "labels of a cross-entropy: expected [{batch}] and a row at least, got {:?}",
            labels.shape()
        );
    }
    if !host::is_ours([logits]) {
        return candle_nn::loss::cross_entropy(logits, labels);
    }
    let labels = labels.to_dtype(DType::U32)?.to_vec1::<u32>()?;
    if let Some(label) = labels.iter().find(|&&label| label as usize >= n_classes) {
        bail!("labels of a cross-entropy: expected classes below {n_classes}, got {label}");
    }
    logits
        .contiguous()?
        .apply_op1(CrossEntropy { labels, n_classes })
}

struct CrossEntropy {
    labels: Vec<u32>,
    n_classes: usize,
}

/// The logits of one image.
struct Row<'a> {
    logits: &'a [f32],
    /// The true class.
    label: usize,
    largest: f64,
    /// Σ exp(logit − largest).
    total: f64,
}

impl CrossEntropy {
    fn rows<'a>(&'a self, logits: &'a [f32]) -> impl Iterator<Item = Row<'a>> {
        logits
            .chunks_exact(self.n_classes)
            .zip(&self.labels)
            .map(|(logits, &label)| {
                let largest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
                let exponentials = logits.iter().map(|&z| (f64::from(z) - largest).exp());
                Row {
                    logits,
                    label: label as usize,
                    largest,
                    total: exponentials.sum(),
                }
            })
    }
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let rows = self.rows(host::floats(logits, layout)?);
        let total: f64 = rows
            .map(|row| row.total.ln() + row.largest - f64::from(row.logits[row.label]))
            .sum();
        Ok((
            CpuStorage::F32(vec![(total / self.labels.len() as f64) as f32]),
            Shape::from(()),
        ))
    }

    fn bwd(&self, logits: &Tensor, _loss: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let factor = f64::from(gradient.to_scalar::<f32>()?) / self.labels.len() as f64;
        let values = host::with_floats([logits], |[logits]| {
            let mut values = Vec::with_capacity(logits.len());
            for row in self.rows(logits) {
                let exponential = |z: f32| (f64::from(z) - row.largest).exp();
                values.extend(
                    row.logits
                        .iter()
                        .map(|&z| (factor * exponential(z) / row.total) as f32),
                );
                let at = values.len() - self.n_classes + row.label;
                let of_label = exponential(row.logits[row.label]) / row.total;
                values[at] = (factor * (of_label - 1.0)) as f32;
            }
            values
        })?;
        host::tensor(values, logits.dims()).map(Some)
    }
}
