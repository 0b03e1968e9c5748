//! Gradients against central differences, in float32 with a step of 1/64.

use super::*;

/// Gradients of Σ y·g along one direction for all inputs, against the difference of values.
fn check(name: &str, operation: Operation<'_>, inputs: &[Tensor]) {
    const STEP: f64 = 1.0 / 64.0;
    let (y, gradients) = value_and_gradients(&operation, inputs, None);
    let g = numbers(y.dims(), 99);
    for (i, gradient) in gradients.iter().enumerate() {
        let direction = numbers(inputs[i].dims(), 7 + i as u64);
        let at = |step: f64| -> Result<f64> {
            let mut moved = inputs.to_vec();
            moved[i] = (&moved[i] + (&direction * step)?)?;
            dot(&operation(&moved)?, &g)
        };
        // Richardson's extrapolation removes the error in the square of the step.
        let difference =
            |step: f64| Ok::<f64, candle_core::Error>((at(step)? - at(-step)?) / (2.0 * step));
        let slope = (4.0 * difference(STEP / 2.0).expect("values")
            - difference(STEP).expect("values"))
            / 3.0;
        let ours = dot(gradient, &direction).expect("a gradient");
        let size = |a: &Tensor, b: &Tensor| {
            dot(&a.abs().expect("sizes"), &b.abs().expect("sizes")).expect("numbers")
        };
        // Float32 values leave an error of about their last place over the step.
        let tolerance =
            3e-3 * slope.abs().max(0.1 * size(gradient, &direction)) + 1e-7 * size(&y, &g) / STEP;
        assert!(
            (ours - slope).abs() <= tolerance,
            "{name}, input {i}: {ours} by gradient, {slope} by difference"
        );
    }
}

fn dot(a: &Tensor, b: &Tensor) -> Result<f64> {
    let (a, b) = (a.detach().to_dtype(DType::F64)?, b.to_dtype(DType::F64)?);
    (a.contiguous()? * b.contiguous()?)?.sum_all()?.to_scalar()
}

#[test]
fn of_convolutions_and_linear_maps() {
    let (x, bias) = (numbers(&[2, 3, 7, 6], 1), numbers(&[4], 3));
    check(
        "conv2d",
        Box::new(|t| conv2d(&t[0], &t[1], Some(&t[2]), 2, 1)),
        &[x.clone(), numbers(&[4, 3, 3, 3], 2), bias.clone()],
    );
    // Wide enough for the transformed form, and no pixel so near to 0 that a step takes it across.
    let wide = [
        numbers(&[2, 16, 8, 12], 4),
        (numbers(&[18, 16, 3, 3], 5) * 0.05).expect("a kernel"),
        (numbers(&[18], 6) + 5.0).expect("a bias"),
    ];
    check(
        "conv2d of one size",
        Box::new(|t| conv2d(&t[0], &t[1], Some(&t[2]), 1, 1)),
        &wide,
    );
    check(
        "conv2d_relu",
        Box::new(|t| conv2d_relu(&t[0], &t[1], Some(&t[2]), 1, 1)),
        &wide,
    );
    check(
        "conv2d of one pixel",
        Box::new(|t| conv2d(&t[0], &t[1], Some(&t[2]), 1, 0)),
        &[
            numbers(&[3, 5, 4, 6], 7),
            numbers(&[7, 5, 1, 1], 8),
            numbers(&[7], 9),
        ],
    );
    let kernel = numbers(&[3, 4, 4, 4], 2);
    check(
        "conv_transpose2d",
        Box::new(|t| conv_transpose2d(&t[0], &t[1], Some(&t[2]), 2, 1)),
        &[x, kernel, bias.clone()],
    );
    check(
        "linear",
        Box::new(|t| linear(&t[0], &t[1], Some(&t[2]))),
        &[numbers(&[3, 2, 5], 1), numbers(&[5, 4], 2), bias],
    );
}

