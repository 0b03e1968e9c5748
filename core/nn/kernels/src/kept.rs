//! Transformed kernels that are asked for again and again: those of a network that no longer learns.
//!
//! Decoders and searches go through the same kernels thousands of times, a few images at a time, and a transform takes as
//! long as some images. Kernels that came often enough are kept beside their transform; they count as the same only if
//! every bit is. Kernels of a network that learns change with each step, so that none of theirs come often enough.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use super::geometry::Geometry;
use super::scratch::Scratch;

/// Times that kernels must come before they are kept: more than a step of training asks for the same ones.
const OFTEN: u32 = 8;
/// Kernels whose coming is counted.
const COUNTED: usize = 512;
/// Numbers that all kept kernels and transforms may have: 64 MiB.
const ROOM: usize = 1 << 24;
/// Calls after which a transform that nobody asked for makes room for another.
const FORGOTTEN: u64 = 10_000;

/// What the transform of kernels depends on, beside their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Of [`super::winograd`].
    Winograd {
        stride: usize,
        /// Taps of a phase along one axis.
        n_taps: usize,
        maps: usize,
        channels: usize,
        /// From maps to images.
        upwards: bool,
    },
    /// Of [`super::dense`].
    Dense { geometry: Geometry, maps: usize },
}

/// The transform of kernels.
pub(crate) enum Transformed {
    Fresh(Scratch),
    Kept(Arc<Entry>),
}

impl Deref for Transformed {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match self {
            Self::Fresh(numbers) => numbers,
            Self::Kept(entry) => &entry.transformed,
        }
    }
}

/// Kernels and their transform.
pub(crate) struct Entry {
    key: Key,
    kernels: Vec<f32>,
    transformed: Vec<f32>,
}

impl Entry {
    fn size(&self) -> usize {
        self.kernels.len() + self.transformed.len()
    }
}

struct Store {
    n_calls: u64,
    /// With the call that asked for it last.
    entries: Vec<(Arc<Entry>, u64)>,
    /// How often kernels came that look like these.
    counts: VecDeque<(u64, u32)>,
}

static STORE: Mutex<Store> = Mutex::new(Store {
    n_calls: 0,
    entries: Vec::new(),
    counts: VecDeque::new(),
});

/// The transform of `kernels`, kept or by `transform`.
pub(crate) fn transformed(
    key: Key,
    kernels: &[f32],
    transform: impl FnOnce() -> Scratch,
) -> Transformed {
    let candidates = with_store(|store| store.candidates(key));
    if let Some(found) = candidates
        .into_iter()
        .find(|entry| same_bits(&entry.kernels, kernels))
    {
        with_store(|store| store.asked_for(&found));
        return Transformed::Kept(found);
    }
    let fresh = transform();
    let often = with_store(|store| store.count(glance(key, kernels))) >= OFTEN;
    if often {
        let entry = Arc::new(Entry {
            key,
            kernels: kernels.to_vec(),
            transformed: fresh.to_vec(),
        });
        with_store(|store| store.keep(entry));
    }
    Transformed::Fresh(fresh)
}

/// What a panic elsewhere left behind is whole: no call inside of it can fail halfway.
fn with_store<T>(work: impl FnOnce(&mut Store) -> T) -> T {
    work(&mut STORE.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Store {
    fn candidates(&mut self, key: Key) -> Vec<Arc<Entry>> {
        self.n_calls += 1;
        let entries = self.entries.iter().map(|(entry, _)| entry);
        entries.filter(|entry| entry.key == key).cloned().collect()
    }

    fn asked_for(&mut self, found: &Arc<Entry>) {
        let entries = self.entries.iter_mut();
        for (_, last) in entries.filter(|(entry, _)| Arc::ptr_eq(entry, found)) {
            *last = self.n_calls;
        }
    }

    /// Counts kernels that look like this, and says how often they came.
    fn count(&mut self, look: u64) -> u32 {
        if let Some((_, count)) = self.counts.iter_mut().find(|(other, _)| *other == look) {
            *count = count.saturating_add(1);
            return *count;
        }
        if self.counts.len() == COUNTED {
            self.counts.pop_front();
        }
        self.counts.push_back((look, 1));
        1
    }

    fn keep(&mut self, entry: Arc<Entry>) {
        let n_calls = self.n_calls;
        self.entries.retain(|(_, last)| n_calls - last <= FORGOTTEN);
        // Two threads may have transformed the same kernels at a time.
        let is_there = |(other, _): &(Arc<Entry>, u64)| {
            other.key == entry.key && same_bits(&other.kernels, &entry.kernels)
        };
        let taken: usize = self.entries.iter().map(|(entry, _)| entry.size()).sum();
        if taken + entry.size() <= ROOM && !self.entries.iter().any(is_there) {
            self.entries.push((entry, n_calls));
        }
    }
}

/// A number that kernels have in common with few others: from their key and about sixty-four of their numbers.
fn glance(key: Key, kernels: &[f32]) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    for number in kernels.iter().step_by((kernels.len() / 64).max(1)) {
        number.to_bits().hash(&mut hasher);
    }
    hasher.finish()
}

/// Whether all numbers agree in every bit; sixty-four at a time, so that the first difference ends it.
fn same_bits(a: &[f32], b: &[f32]) -> bool {
    let differ = |(a, b): (&[f32], &[f32])| {
        let pairs = a.iter().zip(b);
        pairs.fold(0, |bits, (a, b)| bits | (a.to_bits() ^ b.to_bits())) != 0
    };
    a.len() == b.len() && !a.chunks(64).zip(b.chunks(64)).any(differ)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(maps: usize) -> Key {
        Key::Winograd {
            stride: 1,
            n_taps: 3,
            maps,
            channels: 1,
            upwards: false,
        }
    }

    fn doubled(kernels: &[f32]) -> Scratch {
        let mut transformed = Scratch::take(kernels.len());
        for (to, from) in transformed.iter_mut().zip(kernels) {
            *to = 2.0 * from;
        }
        transformed
    }

    fn is_kept(kernels: &[f32], maps: usize) -> bool {
        let found = transformed(key(maps), kernels, || doubled(kernels));
        assert_eq!(*found, *doubled(kernels));
        matches!(found, Transformed::Kept(_))
    }

    #[test]
    fn what_comes_often_is_kept_and_what_changes_is_not() {
        let kernels: Vec<f32> = (0..500).map(|i| i as f32 + 0.25).collect();
        for _ in 0..OFTEN {
            assert!(!is_kept(&kernels, 9001));
        }
        assert!(is_kept(&kernels, 9001));
        // Another shape, another number that no glance sees, another sign of zero: none of them is the same.
        assert!(!is_kept(&kernels, 9002));
        let mut other = kernels.clone();
        other[1] = 0.0;
        assert!(!is_kept(&other, 9001));
        other[1] = -0.0;
        assert!(!is_kept(&other, 9001));
        assert!(is_kept(&kernels, 9001));
    }

    #[test]
    fn a_network_that_learns_keeps_nothing() {
        for step in 0..50 {
            let kernels = vec![step as f32; 40];
            for _ in 0..4 {
                assert!(!is_kept(&kernels, 9003));
            }
        }
    }
}
