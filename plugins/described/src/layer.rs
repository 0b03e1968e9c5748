//! Layers as an experiment writes them.
//!
//! Sizes of what comes in follow from what stands before; a layer says what it makes. Kernels and strides are square.
//! Layers with weights get names by their kind and count (`linear1`, `conv1`, `deconv1`, `norm1`) unless they say one.

use lab_core::config::{Range, Ranges};
use serde::{Deserialize, Serialize};

/// The ranges of the numbers of layers.
#[rustfmt::skip]
pub(crate) const RANGES: Ranges = &[
    ("Layer.Linear.out", Range::UNITS),
    ("Layer.Conv2d.out", Range::UNITS),
    ("Layer.Conv2d.kernel", Range::UNITS),
    ("Layer.Conv2d.stride", Range::UNITS),
    ("Layer.Conv2d.padding", Range::UNITS.from(0.0, "0 or above")),
    ("Layer.Conv2d.groups", Range::UNITS),
    ("Layer.ConvTranspose2d.out", Range::UNITS),
    ("Layer.ConvTranspose2d.kernel", Range::UNITS),
    ("Layer.ConvTranspose2d.stride", Range::UNITS),
    ("Layer.ConvTranspose2d.padding", Range::UNITS.from(0.0, "0 or above")),
    ("Layer.ConvTranspose2d.groups", Range::UNITS),
    ("Layer.ConvTranspose2d.output_padding", Range::UNITS.from(0.0, "0 or above")),
    ("Layer.BatchNorm.eps", Range::ABOVE_ZERO),
    ("Layer.GroupNorm.groups", Range::UNITS),
    ("Layer.GroupNorm.eps", Range::ABOVE_ZERO),
    ("Layer.Attention.heads", Range::UNITS),
    ("Layer.LeakyRelu.slope", Range::FINITE),
    ("Layer.Elu.alpha", Range::FINITE),
    ("Layer.ScaledTanh.limit", Range::ABOVE_ZERO),
    ("Layer.Clamp.low", Range::FINITE),
    ("Layer.Clamp.high", Range::FINITE),
    ("Layer.MaxPool.kernel", Range::UNITS),
    ("Layer.MaxPool.stride", Range::UNITS),
    ("Layer.MaxPool.padding", Range::UNITS.from(0.0, "0 or above")),
    ("Layer.AveragePool.kernel", Range::UNITS),
    ("Layer.AveragePool.stride", Range::UNITS),
    ("Layer.AveragePool.padding", Range::UNITS.from(0.0, "0 or above")),
    ("Layer.LocalResponseNorm.n", Range::UNITS),
    ("Layer.LocalResponseNorm.k", Range::FINITE),
    ("Layer.LocalResponseNorm.alpha", Range::FINITE),
    ("Layer.LocalResponseNorm.beta", Range::FINITE),
    ("Layer.Reshape.channels", Range::UNITS),
    ("Layer.Reshape.height", Range::UNITS),
    ("Layer.Reshape.width", Range::UNITS),
    ("Layer.Nearest.factor", Range::UNITS),
    ("Layer.Bilinear.factor", Range::UNITS),
    ("Layer.Repeat.times", Range::UNITS),
];

