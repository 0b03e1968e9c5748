//! Normalisation, affine maps and sums over the channels of `[batch, channels, size]`, one channel a task.
#![expect(
    unsafe_code,
    reason = "a channel's planes lie apart in the buffer it is written to"
)]
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

mod groups;
mod passes;

use std::marker::PhantomData;

pub use groups::{Groups, normalise_groups, normalise_groups_backward};
use passes::{Affine, EluCurve, IdentityCurve, Moments, ReluCurve, Sums, ToInput};

use crate::activation::Activation;
use crate::shared::{Shared, filled};
use crate::vectorised::vectorised;
use crate::{collect, math};

/// Planes shorter than this are copied together before they are worked on.
const SHORT: usize = 16;

/// `[batch, channels, size]`
#[derive(Clone, Copy, Debug)]
pub struct Planes {
    /// Images of the batch.
    pub batch: usize,
    /// Channels of an image.
    pub channels: usize,
    /// Pixels of a channel.
    pub size: usize,
}

/// The planes of one channel: plane i begins at `first + i·step`.
#[derive(Clone, Copy)]
struct Walk {
    first: usize,
    step: usize,
    n: usize,
    size: usize,
}

impl Walk {
    #[inline(always)]
    fn planes(self, values: &[f32]) -> impl Iterator<Item = &[f32]> {
        (0..self.n).map(move |i| &values[self.first + i * self.step..][..self.size])
    }

    fn numbers(self) -> f64 {
        (self.n * self.size) as f64
    }
}

impl Planes {
    /// Numbers in all planes.
    pub fn numbers(&self) -> usize {
        self.batch * self.channels * self.size
    }

    fn walk(&self, channel: usize) -> Walk {
        Walk {
            first: channel * self.size,
            step: self.channels * self.size,
            n: self.batch,
            size: self.size,
        }
    }

    /// Calls `work` for each channel with its planes of each input and of the output, gathered if they are short.
    fn each<T: Send, const N: usize>(
        &self,
        inputs: [&[f32]; N],
        out: Option<Shared<'_>>,
        work: impl Fn(usize, Walk, [&[f32]; N], Option<Shared<'_>>) -> T + Sync + Send,
    ) -> Vec<T> {
        collect(self.channels, self.batch * self.size, |channel| {
            let walk = self.walk(channel);
            if self.size >= SHORT || self.channels == 1 {
                return work(channel, walk, inputs, out);
            }
            let gathered =
                inputs.map(|values| walk.planes(values).flatten().copied().collect::<Vec<f32>>());
            let together = Walk {
                first: 0,
                step: 0,
                n: 1,
                size: self.batch * self.size,
            };
            let mut result = vec![0.0; if out.is_some() { together.size } else { 0 }];
            let shared = out.map(|_| Shared::new(&mut result));
            let value = work(
                channel,
                together,
                gathered.each_ref().map(Vec::as_slice),
                shared,
            );
            if let Some(out) = out {
                for (i, plane) in result.chunks_exact(self.size.max(1)).enumerate() {
                    // SAFETY: the planes of a channel belong to one task.
                    unsafe { out.slice(walk.first + i * walk.step, walk.size) }
                        .copy_from_slice(plane);
                }
            }
            value
        })
    }
}

/// What a gradient is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Whether the gradient to the input is wanted.
    pub input: bool,
    /// Whether the gradients to scale and shift are wanted.
    pub parameters: bool,
}

/// Gradients to the input (if wanted), the scales and the shifts.
pub type Gradients = (Option<Vec<f32>>, Vec<f32>, Vec<f32>);

/// `act((x − mean)/√(variance + eps)·scale + shift)` and each channel's mean and biased variance.
pub fn normalise(
    planes: Planes,
    x: &[f32],
    scale: &[f32],
    shift: &[f32],
    eps: f32,
    act: Activation,
) -> (Vec<f32>, Vec<(f32, f32)>) {
    let mut moments = Vec::new();
    let fill = |out: Shared<'_>| {
        moments = planes.each([x], Some(out), |channel, walk, [x], out| {
            let (mean, variance) = vectorised(Moments(x, walk));
            let scale = scale[channel] / (variance + eps).sqrt();
            affine_channel(x, out, walk, scale, shift[channel] - mean * scale, act);
            (mean, variance)
        });
    };
    // SAFETY: the channels cover the buffer and each writes all of its planes.
    (unsafe { filled(planes.numbers(), fill) }, moments)
}

/// The gradients of [`normalise`], from its input, result and moments.
pub fn normalise_backward(
    planes: Planes,
    [x, y, gradient]: [&[f32]; 3],
    scale: &[f32],
    moments: &[(f32, f32)],
    eps: f32,
    act: Activation,
    wanted: Wanted,
) -> Gradients {
    backward(planes, [x, y, gradient], act, wanted, |channel| {
        let (mean, variance) = moments[channel];
        let inverse = 1.0 / (variance + eps).sqrt();
        Terms {
            centre: mean,
            unit: inverse,
            factor: scale[channel] * inverse,
            through_moments: true,
        }
    })
}

