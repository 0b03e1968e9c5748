//! What the paper's own studies with people could tell, and what not.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::exact::{critical_count, exact_power};
use super::formula::{
    Arms, Level, decisions_against_chance, decisions_an_arm, design_effect, power_against_chance,
    power_of_arms, smallest_higher_share, smallest_share,
};

/// People who decided, over all three sets.
pub const N_RATERS: usize = 38;
/// Decisions about one image.
const AN_IMAGE: usize = 5;
/// Dependence within an image that figures are given for.
const CORRELATIONS: [f64; 2] = [0.0, 0.2];
const ALPHA: f64 = 0.05;
const STRICT_ALPHA: f64 = 0.01;
const POWER: f64 = 0.8;

/// Name, number of images and the share reported for each set.
const SETS: [(&str, usize, f64); 3] = [
    ("BRAINS", 70, 0.75),
    ("vim-1", 50, 0.676),
    ("GOD", 50, 0.644),
];

/// One set of the paper against chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DesignRow {
    /// Name of the set.
    pub set: String,
    /// Number of images.
    pub n_images: usize,
    /// Number of decisions, five an image.
    pub n_decisions: usize,
    /// Share of right decisions that is reported.
    pub share: f64,
    /// Correlation of decisions about one image that the row takes for true.
    pub correlation: f64,
    /// `1 + 4·correlation`.
    pub design_effect: f64,
    /// Power to find the reported share, one-sided .05, by formula.
    pub power: f64,
    /// Decisions needed to find the reported share with power .8.
    pub decisions_needed: f64,
    /// The smallest share found with power .8, one-sided .05.
    pub smallest_share: Option<f64>,
    /// Fewest right decisions with exact p ≤ .01; of independent decisions, else `None`.
    pub critical_count: Option<u64>,
    /// Exact power at the reported share, one-sided .01; of independent decisions, else `None`.
    pub exact_power: Option<f64>,
    /// Fewest images decided rightly by most with exact p ≤ .01.
    pub critical_count_of_images: Option<u64>,
    /// Exact power of that count, one-sided .01, if 60 % of images are decided rightly by most.
    pub power_by_image_at_60_percent: Option<f64>,
}

/// Two sets of the paper against each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonRow {
    /// The set of the higher share.
    pub first: String,
    /// The other set.
    pub second: String,
    /// The shares of right decisions of both sets.
    pub arms: Arms,
    /// Decisions in each arm; the harmonic mean where they differ.
    pub an_arm: f64,
    /// Correlation of decisions about one image that the row takes for true.
    pub correlation: f64,
    /// Power to tell them apart, two-sided .05.
    pub power: f64,
    /// Decisions needed in each arm to tell them apart with power .8.
    pub decisions_needed: f64,
    /// The smallest share above the second that its arms tell from it with power .8.
    pub smallest_higher_share: Option<f64>,
}

/// The paper's designs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paper {
    /// Each set against chance, without and with dependence.
    pub designs: Vec<DesignRow>,
    /// Each pair of sets.
    pub comparisons: Vec<ComparisonRow>,
}

/// Power of the paper's designs: 350, 250 and 250 decisions by 38 people, five an image.
pub fn paper() -> Paper {
    let pairs = [(0, 1), (0, 2), (1, 2)];
    let designs = SETS
        .iter()
        .flat_map(|&set| CORRELATIONS.map(|rho| design_row(set, rho)));
    let comparisons = pairs.iter().flat_map(|&(first, second)| {
        CORRELATIONS.map(|rho| comparison_row(SETS[first], SETS[second], rho))
    });
    Paper {
        designs: designs.flatten().collect(),
        comparisons: comparisons.flatten().collect(),
    }
}

fn design_row((set, n_images, share): (&str, usize, f64), rho: f64) -> Option<DesignRow> {
    let (level, n_decisions) = (Level::one_sided(ALPHA), n_images * AN_IMAGE);
    let effect = design_effect(AN_IMAGE as f64, rho);
    let n = n_decisions as f64;
    let is_independent = rho <= 0.0;
    let exact = exact_power(n_decisions, STRICT_ALPHA, 0.5, share);
    Some(DesignRow {
        set: set.into(),
        n_images,
        n_decisions,
        share,
        correlation: rho,
        design_effect: effect,
        power: power_against_chance(share, n, level, effect)?,
        decisions_needed: decisions_against_chance(share, level, POWER, effect)?,
        smallest_share: smallest_share(n, level, POWER, effect),
        critical_count: critical_count(n_decisions, STRICT_ALPHA, 0.5).filter(|_| is_independent),
        exact_power: exact.filter(|_| is_independent),
        critical_count_of_images: critical_count(n_images, STRICT_ALPHA, 0.5),
        power_by_image_at_60_percent: exact_power(n_images, STRICT_ALPHA, 0.5, 0.6),
    })
}

type Set<'a> = (&'a str, usize, f64);

fn comparison_row(first: Set<'_>, second: Set<'_>, rho: f64) -> Option<ComparisonRow> {
    let level = Level::two_sided(ALPHA);
    let effect = design_effect(AN_IMAGE as f64, rho);
    let arms = Arms {
        first: first.2,
        second: second.2,
    };
    let images = 2.0 / (1.0 / first.1 as f64 + 1.0 / second.1 as f64);
    let an_arm = images * AN_IMAGE as f64;
    Some(ComparisonRow {
        first: first.0.into(),
        second: second.0.into(),
        arms,
        an_arm,
        correlation: rho,
        power: power_of_arms(arms, an_arm, level, effect)?,
        decisions_needed: decisions_an_arm(arms, level, POWER, effect)?,
        smallest_higher_share: smallest_higher_share(second.2, an_arm, level, POWER, effect),
    })
}

impl fmt::Display for DesignRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let could = could(self.power);
        write!(
            f,
            "{}: {} decisions about {} images {could} tell {:.1} % from chance (power {}, one-sided .05, correlation {} \
             within an image); {:.0} decisions are enough for power .8.",
            self.set,
            self.n_decisions,
            self.n_images,
            100.0 * self.share,
            rounded(self.power),
            self.correlation,
            self.decisions_needed.ceil(),
        )?;
        if let Some(share) = self.smallest_share {
            let share = 100.0 * share;
            write!(
                f,
                " The smallest share that it finds with power .8 is {share:.1} %."
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for ComparisonRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let could = could(self.power);
        write!(
            f,
            "{} against {}: {:.1} % {could} be told from {:.1} % (power {}, two-sided .05, correlation {} within an image); \
             power .8 needs {:.0} decisions an arm.",
            self.first,
            self.second,
            100.0 * self.arms.first,
            100.0 * self.arms.second,
            rounded(self.power),
            self.correlation,
            self.decisions_needed.ceil(),
        )
    }
}

fn could(power: f64) -> &'static str {
    if power >= POWER - 0.005 {
        "could"
    } else if power >= 0.5 {
        "could not reliably"
    } else {
        "could hardly"
    }
}

fn rounded(power: f64) -> String {
    if power > 0.995 {
        "above .99".into()
    } else {
        format!("{power:.2}")
    }
}
