//! Agreement with a model observer beyond the human ceiling.

/// Rounds of Newton's method; the penalised likelihood is concave, and eight reach the last digits.
const N_ROUNDS: usize = 8;
/// Prior of a person's ability, in log-odds, and of how strongly difficulty tells for the person: normal, mean and standard
/// deviation.
const ABILITY: (f64, f64) = (0.0, 3.0);
const STRENGTH: (f64, f64) = (1.0, 0.5);

/// What a person's decisions are expected to be, from ability and from the trials' difficulty.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    /// Log-odds of other people's share of right decisions, `[n_trials]`.
    difficulty: Vec<f64>,
    /// Decisions less their expectations.
    rest: Vec<f64>,
    /// Variances of the decisions.
    variance: Vec<f64>,
}

impl Expected {
    /// Fits ability and strength.
    ///
    /// ```text
    /// logit P(right on trial t) = θ + λ·logit(q_t),    q_t: share of other people who are right about it
    /// θ ~ N(0, 3²),  λ ~ N(1, ½²): the mode
    /// ```
    pub(super) fn fit(correct: &[bool], shares: &[f64]) -> Self {
        let difficulty: Vec<f64> = shares.iter().map(|q| (q / (1.0 - q)).ln()).collect();
        let mut at = [0.0, 1.0];
        for _ in 0..N_ROUNDS {
            let [a, b] = [ABILITY, STRENGTH].map(|(_, sd)| sd.powi(-2));
            let mut slope = [(ABILITY.0 - at[0]) * a, (STRENGTH.0 - at[1]) * b];
            let mut bend = [a, 0.0, b];
            for (&right, &x) in correct.iter().zip(&difficulty) {
                let p = logistic(at[0] + at[1] * x);
                let (rest, v) = (f64::from(u8::from(right)) - p, p * (1.0 - p));
                slope = [slope[0] + rest, slope[1] + rest * x];
                bend = [bend[0] + v, bend[1] + v * x, bend[2] + v * x * x];
            }
            // The priors keep the determinant above zero.
            let determinant = bend[0] * bend[2] - bend[1] * bend[1];
            at[0] += ((bend[2] * slope[0] - bend[1] * slope[1]) / determinant).clamp(-2.0, 2.0);
            at[1] += ((bend[0] * slope[1] - bend[1] * slope[0]) / determinant).clamp(-2.0, 2.0);
        }
        let p = |x: &f64| logistic(at[0] + at[1] * x);
        let rest = correct.iter().zip(&difficulty);
        Self {
            rest: rest
                .map(|(&right, x)| f64::from(u8::from(right)) - p(x))
                .collect(),
            variance: difficulty.iter().map(|x| p(x) * (1.0 - p(x))).collect(),
            difficulty,
        }
    }

    /// How much more the person agrees with an observer than people of this ability do, as z.
    ///
    /// ```text
    /// z = Σ_t (c_t − p_t) õ_t / √(Σ_t p_t (1 − p_t) õ_t²)
    /// ```
    /// with `c` the decisions, `p` their expectations, and `õ` the observer's choices (+1 right, −1 wrong, 0 undecided) less
    /// their own regression on 1 and difficulty, weighted by `p(1 − p)`. It is the score test of a term for the observer in the
    /// model of [`Expected::fit`]: zero on average for whoever is good because the trials are easy, or at all.
    ///
    /// `choices`: one entry a trial; `None` where the observer did not see it. `None` if it has less than two choices that
    /// differ from what difficulty tells.
    pub(super) fn agreement(&self, choices: &[Option<f64>]) -> Option<f64> {
        let seen: Vec<Seen> = choices
            .iter()
            .enumerate()
            .filter_map(|(t, choice)| {
                Some((
                    self.variance[t],
                    self.difficulty[t],
                    (*choice)?,
                    self.rest[t],
                ))
            })
            .collect();
        let sum = |of: &dyn Fn(&Seen) -> f64| seen.iter().map(of).sum::<f64>();
        let weight = sum(&|row| row.0);
        if weight <= 0.0 {
            return None;
        }
        let mean_x = sum(&|row| row.0 * row.1) / weight;
        let mean_o = sum(&|row| row.0 * row.2) / weight;
        let spread = sum(&|row| row.0 * (row.1 - mean_x).powi(2));
        let shared = sum(&|row| row.0 * (row.1 - mean_x) * (row.2 - mean_o));
        let slope = if spread > 1e-9 { shared / spread } else { 0.0 };
        let own = |row: &Seen| row.2 - mean_o - slope * (row.1 - mean_x);
        let variance = sum(&|row| row.0 * own(row).powi(2));
        (variance > 1e-2).then(|| sum(&|row| row.3 * own(row)) / variance.sqrt())
    }
}

/// Variance, difficulty, the observer's choice, and the decision less its expectation.
type Seen = (f64, f64, f64, f64);

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
