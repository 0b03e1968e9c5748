//! `per_image`: the latents of each response, searched for by itself.
//!
//! - [`PerImage`]: the plugin and its equation.
//! - `predicted`: features, pixels and latents as ridge regression predicts them, and how far each can be trusted.
//! - `search`: the descent through the generator.
//! - `fitted`: the fitted decoder.

mod fitted;
mod params;
mod plugin;
mod predicted;
mod search;
#[cfg(test)]
mod tests;

pub use params::PerImageParams;
pub use plugin::PerImage;
