//! Draws a simulated study, participant by participant.

use lab_core::rng::{Stream, stream};
use rand::Rng;
use rand::seq::SliceRandom;

use super::agents::Agent;
use super::asked::Asked;
use super::crowd::Crowd;
use super::human::Human;
use super::stimuli::{Stimuli, name as name_of};
use crate::study::decisions::{Decision, Kind, Side};
use crate::study::observed::Observed;
use crate::study::people::rows::AgentKind;

/// What the names of people begin with who guess throughout.
const GUESSER: &str = "guesser";

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
            image: name_of(image),
            distractors: vec![name_of(foil)],
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
        if place.is_multiple_of(2) == first {
            Side::Left
        } else {
            Side::Right
        }
    };
    let mut sides: Vec<Side> = (0..n).map(side).collect();
    sides.shuffle(rng);
    sides
}
