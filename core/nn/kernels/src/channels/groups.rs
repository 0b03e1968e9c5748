//! Normalisation over groups of channels of each image, one image's group a task.
//!
//! ```text
//! y = act(scale_c·(x − mean)·u + shift_c)      mean, variance over one image's group; u = 1/√(variance + eps)
//! x′ = u·(e − mean(e) − (x − mean)·u·mean(e·(x − mean)·u))      with d = y′·act′ and e = d·scale_c
//! scale′_c = Σ d·(x − mean)·u      shift′_c = Σ d               over images and pixels
//! ```
#![expect(
    unsafe_code,
    reason = "a channel's planes lie apart in the buffer it is written to"
)]
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use std::marker::PhantomData;

use super::passes::{Curve, EluCurve, IdentityCurve, Moments, ReluCurve};
use super::{Gradients, Planes, Walk, Wanted, affine_channel, sums_channel};
use crate::activation::Activation;
use crate::collect;
use crate::shared::{Shared, filled};
use crate::vectorised::{Body, vectorised};

/// `[batch, groups, channels of a group, size]`
#[derive(Clone, Copy, Debug)]
pub struct Groups {
    /// Images, their channels and pixels.
    pub planes: Planes,
    /// Groups of an image; they divide its channels.
    pub groups: usize,
}

impl Groups {
    fn channels(self) -> usize {
        self.planes.channels / self.groups
    }

    /// All numbers of task `task`: group `task % groups` of image `task / groups`.
    fn all(self, task: usize) -> Walk {
        let size = self.channels() * self.planes.size;
        Walk {
            first: task * size,
            step: 0,
            n: 1,
            size,
        }
    }

    /// The planes of a task: the channel and its numbers.
    fn each(self, task: usize) -> impl Iterator<Item = (usize, Walk)> {
        let first = task % self.groups * self.channels();
        (0..self.channels()).map(move |channel| {
            let size = self.planes.size;
            let walk = Walk {
                first: (task * self.channels() + channel) * size,
                step: 0,
                n: 1,
                size,
            };
            (first + channel, walk)
        })
    }

    fn collect<T: Send>(self, task: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
        let size = self.channels() * self.planes.size;
        collect(self.planes.batch * self.groups, size, task)
    }
}

/// `act((x − mean)/√(variance + eps)·scale + shift)`, and mean and biased variance of each image's groups.
pub fn normalise_groups(
    groups: Groups,
    x: &[f32],
    [scale, shift]: [&[f32]; 2],
    eps: f32,
    act: Activation,
) -> (Vec<f32>, Vec<(f32, f32)>) {
    let mut moments = Vec::new();
    let fill = |out: Shared<'_>| {
        moments = groups.collect(|task| {
            let (mean, variance) = vectorised(Moments(x, groups.all(task)));
            let unit = 1.0 / (variance + eps).sqrt();
            for (channel, walk) in groups.each(task) {
                let scale = scale[channel] * unit;
                let shift = shift[channel] - mean * scale;
                affine_channel(x, Some(out), walk, scale, shift, act);
            }
            (mean, variance)
        });
    };
    // SAFETY: the groups cover the buffer and each writes all of its planes.
    (unsafe { filled(groups.planes.numbers(), fill) }, moments)
}

/// The gradients of [`normalise_groups`], from its input, result and moments.
pub fn normalise_groups_backward(
    groups: Groups,
    inputs: [&[f32]; 3],
    scale: &[f32],
    moments: &[(f32, f32)],
    eps: f32,
    act: Activation,
    wanted: Wanted,
) -> Gradients {
    let work = |task: usize, out: Option<Shared<'_>>| -> Vec<(f32, f32)> {
        let (centre, variance) = moments[task];
        let unit = 1.0 / (variance + eps).sqrt();
        let sums: Vec<(f64, f64)> = groups
            .each(task)
            .map(|(_, walk)| sums_channel(inputs, walk, centre, act))
            .collect();
        if let Some(out) = out {
            let (mut level, mut tilt) = (0.0, 0.0);
            for ((channel, _), (total, tilted)) in groups.each(task).zip(&sums) {
                level += f64::from(scale[channel]) * total;
                tilt += f64::from(scale[channel]) * tilted;
            }
            let all = groups.all(task);
            let u = f64::from(unit);
            let level = (level / all.numbers() * u) as f32;
            let tilt = (tilt / all.numbers() * u * u * u) as f32;
            for (channel, walk) in groups.each(task) {
                let factor = scale[channel] * unit;
                let line = [factor, level, centre, tilt];
                match act {
                    Activation::Identity => back::<IdentityCurve>(inputs, out, walk, line),
                    Activation::Relu => back::<ReluCurve>(inputs, out, walk, line),
                    Activation::Elu => back::<EluCurve>(inputs, out, walk, line),
                }
            }
        }
        let parts = sums.into_iter();
        parts
            .map(|(total, tilted)| ((tilted * f64::from(unit)) as f32, total as f32))
            .collect()
    };
    let mut parts = Vec::new();
    let input = wanted.input.then(|| {
        let fill = |out: Shared<'_>| parts = groups.collect(|task| work(task, Some(out)));
        // SAFETY: as in `normalise_groups`.
        unsafe { filled(groups.planes.numbers(), fill) }
    });
    if input.is_none() {
        parts = groups.collect(|task| work(task, None));
    }
    let n_channels = groups.planes.channels;
    let (mut to_scale, mut to_shift) = (vec![0f32; n_channels], vec![0f32; n_channels]);
    for (at, (scale, shift)) in parts.into_iter().flatten().enumerate() {
        to_scale[at % n_channels] += scale;
        to_shift[at % n_channels] += shift;
    }
    (input, to_scale, to_shift)
}

/// `factor·d − level − (x − centre)·tilt`, with d = gradient · slope(y).
struct Back<'a, C> {
    inputs: [&'a [f32]; 3],
    out: &'a mut [f32],
    walk: Walk,
    line: [f32; 4],
    curve: PhantomData<C>,
}

fn back<C: Curve>(inputs: [&[f32]; 3], out: Shared<'_>, walk: Walk, line: [f32; 4]) {
    vectorised(Back::<C> {
        inputs,
        // SAFETY: every group has planes of its own.
        out: unsafe { out.slice(walk.first, walk.size) },
        walk,
        line,
        curve: PhantomData,
    });
}

impl<C: Curve> Body for Back<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let [factor, level, centre, tilt] = self.line;
        let Walk { first, size, .. } = self.walk;
        let [x, y, gradient] = self.inputs.map(|values| &values[first..][..size]);
        for (((out, &x), &y), &gradient) in self.out.iter_mut().zip(x).zip(y).zip(gradient) {
            *out = factor * (gradient * C::slope(y)) - level - (x - centre) * tilt;
        }
    }
}
