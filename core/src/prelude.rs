//! What a plugin author needs, in one import.

pub use crate::config::{PluginParams, PluginRef};
pub use crate::context::Context;
pub use crate::dims::ImageShape;
pub use crate::error::{Error, Result};
pub use crate::recording::{Recording, Stimuli};
pub use crate::register;
pub use crate::weights::Weights;
pub use candle_core::Tensor;
