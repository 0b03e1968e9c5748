//! Sizes of the stages for a size of image.
//!
//! ```text
//! sides      start, 2·start, 4·start, … size/2       start the smallest of 4, 5, 6, 7 that doubles to size
//! channels   256·width, 128·width, 64·width, …       at least 16
//! ```
//! Both networks have these sides, one from the smallest to the largest, the other back; each has its own width. Channels
//! halve where sides double, so that a block of every stage costs the same. The stage of the largest side has none.

use crate::error::R3ganError;

/// Channels at the smallest side for width 1.
const WIDEST: usize = 256;
/// Fewer channels than this carry nothing.
const FEWEST: usize = 16;
/// The smallest and the largest first side.
const STARTS: std::ops::RangeInclusive<usize> = 4..=7;

/// Sides and channels of one network's stages, from the smallest side to the largest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Side of the images.
    pub(crate) size: usize,
    /// Side of the smallest maps.
    pub(crate) start: usize,
    /// Channels of each stage; stage s has maps of `start·2^s`.
    pub(crate) channels: Vec<usize>,
    /// Residual blocks of each stage but the last.
    blocks: usize,
}

impl Layout {
    /// The layout of images of `size` px.
    pub(crate) fn new(size: usize, width: f64, blocks: usize) -> Result<Self, R3ganError> {
        let mut start = size;
        let mut n_stages = 0;
        while start > *STARTS.end() && start.is_multiple_of(2) {
            start /= 2;
            n_stages += 1;
        }
        if n_stages < 2 || !STARTS.contains(&start) {
            return Err(R3ganError::Size { size });
        }
        let channels = (0..n_stages)
            .map(|stage| {
                let wanted = WIDEST as f64 * width / f64::from(1u32 << stage);
                (wanted.round() as usize).max(FEWEST)
            })
            .collect();
        Ok(Self {
            size,
            start,
            channels,
            blocks,
        })
    }

    /// Residual blocks of a stage.
    pub(crate) fn n_blocks(&self, stage: usize) -> usize {
        if self.is_last(stage) { 0 } else { self.blocks }
    }

    /// Residual blocks of the network.
    pub(crate) fn n_all_blocks(&self) -> usize {
        (self.n_stages() - 1) * self.blocks
    }

    /// Whether a stage has the largest maps.
    pub(crate) fn is_last(&self, stage: usize) -> bool {
        stage + 1 == self.n_stages()
    }

    /// Channels of the next larger maps, the image's one channel at last.
    pub(crate) fn n_next(&self, stage: usize) -> usize {
        self.channels.get(stage + 1).copied().unwrap_or(1)
    }

    /// How many stages there are, at least 2.
    pub(crate) fn n_stages(&self) -> usize {
        self.channels.len()
    }

    /// Weights of the blocks, at least: two pointwise layers each.
    pub(crate) fn n_weights(&self) -> f64 {
        let of =
            |(stage, &n): (usize, &usize)| 2.0 * (n as f64).powi(2) * self.n_blocks(stage) as f64;
        self.channels.iter().enumerate().map(of).sum()
    }

    /// Numbers of the maps for one image, at least.
    pub(crate) fn n_numbers(&self) -> f64 {
        let side = |stage: usize| self.start as f64 * 2f64.powi(stage as i32);
        let of = |(stage, &n): (usize, &usize)| n as f64 * side(stage).powi(2);
        self.channels.iter().enumerate().map(of).sum()
    }

    /// Numbers of the smallest maps of an image.
    pub(crate) fn n_smallest(&self) -> usize {
        self.channels[0] * self.start * self.start
    }
}
