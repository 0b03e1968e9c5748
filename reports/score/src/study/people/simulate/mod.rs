//! Simulated studies with people and scripted agents in them. Nobody answered.
//!
//! ```text
//! difficulty    h(a, b) = .8 u_a + .4 v_b + .45 e_ab                         original a, foil b; all standard normal
//! margins       m_k(a, b) = .45 + ρ h + √(1 − ρ²)(.7 f_ab + .714 g_kab)      observer k: pixel, SSIM, features
//! a person      logit P(right) = s(1.1 + 1.1 h) + Σ_k w_k m_k + side bias    s, w, bias, lapses and times are the person's own
//! an agent      right if m_k + noise > 0, but for its errors
//! ```
//! ρ ([`Crowd::correlation`]) is how far what is hard for people is hard for an observer; two observers' margins correlate by
//! `ρ² + .49(1 − ρ²)`. Numbers of people are ours, chosen to be of the size of published choices between two pictures; they are
//! no measurement.

mod agents;
mod human;
mod stimuli;

use lab_core::rng::{Stream, stream};
use rand::Rng;
use rand::seq::SliceRandom;

use super::rows::AgentKind;
use crate::study::decisions::{Decision, Kind, Side};
use crate::study::observed::Observed;
use agents::Agent;
use human::Human;
use stimuli::Stimuli;

/// Names of the simulated observers.
pub const OBSERVERS: [&str; 3] = ["pixel", "ssim", "features"];

/// What the names of people begin with who guess throughout.
const GUESSER: &str = "guesser";

/// Who takes part in a simulated study, and in what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crowd {
    /// People.
    pub n_people: usize,
    /// Agents of each kind.
    pub n_of_each: usize,
    /// Images; no participant sees one twice, so that `n_trials ≤ n_images/2`.
    pub n_images: usize,
    /// Foils of each image.
    pub n_foils: usize,
    /// Decisions of each participant.
    pub n_trials: usize,
    /// Attention checks of each participant.
    pub n_catch: usize,
    /// Correlation of people's difficulty with an observer's margins.
    pub correlation: f64,
    /// Whether times are kept.
    pub has_times: bool,
    /// Whether sides are kept.
    pub has_sides: bool,
    /// Whether observers are asked.
    pub has_observers: bool,
}

impl Default for Crowd {
    fn default() -> Self {
        Self {
            n_people: 500,
            n_of_each: 50,
            n_images: 120,
            n_foils: 5,
            n_trials: 60,
            n_catch: 2,
            correlation: 0.35,
            has_times: true,
            has_sides: true,
            has_observers: true,
        }
    }
}

/// A simulated study; raters without an agent's kind are people.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Everybody's decisions.
    pub decisions: Vec<Decision>,
    /// What the observers make of the trials.
    pub observed: Vec<Observed>,
}

/// The kind of a rater's agent; `None` for people.
pub fn kind_of(rater: &str) -> Option<AgentKind> {
    let (kind, _) = rater.split_once('/')?;
    AgentKind::ALL
        .into_iter()
        .find(|known| known.label() == kind)
}

/// Whether a rater is a simulated person who guesses throughout.
pub fn guesses(rater: &str) -> bool {
    rater.starts_with(GUESSER)
}

/// Draws a study.
///
/// # Determinism
/// Stimuli come from stream "study/people/stimuli" of the seed, each participant from one of their own: a person is the same
/// however many others take part.
pub fn draw(crowd: &Crowd, seed: u64) -> Drawn {
    let stimuli = Stimuli::draw(crowd, &mut stream(seed, "study/people/stimuli"));
    let mut decisions = Vec::new();
    for place in 0..crowd.n_people {
        let mut rng = stream(seed, &format!("study/people/person/{place}"));
        let human = Human::draw(&mut rng);
        let name = if human.guesses() { GUESSER } else { "person" };
        let rater = format!("{name} {place:04}");
        let who = Who::Person(human);
        decisions.extend(take_part(crowd, &stimuli, &who, &rater, &mut rng));
    }
    for kind in AgentKind::ALL {
        for place in 0..crowd.n_of_each {
            let label = kind.label();
            let mut rng = stream(seed, &format!("study/people/{label}/{place}"));
            let who = Who::Agent(Agent::draw(kind, &mut rng));
            let rater = format!("{label}/{place:04}");
            decisions.extend(take_part(crowd, &stimuli, &who, &rater, &mut rng));
        }
    }
    let observed = if crowd.has_observers {
        stimuli.observed(&decisions)
    } else {
        Vec::new()
    };
    Drawn {
        decisions,
        observed,
    }
}

enum Who {
    Person(Human),
    Agent(Agent),
}

/// What an answer is about.
pub(super) struct Asked {
    /// People's difficulty: above zero easy.
    pub(super) ease: f64,
    /// Margins of the observers.
    pub(super) margins: [f64; 3],
    /// Where the right one stands.
    pub(super) side: Side,
    /// Place in the participant's order, from 0, and the number of trials.
    pub(super) place: (usize, usize),
}

/// An answer: right or not, after so many milliseconds.
pub(super) type Answer = (bool, f64);

fn take_part(
    crowd: &Crowd,
    stimuli: &Stimuli,
    who: &Who,
    rater: &str,
    rng: &mut Stream,
) -> Vec<Decision> {
    let pairs = stimuli.pairs(crowd, rng);
    let sides = balanced(pairs.len(), rng);
    let mut carried = 0.0;
    let mut rows = Vec::with_capacity(pairs.len() + crowd.n_catch);
    for (place, (&(image, foil), &side)) in pairs.iter().zip(&sides).enumerate() {
        let asked = Asked {
            ease: stimuli.ease(image, foil),
            margins: stimuli.margins(image, foil),
            side,
            place: (place, pairs.len()),
        };
        let (is_correct, time) = match who {
            Who::Person(human) => human.answer(&asked, &mut carried, rng),
            Who::Agent(agent) => agent.answer(&asked, &mut carried, rng),
        };
        rows.push(Decision {
            set: "simulated".into(),
            condition: String::new(),
            subject: String::new(),
            image: stimuli::name(image),
            distractors: vec![stimuli::name(foil)],
            rater: rater.into(),
            n_alternatives: 2,
            is_correct,
            side: crowd.has_sides.then_some(side),
            answer: None,
            rt_ms: crowd.has_times.then_some(time),
            trial: Some(place as u32 + 1),
            kind: Kind::Trial,
        });
    }
    for place in 0..crowd.n_catch {
        let side = if place % 2 == 0 {
            Side::Left
        } else {
            Side::Right
        };
        let is_correct = match who {
            Who::Person(human) => human.passes(rng),
            Who::Agent(agent) => agent.passes(side, rng),
        };
        rows.push(Decision {
            set: "simulated".into(),
            condition: String::new(),
            subject: String::new(),
            image: "check".into(),
            distractors: Vec::new(),
            rater: rater.into(),
            n_alternatives: 2,
            is_correct,
            side: None,
            answer: None,
            rt_ms: None,
            trial: None,
            kind: Kind::Catch,
        });
    }
    rows
}

/// Sides in a drawn order, each as often as the other.
fn balanced(n: usize, rng: &mut Stream) -> Vec<Side> {
    let first = rng.random::<bool>();
    let side = |place: usize| {
        if (place % 2 == 0) == first {
            Side::Left
        } else {
            Side::Right
        }
    };
    let mut sides: Vec<Side> = (0..n).map(side).collect();
    sides.shuffle(rng);
    sides
}
