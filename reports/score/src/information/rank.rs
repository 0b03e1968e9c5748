//! How many directions a set of images fills.

use crate::matrices::{centre_rows, columns, gram, symmetric};
use crate::record::{Condition, RankRow};
use crate::{Result, Rows};

/// The effective rank of a set of rows around their mean.
///
/// ```text
/// exp(−Σ p_i ln p_i),   p_i = σ_i / Σ σ_j
/// ```
/// with the singular values `σ` of the rows less their mean: 1 where all rows lie on a line, n − 1 where they differ equally in
/// every way that n rows can; 0 where all are equal.
///
/// # Source
/// Roy & Vetterli (2007), "The effective rank: a measure of effective dimensionality", EUSIPCO.
///
/// # Shapes
/// `rows: [n_images, n_pixels]`.
///
/// # Errors
/// [`crate::Error::Decomposition`] if the decomposition fails, as it does where a number is not finite.
pub fn effective_rank(rows: &Rows) -> Result<f64> {
    let mut centred = columns(rows);
    let n_images = centred.ncols();
    centre_rows(&mut centred);
    // The smaller of both squares has the same values without zeros that are only rounding.
    let is_wide = centred.nrows() >= n_images;
    let products = if is_wide {
        gram(centred.transpose())
    } else {
        gram(centred.as_ref())
    };
    let (values, _) = symmetric("products of images", &products)?;
    // Among images, one direction is lost with the mean.
    let singular: Vec<f64> = values
        .iter()
        .skip(usize::from(is_wide))
        .map(|value| value.max(0.0).sqrt())
        .collect();
    let sum: f64 = singular.iter().sum();
    if sum <= 0.0 {
        return Ok(0.0);
    }
    let shares = singular.iter().map(|value| value / sum);
    let entropy: f64 = shares
        .filter(|share| *share > 0.0)
        .map(|share| -share * share.ln())
        .sum();
    Ok(entropy.exp())
}

/// The effective rank of each set of images, beside the most that it could be.
///
/// # Errors
/// As [`effective_rank`].
pub fn ranks<'a>(images: impl IntoIterator<Item = (Condition, &'a Rows)>) -> Result<Vec<RankRow>> {
    let row = |(condition, images): (Condition, &Rows)| {
        Ok(RankRow {
            condition,
            effective_rank: effective_rank(images)?,
            most: images.n_columns.min(images.n_rows().saturating_sub(1)),
        })
    };
    images.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::effective_rank;
    use crate::parity::{close, information, rows_of};
    use crate::{Error, Rows};

    #[test]
    fn ranks_are_those_of_numpy() {
        let reference = information();
        for (name, expected) in reference["effective_rank"].as_object().unwrap() {
            let found = effective_rank(&rows_of(&reference[name])).unwrap();
            close(name, &[found], &[expected.as_f64().unwrap()]);
        }
    }

    #[test]
    fn what_is_not_finite_has_no_rank() {
        let rows = Rows {
            n_columns: 2,
            values: vec![0.0, 1.0, 2.0, f32::NAN, 4.0, 5.0],
        };
        let error = effective_rank(&rows).unwrap_err();
        assert!(matches!(error, Error::Decomposition { .. }), "{error}");
    }

    #[test]
    fn equal_images_fill_nothing_and_a_line_one_direction() {
        let rows = |values: &[f32]| Rows {
            n_columns: 2,
            values: values.to_vec(),
        };
        let equal = effective_rank(&rows(&[0.5; 8])).unwrap();
        assert!(equal.abs() < 1e-9);
        let line = effective_rank(&rows(&[0.0, 0.0, 1.0, 2.0, 2.0, 4.0, 5.0, 10.0])).unwrap();
        assert!((line - 1.0).abs() < 1e-6, "{line}");
    }
}
