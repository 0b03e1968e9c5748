//! Statistics of people's decisions in a behavioural study.

pub mod clusters;
#[cfg(test)]
mod fixtures;
pub mod mixed;
pub mod power;
