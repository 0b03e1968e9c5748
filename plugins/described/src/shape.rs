//! What goes from layer to layer.

use std::fmt;

use lab_core::dims::ImageShape;

/// What goes from layer to layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Numbers side by side.
    Row(usize),
    /// Channels, rows and columns.
    Maps(usize, usize, usize),
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(n) => write!(f, "a row of {n}"),
            Self::Maps(channels, height, width) => write!(f, "maps of {channels}×{height}×{width}"),
        }
    }
}

impl From<ImageShape> for Shape {
    fn from(shape: ImageShape) -> Self {
        Self::Maps(shape.channels, shape.height, shape.width)
    }
}

impl Shape {
    pub(crate) fn n_numbers(self) -> Option<usize> {
        match self {
            Self::Row(n) => Some(n),
            Self::Maps(channels, height, width) => channels.checked_mul(height)?.checked_mul(width),
        }
    }
}
