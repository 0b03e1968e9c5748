//! Where in the visual field reconstructions are right.

use crate::Rows;
use crate::bootstrap::{Bootstrap, middle};
use crate::correlation::profile_correlations;
use crate::record::{CentreLessEdge, RingRow};

/// Rings around the centre of the image.
const N_RINGS: usize = 6;
/// Draws behind the interval of a ring.
const N_DRAWS: usize = 1000;

/// The correlation over images of each pixel with its reconstruction, as the mean over rings around the centre.
///
/// ```text
/// r_p = corr over images (original_p, reconstruction_p),    ring k: k ≤ 6·e_p / e_max < k + 1
/// ```
/// `e_p` is the distance of a pixel from the centre of the image, in half widths of it; `e_max` = 1 is the middle of an edge, and
/// corners are left out. A pixel that is the same in all originals or all reconstructions has no correlation and is left out.
/// The interval is that of a bootstrap over images, in which all pixels of an image stay together; in each of its draws the
/// innermost and the outermost ring see the same images, so that their difference has an interval of its own.
///
/// # Shapes
/// `originals`, `reconstructions: [n_images, height · width]`, pixels in `[−1, 1]`.
///
/// # Determinism
/// 1000 draws from the stream "evaluate/bootstrap" of `seed`.
pub fn rings(
    (originals, reconstructions): (&Rows, &Rows),
    (height, width): (usize, usize),
    confidence: f64,
    seed: u64,
) -> (Vec<RingRow>, Option<CentreLessEdge>) {
    let places = places(height, width);
    let whole = means(&profile_correlations(originals, reconstructions), &places);
    let draws = Bootstrap::draw(originals.n_rows(), N_DRAWS, seed);
    let drawn: Vec<Vec<Option<f64>>> = draws
        .samples()
        .map(|images| {
            let (originals, made) = (taken(originals, images), taken(reconstructions, images));
            means(&profile_correlations(&originals, &made), &places)
        })
        .collect();
    let ring = |(ring, value): (usize, &Option<f64>)| {
        Some(RingRow {
            from: ring as f64 / N_RINGS as f64,
            to: (ring + 1) as f64 / N_RINGS as f64,
            n_pixels: places.iter().filter(|at| **at == Some(ring)).count(),
            correlation: (*value)?,
            interval: middle(
                drawn.iter().filter_map(|means| means[ring]).collect(),
                confidence,
            ),
        })
    };
    let rows = whole.iter().enumerate().filter_map(ring).collect();
    let less = |means: &Vec<Option<f64>>| Some(means[0]? - means[N_RINGS - 1]?);
    let difference = less(&whole).map(|value| CentreLessEdge {
        value,
        interval: middle(drawn.iter().filter_map(less).collect(), confidence),
    });
    (rows, difference)
}

/// The ring of each pixel; `None` in the corners.
fn places(height: usize, width: usize) -> Vec<Option<usize>> {
    let offset = |at: usize, n: usize| (2 * at + 1) as f64 / n.max(1) as f64 - 1.0;
    let ring = |pixel: usize| {
        let eccentricity = offset(pixel / width, height).hypot(offset(pixel % width, width));
        (eccentricity < 1.0).then_some((eccentricity * N_RINGS as f64) as usize)
    };
    (0..height * width).map(ring).collect()
}

fn taken(rows: &Rows, images: &[u32]) -> Rows {
    let row = |&at: &u32| {
        let start = at as usize * rows.n_columns;
        rows.values[start..start + rows.n_columns].iter().copied()
    };
    Rows {
        n_columns: rows.n_columns,
        values: images.iter().flat_map(row).collect(),
    }
}

fn means(correlations: &[Option<f64>], places: &[Option<usize>]) -> Vec<Option<f64>> {
    let mut sums = [(0.0, 0_usize); N_RINGS];
    for (correlation, ring) in correlations.iter().zip(places) {
        if let (Some(r), Some(ring)) = (correlation, ring) {
            sums[*ring].0 += r;
            sums[*ring].1 += 1;
        }
    }
    let mean = |(sum, n): (f64, usize)| (n > 0).then(|| sum / n as f64);
    sums.into_iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::rings;
    use crate::parity::{close, information, numbers, rows_of};

    #[test]
    fn rings_are_those_of_numpy() {
        let reference = information();
        let images = (
            rows_of(&reference["originals"]),
            rows_of(&reference["reconstructions"]),
        );
        let (found, difference) = rings((&images.0, &images.1), (12, 12), 0.95, 1);
        let values: Vec<f64> = found.iter().map(|ring| ring.correlation).collect();
        close("rings", &values, &numbers(&reference["rings"]));
        let n_pixels: Vec<f64> = found.iter().map(|ring| ring.n_pixels as f64).collect();
        close("pixels", &n_pixels, &numbers(&reference["ring_pixels"]));
        for ring in &found {
            let (low, high) = ring.interval.unwrap();
            assert!(
                low < ring.correlation && ring.correlation < high,
                "{ring:?}"
            );
        }
        // The centre was planted to be better than the edge.
        assert!(found[0].interval.unwrap().0 > found[5].interval.unwrap().1);
        let difference = difference.unwrap();
        let of_numpy = &numbers(&reference["rings"]);
        close(
            "difference",
            &[difference.value],
            &[of_numpy[0] - of_numpy[5]],
        );
        let (low, high) = difference.interval.unwrap();
        assert!(0.0 < low && low < difference.value && difference.value < high);
        let again = rings((&images.0, &images.1), (12, 12), 0.95, 1);
        assert_eq!((found, Some(difference)), again);
    }
}
