//! `lab-nn`: layers, losses and optimisers on candle's tensors, each right in value and gradient and as fast as the host
//! allows, with what they stand on: random streams ([`rng`]), named weights ([`weights`]), the [`mask`] and the
//! [`pyramid`].
//!
//! It knows no trait and no experiment; `lab-core` hands it on as `lab_core::nn`.
//!
//! On the host (float32) an operation runs on the loops of `lab-kernels`; on another device it is composed of candle's
//! own operations. Tensors that no [`Var`](candle_core::Var) reaches cost no gradient: detach what is frozen.
//! Convolutions, pooling and their gradients depart from candle 0.11's own, which are slow on the host and in places
//! wrong (the gradient of its `max_pool2d` is, as is that of its `conv2d` with unequal paddings of the result).
//!
//! # Shapes
//! Images `[batch, channels, height, width]`, rows `[batch, n]`, float32.
//!
//! # Determinism
//! On the host the same input gives the same bytes, from any number of threads.

mod activation;
mod affine;
mod compare;
mod conv;
pub mod error;
mod group_norm;
mod host;
pub mod init;
mod linear;
mod loss;
pub mod mask;
mod norm;
pub mod optim;
mod pool;
pub mod precision;
pub mod pyramid;
mod repeat;
mod resize;
mod response_norm;
pub mod rng;
mod unit_norm;
mod variables;
pub mod weights;

#[cfg(test)]
mod tests;

pub use activation::{Activation, add_relu, relu, sigmoid, softplus, tanh};
pub use affine::channel_affine_act;
pub use compare::{Kind, Part, compare};
pub use conv::{conv_transpose2d, conv2d, conv2d_relu};
pub use error::{Error, Result};
pub use group_norm::group_norm_act;
pub use lab_kernels::{cpu, threads};
pub use linear::linear;
pub use loss::cross_entropy;
pub use norm::{BatchStatistics, batch_norm_act};
pub use pool::{Rounding, max_pool2d};
pub use repeat::repeat_pixels;
pub use resize::{resize_area, resize_bilinear};
pub use response_norm::{ResponseNorm, local_response_norm, relu_response_norm};
pub use unit_norm::unit_norm;
pub use variables::Variables;
