//! Simulated scripted agents, each with its own noise, errors and timing.

use lab_core::rng::Stream;
use rand::Rng;
use rand_distr::{Distribution, Exp1, StandardNormal};

use super::asked::{Answer, Asked};
use super::human::Human;
use crate::study::decisions::Side;
use crate::study::people::rows::AgentKind;

/// Noise on an observer's margin, in standard deviations of the margins; and answers that are turned around.
const NOISE: (f64, f64) = (0.0, 0.5);
const ERRORS: (f64, f64) = (0.0, 0.1);
/// Seconds that a script waits, evenly over their logarithm.
const WAIT: (f64, f64) = (0.4, 4.0);

/// How an agent waits.
#[derive(Debug, Clone, Copy)]
enum Timing {
    /// Evenly between two times.
    Even(f64, f64),
    /// Normal around a time.
    Around(f64, f64),
    /// A fixed time, and an exponential one.
    Tail(f64, f64),
    /// A person's.
    Human(Human),
}

/// How an agent chooses.
#[derive(Debug, Clone, Copy)]
enum Choice {
    Observer {
        which: usize,
        noise: f64,
        errors: f64,
    },
    Coin,
    Left(f64),
}

/// A scripted agent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Agent {
    choice: Choice,
    timing: Timing,
}

impl Agent {
    pub(super) fn draw(kind: AgentKind, rng: &mut Stream) -> Self {
        let observer = |which: usize, rng: &mut Stream| Choice::Observer {
            which,
            noise: rng.random_range(NOISE.0..NOISE.1),
            errors: rng.random_range(ERRORS.0..ERRORS.1),
        };
        let choice = match kind {
            AgentKind::Pixel => observer(0, rng),
            AgentKind::Ssim => observer(1, rng),
            AgentKind::Features => observer(2, rng),
            AgentKind::HumanTimes => {
                let which = rng.random_range(0..3_u32) as usize;
                observer(which, rng)
            }
            AgentKind::Coin => Choice::Coin,
            AgentKind::Side => {
                let often = rng.random_range(0.8..1.0);
                Choice::Left(if rng.random::<bool>() {
                    often
                } else {
                    1.0 - often
                })
            }
        };
        let timing = if kind == AgentKind::HumanTimes {
            Timing::Human(Human::draw(rng))
        } else {
            Timing::draw(rng)
        };
        Self { choice, timing }
    }

    pub(super) fn answer(&self, asked: &Asked, carried: &mut f64, rng: &mut Stream) -> Answer {
        let is_correct = match self.choice {
            Choice::Observer {
                which,
                noise,
                errors,
            } => {
                let disturbed: f64 = StandardNormal.sample(&mut *rng);
                let is_right = asked.margins[which] + noise * disturbed > 0.0;
                is_right != (rng.random::<f64>() < errors)
            }
            Choice::Coin => rng.random::<bool>(),
            Choice::Left(often) => sided(often, asked.side, rng),
        };
        (is_correct, self.timing.wait(asked, carried, rng))
    }

    /// Whether an attention check is passed: an observer sees what is plain.
    pub(super) fn passes(&self, side: Side, rng: &mut Stream) -> bool {
        match self.choice {
            Choice::Observer { errors, .. } => rng.random::<f64>() >= errors,
            Choice::Coin => rng.random::<bool>(),
            Choice::Left(often) => sided(often, side, rng),
        }
    }
}

fn sided(often_left: f64, side: Side, rng: &mut Stream) -> bool {
    let is_left = rng.random::<f64>() < often_left;
    is_left == (side == Side::Left)
}

impl Timing {
    fn draw(rng: &mut Stream) -> Self {
        let base = rng.random_range(WAIT.0.ln()..WAIT.1.ln()).exp();
        match rng.random_range(0..3_u32) {
            0 => Self::Even(base, base * rng.random_range(1.3..3.0)),
            1 => Self::Around(base, base * rng.random_range(0.05..0.3)),
            _ => Self::Tail(
                base * rng.random_range(0.3..0.9),
                base * rng.random_range(0.2..0.8),
            ),
        }
    }

    fn wait(&self, asked: &Asked, carried: &mut f64, rng: &mut Stream) -> f64 {
        let seconds = match self {
            Self::Even(low, high) => rng.random_range(*low..*high),
            Self::Around(mean, sd) => {
                let z: f64 = StandardNormal.sample(&mut *rng);
                (mean + sd * z).max(0.05)
            }
            Self::Tail(least, mean) => {
                let tail: f64 = Exp1.sample(&mut *rng);
                least + mean * tail
            }
            Self::Human(human) => return human.time(asked, carried, rng),
        };
        1000.0 * seconds
    }
}
