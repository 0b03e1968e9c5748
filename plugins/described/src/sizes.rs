//! Sizes of what comes out of a layer.

use lab_core::nn::{ResponseNorm, Rounding};

use crate::layer::Layer;
use crate::shape::Shape;
use crate::steps::{Act, Attention, Conv, Pool, Step};

/// Sizes that a layer may name, and numbers of a row or map.
const LARGEST: usize = 1 << 20;
pub(crate) const MOST_NUMBERS: usize = 1 << 28;

/// What a layer expected and what it got.
pub(crate) type Mismatch = (String, String);

/// What a layer called `name` does to what reaches it, and what comes out.
///
/// # Errors
/// Fails with what it expected and what it got.
pub(crate) fn step(layer: &Layer, name: String, shape: Shape) -> Result<(Step, Shape), Mismatch> {
    let (step, next) = match layer {
        Layer::Linear { .. } | Layer::BatchNorm { .. } => by_row(layer, name, shape)?,
        Layer::GroupNorm { .. } | Layer::Attention { .. } => grouped(layer, name, shape)?,
        Layer::Conv2d { .. } | Layer::ConvTranspose2d { .. } => convolution(layer, name, shape)?,
        Layer::MaxPool { .. } | Layer::AveragePool { .. } => pool(layer, shape)?,
        layer => match non_linearity(layer) {
            Some(act) => (Step::Act(act), shape),
            None => by_map(layer, shape)?,
        },
    };
    match next.n_numbers().filter(|n| *n <= MOST_NUMBERS) {
        Some(_) => Ok((step, next)),
        None => Err((format!("at most {MOST_NUMBERS} numbers"), next.to_string())),
    }
}

fn non_linearity(layer: &Layer) -> Option<Act> {
    Some(match *layer {
        Layer::Relu => Act::Relu,
        Layer::LeakyRelu { slope } => Act::LeakyRelu(slope),
        Layer::Elu { alpha } => Act::Elu(alpha),
        Layer::Silu => Act::Silu,
        Layer::Tanh => Act::Tanh,
        Layer::ScaledTanh { limit } => Act::ScaledTanh(limit),
        Layer::Sigmoid => Act::Sigmoid,
        _ => return None,
    })
}

fn by_row(layer: &Layer, name: String, shape: Shape) -> Result<(Step, Shape), Mismatch> {
    match *layer {
        Layer::Linear {
            out: n_out, bias, ..
        } => {
            let n_in = row(shape)?;
            sizes(&[("out", n_out)])?;
            let linear = Step::Linear {
                name,
                n_in,
                n_out,
                bias,
            };
            Ok((linear, Shape::Row(n_out)))
        }
        Layer::BatchNorm { eps, affine, .. } => {
            let (Shape::Row(n) | Shape::Maps(n, ..)) = shape;
            if let Some(eps) = eps.filter(|eps| !(eps.is_finite() && *eps > 0.0)) {
                return Err(("an eps above 0".into(), eps.to_string()));
            }
            Ok((
                Step::Norm {
                    name,
                    n,
                    affine,
                    eps,
                },
                shape,
            ))
        }
        _ => Ok((Step::Nothing, shape)),
    }
}

/// Layers that divide the maps into parts.
fn grouped(layer: &Layer, name: String, shape: Shape) -> Result<(Step, Shape), Mismatch> {
    let (n, height, width) = maps(shape)?;
    let divides = |what: &str, parts: usize| {
        sizes(&[(what, parts)])?;
        if n.is_multiple_of(parts) {
            return Ok(());
        }
        Err((format!("{what} that divide {n} maps"), parts.to_string()))
    };
    let step = match *layer {
        Layer::GroupNorm { groups, eps, .. } => {
            divides("groups", groups)?;
            Step::GroupNorm {
                name,
                n,
                groups,
                eps,
            }
        }
        Layer::Attention { heads, bias, .. } => {
            divides("heads", heads)?;
            // Every pixel looks at every other.
            let pairs = Shape::Maps(heads, height * width, height * width);
            if pairs.n_numbers().is_none_or(|n| n > MOST_NUMBERS) {
                let expected = format!("maps of which at most {MOST_NUMBERS} pairs of pixels");
                return Err((expected, shape.to_string()));
            }
            Step::Attention(Attention {
                name,
                n,
                heads,
                bias,
            })
        }
        _ => Step::Nothing,
    };
    Ok((step, shape))
}

