//! What a long computation tells the outside world; it never prints.

use candle_core::Tensor;

/// One thing worth telling.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Work done so far in a stage.
    Progress {
        /// Units of work that are done.
        done: u64,
        /// Units of work of the whole stage.
        total: u64,
        /// What is counted: "updates", "images".
        unit: &'a str,
        /// A short state, such as the current loss; may be empty.
        state: &'a str,
    },
    /// Something the reader of the report should know.
    Warning(&'a str),
    /// Something the person at the terminal may like to know.
    Note(&'a str),
    /// A sheet of images made on the way, such as samples of a generator in training.
    Images {
        /// File name without extension.
        name: &'a str,
        /// `[batch, channels, height, width]` in `[−1, 1]`.
        images: &'a Tensor,
    },
}

/// Receives events of the stage at `path`.
pub trait EventSink: Send + Sync {
    /// Takes one event; must be quick and must not fail.
    fn event(&self, path: &str, event: &Event<'_>);
}

/// A sink that drops every event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl EventSink for Silent {
    fn event(&self, _path: &str, _event: &Event<'_>) {}
}

/// A series of measurements over the course of a fit.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Curve {
    /// What is measured, such as "discriminator loss".
    pub name: String,
    /// What is counted along x, such as "update".
    pub x_label: String,
    /// Pairs of (x, value).
    pub points: Vec<(f64, f64)>,
}

impl Curve {
    /// A curve without points.
    pub fn new(name: impl Into<String>, x_label: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            x_label: x_label.into(),
            points: Vec::new(),
        }
    }

    /// Adds a point at the end.
    pub fn push(&mut self, x: f64, value: f64) {
        self.points.push((x, value));
    }
}
