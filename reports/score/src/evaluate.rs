//! Every statistic of one condition by one observer.

use super::correlation::correlations;
use super::counts::Right;
use super::draws::Draws;
use super::finding::{Finding, PerImage, Who};
use super::identification::{Lookup, Rule, first_places, identify};
use super::matrix::Similarities;
use super::observer::{majority, permuted_sums, right_decisions};
use super::permutation::Permutations;
use super::pools::left_out;
use super::ssim::structural_similarities;
use super::ties::PValue;
use super::{Candidates, Scored, TestSet};
use crate::record::{DecisionRow, Direction, Statistic};

mod cues;
mod distances;

pub(super) use cues::by_cue;
pub(super) use distances::by_distance;

const DIRECTIONS: [Direction; 2] = [
    Direction::OriginalToReconstructions,
    Direction::ReconstructionToOriginals,
];
/// Direction of the two-alternative task.
const TASK: Direction = Direction::OriginalToReconstructions;
/// The observer that compares images by the correlation of their pixels.
const PIXEL: &str = "pixel";
const HALF: &str = "a tie counts one half";
const SHARED: &str = "images that tie for the first place share it";
const EVEN_SPLIT: &str = "a tie counts one half, and so does an even split";
const NO_TIES: &str = "none possible";

/// What images are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Pixel,
    Ssim,
    /// An observer of the test set, by its index.
    Features(usize),
}

impl Measure {
    /// The measures that a candidate is scored by.
    pub(super) fn of(test: &TestSet, candidate: &Candidates) -> Vec<Self> {
        let mut measures = vec![Self::Pixel];
        if candidate.thorough {
            measures.push(Self::Ssim);
        }
        let known = |idx: &usize| candidate.features.contains_key(&test.observers[*idx].name);
        measures.extend((0..test.observers.len()).filter(known).map(Self::Features));
        measures
    }

    fn who<'a>(self, test: &'a TestSet, candidate: &'a Candidates) -> Who<'a> {
        let (observer, in_loss) = match self {
            Self::Pixel => (PIXEL, false),
            Self::Ssim => ("ssim", false),
            Self::Features(idx) => (
                test.observers[idx].name.as_str(),
                test.observers[idx].in_loss,
            ),
        };
        Who {
            condition: &candidate.condition,
            observer,
            in_loss,
        }
    }

    fn similarities(self, test: &TestSet, candidate: &Candidates) -> Option<Similarities> {
        match self {
            Self::Pixel => Some(correlations(&test.originals, &candidate.images)),
            Self::Ssim => Some(structural_similarities(
                &test.originals,
                &candidate.images,
                test.height,
                test.width,
            )),
            Self::Features(idx) => {
                let observer = &test.observers[idx];
                let features = candidate.features.get(&observer.name)?;
                Some(correlations(&observer.originals, features))
            }
        }
    }
}

/// One condition compared by one observer.
struct Compared<'a> {
    who: Who<'a>,
    thorough: bool,
    similarities: Similarities,
    draws: &'a Draws,
}

/// Scores and decisions of one candidate by one measure.
pub(super) fn evaluate(
    test: &TestSet,
    candidate: &Candidates,
    measure: Measure,
    draws: &Draws,
) -> Scored {
    let Some(similarities) = measure.similarities(test, candidate) else {
        return Scored::default();
    };
    let compared = Compared {
        who: measure.who(test, candidate),
        thorough: candidate.thorough,
        similarities,
        draws,
    };
    let mut scored = Scored::default();
    let mut parts: Vec<Scored> = DIRECTIONS
        .map(|direction| compared.pairwise(direction))
        .into();
    if compared.thorough {
        let same_class = DIRECTIONS.iter();
        parts.extend(same_class.filter_map(|&direction| compared.same_class(direction)));
        parts.extend(compared.n_way());
        parts.extend(DIRECTIONS.map(|direction| compared.top_one(direction)));
    }
    if compared.thorough || measure == Measure::Pixel {
        parts.extend(compared.observer());
        if !matches!(measure, Measure::Features(_)) {
            parts.push(compared.similarity());
        }
    }
    for part in parts {
        scored.extend(part);
    }
    if (compared.thorough || measure == Measure::Pixel) && draws.n_foils() > 0 {
        scored.decisions = compared.decisions(test);
    }
    scored
}

