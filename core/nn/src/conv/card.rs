//! Convolutions of tensors on an NVIDIA card, by cuDNN.
//!
//! candle 0.11.1 has the convolution itself by cuDNN, and takes kernels of its own for its transpose and for both gradients.

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::CudaView;
use candle_core::{
    CpuStorage, CudaStorage, CustomOp2, DType, Error, Layout, Result, Shape, Tensor, bail,
};
use lab_kernels::convolution::Convolution;
use lab_kernels::cuda::Wanted;

use super::Conv;
use crate::precision;

/// Whether [`Conv::on_card`] serves.
pub(super) fn serves<const N: usize>(tensors: [&Tensor; N]) -> bool {
    let ours = |tensor: &&Tensor| tensor.device().is_cuda() && tensor.dtype() == DType::F32;
    tensors.iter().all(ours)
}

impl Conv {
    /// The convolution, or its transpose, without bias and gradient.
    pub(super) fn on_card(
        self,
        x: (&CudaStorage, &Layout),
        kernel: (&CudaStorage, &Layout),
    ) -> Result<(CudaStorage, Shape)> {
        let convolution = self.plan(x.1.shape(), kernel.1.shape())?.convolution;
        let wanted = if self.transposed {
            Wanted::Image
        } else {
            Wanted::Maps
        };
        Product {
            wanted,
            convolution,
        }
        .compute(x, kernel)
    }

    /// The gradients to image and kernel, as far as they are wanted.
    pub(super) fn backward_on_card(
        self,
        x: &Tensor,
        kernel: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let convolution = self.plan(x.shape(), kernel.shape())?.convolution;
        let product = |wanted| Product {
            wanted,
            convolution,
        };
        let gradient = &gradient.contiguous()?;
        let (to_x, image, maps) = if self.transposed {
            (Wanted::Maps, gradient, x)
        } else {
            (Wanted::Image, x, gradient)
        };
        let to_x = x
            .track_op()
            .then(|| gradient.apply_op2_no_bwd(kernel, &product(to_x)));
        let to_kernel = kernel
            .track_op()
            .then(|| image.apply_op2_no_bwd(maps, &product(Wanted::Kernel)));
        Ok((to_x.transpose()?, to_kernel.transpose()?))
    }
}

/// One of image, maps and kernel from the other two.
struct Product {
    wanted: Wanted,
    convolution: Convolution,
}

impl Product {
    fn compute(
        &self,
        a: (&CudaStorage, &Layout),
        b: (&CudaStorage, &Layout),
    ) -> Result<(CudaStorage, Shape)> {
        let device = a.0.device();
        let (a, b) = (floats(a)?, floats(b)?);
        let stream = device.cuda_stream();
        let reduced = precision::is_reduced();
        let out = self
            .wanted
            .compute(&self.convolution, &stream, &a, &b, reduced)
            .map_err(Error::wrap)?;
        let dims = self.wanted.dims(&self.convolution);
        let storage = CudaStorage::wrap_cuda_slice(out, device.clone());
        Ok((storage, Shape::from(dims.as_slice())))
    }
}

/// The numbers of a contiguous tensor.
fn floats<'a>((storage, layout): (&'a CudaStorage, &Layout)) -> Result<CudaView<'a, f32>> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("expected a contiguous tensor, got {layout:?}")
    };
    Ok(storage.as_cuda_slice::<f32>()?.slice(start..end))
}

impl CustomOp2 for Product {
    fn name(&self) -> &'static str {
        match self.wanted {
            Wanted::Maps => "conv2d",
            Wanted::Image => "conv2d_to_image",
            Wanted::Kernel => "conv2d_to_kernel",
        }
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        bail!("{}: this form is for tensors on a card", self.name())
    }

    fn cuda_fwd(
        &self,
        a: &CudaStorage,
        a_layout: &Layout,
        b: &CudaStorage,
        b_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        self.compute((a, a_layout), (b, b_layout))
    }
}
