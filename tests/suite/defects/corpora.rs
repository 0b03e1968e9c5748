//! Corpora of the defect finder's test.

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
    /// What the thresholds were chosen on: drawn letters and scenes.
    pub(super) fn of_building() -> Vec<Self> {
        vec![
            Self::of_plugin(
                "letters",
                true,
                "letters(n_train: 600, n_test: 0, size: 32, series: \"built\")",
            ),
            Self::of_plugin(
                "scenes",
                false,
                "scenes(n_train: 600, n_test: 0, size: 32, series: \"built\")",
            ),
        ]
    }

    /// What no threshold has seen: blobs, gratings and, if they are there, the authors' handwritten letters.
    pub(super) fn held_out(stimuli: Option<&str>) -> Vec<Self> {
        let mut all = vec![Self::blobs(), Self::gratings()];
        all.extend(stimuli.map(|path| {
            let text = format!("brains(images: {path:?}, responses: Absent, size: 32)");
            Self::of_plugin("handwritten letters", true, &text)
        }));
        all
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

    /// Some soft spots; the class is the quarter in which the brightest lies.
    fn blobs() -> Self {
        let mut rng = stream(11, "defects/blobs");
        let image = |rng: &mut Stream| {
            let n = rng.random_range(2..6);
            let spots: Vec<[f32; 4]> = (0..n)
                .map(|_| {
                    let place = |rng: &mut Stream| rng.random_range(3.0..29.0_f32);
                    [
                        place(rng),
                        place(rng),
                        rng.random_range(1.5..5.0),
                        rng.random_range(0.3..0.9),
                    ]
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
        };
        Self {
            name: "blobs",
            shows_classes: true,
            images: (0..500).map(|_| image(&mut rng)).collect(),
        }
    }

    /// Two halves of gratings under a gradient of light; the class is the orientation of the left one.
    fn gratings() -> Self {
        let mut rng = stream(12, "defects/gratings");
        let image = |rng: &mut Stream| {
            let class = rng.random_range(0..4_u32);
            let wave = |rng: &mut Stream, turn: f32| {
                let turn = turn + rng.random_range(-0.2..0.2_f32);
                let rate = rng.random_range(0.3..0.8_f32);
                (
                    rate * turn.cos(),
                    rate * turn.sin(),
                    rng.random_range(0.0..6.3_f32),
                )
            };
            let left = wave(rng, class as f32 * std::f32::consts::FRAC_PI_4);
            let turn = rng.random_range(0.0..3.1);
            let right = wave(rng, turn);
            let (edge, light) = (
                rng.random_range(8.0..24.0_f32),
                rng.random_range(-0.5..0.5_f32),
            );
            let slope = rng.random_range(-0.02..0.02_f32);
            let at = |x: f32, y: f32| {
                let (u, v, phase) = if x < edge { left } else { right };
                (0.5 * (u * x + v * y + phase).sin() + light + slope * (y - 16.0)).clamp(-1.0, 1.0)
            };
            (drawn(at), class)
        };
        Self {
            name: "gratings",
            shows_classes: true,
            images: (0..500).map(|_| image(&mut rng)).collect(),
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