/// `act(x·scale + shift)`.
pub fn affine(
    planes: Planes,
    x: &[f32],
    scale: &[f32],
    shift: &[f32],
    act: Activation,
) -> Vec<f32> {
    let fill = |out: Shared<'_>| {
        planes.each([x], Some(out), |channel, walk, [x], out| {
            affine_channel(x, out, walk, scale[channel], shift[channel], act);
        });
    };
    // SAFETY: as in `normalise`.
    unsafe { filled(planes.numbers(), fill) }
}

/// The gradients of [`affine`].
pub fn affine_backward(
    planes: Planes,
    inputs: [&[f32]; 3],
    scale: &[f32],
    act: Activation,
    wanted: Wanted,
) -> Gradients {
    backward(planes, inputs, act, wanted, |channel| Terms {
        centre: 0.0,
        unit: 1.0,
        factor: scale[channel],
        through_moments: false,
    })
}

/// Σ of each channel.
pub fn sums(planes: Planes, x: &[f32]) -> Vec<f32> {
    planes.each([x], None, |_, walk, [x], _| {
        let total: f64 = walk.planes(x).map(|x| f64::from(math::sum(x, |x| x))).sum();
        total as f32
    })
}

/// How a channel's gradient is put together.
struct Terms {
    centre: f32,
    unit: f32,
    factor: f32,
    through_moments: bool,
}

fn backward(
    planes: Planes,
    inputs: [&[f32]; 3],
    act: Activation,
    wanted: Wanted,
    terms: impl Fn(usize) -> Terms + Sync + Send,
) -> Gradients {
    let work = |channel: usize, walk: Walk, inputs: [&[f32]; 3], out: Option<Shared<'_>>| {
        let Terms {
            centre,
            unit,
            factor,
            through_moments,
        } = terms(channel);
        let (total, tilted) = if wanted.parameters || through_moments {
            sums_channel(inputs, walk, centre, act)
        } else {
            (0.0, 0.0)
        };
        let to_scale = tilted * f64::from(unit);
        if let Some(out) = out {
            let (mut level, mut tilt) = (0.0, 0.0);
            if through_moments {
                level = (total / walk.numbers()) as f32;
                tilt = (to_scale / walk.numbers()) as f32 * unit;
            }
            match act {
                Activation::Identity => vectorised(ToInput::<IdentityCurve> {
                    inputs,
                    out,
                    walk,
                    factor,
                    level,
                    centre,
                    tilt,
                    curve: PhantomData,
                }),
                Activation::Relu => vectorised(ToInput::<ReluCurve> {
                    inputs,
                    out,
                    walk,
                    factor,
                    level,
                    centre,
                    tilt,
                    curve: PhantomData,
                }),
                Activation::Elu => vectorised(ToInput::<EluCurve> {
                    inputs,
                    out,
                    walk,
                    factor,
                    level,
                    centre,
                    tilt,
                    curve: PhantomData,
                }),
            }
        }
        (to_scale as f32, total as f32)
    };
    let mut parameters = Vec::new();
    let input = wanted.input.then(|| {
        let fill = |out: Shared<'_>| parameters = planes.each(inputs, Some(out), work);
        // SAFETY: as in `normalise`.
        unsafe { filled(planes.numbers(), fill) }
    });
    if input.is_none() {
        parameters = planes.each(inputs, None, work);
    }
    let (scale, shift) = parameters.into_iter().unzip();
    (input, scale, shift)
}

fn affine_channel(
    x: &[f32],
    out: Option<Shared<'_>>,
    walk: Walk,
    scale: f32,
    shift: f32,
    act: Activation,
) {
    let Some(out) = out else { return };
    match act {
        Activation::Identity => vectorised(Affine::<IdentityCurve> {
            x,
            out,
            walk,
            scale,
            shift,
            curve: PhantomData,
        }),
        Activation::Relu => vectorised(Affine::<ReluCurve> {
            x,
            out,
            walk,
            scale,
            shift,
            curve: PhantomData,
        }),
        Activation::Elu => vectorised(Affine::<EluCurve> {
            x,
            out,
            walk,
            scale,
            shift,
            curve: PhantomData,
        }),
    }
}

fn sums_channel(inputs: [&[f32]; 3], walk: Walk, centre: f32, act: Activation) -> (f64, f64) {
    match act {
        Activation::Identity => vectorised(Sums::<IdentityCurve> {
            inputs,
            walk,
            centre,
            curve: PhantomData,
        }),
        Activation::Relu => vectorised(Sums::<ReluCurve> {
            inputs,
            walk,
            centre,
            curve: PhantomData,
        }),
        Activation::Elu => vectorised(Sums::<EluCurve> {
            inputs,
            walk,
            centre,
            curve: PhantomData,
        }),
    }
}
