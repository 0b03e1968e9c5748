//! The quicker of two algorithms for a convolution; shapes alone decide.

use super::convolution::Convolution;
use super::winograd::Winograd;

/// How a convolution and its gradients are computed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Algorithm {
    /// Windows as columns of a matrix.
    Direct(Convolution),
    /// Fewer multiplications, in a transformed domain.
    Winograd(Winograd),
}

impl Algorithm {
    pub(crate) fn of(convolution: Convolution) -> Self {
        let Convolution {
            geometry,
            batch,
            maps,
        } = convolution;
        Winograd::pays(&geometry, batch, maps).map_or(Self::Direct(convolution), Self::Winograd)
    }

    /// Maps from images.
    pub(crate) fn correlate(
        &self,
        images: &[f32],
        kernel: &[f32],
        bias: Option<&[f32]>,
    ) -> Vec<f32> {
        match self {
            Self::Direct(direct) => direct.correlate(images, kernel, bias),
            Self::Winograd(winograd) => winograd.down(images, kernel, bias),
        }
    }

    /// Images from maps.
    pub(crate) fn scatter(&self, maps: &[f32], kernel: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        match self {
            Self::Direct(direct) => direct.scatter(maps, kernel, bias),
            Self::Winograd(winograd) => winograd.up(maps, kernel, bias),
        }
    }

    /// The gradient to the kernel.
    pub(crate) fn kernel_gradient(&self, images: &[f32], maps: &[f32]) -> Vec<f32> {
        match self {
            Self::Direct(direct) => direct.kernel_gradient(images, maps),
            Self::Winograd(winograd) => winograd.kernel_gradient(images, maps),
        }
    }

    /// Maps from images, and the gradient to the kernel.
    pub(crate) fn correlate_and_gradient(
        &self,
        images: &[f32],
        kernel: &[f32],
        maps: &[f32],
    ) -> (Vec<f32>, Vec<f32>) {
        match self {
            Self::Direct(direct) => direct.correlate_and_gradient(images, kernel, maps),
            Self::Winograd(winograd) => winograd.down_and_gradient(images, kernel, maps),
        }
    }
}
