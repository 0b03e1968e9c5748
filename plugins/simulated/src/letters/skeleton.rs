//! The control points of each letter, with the variants that writers use.
//!
//! Points lie in the unit box, x to the right and y down. A point that several strokes share moves once for all of them,
//! so that joints stay closed.

use lab_core::rng::Stream;
use rand::Rng;

/// The letters, in the order of their classes.
pub(super) const LETTERS: [char; 6] = ['B', 'R', 'A', 'I', 'N', 'S'];

/// A point `[x, y]`.
pub(super) type Point = [f64; 2];

/// Points, and strokes as indices into them.
#[derive(Debug, Default)]
pub(super) struct Skeleton {
    pub(super) points: Vec<Point>,
    pub(super) strokes: Vec<Vec<usize>>,
}

impl Skeleton {
    /// One variant of a letter; an S for any letter that is none of the others.
    pub(super) fn of(letter: char, rng: &mut Stream) -> Self {
        let mut skeleton = Self::default();
        match letter {
            'B' => skeleton.b(rng),
            'R' => skeleton.r(rng),
            'A' => skeleton.a(rng),
            'I' => skeleton.i(rng),
            'N' => skeleton.n(),
            _ => skeleton.s(rng),
        }
        skeleton
    }

    #[expect(clippy::float_cmp, reason = "a point is known if it is the same point")]
    fn stroke(&mut self, points: &[Point]) {
        let stroke = points.iter().map(|point| {
            self.points
                .iter()
                .position(|known| known == point)
                .unwrap_or_else(|| {
                    self.points.push(*point);
                    self.points.len() - 1
                })
        });
        let stroke = stroke.collect();
        self.strokes.push(stroke);
    }

    /// A stem, in three of ten with a tick where the pen enters, and two bowls that meet at the waist.
    fn b(&mut self, rng: &mut Stream) {
        let waist_height = rng.random_range(0.40..0.54);
        let (top, bottom, waist) = ([0.10, 0.0], [0.08, 1.0], [0.10, waist_height]);
        let stem = [top, [0.09, waist_height], bottom];
        if rng.random_bool(0.3) {
            self.stroke(&[[0.0, 0.02], stem[0], stem[1], stem[2]]);
        } else {
            self.stroke(&stem);
        }
        let reach = rng.random_range(0.60..0.85);
        self.stroke(&[
            top,
            [0.5, 0.01],
            [reach, 0.22],
            [0.5, waist_height - 0.02],
            waist,
        ]);
        let reach = rng.random_range(0.82..1.0);
        self.stroke(&[
            waist,
            [0.55, waist_height + 0.03],
            [reach, 0.74],
            [0.55, 0.99],
            bottom,
        ]);
    }

    /// A stem, a bowl and a leg that starts somewhere along the waist.
    fn r(&mut self, rng: &mut Stream) {
        let waist_height = rng.random_range(0.44..0.58);
        let (top, waist) = ([0.10, 0.0], [0.10, waist_height]);
        let leg = rng.random_range(0.12..0.40);
        self.stroke(&[top, [0.09, waist_height], [0.08, 1.0]]);
        let reach = rng.random_range(0.75..0.95);
        self.stroke(&[
            top,
            [0.55, 0.0],
            [reach, 0.24],
            [0.5, waist_height - 0.01],
            waist,
        ]);
        let foot = rng.random_range(0.85..1.0);
        self.stroke(&[[leg, waist_height], [0.6, 0.74], [foot, 1.0]]);
    }

    /// Pointed, or in a quarter of cases round on top; a bar across.
    fn a(&mut self, rng: &mut Stream) {
        let bar = rng.random_range(0.52..0.70);
        let (apex, left, right) = ([0.5, 0.0], [0.0, 1.0], [1.0, 1.0]);
        if rng.random_bool(0.25) {
            self.stroke(&[
                left,
                [0.1, 0.45],
                [0.3, 0.06],
                [0.55, 0.0],
                [0.8, 0.2],
                [0.93, 0.6],
                right,
            ]);
            self.stroke(&[[0.06, bar], [0.5, bar], [0.92, bar]]);
        } else {
            self.stroke(&[apex, [0.26, 0.5], left]);
            self.stroke(&[apex, [0.76, 0.5], right]);
            self.stroke(&[[0.52 - 0.5 * bar, bar], [0.5, bar], [0.48 + 0.5 * bar, bar]]);
        }
    }

    /// A bare stem, or in a little more than half of cases one with serifs.
    fn i(&mut self, rng: &mut Stream) {
        let serif = rng.random_range(0.12..0.30);
        let (top, bottom) = ([0.5, 0.0], [0.5, 1.0]);
        self.stroke(&[top, [0.5, 0.5], bottom]);
        if rng.random_bool(0.55) {
            self.stroke(&[[0.5 - serif, 0.0], top, [0.5 + serif, 0.0]]);
            self.stroke(&[[0.5 - serif, 1.0], bottom, [0.5 + serif, 1.0]]);
        }
    }

    fn n(&mut self) {
        let (upper_left, lower_right) = ([0.06, 0.0], [0.95, 1.0]);
        self.stroke(&[[0.04, 1.0], [0.05, 0.5], upper_left]);
        self.stroke(&[upper_left, [0.5, 0.5], lower_right]);
        self.stroke(&[lower_right, [0.95, 0.5], [0.97, 0.0]]);
    }

    /// One stroke; its middle lies higher or lower.
    fn s(&mut self, rng: &mut Stream) {
        let middle = rng.random_range(0.42..0.54);
        let upper = [
            [0.9, 0.16],
            [0.74, 0.02],
            [0.46, 0.0],
            [0.14, 0.18],
            [0.3, middle - 0.09],
        ];
        let lower = [
            [0.6, middle + 0.06],
            [0.9, 0.76],
            [0.56, 1.0],
            [0.24, 0.98],
            [0.04, 0.84],
        ];
        self.stroke(&[upper, lower].concat());
    }
}