#[test]
fn of_normalisations() {
    // Shifts keep z from 0 for the activations with a kink.
    let (x, scale) = (
        numbers(&[4, 3, 5, 4], 1),
        (numbers(&[3], 2) + 2.0).expect("scales"),
    );
    for (act, shift) in [
        (Activation::Identity, 0.0),
        (Activation::Relu, 12.0),
        (Activation::Elu, -12.0),
    ] {
        let shift = (numbers(&[3], 3) + shift).expect("shifts");
        let inputs = [x.clone(), scale.clone(), shift];
        check(
            "batch_norm_act",
            Box::new(move |t| Ok(batch_norm_act(&t[0], &t[1], &t[2], 1e-5, act)?.0)),
            &inputs,
        );
        check(
            "channel_affine_act",
            Box::new(move |t| channel_affine_act(&t[0], &t[1], &t[2], act)),
            &inputs,
        );
    }
    for (act, shift) in [
        (Activation::Identity, 0.0),
        (Activation::Relu, 12.0),
        (Activation::Elu, -12.0),
    ] {
        let shift = (numbers(&[6], 3) + shift).expect("shifts");
        let scale = (numbers(&[6], 2) + 2.0).expect("scales");
        check(
            "group_norm_act",
            Box::new(move |t| group_norm_act(&t[0], 2, &t[1], &t[2], 1e-5, act)),
            &[numbers(&[3, 6, 5, 4], 1), scale, shift],
        );
    }
    let params = ResponseNorm {
        n: 3,
        k: 1.0,
        alpha: 0.3,
        beta: 0.75,
    };
    check(
        "local_response_norm",
        Box::new(move |t| local_response_norm(&t[0], &params)),
        &[numbers(&[2, 5, 3, 3], 4)],
    );
    check(
        "unit_norm",
        Box::new(|t| unit_norm(&t[0])),
        &[numbers(&[3, 6], 5)],
    );
}

#[test]
fn of_pools_and_resizes() {
    // Numbers a tenth apart: a step does not change a window's winner.
    let order: Vec<f32> = (0..2 * 7 * 6)
        .map(|i| ((i * 37) % 84) as f32 * 0.1)
        .collect();
    let x = Tensor::from_vec(order, (1, 2, 7, 6), &device()).expect("an image");
    for rounding in [Rounding::Down, Rounding::Up] {
        check(
            "max_pool2d",
            Box::new(move |t| max_pool2d(&t[0], 3, 2, rounding)),
            std::slice::from_ref(&x),
        );
    }
    check(
        "resize_bilinear",
        Box::new(|t| resize_bilinear(&t[0], 5, 9)),
        std::slice::from_ref(&x),
    );
    check(
        "repeat_pixels",
        Box::new(|t| repeat_pixels(&t[0], 2)),
        std::slice::from_ref(&x),
    );
    check("resize_area", Box::new(|t| resize_area(&t[0], 5, 9)), &[x]);
}

#[test]
fn of_numbers_and_losses() {
    let x = (numbers(&[4, 6], 6) * 3.0).expect("numbers");
    check(
        "softplus",
        Box::new(|t| softplus(&t[0])),
        std::slice::from_ref(&x),
    );
    check(
        "sigmoid",
        Box::new(|t| sigmoid(&t[0])),
        std::slice::from_ref(&x),
    );
    check("tanh", Box::new(|t| tanh(&t[0])), std::slice::from_ref(&x));
    check(
        "add_relu",
        Box::new(|t| add_relu(&t[0], &t[1])),
        &[x.clone(), (numbers(&[4, 6], 8) + 9.0).expect("numbers")],
    );
    let target = numbers(&[4, 6], 7);
    let parts = [
        (Kind::Presence { steepness: 3.0 }, true),
        (
            Kind::Magnitude {
                over_selected: true,
            },
            false,
        ),
    ]
    .map(|(kind, negative)| Part {
        kind,
        negative,
        threshold: 0.2,
    });
    check(
        "compare",
        Box::new(move |t| super::compare(&target, &t[0], &parts)),
        std::slice::from_ref(&x),
    );
    let labels = Tensor::new(&[0u32, 5, 2, 2], &device()).expect("labels");
    check(
        "cross_entropy",
        Box::new(move |t| cross_entropy(&t[0], &labels)),
        &[x],
    );
}