/// Layers without weights that move numbers.
fn by_map(layer: &Layer, shape: Shape) -> Result<(Step, Shape), Mismatch> {
    Ok(match *layer {
        Layer::GlobalAveragePool => {
            let (channels, ..) = maps(shape)?;
            (Step::GlobalAverage, Shape::Maps(channels, 1, 1))
        }
        Layer::LocalResponseNorm { n, k, alpha, beta } => {
            maps(shape)?;
            if n.is_multiple_of(2) {
                return Err(("an odd n".into(), n.to_string()));
            }
            (
                Step::ResponseNorm(ResponseNorm { n, k, alpha, beta }),
                shape,
            )
        }
        Layer::Flatten => {
            let (channels, height, width) = maps(shape)?;
            (Step::Flatten, Shape::Row(channels * height * width))
        }
        Layer::Reshape {
            channels,
            height,
            width,
        } => {
            let next = Shape::Maps(channels, height, width);
            if next.n_numbers() != Some(row(shape)?) {
                return Err((format!("a row that fills {next}"), shape.to_string()));
            }
            (Step::Reshape(channels, height, width), next)
        }
        Layer::Clamp { low, high } => {
            if low >= high {
                return Err(("low below high".into(), format!("{low} and {high}")));
            }
            (Step::Clamp(low as f32, high as f32), shape)
        }
        Layer::Nearest { factor } | Layer::Bilinear { factor, .. } => {
            let (channels, height, width) = maps(shape)?;
            sizes(&[("factor", factor)])?;
            let step = match *layer {
                Layer::Bilinear { aligned, .. } => Step::Bilinear { factor, aligned },
                _ => Step::Nearest(factor),
            };
            (step, Shape::Maps(channels, height * factor, width * factor))
        }
        _ => (Step::Nothing, shape),
    })
}

fn convolution(layer: &Layer, name: String, shape: Shape) -> Result<(Step, Shape), Mismatch> {
    let (c_in, height, width) = maps(shape)?;
    let conv = conv_of(layer, name, c_in);
    check_conv(&conv)?;
    let Conv {
        kernel,
        stride,
        padding,
        ..
    } = conv;
    let length = |n: usize| match conv.output_padding {
        None => (n + 2 * padding)
            .checked_sub(kernel)
            .map(|rest| rest / stride + 1),
        Some(extra) => ((n - 1) * stride + kernel + extra)
            .checked_sub(2 * padding)
            .filter(|n| *n > 0),
    };
    let (Some(height), Some(width)) = (length(height), length(width)) else {
        let expected = format!(
            "maps of which a {kernel}×{kernel} kernel with padding {padding} leaves something"
        );
        return Err((expected, shape.to_string()));
    };
    let next = Shape::Maps(conv.c_out, height, width);
    Ok((Step::Conv(conv), next))
}

/// The numbers of a convolution, as written; all 0 for any other layer.
fn conv_of(layer: &Layer, name: String, c_in: usize) -> Conv {
    let mut conv = Conv {
        name,
        c_in,
        c_out: 0,
        kernel: 0,
        stride: 0,
        padding: 0,
        groups: 0,
        bias: false,
        output_padding: None,
    };
    if let Layer::ConvTranspose2d { output_padding, .. } = layer {
        conv.output_padding = Some(*output_padding);
    }
    if let Layer::Conv2d {
        out,
        kernel,
        stride,
        padding,
        groups,
        bias,
        ..
    }
    | Layer::ConvTranspose2d {
        out,
        kernel,
        stride,
        padding,
        groups,
        bias,
        ..
    } = *layer
    {
        (conv.c_out, conv.kernel, conv.stride) = (out, kernel, stride);
        (conv.padding, conv.groups, conv.bias) = (padding, groups, bias);
    }
    conv
}