/// One layer, as an experiment writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Layer {
    /// `y = W·x + b` of a row.
    Linear {
        /// Numbers that it makes.
        out: usize,
        /// Whether a bias b is added.
        #[serde(default = "yes")]
        bias: bool,
        /// Name of the layer, by which its weights are found.
        #[serde(default)]
        name: Option<String>,
    },
    /// Convolution, as PyTorch's `Conv2d` and Chainer's `Convolution2D`.
    Conv2d {
        /// Maps that it makes.
        out: usize,
        /// Side of the kernel, in pixels.
        kernel: usize,
        /// Pixels from one window to the next.
        #[serde(default = "one")]
        stride: usize,
        /// Zeros around the maps, in pixels.
        #[serde(default)]
        padding: usize,
        /// Parts into which the maps are divided.
        #[serde(default = "one")]
        groups: usize,
        /// Whether there is a bias.
        #[serde(default = "yes")]
        bias: bool,
        /// Name of the layer, by which its weights are found.
        #[serde(default)]
        name: Option<String>,
    },
    /// Transposed convolution, as PyTorch's `ConvTranspose2d` and Chainer's `Deconvolution2D`.
    ConvTranspose2d {
        /// Maps that it makes.
        out: usize,
        /// Side of the kernel, in pixels.
        kernel: usize,
        /// Pixels from one window to the next.
        #[serde(default = "one")]
        stride: usize,
        /// Pixels that are cut off each side.
        #[serde(default)]
        padding: usize,
        /// Rows and columns that the result has more, at its bottom and its right; PyTorch's `output_padding`.
        #[serde(default)]
        output_padding: usize,
        /// Parts into which the maps are divided.
        #[serde(default = "one")]
        groups: usize,
        /// Whether there is a bias.
        #[serde(default = "yes")]
        bias: bool,
        /// Name of the layer, by which its weights are found.
        #[serde(default)]
        name: Option<String>,
    },
    /// Batch norm with the statistics of the training, of maps or of a row.
    BatchNorm {
        /// Added to the variance; `None` for what the writer of the file adds: Chainer 2e-5, others 1e-5.
        #[serde(default)]
        eps: Option<f64>,
        /// Whether there are scale and shift.
        #[serde(default = "yes")]
        affine: bool,
        /// Name of the layer, by which its weights are found.
        #[serde(default)]
        name: Option<String>,
    },
    /// Group norm: mean and variance of each image's groups of maps; PyTorch's `GroupNorm`.
    GroupNorm {
        /// Parts into which the maps are divided.
        groups: usize,
        /// Added to the variance.
        #[serde(default = "hundred_thousandth")]
        eps: f64,
        /// Name of the layer, by which its weights are found.
        #[serde(default)]
        name: Option<String>,
    },
    /// Attention of each pixel of the maps to all: `out(softmax(q·kᵀ/√d)·v)`, d the maps of a head; q, k, v and out are 1×1
    /// convolutions, or linear layers of the same numbers, in this order in the file.
    Attention {
        /// Parts into which the maps are divided, each with weights of its own.
        #[serde(default = "one")]
        heads: usize,
        /// Whether q, k and v have a bias; out has one.
        #[serde(default = "yes")]
        bias: bool,
        /// Name of the layer: its four parts are `name.q`, `name.k`, `name.v` and `name.out`.
        #[serde(default)]
        name: Option<String>,
    },
    /// max(x, 0).
    Relu,
    /// x above 0, slope·x below.
    LeakyRelu {
        /// The slope below 0.
        #[serde(default = "hundredth")]
        slope: f64,
    },
    /// x above 0, alpha·(eˣ − 1) below.
    Elu {
        /// Minus the limit below 0.
        #[serde(default = "unit")]
        alpha: f64,
    },
    /// x·sigmoid(x).
    Silu,
    /// tanh(x).
    Tanh,
    /// limit·tanh(x/limit): the number itself near 0, and never beyond the limit.
    ScaledTanh {
        /// The largest size of what it makes, in the unit of its input.
        limit: f64,
    },
    /// The number itself from low to high, and the nearer of both outside; outside there is no gradient.
    Clamp {
        /// The least number.
        low: f64,
        /// The largest number.
        high: f64,
    },
    /// 1/(1 + e⁻ˣ).
    Sigmoid,
    /// The largest number of each window.
    MaxPool {
        /// Side of the window, in pixels.
        kernel: usize,
        /// Pixels from one window to the next; `None` for the window's side.
        #[serde(default)]
        stride: Option<usize>,
        /// Pixels around the maps that count as less than any number.
        #[serde(default)]
        padding: usize,
        /// Whether pixels that fill no window get one: PyTorch's `ceil_mode`, Chainer's `cover_all`.
        #[serde(default)]
        cover_all: bool,
    },
    /// The mean of each window.
    AveragePool {
        /// Side of the window, in pixels.
        kernel: usize,
        /// Pixels from one window to the next; `None` for the window's side.
        #[serde(default)]
        stride: Option<usize>,
        /// Zeros around the maps, which count.
        #[serde(default)]
        padding: usize,
    },
    /// The mean of each map, as maps of one pixel.
    GlobalAveragePool,
    /// Local response normalisation; alpha counts for each term, as Chainer's does: PyTorch's is n times that.
    LocalResponseNorm {
        /// Channels that count, an odd number.
        #[serde(default = "five")]
        n: usize,
        /// The sum's offset.
        #[serde(default = "two")]
        k: f64,
        /// Weight of each square.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Exponent of the sum, unitless.
        #[serde(default = "beta")]
        beta: f64,
    },
    /// Maps as a row: channel by channel, row by row.
    Flatten,
    /// A row as maps.
    Reshape {
        /// Number of maps.
        channels: usize,
        /// Rows of each map, in pixels.
        height: usize,
        /// Columns of each map, in pixels.
        width: usize,
    },
    /// Leaves units out in training; nothing here.
    Dropout,
    /// Repeats each pixel down and across.
    Nearest {
        /// How often each pixel is repeated along each axis.
        factor: usize,
    },
    /// Bilinear upsampling.
    Bilinear {
        /// Factor by which each side grows.
        factor: usize,
        /// Whether the corners' pixels keep their place: PyTorch's `align_corners`.
        #[serde(default)]
        aligned: bool,
    },
    /// The sum of two branches.
    Residual {
        /// Layers of the first branch; its result is added to that of the shortcut.
        layers: Vec<Layer>,
        /// Layers of the second branch; none to add the input itself.
        #[serde(default)]
        shortcut: Vec<Layer>,
    },
    /// The same layers several times, each time with weights of their own.
    Repeat {
        /// How often they stand there.
        times: usize,
        /// Layers that are repeated; none of them may say a name.
        layers: Vec<Layer>,
    },
}