impl Compared<'_> {
    /// Whether comparisons in this direction have the mean that they have by construction.
    ///
    /// Where one image stands for all, every original ties with all of them; and of two originals one is nearer to it, so that
    /// the shares of those that lose have one half as their mean.
    fn is_bound(&self, direction: Direction) -> bool {
        direction != Direction::None && self.similarities.is_of_one_image()
    }

    fn pairwise(&self, direction: Direction) -> Scored {
        let lookup = identify(
            &self.similarities,
            direction,
            &self.draws.whole,
            Rule::Pairwise,
        );
        let pool = format!("all {} other test images", self.draws.n_images() - 1);
        self.looked_up(
            Statistic::PairwiseIdentification,
            direction,
            pool,
            HALF,
            Some(0.5),
            &lookup,
            &self.draws.permutations,
        )
    }

    fn same_class(&self, direction: Direction) -> Option<Scored> {
        let (pools, permutations) = self.draws.same_class.as_ref()?;
        let lookup = identify(&self.similarities, direction, pools, Rule::Pairwise);
        let n_foils = match pools.n_foils() {
            (fewest, most) if fewest == most => fewest.to_string(),
            (fewest, most) => format!("{fewest} to {most}"),
        };
        let mut pool =
            format!("{n_foils} other test images of the same class; permuted within classes");
        pool += &left_out(self.draws.n_without_class, "without a class");
        let n_alone = self.draws.n_images() - self.draws.n_without_class - pools.images().len();
        pool += &left_out(n_alone, "alone in their class");
        Some(self.looked_up(
            Statistic::SameClassIdentification,
            direction,
            pool,
            HALF,
            Some(0.5),
            &lookup,
            permutations,
        ))
    }

    /// First places among 5 and among 10 candidates, where there are as many test images.
    fn n_way(&self) -> Vec<Scored> {
        let n_images = self.draws.n_images();
        let sizes = [(Statistic::FiveWay, 5), (Statistic::TenWay, 10)];
        let asked = sizes.into_iter().filter(|(_, n)| *n <= n_images);
        let mut all = Vec::new();
        for ((statistic, n), direction) in
            asked.flat_map(|of| DIRECTIONS.map(|direction| (of, direction)))
        {
            let lookup = identify(
                &self.similarities,
                direction,
                &self.draws.whole,
                Rule::Way(n),
            );
            let pool = format!(
                "{} of {} other test images, over every choice of them",
                n - 1,
                n_images - 1
            );
            all.push(self.looked_up(
                statistic,
                direction,
                pool,
                SHARED,
                Some((n as f64).recip()),
                &lookup,
                &self.draws.permutations,
            ));
        }
        all
    }

    fn top_one(&self, direction: Direction) -> Scored {
        let lookup = identify(
            &self.similarities,
            direction,
            &self.draws.whole,
            Rule::TopOne,
        );
        let n_images = self.draws.n_images();
        let pool = format!("all {} other test images", n_images - 1);
        let chance = Some((n_images as f64).recip());
        self.looked_up(
            Statistic::TopOne,
            direction,
            pool,
            SHARED,
            chance,
            &lookup,
            &self.draws.permutations,
        )
    }

    fn similarity(&self) -> Scored {
        let lookup = Lookup::similarity(&self.similarities);
        let pool = "each image with its own reconstruction".into();
        self.looked_up(
            Statistic::Similarity,
            Direction::None,
            pool,
            NO_TIES,
            None,
            &lookup,
            &self.draws.permutations,
        )
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the columns in which these statistics differ"
    )]
    fn looked_up(
        &self,
        statistic: Statistic,
        direction: Direction,
        pool: String,
        tie_rule: &'static str,
        chance: Option<f64>,
        lookup: &Lookup,
        permutations: &Permutations,
    ) -> Scored {
        let p = if self.thorough {
            permutations.p_of_lookup(lookup, &self.who.lot(statistic, direction))
        } else {
            None
        };
        let per_image = match statistic {
            Statistic::TopOne => {
                let places = first_places(&self.similarities, direction, &self.draws.whole);
                PerImage::Decisions(places, 1)
            }
            Statistic::Similarity => PerImage::Similarities(lookup.own()),
            _ => PerImage::Shares(lookup.own()),
        };
        let finding = Finding {
            statistic,
            direction,
            pool,
            tie_rule,
            chance,
            per_image,
            permutation: p.map(|p| (p, permutations.len())),
            bound: self.is_bound(direction),
        };
        finding.scored(self.who, self.draws)
    }

    /// Right decisions in the two-alternative task: overall, and by majority for thorough candidates.
    fn observer(&self) -> Vec<Scored> {
        let n_foils = self.draws.n_foils();
        if n_foils == 0 {
            return Vec::new();
        }
        let right = right_decisions(&self.similarities, &self.draws.foils);
        let majorities: Vec<u64> = right
            .iter()
            .map(|&n_halves| majority(n_halves, n_foils))
            .collect();
        let mut p = (None, None);
        if self.thorough {
            let permutations = &self.draws.permutations;
            let (sums, majority_sums) =
                permuted_sums(&self.similarities, &self.draws.foils, permutations);
            let p_of = |statistic, own: &[u64], permuted: Vec<u64>| {
                let permuted = permuted.into_iter().map(|sum| sum as f64);
                let lot = self.who.lot(statistic, TASK);
                permutations.p_value(own.iter().sum::<u64>() as f64, permuted, &lot)
            };
            p = (
                p_of(Statistic::ObserverOverall, &right, sums),
                p_of(Statistic::ObserverMajority, &majorities, majority_sums),
            );
        }
        let mut all = vec![self.decided(Statistic::ObserverOverall, HALF, &right, n_foils, p.0)];
        if self.thorough {
            all.push(self.decided(Statistic::ObserverMajority, EVEN_SPLIT, &majorities, 1, p.1));
        }
        all
    }

    fn decided(
        &self,
        statistic: Statistic,
        tie_rule: &'static str,
        halves: &[u64],
        decisions_an_image: usize,
        p: Option<PValue>,
    ) -> Scored {
        let right = halves.iter().map(|&n_halves| Right::halves(n_halves));
        let finding = Finding {
            statistic,
            direction: TASK,
            pool: format!("{} random foils an image, seeded", self.draws.n_foils()),
            tie_rule,
            chance: Some(0.5),
            per_image: PerImage::Decisions(right.collect(), decisions_an_image),
            permutation: p.map(|p| (p, self.draws.permutations.len())),
            bound: self.is_bound(TASK),
        };
        finding.scored(self.who, self.draws)
    }

    fn decisions(&self, test: &TestSet) -> Vec<DecisionRow> {
        let direction = Direction::OriginalToReconstructions;
        let identification = identify(
            &self.similarities,
            direction,
            &self.draws.whole,
            Rule::Pairwise,
        )
        .own();
        let right = right_decisions(&self.similarities, &self.draws.foils);
        let decision = |(test_image, (n_halves, identification))| DecisionRow {
            condition: self.who.condition.clone(),
            observer: self.who.observer.into(),
            test_image,
            class: test.class_name(test_image).into(),
            n_decisions: self.draws.n_foils(),
            n_correct: Right::halves(n_halves).value(),
            identification,
        };
        right
            .into_iter()
            .zip(identification)
            .enumerate()
            .map(decision)
            .collect()
    }
}
