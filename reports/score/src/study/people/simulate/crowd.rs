//! Who takes part in a simulated study, and in what.

/// Names of the simulated observers.
pub const OBSERVERS: [&str; 3] = ["pixel", "ssim", "features"];

/// Who takes part in a simulated study, and in what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crowd {
    /// Number of people in the study.
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
