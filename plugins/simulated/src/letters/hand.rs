//! The hand that writes: moves the points of a skeleton and bends its strokes.
//!
//! | what varies | how |
//! |---|---|
//! | points | normal, sd 0.035 of the box, cut at 2 sd |
//! | ends | overshoot by −1.5 % to 5 % of the last span |
//! | tremor | one smooth field a letter: two sinusoids an axis, amplitudes 0.02 and 0.01 |
//! | width, height | 0.55–0.85 (I: 0.50–0.80) and 0.72–0.92 of the image |
//! | slant, rotation | normal, sd 0.18 (cut at 0.4) and 5° |
//! | place | the box is centred, then shifted by up to 3 % |
//! | pen | half width 2.8–5.8 % of the image, ±20 % along the stroke; ink 0.85–1 |

use std::f64::consts::{PI, TAU};

use lab_core::rng::Stream;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::pen::{Drawing, Segment};
use super::skeleton::{Point, Skeleton};

const ANCHOR_SD: f64 = 0.035;
const OVERSHOOT: f64 = 0.05;
const TREMOR: f64 = 0.02;
const SLANT_SD: f64 = 0.18;
const SLANT_LIMIT: f64 = 0.4;
const ROTATION_SD_DEG: f64 = 5.0;
const SHIFT: f64 = 0.03;
const TAPER: f64 = 0.2;
/// Straight segments a span of the spline.
const N_STEPS: usize = 5;
/// Largest part of the image that a letter may fill, its pen included.
const EXTENT: f64 = 0.96;

/// Writes one letter. Every number is drawn from `rng`.
pub(super) fn write(letter: char, rng: &mut Stream) -> Drawing {
    let mut skeleton = Skeleton::of(letter, rng);
    for point in &mut skeleton.points {
        for coordinate in point.iter_mut() {
            *coordinate += normal(rng).clamp(-2.0, 2.0) * ANCHOR_SD - 0.5;
        }
    }
    let shear = Shear::draw(letter, rng);
    let tremor = Tremor::draw(rng);
    let half_width = rng.random_range(0.028..0.058);
    let mut segments = Vec::new();
    for stroke in &skeleton.strokes {
        let mut points: Vec<Point> = stroke.iter().map(|&idx| skeleton.points[idx]).collect();
        overshoot(&mut points, rng);
        let line: Vec<Point> = catmull_rom(&points)
            .into_iter()
            .map(|point| shear.of(tremor.of(point)))
            .collect();
        let (cycles, phase) = (rng.random_range(0.5..2.0), rng.random_range(0.0..TAU));
        let last = (line.len() - 2).max(1) as f64;
        segments.extend(line.windows(2).enumerate().map(|(idx, ends)| Segment {
            from: ends[0],
            to: ends[1],
            half_width: half_width
                * (1.0 + TAPER * (PI * cycles * idx as f64 / last + phase).sin()),
        }));
    }
    centre(&mut segments, half_width);
    let shift = [
        rng.random_range(-SHIFT..SHIFT),
        rng.random_range(-SHIFT..SHIFT),
    ];
    for segment in &mut segments {
        for end in [&mut segment.from, &mut segment.to] {
            *end = [end[0] + shift[0], end[1] + shift[1]];
        }
    }
    Drawing {
        segments,
        ink: rng.random_range(0.85..1.0),
    }
}

fn normal(rng: &mut Stream) -> f64 {
    StandardNormal.sample(rng)
}

/// Scale, slant and rotation.
struct Shear([[f64; 2]; 2]);

impl Shear {
    fn draw(letter: char, rng: &mut Stream) -> Self {
        let width = if letter == 'I' {
            rng.random_range(0.50..0.80)
        } else {
            rng.random_range(0.55..0.85)
        };
        let height = rng.random_range(0.72..0.92);
        let slant = (normal(rng) * SLANT_SD).clamp(-SLANT_LIMIT, SLANT_LIMIT);
        let (sin, cos) = (normal(rng) * ROTATION_SD_DEG).to_radians().sin_cos();
        let slanted = -slant * height;
        Self([
            [cos * width, cos * slanted - sin * height],
            [sin * width, sin * slanted + cos * height],
        ])
    }

