//! Which images a list shows, and of which source.

use lab_core::rng::Stream;
use rand::Rng;
use rand::seq::SliceRandom;

/// For each list and image, the place of the source that shows it, from 1; 0 if none does.
pub(super) struct Assigned {
    pub(super) n_images: usize,
    cells: Vec<u8>,
}

impl Assigned {
    pub(super) fn list(&self, list: usize) -> &[u8] {
        &self.cells[list * self.n_images..(list + 1) * self.n_images]
    }

    pub(super) fn n_lists(&self) -> usize {
        self.cells.len() / self.n_images
    }
}

/// Trades that are tried for each cell.
const TRADES: usize = 20;

/// Assigns `2 × per_source` images of each list to each source.
///
/// Windows that move around a circle of images give exact counts in rows and columns.
/// Trades between two lists and two images keep all counts, and make the table random:
///
/// ```text
/// x y     y x
/// y x  →  x y
/// ```
pub(super) fn assign(
    n_images: usize,
    n_sources: usize,
    per_source: usize,
    n_lists: usize,
    rng: &mut Stream,
) -> Assigned {
    let mut circle: Vec<usize> = (0..n_images).collect();
    circle.shuffle(rng);
    let mut cells = vec![0_u8; n_lists * n_images];
    for list in 0..n_lists {
        for place in 0..n_sources {
            let first = 2 * per_source * (list + place);
            for at in first..first + 2 * per_source {
                cells[list * n_images + circle[at % n_images]] = place as u8 + 1;
            }
        }
    }
    if n_lists > 1 {
        for _ in 0..TRADES * cells.len() {
            let (one, other) = (rng.random_range(0..n_lists), rng.random_range(0..n_lists));
            let (i, j) = (rng.random_range(0..n_images), rng.random_range(0..n_images));
            let at = |list: usize, image: usize| list * n_images + image;
            let (x, y) = (cells[at(one, i)], cells[at(one, j)]);
            if x != y && cells[at(other, i)] == y && cells[at(other, j)] == x {
                cells.swap(at(one, i), at(one, j));
                cells.swap(at(other, i), at(other, j));
            }
        }
    }
    Assigned { n_images, cells }
}