impl Layer {
    /// Its name as it is written in an experiment.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Linear { .. } => "Linear",
            Self::Conv2d { .. } => "Conv2d",
            Self::ConvTranspose2d { .. } => "ConvTranspose2d",
            Self::BatchNorm { .. } => "BatchNorm",
            Self::GroupNorm { .. } => "GroupNorm",
            Self::Attention { .. } => "Attention",
            Self::Relu => "Relu",
            Self::LeakyRelu { .. } => "LeakyRelu",
            Self::Elu { .. } => "Elu",
            Self::Silu => "Silu",
            Self::Tanh => "Tanh",
            Self::ScaledTanh { .. } => "ScaledTanh",
            Self::Clamp { .. } => "Clamp",
            Self::Sigmoid => "Sigmoid",
            Self::MaxPool { .. } => "MaxPool",
            Self::AveragePool { .. } => "AveragePool",
            Self::GlobalAveragePool => "GlobalAveragePool",
            Self::LocalResponseNorm { .. } => "LocalResponseNorm",
            Self::Flatten => "Flatten",
            Self::Reshape { .. } => "Reshape",
            Self::Dropout => "Dropout",
            Self::Nearest { .. } => "Nearest",
            Self::Bilinear { .. } => "Bilinear",
            Self::Residual { .. } => "Residual",
            Self::Repeat { .. } => "Repeat",
        }
    }
}

const fn yes() -> bool {
    true
}

const fn one() -> usize {
    1
}

const fn five() -> usize {
    5
}

const fn unit() -> f64 {
    1.0
}

const fn two() -> f64 {
    2.0
}

const fn hundred_thousandth() -> f64 {
    1e-5
}

const fn hundredth() -> f64 {
    0.01
}

const fn alpha() -> f64 {
    1e-4
}

const fn beta() -> f64 {
    0.75
}
