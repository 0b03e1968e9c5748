//! Corpora of the defect finder's test.

use std::f32::consts::FRAC_PI_4;

use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::Labels;
use lab_core::rng::{Stream, stream};
use lab_core::traits::Dataset;
use rand::Rng;
use rand::seq::SliceRandom;

/// Height and width in pixels of every picture here.
pub(super) const SIZE: usize = 32;
/// Pixels of a picture.
pub(super) const N_PIXELS: usize = SIZE * SIZE;

/// An image in `[−1, 1]`.
pub(super) type Image = Vec<f32>;

/// Images with their classes.
pub(super) struct Corpus {
    pub(super) name: &'static str,
    /// Whether images of one class look alike.
    pub(super) shows_classes: bool,
    pub(super) images: Vec<(Image, u32)>,
}

/// A corpus in three parts that share no image.
pub(super) struct Parts {
    pub(super) test: Vec<(Image, u32)>,
    pub(super) train: Vec<(Image, u32)>,
    /// What a generator draws: images of the same kind that nobody was fitted on.
    pub(super) fresh: Vec<(Image, u32)>,
}

impl Corpus {
    /// What the thresholds were chosen on: drawn letters and scenes, blobs and gratings.
    pub(super) fn of_building() -> Vec<Self> {
        let of =
            |kind: &str| format!("{kind}(n_train: 600, n_test: 0, size: 32, series: \"built\")");
        vec![
            Self::of_plugin("letters", true, &of("letters")),
            Self::of_plugin("scenes", false, &of("scenes")),
            Self::of_function("blobs", blob),
            Self::of_function("gratings", grating),
        ]
    }

    /// What no threshold has seen.
    pub(super) fn held_out() -> Vec<Self> {
        vec![
            Self::of_function("strokes", strokes),
            Self::of_function("tiles", tiles),
            Self::of_function("clouds", clouds),
        ]
    }

    fn of_function(name: &'static str, draw: fn(&mut Stream) -> (Image, u32)) -> Self {
        let mut rng = stream(11, &format!("defects/{name}"));
        Self {
            name,
            shows_classes: true,
            images: (0..500).map(|_| draw(&mut rng)).collect(),
        }
    }

    fn of_plugin(name: &'static str, shows_classes: bool, text: &str) -> Self {
        let dataset = PluginRef::<dyn Dataset>::of(text)
            .build(&Context::new(1))
            .unwrap();
        let recording = dataset.load(&Context::new(1)).unwrap();
        let stimuli = &recording.stimuli;
        let all: Vec<usize> = (0..stimuli.images.n_images()).collect();
        let pixels = stimuli.images.read(&all).unwrap();
        let n_pixels = stimuli.shape().n_pixels();
        assert_eq!(n_pixels, N_PIXELS, "{name}");
        let classes = stimuli.classes(&all);
        let class = |at: usize| classes.as_ref().map_or(Labels::NONE, |classes| classes[at]);
        let images = pixels.chunks(n_pixels).map(<[f32]>::to_vec);
        let images = images.enumerate().map(|(at, image)| (image, class(at)));
        Self {
            name,
            shows_classes,
            images: images.collect(),
        }
    }

    /// The corpus in a random order, cut into three parts.
    pub(super) fn parts(&self, n_test: usize, rng: &mut Stream) -> Parts {
        let mut order: Vec<usize> = (0..self.images.len()).collect();
        order.shuffle(rng);
        let mut images = order.into_iter().map(|at| self.images[at].clone());
        let mut take = |n: usize| images.by_ref().take(n).collect::<Vec<_>>();
        Parts {
            test: take(n_test),
            train: take(150),
            fresh: take(200),
        }
    }
}

fn drawn(at: impl Fn(f32, f32) -> f32) -> Image {
    (0..N_PIXELS)
        .map(|place| at((place % SIZE) as f32, (place / SIZE) as f32))
        .collect()
}

/// Some soft spots; the class is the quarter in which the brightest lies.
fn blob(rng: &mut Stream) -> (Image, u32) {
    let n = rng.random_range(2..6);
    let spots: Vec<[f32; 4]> = (0..n)
        .map(|_| {
            let (x, y) = place(rng);
            [x, y, rng.random_range(1.5..5.0), rng.random_range(0.3..0.9)]
        })
        .collect();
    let at = |x: f32, y: f32| -> f32 {
        let spot = |[u, v, width, height]: &[f32; 4]| {
            height * (-((x - u).powi(2) + (y - v).powi(2)) / (2.0 * width * width)).exp()
        };
        (spots.iter().map(spot).sum::<f32>() * 1.6 - 0.9).min(1.0)
    };
    let brightest = spots.iter().max_by(|a, b| a[3].total_cmp(&b[3])).unwrap();
    let class = u32::from(brightest[0] > 16.0) + 2 * u32::from(brightest[1] > 16.0);
    (drawn(at), class)
}

