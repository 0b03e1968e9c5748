//! Convolutions on NVIDIA cards by cuDNN: maps, the gradient to the image, and the gradient to the kernel.
//!
//! ```text
//! Maps    y[o, p]     = Σ_{c, t} K[o, c, t]·x[c, p·stride + t − padding]
//! Image   x′[c, q]    = Σ_{o, t} K[o, c, t]·y[o, p]      over p, t with p·stride + t − padding = q
//! Kernel  K′[o, c, t] = Σ_p y[o, p]·x[c, p·stride + t − padding]
//! ```
//! Algorithms that sum in an order of chance are passed over, so that a card gives the same bytes twice.
#![expect(unsafe_code, reason = "cuDNN takes addresses on the card")]

use std::cell::RefCell;
use std::num::TryFromIntError;
use std::sync::Arc;

use cudarc::cudnn::sys::{
    cudnnConvolutionBwdDataAlgo_t as ToImage, cudnnConvolutionBwdFilterAlgo_t as ToKernel,
    cudnnConvolutionMode_t, cudnnMathType_t, cudnnTensorFormat_t,
};
use cudarc::cudnn::{ConvBackwardData, ConvBackwardFilter, ConvForward, Cudnn, CudnnError};
use cudarc::driver::{CudaSlice, CudaStream, CudaView, DriverError};

use super::convolution::Convolution;

thread_local! {
    /// Handles belong to a thread and a stream.
    static HANDLES: RefCell<Vec<(Arc<CudaStream>, Arc<Cudnn>)>> = const { RefCell::new(Vec::new()) };
}

/// What is computed from two of image, maps and kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// From image and kernel.
    Maps,
    /// From maps and kernel.
    Image,
    /// From image and maps.
    Kernel,
}

/// Why a card did not do it.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// cuDNN refused.
    #[error("cuDNN: {0}")]
    Cudnn(#[from] CudnnError),
    /// The driver refused, as for want of memory.
    #[error("CUDA: {0}")]
    Driver(#[from] DriverError),
    /// A size beyond what cuDNN counts with.
    #[error("cuDNN counts in 32 bits: {0}")]
    Size(#[from] TryFromIntError),
}

impl Wanted {
    /// The shape of the result.
    pub fn dims(self, convolution: &Convolution) -> [usize; 4] {
        let (g, batch, maps) = (&convolution.geometry, convolution.batch, convolution.maps);
        match self {
            Self::Maps => [batch, maps, g.n_down, g.n_across],
            Self::Image => [batch, g.channels, g.height, g.width],
            Self::Kernel => [maps, g.channels, g.kernel, g.kernel],
        }
    }

    /// Computes it from `a` and `b`, in the order that [`Wanted`] names them in; `reduced` lets factors be rounded to
    /// TensorFloat-32.
    ///
    /// # Errors
    /// Fails if cuDNN or the driver does, or a size is beyond 32 bits.
    ///
    /// # Panics
    /// If a buffer holds fewer numbers than the shapes say, which is a mistake of the caller.
    pub fn compute(
        self,
        convolution: &Convolution,
        stream: &Arc<CudaStream>,
        a: &CudaView<'_, f32>,
        b: &CudaView<'_, f32>,
        reduced: bool,
    ) -> Result<CudaSlice<f32>, CardError> {
        let given = match self {
            Self::Maps => [Self::Image, Self::Kernel],
            Self::Image => [Self::Maps, Self::Kernel],
            Self::Kernel => [Self::Image, Self::Maps],
        };
        for (buffer, given) in [a, b].into_iter().zip(given) {
            let n: usize = given.dims(convolution).iter().product();
            assert!(
                buffer.len() >= n,
                "a convolution's buffers disagree with its shapes"
            );
        }
        let cudnn = handle(stream)?;
        let format = cudnnTensorFormat_t::CUDNN_TENSOR_NCHW;
        let dims = |wanted: Self| sizes(wanted.dims(convolution));
        let image = cudnn.create_4d_tensor::<f32>(format, dims(Self::Image)?)?;
        let maps = cudnn.create_4d_tensor::<f32>(format, dims(Self::Maps)?)?;
        let kernel = cudnn.create_4d_filter::<f32>(format, dims(Self::Kernel)?)?;
        let [padding, stride] = sizes([convolution.geometry.padding, convolution.geometry.stride])?;
        let mode = cudnnConvolutionMode_t::CUDNN_CROSS_CORRELATION;
        let mut conv = cudnn.create_conv2d::<f32>([padding; 2], [stride; 2], [1; 2], mode)?;
        conv.set_math_type(if reduced {
            cudnnMathType_t::CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION
        } else {
            cudnnMathType_t::CUDNN_FMA_MATH
        })?;
        // SAFETY: cuDNN writes every number, as the factor of what was there is 0.
        let mut out = unsafe { stream.alloc::<f32>(self.dims(convolution).iter().product())? };
        // SAFETY: cuDNN reads nothing of its workspace that it did not write.
        let room = |n_bytes: usize| unsafe { stream.alloc::<u8>(n_bytes) };
        let factors = (1f32, 0f32);
        match self {
            Self::Maps => {
                let way = ConvForward {
                    conv: &conv,
                    x: &image,
                    w: &kernel,
                    y: &maps,
                };
                let algorithm = way.pick_algorithm()?;
                let mut room = room(way.get_workspace_size(algorithm)?)?;
                // SAFETY: the buffers have the type and at least the sizes of the descriptors.
                unsafe { way.launch(algorithm, Some(&mut room), factors, a, b, &mut out)? };
            }
            Self::Image => {
                let way = ConvBackwardData {
                    conv: &conv,
                    dx: &image,
                    w: &kernel,
                    dy: &maps,
                };
                let algorithm = match way.pick_algorithm()? {
                    ToImage::CUDNN_CONVOLUTION_BWD_DATA_ALGO_0 => {
                        ToImage::CUDNN_CONVOLUTION_BWD_DATA_ALGO_1
                    }
                    algorithm => algorithm,
                };
                let mut room = room(way.get_workspace_size(algorithm)?)?;
                // SAFETY: as above.
                unsafe { way.launch(algorithm, Some(&mut room), factors, &mut out, b, a)? };
            }
            Self::Kernel => {
                let way = ConvBackwardFilter {
                    conv: &conv,
                    x: &image,
                    dw: &kernel,
                    dy: &maps,
                };
                let algorithm = match way.pick_algorithm()? {
                    ToKernel::CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0
                    | ToKernel::CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3 => {
                        ToKernel::CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1
                    }
                    algorithm => algorithm,
                };
                let mut room = room(way.get_workspace_size(algorithm)?)?;
                // SAFETY: as above.
                unsafe { way.launch(algorithm, Some(&mut room), factors, a, &mut out, b)? };
            }
        }
        Ok(out)
    }
}

fn handle(stream: &Arc<CudaStream>) -> Result<Arc<Cudnn>, CudnnError> {
    HANDLES.with_borrow_mut(|handles| {
        let known = handles.iter().find(|(of, _)| Arc::ptr_eq(of, stream));
        if let Some((_, known)) = known {
            return Ok(known.clone());
        }
        let made = Cudnn::new(stream.clone())?;
        handles.push((stream.clone(), made.clone()));
        Ok(made)
    })
}

fn sizes<const N: usize>(sizes: [usize; N]) -> Result<[i32; N], TryFromIntError> {
    let mut found = [0; N];
    for (found, size) in found.iter_mut().zip(sizes) {
        *found = i32::try_from(size)?;
    }
    Ok(found)
}
