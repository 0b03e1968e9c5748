//! Simulated decoders: sound ones, and ones with a planted defect of a strength drawn from a stated range.

use lab_core::rng::Stream;
use lab_score::guards::Defect;
use rand::Rng;
use rand::seq::SliceRandom;

use super::corpora::{Corpus, Image, N_PIXELS, Parts, SIZE};

/// Smallest share of the original, and largest noise, of sound decoders: below them, sets of 40 to 90 images cannot be told from
/// no information.
const WEAKEST: (f32, f32) = (0.12, 3.0);
/// The same of decoders whose reconstructions are handed over in another order: in any order each must fit one of the originals.
const WEAK: (f32, f32) = (0.35, 1.2);

/// A set of reconstructions, with what was planted in it.
pub(super) struct Case {
    pub(super) planted: Option<Defect>,
    /// Corpus, kind and strength, in words.
    pub(super) words: String,
    pub(super) originals: Vec<Image>,
    pub(super) reconstructions: Vec<Image>,
    pub(super) train: Vec<Image>,
    pub(super) classes: Vec<u32>,
}

impl Case {
    fn new(parts: &Parts, reconstructions: Vec<Image>, words: String) -> Self {
        let images = |part: &[(Image, u32)]| part.iter().map(|(image, _)| image.clone()).collect();
        Self {
            planted: None,
            words,
            originals: images(&parts.test),
            reconstructions,
            train: images(&parts.train),
            classes: parts.test.iter().map(|(_, class)| *class).collect(),
        }
    }
}

/// A sound decoder: it keeps a share of the original and of nothing else, however small.
pub(super) fn sound(corpus: &Corpus, rng: &mut Stream) -> Case {
    let n_test = rng.random_range(40..90);
    let parts = corpus.parts(n_test, rng);
    let kind = rng.random_range(0..5);
    let (made, words) = honest(&parts, kind, WEAKEST, rng);
    Case::new(&parts, made, format!("{}, sound, {words}", corpus.name))
}

/// Reconstructions of a sound decoder of one of five kinds.
fn honest(
    parts: &Parts,
    kind: usize,
    (least, most): (f32, f32),
    rng: &mut Stream,
) -> (Vec<Image>, String) {
    let mean = mean(&parts.train);
    let (gain, offset) = (rng.random_range(0.5..1.2), rng.random_range(-0.2..0.2_f32));
    let share: f32 = rng.random_range(least..0.9);
    let noise: f32 = rng.random_range(0.1..most);
    let radius = rng.random_range(1..4);
    let n_waves = rng.random_range(4..9);
    let words = match kind {
        0 => format!("share {share:.2} of the original in smooth noise"),
        1 => format!("blurred by {radius} pixels, noise {noise:.2}"),
        2 => format!("share {share:.2} of the original in another image"),
        3 => format!("pixel noise {noise:.2}"),
        _ => format!("{n_waves} × {n_waves} waves, noise {noise:.2}"),
    };
    let mut others: Vec<&Image> = parts.fresh.iter().map(|(image, _)| image).collect();
    others.shuffle(rng);
    let mut one = |(original, other): (&Image, &Image)| -> Image {
        let made: Image = match kind {
            0 => {
                let smooth = blurred(&white(rng), 3);
                let parts = original.iter().zip(&mean).zip(smooth);
                parts
                    .map(|((x, m), e)| m + share * (x - m) + (1.0 - share) * 2.5 * e)
                    .collect()
            }
            1 => add(&blurred(original, radius), &white(rng), noise),
            2 => add(&scaled(original, share), other, 1.0 - share),
            3 => add(original, &white(rng), noise),
            _ => waves(original, &mean, n_waves, noise, rng),
        };
        made.iter()
            .map(|pixel| (gain * pixel + offset).clamp(-1.0, 1.0))
            .collect()
    };
    let originals = parts.test.iter().map(|(image, _)| image);
    let made = originals.zip(others).map(&mut one).collect();
    (made, words)
}

/// A set with a planted defect.
pub(super) fn planted(defect: Defect, corpus: &Corpus, rng: &mut Stream) -> Case {
    let n_test = rng.random_range(40..90);
    let mut parts = corpus.parts(n_test, rng);
    let (made, words) = match defect {
        Defect::NoInformation => from_the_prior(&parts, rng),
        Defect::Memorised => copies(&parts, rng),
        Defect::Collapsed => few(&parts, rng),
        Defect::Leaked => leak(&mut parts, rng),
        Defect::WrongPairing => mispaired(&parts, rng),
        Defect::LuminanceOnly => luminance(&parts, rng),
        Defect::ClassOnly => class(&parts, rng),
    };
    let mut case = Case::new(
        &parts,
        made,
        format!("{}, {}, {words}", corpus.name, defect.name()),
    );
    case.planted = Some(defect);
    case
}