/// Two halves of gratings under a gradient of light; the class is the orientation of the left one.
fn grating(rng: &mut Stream) -> (Image, u32) {
    let class = rng.random_range(0..4_u32);
    let wave = |rng: &mut Stream, turn: f32| {
        let turn = turn + rng.random_range(-0.2..0.2_f32);
        let rate = rng.random_range(0.3..0.8_f32);
        let phase = rng.random_range(0.0..6.3_f32);
        (rate * turn.cos(), rate * turn.sin(), phase)
    };
    let left = wave(rng, class as f32 * FRAC_PI_4);
    let turn = rng.random_range(0.0..3.1);
    let right = wave(rng, turn);
    let edge = rng.random_range(8.0..24.0_f32);
    let light = rng.random_range(-0.5..0.5_f32);
    let slope = rng.random_range(-0.02..0.02_f32);
    let at = |x: f32, y: f32| {
        let (u, v, phase) = if x < edge { left } else { right };
        (0.5 * (u * x + v * y + phase).sin() + light + slope * (y - 16.0)).clamp(-1.0, 1.0)
    };
    (drawn(at), class)
}

/// Three strokes on a dark ground; the class is the orientation of the thickest, which is the longest.
fn strokes(rng: &mut Stream) -> (Image, u32) {
    let class = rng.random_range(0..4_u32);
    let all: Vec<[f32; 6]> = (0..3)
        .map(|idx| {
            let turn = if idx == 0 {
                class as f32 * FRAC_PI_4 + rng.random_range(-0.25..0.25)
            } else {
                rng.random_range(0.0..3.1)
            };
            let (x, y) = if idx == 0 {
                (
                    16.0 + rng.random_range(-4.0..4.0),
                    16.0 + rng.random_range(-4.0..4.0),
                )
            } else {
                place(rng)
            };
            let (half, width) = if idx == 0 {
                (12.0, 2.5)
            } else {
                (rng.random_range(3.0..8.0), 1.2)
            };
            [x, y, turn.cos(), turn.sin(), half, width]
        })
        .collect();
    let at = |x: f32, y: f32| -> f32 {
        let ink = |[u, v, cos, sin, half, width]: &[f32; 6]| {
            let (dx, dy) = (x - u, y - v);
            let along = (dx * cos + dy * sin).clamp(-half, *half);
            let off = (dx - along * cos).powi(2) + (dy - along * sin).powi(2);
            (-off / (2.0 * width * width)).exp()
        };
        1.8 * all.iter().map(ink).fold(0.0, f32::max) - 0.9
    };
    (drawn(at), class)
}

/// Grey tiles of several sizes; the class is the quarter that is lighter than the others.
fn tiles(rng: &mut Stream) -> (Image, u32) {
    let class = rng.random_range(0..4_u32);
    let side = [2, 4, 8][rng.random_range(0..3)];
    let greys: Vec<f32> = (0..256).map(|_| rng.random_range(-0.7..0.4)).collect();
    let at = |x: f32, y: f32| {
        let (column, line) = (x as usize / side, y as usize / side);
        let quarter = u32::from(x >= 16.0) + 2 * u32::from(y >= 16.0);
        greys[column + 16 * line] + if quarter == class { 0.5 } else { 0.0 }
    };
    (drawn(at), class)
}

/// Slow waves of all directions, most of them of one; that one is the class.
fn clouds(rng: &mut Stream) -> (Image, u32) {
    let class = rng.random_range(0..4_u32);
    let light = rng.random_range(-0.4..0.4_f32);
    let waves: Vec<[f32; 4]> = (0..12)
        .map(|idx| {
            let turn = if idx < 4 {
                class as f32 * FRAC_PI_4 + rng.random_range(-0.2..0.2)
            } else {
                rng.random_range(0.0..3.1)
            };
            let rate = rng.random_range(0.1..0.7_f32);
            let phase = if idx < 4 {
                0.0
            } else {
                rng.random_range(0.0..6.3_f32)
            };
            [rate * turn.cos(), rate * turn.sin(), phase, 0.06 / rate]
        })
        .collect();
    let at = |x: f32, y: f32| -> f32 {
        let wave = |[u, v, phase, height]: &[f32; 4]| {
            height * (u * (x - 16.0) + v * (y - 16.0) + phase).sin()
        };
        (light + waves.iter().map(wave).sum::<f32>()).clamp(-1.0, 1.0)
    };
    (drawn(at), class)
}

/// A place away from the border.
fn place(rng: &mut Stream) -> (f32, f32) {
    (rng.random_range(3.0..29.0), rng.random_range(3.0..29.0))
}
