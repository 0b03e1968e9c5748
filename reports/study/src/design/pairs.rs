//! Which images of a list are held against each other.

use lab_core::rng::Stream;
use rand::seq::SliceRandom;

use super::images::Assigned;

/// Two images of one trial: once turned, `a` is the target and `b` the foil.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) list: usize,
    pub(super) a: usize,
    pub(super) b: usize,
}

/// Sweeps of the search after which it stops.
const SWEEPS: usize = 60;

/// The rounds of a tournament: every list pairs all images (but one, if their number is odd), and within
/// `n_images − 1` lists (`n_images`, if odd) every pair comes once.
pub(super) fn rounds(n_images: usize, n_lists: usize, rng: &mut Stream) -> Vec<Pair> {
    let n_places = n_images + n_images % 2;
    let mut pairs = Vec::new();
    let mut order: Vec<usize> = (0..n_images).collect();
    let mut names: Vec<usize> = (0..n_images).collect();
    names.shuffle(rng);
    for list in 0..n_lists {
        let n_rounds = n_places - 1;
        if list % n_rounds == 0 {
            order = (0..n_rounds).collect();
            order.shuffle(rng);
        }
        let round = order[list % n_rounds];
        // One place stands still, and the others move around it.
        let place = |at: usize| {
            if at == 0 {
                n_places - 1
            } else {
                (round + at) % n_rounds
            }
        };
        let opposite = |at: usize| {
            if at == 0 {
                round
            } else {
                (round + n_rounds - at) % n_rounds
            }
        };
        for at in 0..n_places / 2 {
            let (a, b) = (place(at), opposite(at));
            if a < n_images && b < n_images {
                pairs.push(Pair {
                    list,
                    a: names[a],
                    b: names[b],
                });
            }
        }
    }
    pairs
}

/// Pairs the images that each list shows of the source at `place`, so that no pair comes much more often than another.
///
/// From a random pairing, two pairs of a list are paired anew where that lowers the sum of squares of how often pairs come.
pub(super) fn matched(
    shown: &Assigned,
    place: usize,
    n_images: usize,
    rng: &mut Stream,
) -> Vec<Pair> {
    let mut often = Often {
        n_images,
        counts: vec![0; n_images * n_images],
    };
    let mut lists: Vec<Vec<(usize, usize)>> = Vec::new();
    for list in 0..shown.n_lists() {
        let of_source =
            |(image, source): (usize, &u8)| (usize::from(*source) == place + 1).then_some(image);
        let mut images: Vec<usize> = shown
            .list(list)
            .iter()
            .enumerate()
            .filter_map(of_source)
            .collect();
        images.shuffle(rng);
        let pairs: Vec<(usize, usize)> = images
            .chunks_exact(2)
            .map(|pair| (pair[0], pair[1]))
            .collect();
        pairs.iter().for_each(|&pair| often.add(pair, 1));
        lists.push(pairs);
    }
    for _ in 0..SWEEPS {
        let n_changed: usize = lists.iter_mut().map(|pairs| often.improve(pairs)).sum();
        if n_changed == 0 {
            break;
        }
    }
    let in_list = |(list, pairs): (usize, Vec<(usize, usize)>)| {
        pairs.into_iter().map(move |(a, b)| Pair { list, a, b })
    };
    lists.into_iter().enumerate().flat_map(in_list).collect()
}

/// How often each pair of images comes.
struct Often {
    n_images: usize,
    counts: Vec<i32>,
}

impl Often {
    fn add(&mut self, (a, b): (usize, usize), n: i32) {
        self.counts[a * self.n_images + b] += n;
        self.counts[b * self.n_images + a] += n;
    }

    /// What the sum of squares grows by, halved and up to a constant, if the pair comes once more.
    fn cost(&self, (a, b): (usize, usize)) -> i32 {
        self.counts[a * self.n_images + b]
    }

    /// Pairs anew within one list; returns how often that helped.
    fn improve(&mut self, pairs: &mut [(usize, usize)]) -> usize {
        let mut n_changed = 0;
        for i in 0..pairs.len() {
            for j in i + 1..pairs.len() {
                let ((a, b), (c, d)) = (pairs[i], pairs[j]);
                self.add((a, b), -1);
                self.add((c, d), -1);
                let now = self.cost((a, b)) + self.cost((c, d));
                let crossed = [((a, c), (b, d)), ((a, d), (b, c))];
                let best = crossed
                    .into_iter()
                    .min_by_key(|&(one, other)| self.cost(one) + self.cost(other));
                if let Some((one, other)) =
                    best.filter(|&(one, other)| self.cost(one) + self.cost(other) < now)
                {
                    (pairs[i], pairs[j]) = (one, other);
                    n_changed += 1;
                }
                self.add(pairs[i], 1);
                self.add(pairs[j], 1);
            }
        }
        n_changed
    }
}

/// Least number of different foils of a target, with how often that image was one.
pub(super) fn fewest_foils(n_images: usize, turned: &[Pair]) -> (usize, usize) {
    let mut foils: Vec<Vec<usize>> = vec![Vec::new(); n_images];
    turned.iter().for_each(|pair| foils[pair.a].push(pair.b));
    let of_image = |mut met: Vec<usize>| {
        let n_times = met.len();
        met.sort_unstable();
        met.dedup();
        (met.len(), n_times)
    };
    foils.into_iter().map(of_image).min().unwrap_or_default()
}