/// Images of the prior, blended with the mean by up to 80 %, blurred by up to 2 pixels.
fn from_the_prior(parts: &Parts, rng: &mut Stream) -> (Vec<Image>, String) {
    let mean = mean(&parts.train);
    let blend = rng.random_range(0.0..0.8);
    let radius = rng.random_range(0..3);
    let mut order: Vec<usize> = (0..parts.fresh.len()).collect();
    order.shuffle(rng);
    let one = |at: &usize| {
        let image = blurred(&parts.fresh[*at].0, radius);
        add(&scaled(&image, 1.0 - blend), &mean, blend)
    };
    let made = order.iter().take(parts.test.len()).map(one).collect();
    (made, format!("blend {blend:.2}, blur {radius}"))
}

/// Training images, random ones or the nearest to a noisy original, in white noise of up to .6 or smooth noise of up to .25.
fn copies(parts: &Parts, rng: &mut Stream) -> (Vec<Image>, String) {
    let looked_up = rng.random_bool(0.5);
    let smooth = rng.random_bool(0.5);
    let noise = rng.random_range(0.0..if smooth { 0.25 } else { 0.6 });
    let made = parts
        .test
        .iter()
        .map(|(original, _)| {
            let at = if looked_up {
                let seen = add(original, &white(rng), 1.0);
                nearest(&seen, &parts.train)
            } else {
                rng.random_range(0..parts.train.len())
            };
            let e = if smooth {
                scaled(&blurred(&white(rng), 3), 5.0)
            } else {
                white(rng)
            };
            clamped(&add(&parts.train[at].0, &e, noise))
        })
        .collect();
    let way = if looked_up { "looked up" } else { "random" };
    (made, format!("{way}, noise {noise:.2}"))
}

/// Two to a quarter as many outputs as images, random ones or the nearest to the original, in noise of up to .2.
fn few(parts: &Parts, rng: &mut Stream) -> (Vec<Image>, String) {
    let n_outputs = rng.random_range(2..=parts.test.len() / 4);
    let looked_up = rng.random_bool(0.5);
    let noise = rng.random_range(0.0..0.2);
    let outputs = &parts.fresh[..n_outputs];
    let made = parts
        .test
        .iter()
        .map(|(original, _)| {
            let at = if looked_up {
                nearest(original, outputs)
            } else {
                rng.random_range(0..n_outputs)
            };
            clamped(&add(&outputs[at].0, &white(rng), noise))
        })
        .collect();
    (made, format!("{n_outputs} outputs, noise {noise:.2}"))
}

/// A sound decoder; 2 test images to half of them stand in the training set, darker or lighter, noisy by up to .2, or mirrored.
fn leak(parts: &mut Parts, rng: &mut Stream) -> (Vec<Image>, String) {
    let (made, words) = honest(parts, rng.random_range(0..5), WEAKEST, rng);
    let n_leaked = rng.random_range(2..=parts.test.len() / 2);
    let noise = rng.random_range(0.0..0.2);
    let mirrored = rng.random_bool(0.3);
    let gain = rng.random_range(0.6..1.0_f32);
    for at in 0..n_leaked {
        let mut image = parts.test[at].0.clone();
        if mirrored {
            image = image
                .chunks(SIZE)
                .flat_map(|line| line.iter().rev().copied())
                .collect();
        }
        let noisy = add(&scaled(&image, gain), &white(rng), noise);
        parts.train[at * 2].0 = clamped(&noisy);
    }
    (
        made,
        format!("{n_leaked} leaked, noise {noise:.2}, mirrored {mirrored}; {words}"),
    )
}

/// A sound decoder whose reconstructions are shifted, reversed, sorted by letters, moved from a place on, or in a random order.
fn mispaired(parts: &Parts, rng: &mut Stream) -> (Vec<Image>, String) {
    let (made, words) = honest(parts, rng.random_range(0..5), WEAK, rng);
    let n = made.len();
    let mut order: Vec<usize> = (0..n).collect();
    let kind = rng.random_range(0..5);
    let way = match kind {
        0 => {
            order.rotate_left(rng.random_range(1..n));
            "shifted"
        }
        1 => {
            order.reverse();
            "reversed"
        }
        2 => {
            order.sort_by_key(|at| (at + 1).to_string());
            "by letters"
        }
        3 => {
            let from = rng.random_range(0..n / 2);
            order[from..].rotate_left(1);
            "one missing"
        }
        _ => {
            order.shuffle(rng);
            "random order"
        }
    };
    let made = order.into_iter().map(|at| made[at].clone()).collect();
    (made, format!("{way}; {words}"))
}

