//! Sizes of what comes out of a layer.

use lab_core::nn::{ResponseNorm, Rounding};

use crate::layer::Layer;
use crate::plan::Shape;
use crate::steps::{Act, Conv, Pool, Step};

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

/// Layers without weights that move numbers.
fn by_map(layer: &Layer, shape: Shape) -> Result<(Step, Shape), Mismatch> {
    Ok(match *layer {
        Layer::GlobalAveragePool => {
            let (channels, ..) = maps(shape)?;
            (Step::GlobalAverage, Shape::Maps(channels, 1, 1))
        }
        Layer::LocalResponseNorm { n, k, alpha, beta } => {
            maps(shape)?;
            if n % 2 == 0 {
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
    let (&c_out, &kernel, &stride, &padding, &groups, &bias, output_padding) = match layer {
        Layer::Conv2d {
            out,
            kernel,
            stride,
            padding,
            groups,
            bias,
            ..
        } => (out, kernel, stride, padding, groups, bias, None),
        Layer::ConvTranspose2d {
            out,
            kernel,
            stride,
            padding,
            groups,
            bias,
            output_padding,
            ..
        } => (
            out,
            kernel,
            stride,
            padding,
            groups,
            bias,
            Some(*output_padding),
        ),
        _ => return Ok((Step::Nothing, shape)),
    };
    sizes(&[
        ("out", c_out),
        ("kernel", kernel),
        ("stride", stride),
        ("groups", groups),
    ])?;
    sizes(&[
        ("padding", padding.max(1)),
        ("output_padding", output_padding.unwrap_or(0).max(1)),
    ])?;
    if c_in % groups > 0 || c_out % groups > 0 {
        let expected = format!("groups that divide {c_in} and {c_out} maps");
        return Err((expected, groups.to_string()));
    }
    if output_padding.is_some_and(|extra| extra >= stride.max(1) && extra > 0) {
        let expected = format!("an output_padding below the stride of {stride}");
        return Err((expected, format!("{output_padding:?}")));
    }
    let length = |n: usize| match output_padding {
        None => (n + 2 * padding)
            .checked_sub(kernel)
            .map(|rest| rest / stride + 1),
        Some(extra) => ((n - 1) * stride + kernel + extra)
            .checked_sub(2 * padding)
            .filter(|n| *n > 0),
    };
    let (Some(out_height), Some(out_width)) = (length(height), length(width)) else {
        let expected = format!(
            "maps of which a {kernel}×{kernel} kernel with padding {padding} leaves something"
        );
        return Err((expected, shape.to_string()));
    };
    let conv = Conv {
        name,
        c_in,
        c_out,
        kernel,
        stride,
        padding,
        groups,
        bias,
        output_padding,
    };
    Ok((Step::Conv(conv), Shape::Maps(c_out, out_height, out_width)))
}

fn pool(layer: &Layer, shape: Shape) -> Result<(Step, Shape), Mismatch> {
    let (channels, height, width) = maps(shape)?;
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
        _ => return Ok((Step::Nothing, shape)),
    };
    let stride = stride.unwrap_or(kernel);
    sizes(&[
        ("kernel", kernel),
        ("stride", stride),
        ("padding", padding.max(1)),
    ])?;
    if 2 * padding > kernel || (cover_all && padding > 0) {
        let expected = "a padding of at most half the kernel, and none with cover_all";
        return Err((expected.into(), padding.to_string()));
    }
    let length = |n: usize| {
        if cover_all {
            return Some((n.saturating_sub(kernel).div_ceil(stride) + 1).min(n.div_ceil(stride)));
        }
        (n + 2 * padding)
            .checked_sub(kernel)
            .map(|rest| rest / stride + 1)
    };
    let (Some(out_height), Some(out_width)) = (length(height), length(width)) else {
        return Err((
            format!("maps of at least {kernel}×{kernel}"),
            shape.to_string(),
        ));
    };
    let rounding = if cover_all {
        Rounding::Up
    } else {
        Rounding::Down
    };
    let pool = Pool {
        kernel,
        stride,
        padding,
        rounding,
    };
    let step = match layer {
        Layer::MaxPool { .. } => Step::MaxPool(pool),
        _ => Step::AveragePool(pool),
    };
    Ok((step, Shape::Maps(channels, out_height, out_width)))
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