fn check_conv(conv: &Conv) -> Result<(), Mismatch> {
    let extra = conv.output_padding.unwrap_or(0);
    sizes(&[
        ("out", conv.c_out),
        ("kernel", conv.kernel),
        ("stride", conv.stride),
        ("groups", conv.groups),
        ("padding", conv.padding.max(1)),
        ("output_padding", extra.max(1)),
    ])?;
    if !conv.c_in.is_multiple_of(conv.groups) || !conv.c_out.is_multiple_of(conv.groups) {
        let expected = format!("groups that divide {} and {} maps", conv.c_in, conv.c_out);
        return Err((expected, conv.groups.to_string()));
    }
    if extra > 0 && extra >= conv.stride {
        let expected = format!("an output_padding below the stride of {}", conv.stride);
        return Err((expected, extra.to_string()));
    }
    Ok(())
}

fn pool(layer: &Layer, shape: Shape) -> Result<(Step, Shape), Mismatch> {
    let (channels, height, width) = maps(shape)?;
    let pool = pool_of(layer);
    let Pool {
        kernel,
        stride,
        padding,
        rounding,
    } = pool;
    let sides = [("kernel", kernel), ("stride", stride)];
    sizes(&[sides[0], sides[1], ("padding", padding.max(1))])?;
    if 2 * padding > kernel || (rounding == Rounding::Up && padding > 0) {
        let expected = "a padding of at most half the kernel, and none with cover_all";
        return Err((expected.into(), padding.to_string()));
    }
    let length = |n: usize| match rounding {
        // No window may begin outside.
        Rounding::Up => {
            Some((n.saturating_sub(kernel).div_ceil(stride) + 1).min(n.div_ceil(stride)))
        }
        Rounding::Down => (n + 2 * padding)
            .checked_sub(kernel)
            .map(|rest| rest / stride + 1),
    };
    let (Some(height), Some(width)) = (length(height), length(width)) else {
        let expected = format!("maps of at least {kernel}×{kernel}");
        return Err((expected, shape.to_string()));
    };
    let step = match layer {
        Layer::MaxPool { .. } => Step::MaxPool(pool),
        _ => Step::AveragePool(pool),
    };
    Ok((step, Shape::Maps(channels, height, width)))
}

/// The numbers of a pool, as written; all 0 for any other layer.
fn pool_of(layer: &Layer) -> Pool {
    let (kernel, stride, padding, cover_all) = match *layer {
        Layer::MaxPool {
            kernel,
            stride,
            padding,
            cover_all,
        } => (kernel, stride, padding, cover_all),
        Layer::AveragePool {
            kernel,
            stride,
            padding,
        } => (kernel, stride, padding, false),
        _ => (0, None, 0, false),
    };
    Pool {
        kernel,
        stride: stride.unwrap_or(kernel),
        padding,
        rounding: if cover_all {
            Rounding::Up
        } else {
            Rounding::Down
        },
    }
}

fn row(shape: Shape) -> Result<usize, Mismatch> {
    match shape {
        Shape::Row(n) => Ok(n),
        Shape::Maps(..) => Err(("a row: write Flatten before it".into(), shape.to_string())),
    }
}

fn maps(shape: Shape) -> Result<(usize, usize, usize), Mismatch> {
    match shape {
        Shape::Maps(channels, height, width) => Ok((channels, height, width)),
        Shape::Row(n) => {
            let hint = format!("maps: write Reshape(channels: {n}, height: 1, width: 1) before it");
            Err((hint, shape.to_string()))
        }
    }
}

fn sizes(named: &[(&str, usize)]) -> Result<(), Mismatch> {
    match named.iter().find(|(_, n)| !(1..=LARGEST).contains(n)) {
        None => Ok(()),
        Some((name, n)) => Err((format!("{name} from 1 to {LARGEST}"), n.to_string())),
    }
}
