//! A leaf: a shape that covers what lies behind it.

use std::f64::consts::TAU;

use lab_core::rng::Stream;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// A disc or bar; lengths are shares of the image's side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf {
    centre: [f64; 2],
    /// Half its length, and half its width.
    extent: [f64; 2],
    /// Direction of its length.
    angle: f64,
    round: bool,
    /// Mean grey, in standard deviations.
    pub level: f64,
}

impl Leaf {
    /// Anywhere, at sizes that are equally frequent on a logarithmic scale.
    pub(super) fn anywhere(rng: &mut Stream) -> Self {
        let round = rng.random_bool(0.5);
        let length = rng.random_range(0.0625f64.ln()..0.375f64.ln()).exp();
        let width = if round {
            length
        } else {
            length * rng.random_range(0.2..1.0)
        };
        Self {
            centre: [rng.random(), rng.random()],
            extent: [length, width],
            angle: rng.random_range(0.0..TAU),
            round,
            level: level(rng),
        }
    }

    /// Large, near the middle.
    pub(super) fn centred(rng: &mut Stream) -> Self {
        let length = rng.random_range(0.25..0.4);
        Self {
            centre: [rng.random_range(0.42..0.58), rng.random_range(0.42..0.58)],
            extent: [length, length * rng.random_range(0.6..1.0)],
            ..Self::anywhere(rng)
        }
    }

    /// Everything below a nearly level horizon.
    pub(super) fn ground(rng: &mut Stream) -> Self {
        let horizon = rng.random_range(0.35..0.65);
        Self {
            centre: [0.5, horizon + 2.0],
            extent: [4.0, 2.0],
            angle: rng.random_range(-0.06..0.06),
            round: false,
            level: level(rng),
        }
    }

    /// Whether it covers the point.
    pub(super) fn covers(&self, x: f64, y: f64) -> bool {
        let (sin, cos) = self.angle.sin_cos();
        let (dx, dy) = (x - self.centre[0], y - self.centre[1]);
        let [along, across] = [
            (dx * cos + dy * sin) / self.extent[0],
            (dy * cos - dx * sin) / self.extent[1],
        ];
        if self.round {
            along.hypot(across) < 1.0
        } else {
            along.abs() < 1.0 && across.abs() < 1.0
        }
    }
}

fn level(rng: &mut Stream) -> f64 {
    1.2 * Distribution::<f64>::sample(&StandardNormal, rng)
}
