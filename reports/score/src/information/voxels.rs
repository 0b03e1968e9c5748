//! What each voxel tells of a decoder's predictions.

use crate::matrices::{centre_rows, columns, gram, product, symmetric};
use crate::{Error, Result, Rows};

/// Directions of latents with less than this share of the largest variance have no inverse.
const NOTHING: f64 = 1e-10;

/// How responses go along with what a decoder makes of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    /// The pattern of each voxel: `[n_voxels, n_latents]`, in the response's unit for each unit of a latent.
    pub patterns: Rows,
    /// Share of each voxel's variance that goes along with the predictions, in `[0, 1]`: `[n_voxels]`.
    pub shares: Vec<f64>,
}

/// The patterns behind a decoder, and what share of each voxel they account for.
///
/// ```text
/// A = cov(x, ẑ)·cov(ẑ)⁺              share_v = A_v·cov(ẑ)·A_vᵀ / var(x_v)
/// ```
/// The weights of a decoder say how to read out, and not where a signal is: they may be large in a voxel that only cancels
/// noise. The patterns answer that. They describe what goes along with the predictions on these rows, on which the decoder was
/// fitted, and do not say how well it decodes.
///
/// # Source
/// Haufe, Meinecke, Görgen et al. (2014), doi:10.1016/j.neuroimage.2013.10.067, equation 6.
///
/// # Shapes
/// `responses: [n_rows, n_voxels]`, `predictions: [n_rows, n_latents]`, both of the training rows.
///
/// # Errors
/// [`Error::Shape`] if the numbers of rows differ, [`Error::Decomposition`] if a prediction is not finite.
pub fn carried(responses: &Rows, predictions: &Rows) -> Result<Carried> {
    let n_rows = responses.n_rows();
    if predictions.n_rows() != n_rows {
        return Err(Error::Shape {
            what: "predictions for the rows of a subject".into(),
            expected: n_rows.to_string(),
            got: predictions.n_rows().to_string(),
        });
    }
    let (x, z) = (centred(responses), centred(predictions));
    let scale = 1.0 / (n_rows.max(2) - 1) as f64;
    let both = product(x.as_ref(), z.transpose());
    let of_z = gram(z.as_ref());
    let (values, vectors) = symmetric("covariance of predictions", &of_z)?;
    let largest = values.last().copied().unwrap_or(0.0);
    // Latents in the directions of their covariance, each of variance 1.
    let whitening = faer::Mat::from_fn(vectors.nrows(), vectors.ncols(), |row, column| {
        let value = values[column];
        if value > NOTHING * largest {
            vectors[(row, column)] / (value * scale).sqrt()
        } else {
            0.0
        }
    });
    let white = product(both.as_ref(), whitening.as_ref());
    let patterns = product(white.as_ref(), whitening.transpose());
    let shares = (0..x.nrows()).map(|voxel| {
        let variance = scale * x.row(voxel).iter().map(|value| value * value).sum::<f64>();
        let along: f64 = white
            .row(voxel)
            .iter()
            .map(|value| (scale * value).powi(2))
            .sum();
        if variance > 0.0 {
            (along / variance).min(1.0)
        } else {
            0.0
        }
    });
    Ok(Carried {
        shares: shares.collect(),
        patterns: Rows {
            n_columns: patterns.ncols(),
            values: (0..patterns.nrows())
                .flat_map(|voxel| (0..patterns.ncols()).map(move |latent| (voxel, latent)))
                .map(|at| (scale * patterns[at]) as f32)
                .collect(),
        },
    })
}

fn centred(rows: &Rows) -> faer::Mat<f64> {
    let mut all = columns(rows);
    centre_rows(&mut all);
    all
}

#[cfg(test)]
mod tests {
    use super::carried;
    use crate::parity::{close, information, numbers, rows_of};

    #[test]
    fn patterns_are_those_of_numpy() {
        let reference = information();
        let responses = rows_of(&reference["responses"]);
        let found = carried(&responses, &rows_of(&reference["train"])).unwrap();
        let patterns: Vec<f64> = found
            .patterns
            .values
            .iter()
            .map(|&a| f64::from(a))
            .collect();
        close("patterns", &patterns, &numbers(&reference["patterns"]));
        close("shares", &found.shares, &numbers(&reference["shares"]));
    }

    #[test]
    fn rows_that_do_not_belong_together_are_refused() {
        let reference = information();
        let responses = rows_of(&reference["responses"]);
        assert!(carried(&responses, &responses.first(3)).is_err());
    }
}
