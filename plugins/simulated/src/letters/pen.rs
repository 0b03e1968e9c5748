//! The pen: from segments to pixels.

use super::skeleton::Point;

/// Half the width of the soft edge, in pixels.
const SOFT: f64 = 1.0;

/// A straight piece of a stroke; the image spans `[−½, ½]` on both axes, y down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub(super) from: Point,
    pub(super) to: Point,
    pub(super) half_width: f64,
}

/// A letter ready to be drawn at any size.
#[derive(Debug, Clone)]
pub(super) struct Drawing {
    pub(super) segments: Vec<Segment>,
    /// How dark full ink is, in `[0, 1]`.
    pub(super) ink: f64,
}

impl Drawing {
    /// Pixels `[size, size]` in `[−1, 1]`, ink bright.
    ///
    /// ```text
    /// v = maxₛ clip((wₛ − dₛ)·size/2 + ½, 0, 1),     pixel = 2·ink·v²(3 − 2v) − 1
    /// ```
    /// where dₛ is the distance from the pixel's centre to segment s, wₛ its half width.
    pub(super) fn render(&self, size: usize) -> Vec<f32> {
        let mut cover = vec![0.0f64; size * size];
        for segment in &self.segments {
            segment.cover(size, &mut cover);
        }
        cover
            .iter()
            .map(|&v| (2.0 * self.ink * v * v * (3.0 - 2.0 * v) - 1.0) as f32)
            .collect()
    }
}

impl Segment {
    /// Only pixels within reach of the pen are visited.
    fn cover(&self, size: usize, cover: &mut [f64]) {
        let side = size as f64;
        let reach = self.half_width + SOFT / side;
        let span = |axis: usize| {
            let (low, high) = (
                self.from[axis].min(self.to[axis]) - reach,
                self.from[axis].max(self.to[axis]) + reach,
            );
            let pixel =
                |place: f64| (((place + 0.5) * side).floor().max(0.0) as usize).min(size - 1);
            pixel(low)..=pixel(high)
        };
        for row in span(1) {
            for column in span(0) {
                let centre = [
                    (column as f64 + 0.5) / side - 0.5,
                    (row as f64 + 0.5) / side - 0.5,
                ];
                let v = ((self.half_width - self.distance(centre)) * side / (2.0 * SOFT) + 0.5)
                    .clamp(0.0, 1.0);
                let pixel = &mut cover[row * size + column];
                *pixel = pixel.max(v);
            }
        }
    }

    fn distance(&self, point: Point) -> f64 {
        let along = [self.to[0] - self.from[0], self.to[1] - self.from[1]];
        let from = [point[0] - self.from[0], point[1] - self.from[1]];
        let length = along[0] * along[0] + along[1] * along[1];
        let t = if length > 0.0 {
            ((from[0] * along[0] + from[1] * along[1]) / length).clamp(0.0, 1.0)
        } else {
            0.0
        };
        (from[0] - t * along[0]).hypot(from[1] - t * along[1])
    }
}
