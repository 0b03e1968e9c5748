//! The five convolutions of an `AlexNet`, as far as LPIPS looks: the activations behind each ReLU, at unit length over channels.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::nn::{Rounding, conv2d, max_pool2d, relu};

/// Fewest pixels to a side that leave something behind two poolings.
pub(super) const SMALLEST: usize = 31;
/// Added to the squared length of a pixel's activations, as torchmetrics does.
const EPS: f64 = 1e-8;
/// What is subtracted from each colour: LPIPS' scaling layer, for pixels in `[−1, 1]`.
const SHIFT: [f32; 3] = [-0.030, -0.088, -0.188];
/// What each colour is then divided by.
const SCALE: [f32; 3] = [0.458, 0.448, 0.450];

/// One convolution of the network.
pub(super) struct Layer {
    /// Its number among the modules of torchvision's `features`.
    pub(super) number: usize,
    /// `[n_out, n_in, k, k]`.
    pub(super) shape: [usize; 4],
    stride: usize,
    padding: usize,
    /// Whether the image is pooled before it: 3 × 3 pixels, 2 apart.
    pooled: bool,
}

/// torchvision's `AlexNet`, without its last pooling and its classifier.
pub(super) const LAYERS: [Layer; 5] = [
    layer(0, [64, 3, 11, 11], (4, 2), false),
    layer(3, [192, 64, 5, 5], (1, 2), true),
    layer(6, [384, 192, 3, 3], (1, 1), true),
    layer(8, [256, 384, 3, 3], (1, 1), false),
    layer(10, [256, 256, 3, 3], (1, 1), false),
];

const fn layer(
    number: usize,
    shape: [usize; 4],
    (stride, padding): (usize, usize),
    pooled: bool,
) -> Layer {
    Layer {
        number,
        shape,
        stride,
        padding,
        pooled,
    }
}

/// Weight and bias of a layer.
pub(super) struct Weights {
    /// As [`Layer::shape`], row-major.
    pub(super) kernel: Vec<f32>,
    /// `[n_out]`.
    pub(super) bias: Vec<f32>,
}

/// The network with its weights.
pub(super) struct Network {
    layers: Vec<(Tensor, Tensor)>,
    device: Device,
}

/// What one layer makes of a chunk of pictures, at unit length over channels.
pub(super) struct Normalised {
    /// `[n_images, n_channels, n_pixels]`, row-major.
    values: Vec<f32>,
    n_channels: usize,
    pub(super) n_pixels: usize,
}

/// What all layers make of a chunk of pictures.
pub(super) struct Activations {
    pub(super) n_images: usize,
    pub(super) layers: Vec<Normalised>,
}

impl Network {
    /// The network of these weights, one for each of [`LAYERS`].
    pub(super) fn new(weights: Vec<Weights>, device: &Device) -> Result<Self> {
        let tensors = weights.into_iter().zip(&LAYERS).map(|(weights, layer)| {
            let kernel = Tensor::from_vec(weights.kernel, layer.shape.as_slice(), device)?;
            Ok((kernel, Tensor::new(weights.bias, device)?))
        });
        Ok(Self {
            layers: tensors.collect::<Result<_>>()?,
            device: device.clone(),
        })
    }

    /// The activations of grey pictures in `[−1, 1]`, `[n_images, height · width]`, of at least [`SMALLEST`] pixels a side.
    pub(super) fn activations(
        &self,
        pixels: &[f32],
        (height, width): (usize, usize),
    ) -> Result<Activations> {
        let n_images = pixels.len() / (height * width).max(1);
        let colours = SHIFT.iter().zip(SCALE);
        let scaled: Vec<f32> = pixels
            .chunks(height * width)
            .flat_map(|picture| {
                let colours = colours.clone();
                colours.flat_map(move |(shift, scale)| {
                    picture.iter().map(move |pixel| (pixel - shift) / scale)
                })
            })
            .collect();
        let mut image = Tensor::from_vec(scaled, (n_images, 3, height, width), &self.device)?;
        let mut layers = Vec::with_capacity(LAYERS.len());
        for ((kernel, bias), layer) in self.layers.iter().zip(&LAYERS) {
            if layer.pooled {
                image = max_pool2d(&image, 3, 2, Rounding::Down)?;
            }
            let seen = conv2d(&image, kernel, Some(bias), layer.stride, layer.padding)?;
            image = relu(&seen)?;
            layers.push(Normalised::over_channels(&image)?);
        }
        Ok(Activations { n_images, layers })
    }
}

impl Normalised {
    /// Divides the activations of each pixel by their length over channels.
    fn over_channels(activations: &Tensor) -> Result<Self> {
        let (_, n_channels, height, width) = activations.dims4()?;
        let n_pixels = height * width;
        let mut values: Vec<f32> = activations.flatten_all()?.to_vec1()?;
        let mut lengths = vec![0.0_f64; n_pixels];
        for image in values.chunks_mut(n_channels * n_pixels) {
            lengths.fill(EPS);
            for channel in image.chunks(n_pixels) {
                let squares = channel.iter().map(|&value| f64::from(value).powi(2));
                lengths
                    .iter_mut()
                    .zip(squares)
                    .for_each(|(sum, x)| *sum += x);
            }
            lengths.iter_mut().for_each(|sum| *sum = sum.sqrt());
            for channel in image.chunks_mut(n_pixels) {
                for (value, length) in channel.iter_mut().zip(&lengths) {
                    *value = (f64::from(*value) / length) as f32;
                }
            }
        }
        Ok(Self {
            values,
            n_channels,
            n_pixels,
        })
    }

    /// The channels of one picture, one after the other.
    pub(super) fn of_image(&self, image: usize) -> &[f32] {
        let n = self.n_channels * self.n_pixels;
        &self.values[image * n..(image + 1) * n]
    }
}