    fn of(&self, [x, y]: Point) -> Point {
        self.0.map(|row| row[0] * x + row[1] * y)
    }
}

/// A smooth displacement of the whole letter, as of a hand that is not quite steady.
struct Tremor {
    frequency: [f64; 4],
    phase: [f64; 4],
}

impl Tremor {
    fn draw(rng: &mut Stream) -> Self {
        Self {
            frequency: std::array::from_fn(|_| rng.random_range(0.5..1.2)),
            phase: std::array::from_fn(|_| rng.random_range(0.0..TAU)),
        }
    }

    fn of(&self, [x, y]: Point) -> Point {
        let wave = |first: usize, along: f64| {
            let [slow, fast] = [(first, 1.0), (first + 1, 2.0)].map(|(idx, octave)| {
                (TAU * octave * self.frequency[idx] * along + self.phase[idx]).sin()
            });
            TREMOR * (slow + 0.5 * fast)
        };
        [x + wave(0, y), y + wave(2, x)]
    }
}

/// Lengthens or shortens both ends a little.
fn overshoot(points: &mut [Point], rng: &mut Stream) {
    let n = points.len();
    for (end, before) in [(0, 1), (n - 1, n - 2)] {
        let by = rng.random_range(-0.3..1.0) * OVERSHOOT;
        let [from, to] = [points[before], points[end]];
        points[end] = [
            to[0] + (to[0] - from[0]) * by,
            to[1] + (to[1] - from[1]) * by,
        ];
    }
}

/// A Catmull–Rom spline through all points; both ends are continued straight.
fn catmull_rom(points: &[Point]) -> Vec<Point> {
    let beyond = |end: Point, before: Point| [2.0 * end[0] - before[0], 2.0 * end[1] - before[1]];
    let n = points.len();
    let mut padded = vec![beyond(points[0], points[1])];
    padded.extend_from_slice(points);
    padded.push(beyond(points[n - 1], points[n - 2]));
    let mut line = Vec::with_capacity(n * N_STEPS);
    for span in padded.windows(4) {
        for step in 0..N_STEPS {
            let t = step as f64 / N_STEPS as f64;
            line.push(std::array::from_fn(|axis| {
                let [before, from, to, after] =
                    [span[0][axis], span[1][axis], span[2][axis], span[3][axis]];
                let linear = to - before;
                let square = 2.0 * before - 5.0 * from + 4.0 * to - after;
                let cube = 3.0 * from - before - 3.0 * to + after;
                0.5 * (2.0 * from + linear * t + square * t * t + cube * t * t * t)
            }));
        }
    }
    line.push(points[n - 1]);
    line
}

/// Puts the middle of the letter's box into the middle of the image, and shrinks a letter that would not fit.
fn centre(segments: &mut [Segment], half_width: f64) {
    let ends = || {
        segments
            .iter()
            .flat_map(|segment| [segment.from, segment.to])
    };
    let low: Point = std::array::from_fn(|axis| {
        ends()
            .map(|point| point[axis])
            .fold(f64::INFINITY, f64::min)
    });
    let high: Point = std::array::from_fn(|axis| {
        ends()
            .map(|point| point[axis])
            .fold(f64::NEG_INFINITY, f64::max)
    });
    let extent = (high[0] - low[0]).max(high[1] - low[1]);
    let scale = ((EXTENT - 2.0 * half_width) / extent).min(1.0);
    for segment in segments {
        for end in [&mut segment.from, &mut segment.to] {
            *end = std::array::from_fn(|axis| (end[axis] - 0.5 * (low[axis] + high[axis])) * scale);
        }
    }
}
