//! The quickest of several algorithms for a convolution; shapes alone decide.

use super::convolution::Convolution;
use super::dense::Dense;
use super::elementwise::rectify;
use super::pointwise::Pointwise;
use super::winograd::{Halving, Same, SameOfFive};

/// How a convolution and its gradients are computed.
#[derive(Clone, Copy, Debug)]
pub struct Algorithm {
    /// Windows as columns of a matrix.
    direct: Convolution,
    form: Form,
}

/// Forms with fewer multiplications, in a transformed domain, where one is quicker.
#[derive(Clone, Copy, Debug)]
enum Form {
    Direct,
    /// 4 × 4 kernels with stride 2.
    Halving(Halving),
    /// 3 × 3 kernels with stride 1.
    Same(Same),
    /// 5 × 5 kernels with stride 1.
    SameOfFive(SameOfFive),
    /// 1 × 1 kernels with stride 1, which need no windows.
    Pointwise(Pointwise),
    /// Images no larger than their kernel.
    Dense(Dense),
}

impl Algorithm {
    /// The faster form for this size.
    pub fn of(direct: Convolution) -> Self {
        let (geometry, batch, maps) = (&direct.geometry, direct.batch, direct.maps);
        let halving = Halving::pays(geometry, batch, maps).map(Form::Halving);
        let same = || Same::pays(geometry, batch, maps).map(Form::Same);
        let of_five = || SameOfFive::pays(geometry, batch, maps).map(Form::SameOfFive);
        let dense = || Dense::pays(geometry, batch, maps).map(Form::Dense);
        let pointwise = || Pointwise::new(geometry, batch, maps).map(Form::Pointwise);
        Self {
            direct,
            form: halving
                .or_else(same)
                .or_else(of_five)
                .or_else(pointwise)
                .or_else(dense)
                .unwrap_or(Form::Direct),
        }
    }

    /// Convolution: maps from images; `max(_, 0)` of them if they are rectified.
    pub fn correlate(
        &self,
        images: &[f32],
        kernel: &[f32],
        bias: Option<&[f32]>,
        rectified: bool,
    ) -> Vec<f32> {
        let mut maps = match self.form {
            Form::Same(form) => return form.down(images, kernel, bias, rectified),
            Form::SameOfFive(form) => return form.down(images, kernel, bias, rectified),
            Form::Halving(form) => return form.down(images, kernel, bias, rectified),
            Form::Pointwise(form) => form.correlate(images, kernel, bias),
            Form::Dense(form) => form.correlate(images, kernel, bias),
            Form::Direct => self.direct.correlate(images, kernel, bias),
        };
        if rectified {
            rectify(&mut maps);
        }
        maps
    }

    /// Transposed convolution: images from maps.
    pub fn scatter(&self, maps: &[f32], kernel: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        match self.form {
            Form::Halving(form) => form.up(maps, kernel, bias),
            Form::Same(form) => form.up(maps, kernel, bias),
            Form::SameOfFive(form) => form.up(maps, kernel, bias),
            Form::Pointwise(form) => form.scatter(maps, kernel, bias),
            Form::Dense(form) => form.scatter(maps, kernel, bias),
            Form::Direct => self.direct.scatter(maps, kernel, bias),
        }
    }

    /// The gradient to the kernel.
    pub fn kernel_gradient(&self, images: &[f32], maps: &[f32]) -> Vec<f32> {
        match self.form {
            Form::Halving(form) => form.kernel_gradient(images, maps),
            Form::Same(form) => form.kernel_gradient(images, maps),
            Form::SameOfFive(form) => form.kernel_gradient(images, maps),
            Form::Pointwise(form) => form.kernel_gradient(images, maps),
            Form::Dense(_) | Form::Direct => self.direct.kernel_gradient(images, maps),
        }
    }

    /// Maps from images, and the gradient to the kernel.
    pub fn correlate_and_gradient(
        &self,
        images: &[f32],
        kernel: &[f32],
        maps: &[f32],
    ) -> (Vec<f32>, Vec<f32>) {
        match self.form {
            Form::Direct => self.direct.correlate_and_gradient(images, kernel, maps),
            _ => (
                self.correlate(images, kernel, None, false),
                self.kernel_gradient(images, maps),
            ),
        }
    }
}