/// Images of the prior with the mean luminance of the original, or nothing but a grey field, times .4 to 1.2.
fn luminance(parts: &Parts, rng: &mut Stream) -> (Vec<Image>, String) {
    let field = rng.random_bool(0.3);
    let gain = rng.random_range(0.4..1.2);
    let mut order: Vec<usize> = (0..parts.fresh.len()).collect();
    order.shuffle(rng);
    let made = parts
        .test
        .iter()
        .zip(order)
        .map(|((original, _), at)| {
            let light = gain * level(original);
            let image = if field {
                scaled(&white(rng), 0.05)
            } else {
                let image = &parts.fresh[at].0;
                let own = level(image);
                image.iter().map(|pixel| 0.6 * (pixel - own)).collect()
            };
            image
                .iter()
                .map(|pixel| (pixel + light).clamp(-1.0, 1.0))
                .collect()
        })
        .collect();
    (made, format!("gain {gain:.2}, field {field}"))
}

/// Another image of the original's class, at 50 to 100 %, the rest smooth noise.
fn class(parts: &Parts, rng: &mut Stream) -> (Vec<Image>, String) {
    let share = rng.random_range(0.5..1.0);
    let mut fresh: Vec<&(Image, u32)> = parts.fresh.iter().collect();
    fresh.shuffle(rng);
    let made = parts
        .test
        .iter()
        .map(|(_, class)| {
            let at = fresh.iter().position(|(_, of)| of == class).unwrap();
            let (image, _) = fresh.swap_remove(at);
            let e = scaled(&blurred(&white(rng), 3), 2.5);
            clamped(&add(&scaled(image, share), &e, 1.0 - share))
        })
        .collect();
    (made, format!("share {share:.2}"))
}

fn mean(images: &[(Image, u32)]) -> Image {
    let mut mean = vec![0.0; N_PIXELS];
    for (image, _) in images {
        for (sum, pixel) in mean.iter_mut().zip(image) {
            *sum += pixel / images.len() as f32;
        }
    }
    mean
}

fn level(image: &Image) -> f32 {
    image.iter().sum::<f32>() / image.len() as f32
}

fn add(image: &Image, other: &Image, weight: f32) -> Image {
    image
        .iter()
        .zip(other)
        .map(|(x, e)| x + weight * e)
        .collect()
}

fn scaled(image: &Image, gain: f32) -> Image {
    image.iter().map(|pixel| gain * pixel).collect()
}

fn clamped(image: &Image) -> Image {
    image.iter().map(|pixel| pixel.clamp(-1.0, 1.0)).collect()
}

/// White noise of standard deviation 1, a sum of twelve uniform numbers.
fn white(rng: &mut Stream) -> Image {
    let mut one = || (0..12).map(|_| rng.random_range(0.0..1.0_f32)).sum::<f32>() - 6.0;
    (0..N_PIXELS).map(|_| one()).collect()
}

/// Means over squares of 2 · radius + 1 pixels.
fn blurred(image: &Image, radius: usize) -> Image {
    let at = |x: usize, y: usize| {
        let (rows, columns) = (
            y.saturating_sub(radius)..(y + radius + 1).min(SIZE),
            x.saturating_sub(radius)..(x + radius + 1).min(SIZE),
        );
        let n = rows.len() * columns.len();
        let sum: f32 = rows
            .map(|row| image[row * SIZE..][columns.clone()].iter().sum::<f32>())
            .sum();
        sum / n as f32
    };
    (0..N_PIXELS)
        .map(|place| at(place % SIZE, place / SIZE))
        .collect()
}

/// The first cosines of the image minus the mean, each with noise of its own size.
fn waves(original: &Image, mean: &Image, n: usize, noise: f32, rng: &mut Stream) -> Image {
    let wave = |k: usize, x: usize| {
        (std::f32::consts::PI * k as f32 * (x as f32 + 0.5) / SIZE as f32).cos()
    };
    let mut made = mean.clone();
    for (u, v) in (0..n).flat_map(|u| (0..n).map(move |v| (u, v))) {
        let basis: Image = (0..N_PIXELS)
            .map(|place| wave(u, place % SIZE) * wave(v, place / SIZE))
            .collect();
        let norm: f32 = basis.iter().map(|b| b * b).sum();
        let centred = original.iter().zip(mean).zip(&basis);
        let weight: f32 = centred.map(|((x, m), b)| (x - m) * b).sum::<f32>() / norm;
        let size = 0.3 / (1.0 + (u + v) as f32);
        let e = (0..12).map(|_| rng.random_range(0.0..1.0_f32)).sum::<f32>() - 6.0;
        let weight = weight + noise * size * e;
        for (pixel, b) in made.iter_mut().zip(&basis) {
            *pixel += weight * b;
        }
    }
    made
}

/// The image among `others` that correlates most.
fn nearest(image: &Image, others: &[(Image, u32)]) -> usize {
    let correlation = |other: &Image| {
        let (a, b) = (level(image), level(other));
        let pairs = || image.iter().zip(other);
        let both: f32 = pairs().map(|(x, y)| (x - a) * (y - b)).sum();
        let squares: f32 = other.iter().map(|y| (y - b).powi(2)).sum();
        both / squares.sqrt().max(1e-6)
    };
    let all = others.iter().enumerate();
    let best = all.map(|(at, (other, _))| (at, correlation(other)));
    best.max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(0, |(at, _)| at)
}
