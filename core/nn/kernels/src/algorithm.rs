//! The quicker of two algorithms for a convolution; shapes alone decide.

use super::convolution::Convolution;
use super::winograd::Winograd;

/// How a convolution and its gradients are computed.
#[derive(Clone, Copy, Debug)]
pub struct Algorithm {
    /// Windows as columns of a matrix.
    direct: Convolution,
    /// Fewer multiplications, in a transformed domain.
    winograd: Option<Winograd>,
}

impl Algorithm {
    /// The faster form for this size.
    pub fn of(direct: Convolution) -> Self {
        Self {
            direct,
            winograd: Winograd::pays(&direct.geometry, direct.batch, direct.maps),
        }
    }

    /// Convolution: maps from images.
    pub fn correlate(&self, images: &[f32], kernel: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        match self.winograd.filter(Winograd::down_pays) {
            Some(winograd) => winograd.down(images, kernel, bias),
            None => self.direct.correlate(images, kernel, bias),
        }
    }

    /// Transposed convolution: images from maps.
    pub fn scatter(&self, maps: &[f32], kernel: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        match self.winograd.filter(Winograd::up_pays) {
            Some(winograd) => winograd.up(maps, kernel, bias),
            None => self.direct.scatter(maps, kernel, bias),
        }
    }

    /// The gradient to the kernel.
    pub fn kernel_gradient(&self, images: &[f32], maps: &[f32]) -> Vec<f32> {
        match self.winograd {
            Some(winograd) => winograd.kernel_gradient(images, maps),
            None => self.direct.kernel_gradient(images, maps),
        }
    }

    /// Maps from images, and the gradient to the kernel.
    pub fn correlate_and_gradient(
        &self,
        images: &[f32],
        kernel: &[f32],
        maps: &[f32],
    ) -> (Vec<f32>, Vec<f32>) {
        match self.winograd {
            Some(winograd) => winograd.down_and_gradient(images, kernel, maps),
            None => self.direct.correlate_and_gradient(images, kernel, maps),
        }
    }
}
