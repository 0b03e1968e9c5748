//! Single layers at the sizes of the paper's networks, forward and with both gradients.

use std::sync::Arc;

use candle_core::{Tensor, Var};
use lab_core::nn;
use lab_core::rng;
use lab_core::{Error, Result};

use super::pace::Pace;
use super::work::Work;

/// Sizes of one layer that is timed.
struct Layer {
    name: &'static str,
    transposed: bool,
    batch: usize,
    c_in: usize,
    c_out: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    /// Side of the input.
    side: usize,
}

const fn up(name: &'static str, c_in: usize, c_out: usize, side: usize) -> Layer {
    Layer {
        name,
        transposed: true,
        batch: 64,
        c_in,
        c_out,
        kernel: 4,
        stride: 2,
        padding: 1,
        side,
    }
}

const fn down(name: &'static str, c_in: usize, c_out: usize, kernel: usize, side: usize) -> Layer {
    Layer {
        name,
        transposed: false,
        batch: 64,
        c_in,
        c_out,
        kernel,
        stride: 2,
        padding: 1,
        side,
    }
}

const fn flat(name: &'static str, c_in: usize, c_out: usize, kernel: usize, side: usize) -> Layer {
    Layer {
        name,
        transposed: false,
        batch: 15,
        c_in,
        c_out,
        kernel,
        stride: 1,
        padding: 0,
        side,
    }
}

const LAYERS: [Layer; 11] = [
    up("deconv-512-256-4", 512, 256, 4),
    up("deconv-256-128-8", 256, 128, 8),
    up("deconv-128-64-16", 128, 64, 16),
    up("deconv-64-1-32", 64, 1, 32),
    down("conv-1-32-64", 1, 32, 3, 64),
    down("conv-32-64-32", 32, 64, 4, 32),
    down("conv-64-128-16", 64, 128, 4, 16),
    down("conv-128-256-8", 128, 256, 4, 8),
    flat("alexnet-conv1", 1, 96, 5, 64),
    flat("alexnet-conv2", 96, 256, 5, 30),
    flat("alexnet-conv3", 256, 384, 3, 13),
];

impl Layer {
    /// Side of the output.
    fn out(&self) -> usize {
        if self.transposed {
            (self.side - 1) * self.stride + self.kernel - 2 * self.padding
        } else {
            (self.side + 2 * self.padding - self.kernel) / self.stride + 1
        }
    }

    /// Operations of the forward pass.
    fn flop(&self) -> f64 {
        let windows = if self.transposed {
            self.side
        } else {
            self.out()
        };
        let numbers = [
            self.batch,
            self.c_in,
            self.c_out,
            self.kernel,
            self.kernel,
            windows,
            windows,
        ];
        2.0 * numbers.into_iter().map(|n| n as f64).product::<f64>()
    }

    fn works(&self) -> [Work; 2] {
        let shape = format!(
            "{} × [{}, {side}, {side}] → [{}, {out}, {out}]",
            self.batch,
            self.c_in,
            self.c_out,
            side = self.side,
            out = self.out()
        );
        let forward = Work::new(format!("layer.{}.forward", self.name), shape.clone());
        let both = Work::new(format!("layer.{}.both", self.name), shape);
        // The first layers of networks need no gradient of their images in practice, but both sides compute it here.
        [
            forward.with_flop(self.flop()),
            both.with_flop(3.0 * self.flop()),
        ]
    }

    fn apply(&self, x: &Tensor, kernel: &Tensor) -> candle_core::Result<Tensor> {
        if self.transposed {
            nn::conv_transpose2d(x, kernel, None, self.stride, self.padding)
        } else {
            nn::conv2d(x, kernel, None, self.stride, self.padding)
        }
    }
}

pub(super) fn works() -> Vec<Work> {
    LAYERS.iter().flat_map(Layer::works).collect()
}

/// Runs "NAME.forward" or "NAME.both".
pub(super) fn run(name: &str, pace: &Arc<Pace>) -> Result<()> {
    let found = LAYERS
        .iter()
        .find_map(|layer| Some((layer, name.strip_prefix(layer.name)?)));
    let Some((layer, pass)) = found else {
        return Err(Error::shape("layer of the benchmark", "a known one", name));
    };
    let mut stream = rng::stream(1, "bench/layers");
    let image = [layer.batch, layer.c_in, layer.side, layer.side];
    let (first, second) = if layer.transposed {
        (layer.c_in, layer.c_out)
    } else {
        (layer.c_out, layer.c_in)
    };
    let kernel = [first, second, layer.kernel, layer.kernel];
    let x = rng::normal(&mut stream, 1.0, &image, pace.device())?;
    let kernel = rng::normal(&mut stream, 0.02, &kernel, pace.device())?;
    if pass == ".forward" {
        while pace.lap() {
            layer.apply(&x, &kernel)?;
        }
        return Ok(());
    }
    let (x, kernel) = (Var::from_tensor(&x)?, Var::from_tensor(&kernel)?);
    while pace.lap() {
        layer.apply(&x, &kernel)?.backward()?;
    }
    Ok(())
}
