//! A simulated person.

use lab_core::rng::Stream;
use rand::Rng;
use rand_distr::{Distribution, Exp1, StandardNormal};

use super::asked::{Answer, Asked};
use crate::study::decisions::Side;

/// Share of people who guess throughout, in a person's times.
const GUESSERS: f64 = 0.04;
/// Share of people with many lapses, and how often they lapse.
const CARELESS: f64 = 0.1;
const MANY_LAPSES: (f64, f64) = (0.08, 0.3);
/// Log-odds of the average trial, and what a standard deviation of ease adds.
const EASE: f64 = 1.1;
/// Share of times with a distraction.
const DISTRACTED: f64 = 0.01;
/// Trials in which practice has reached two thirds of what it gains.
const PRACTICE_TRIALS: f64 = 12.0;
/// Middle of the observers' margins, which cues are told from.
const MIDDLE: f64 = 0.45;

/// What is the person's own.
///
/// ```text
/// rt = t₀ + exp(μ + β·(−|1.1 + 1.1 h|) − γ(1 − e^(−t/12)) + σ z_t) seconds,     z_t = φ z_(t−1) + √(1 − φ²) ε
/// ```
#[derive(Debug, Clone, Copy)]
pub(super) struct Human {
    /// How strongly ease tells; 0 for those who guess.
    strength: f64,
    /// Weights of the observers' margins: what the person happens to look at.
    cues: [f64; 3],
    lapse: f64,
    /// Lapses at the end, over those at the beginning, less one.
    fatigue: f64,
    bias: f64,
    onset: f64,
    speed: f64,
    spread: f64,
    slowing: f64,
    practice: f64,
    follows: f64,
}

impl Human {
    pub(super) fn draw(rng: &mut Stream) -> Self {
        let is_guesser = rng.random::<f64>() < GUESSERS;
        let is_careless = rng.random::<f64>() < CARELESS;
        let mut normal = || -> f64 { StandardNormal.sample(&mut *rng) };
        let strength = (0.3 * normal()).exp();
        let cues = [0; 3].map(|_| 0.15 * normal());
        let bias = 0.25 * normal();
        let speed = 0.25 + 0.35 * normal();
        let slowing = (0.13 + 0.05 * normal()).max(0.0);
        let mut between = |low: f64, high: f64| rng.random_range(low..high);
        Self {
            strength: if is_guesser { 0.0 } else { strength },
            cues: if is_guesser { [0.0; 3] } else { cues },
            lapse: if is_careless {
                between(MANY_LAPSES.0, MANY_LAPSES.1)
            } else {
                between(0.0, 0.05)
            },
            fatigue: between(0.0, 1.0),
            bias,
            onset: between(0.2, 0.45),
            // Whoever guesses need not look for long.
            speed: if is_guesser { speed - 0.5 } else { speed },
            spread: between(0.35, 0.6),
            slowing: if is_guesser { 0.0 } else { slowing },
            practice: between(0.0, 0.4),
            follows: between(0.1, 0.45),
        }
    }

    pub(super) fn answer(&self, asked: &Asked, carried: &mut f64, rng: &mut Stream) -> Answer {
        let progress = asked.place.0 as f64 / asked.place.1 as f64;
        let lapses = rng.random::<f64>() < self.lapse * (1.0 + self.fatigue * progress);
        let towards = match asked.side {
            Side::Left => self.bias,
            Side::Right => -self.bias,
        };
        let seen = self.strength * EASE * (1.0 + asked.ease)
            + self
                .cues
                .iter()
                .zip(asked.margins)
                .map(|(cue, margin)| cue * (margin - MIDDLE))
                .sum::<f64>();
        let evidence = if lapses { 0.0 } else { seen };
        let is_correct = rng.random::<f64>() < 1.0 / (1.0 + (-evidence - towards).exp());
        let mut time = self.time(asked, carried, rng);
        if lapses {
            time *= rng.random_range(0.4..1.0);
        }
        (is_correct, time)
    }

    /// Milliseconds; `carried` is what the next time keeps of this one.
    pub(super) fn time(&self, asked: &Asked, carried: &mut f64, rng: &mut Stream) -> f64 {
        let noise: f64 = StandardNormal.sample(&mut *rng);
        *carried = self.follows * *carried + (1.0 - self.follows * self.follows).sqrt() * noise;
        let gained = 1.0 - (-(asked.place.0 as f64) / PRACTICE_TRIALS).exp();
        let log =
            self.speed - self.slowing * (EASE * (1.0 + asked.ease)).abs() - self.practice * gained
                + self.spread * *carried;
        let seconds = self.onset + log.exp();
        let distracted = if rng.random::<f64>() < DISTRACTED {
            1.0
        } else {
            0.0
        };
        let away: f64 = Exp1.sample(&mut *rng);
        1000.0 * (seconds + distracted * 5.0 * away)
    }

    /// Whether the person guesses throughout.
    pub(super) fn guesses(&self) -> bool {
        self.strength <= 0.0
    }

    /// Whether an attention check is passed.
    pub(super) fn passes(&self, rng: &mut Stream) -> bool {
        let knows = self.strength > 0.0 && rng.random::<f64>() >= self.lapse;
        // Whoever does not look is right half the time; one look in fifty fails.
        if knows {
            rng.random::<f64>() < 0.98
        } else {
            rng.random::<bool>()
        }
    }
}
