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
mod asked;
mod crowd;
mod draw;
mod human;
mod stimuli;

pub use crowd::{Crowd, OBSERVERS};
pub use draw::{Drawn, draw, guesses, kind_of};
