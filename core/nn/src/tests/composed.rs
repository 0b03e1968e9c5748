//! The forms for other devices, run on the host, against the kernels; and sizes at which the kernels cut their work.

use super::*;

fn check(name: &str, kernel: Operation<'_>, composed: Operation<'_>, inputs: &[Tensor]) {
    let (y, gradients) = value_and_gradients(&kernel, inputs, None);
    let (expected, expected_gradients) = value_and_gradients(&composed, inputs, None);
    for (i, (ours, theirs)) in std::iter::once((&y, &expected))
        .chain(gradients.iter().zip(&expected_gradients))
        .enumerate()
    {
        let error = distance(ours, theirs);
        assert!(
            error <= 2e-5,
            "{name}, {}: off by {error:.2e}",
            if i == 0 {
                "value".into()
            } else {
                format!("gradient {i}")
            }
        );
    }
}

#[test]
fn convolutions() {
    // Groups of one and of several images, products cut by maps and by windows, chunks of partial sums.
    for (stride, padding, transposed, x, kernel) in [
        (2, 1, false, [5, 3, 15, 14], [4, 3, 3, 3]),
        (1, 2, false, [3, 48, 30, 31], [160, 48, 5, 5]),
        (2, 1, false, [33, 16, 16, 16], [40, 16, 4, 4]),
        (1, 0, false, [9, 1, 32, 32], [24, 1, 5, 5]),
        (3, 2, false, [2, 3, 13, 17], [5, 3, 5, 5]),
        (2, 1, true, [3, 200, 4, 4], [200, 96, 4, 4]),
        (2, 0, true, [33, 24, 5, 6], [24, 12, 4, 4]),
        (1, 1, true, [4, 6, 9, 8], [6, 3, 3, 3]),
        (2, 1, true, [20, 16, 16, 16], [16, 1, 4, 4]),
        (1, 1, false, [7, 48, 12, 20], [24, 48, 3, 3]),
        (1, 1, false, [40, 32, 5, 7], [40, 32, 3, 3]),
        (1, 1, true, [9, 24, 8, 8], [24, 32, 3, 3]),
        (1, 0, false, [33, 24, 6, 7], [40, 24, 1, 1]),
        (1, 0, true, [3, 24, 40, 30], [24, 16, 1, 1]),
    ] {
        let c_out = if transposed { kernel[1] } else { kernel[0] };
        let inputs = [numbers(&x, 1), numbers(&kernel, 2), numbers(&[c_out], 3)];
        let ours: Operation<'_> = Box::new(move |t| {
            let run = if transposed { conv_transpose2d } else { conv2d };
            run(&t[0], &t[1], Some(&t[2]), stride, padding)
        });
        let composed: Operation<'_> = Box::new(move |t| {
            let conv = conv::Conv {
                stride,
                padding,
                transposed,
                rectified: false,
            };
            conv.composed(
                &t[0],
                &t[1],
                Some(&t[2]),
                &conv.plan(t[0].shape(), t[1].shape())?,
            )
        });
        check(&format!("{x:?} by {kernel:?}"), ours, composed, &inputs);
    }
}

#[test]
fn normalisations() {
    for act in [Activation::Identity, Activation::Relu, Activation::Elu] {
        let inputs = [
            numbers(&[6, 5, 7, 9], 1),
            numbers(&[5], 2),
            numbers(&[5], 3),
        ];
        let ours: Operation<'_> =
            Box::new(move |t| Ok(batch_norm_act(&t[0], &t[1], &t[2], 1e-5, act)?.0));
        let composed: Operation<'_> =
            Box::new(move |t| Ok(norm::composed(&t[0], &t[1], &t[2], 1e-5, act)?.0));
        check("batch_norm_act", ours, composed, &inputs);
        let ours: Operation<'_> = Box::new(move |t| channel_affine_act(&t[0], &t[1], &t[2], act));
        let composed: Operation<'_> = Box::new(move |t| affine::composed(&t[0], &t[1], &t[2], act));
        check("channel_affine_act", ours, composed, &inputs);
        let (_, ours) =
            batch_norm_act(&inputs[0], &inputs[1], &inputs[2], 1e-5, act).expect("a batch");
        let (_, composed) =
            norm::composed(&inputs[0], &inputs[1], &inputs[2], 1e-5, act).expect("a batch");
        assert_eq!(ours.n, composed.n);
        assert!(
            ours.variance
                .iter()
                .zip(&composed.variance)
                .all(|(a, b)| (a - b).abs() <= 1e-5 * b)
        );
    }
    let x = numbers(&[3, 9, 8, 7], 4);
    for params in [
        ResponseNorm {
            alpha: 0.2,
            ..ResponseNorm::default()
        },
        ResponseNorm {
            n: 4,
            k: 1.0,
            alpha: 0.5,
            beta: 0.5,
        },
    ] {
        let (a, b) = (params.clone(), params);
        let ours: Operation<'_> = Box::new(move |t| local_response_norm(&t[0], &a));
        check(
            "local_response_norm",
            ours,
            Box::new(move |t| response_norm::composed(&t[0], &b)),
            std::slice::from_ref(&x),
        );
    }
    check(
        "unit_norm",
        Box::new(|t| unit_norm(&t[0])),
        Box::new(|t| unit_norm::composed(&t[0])),
        &[x],
    );
}

#[test]
fn pools_resizes_and_the_rest() {
    let x = numbers(&[2, 3, 17, 15], 1);
    for (kernel, stride, rounding) in [
        (3, 2, Rounding::Down),
        (3, 2, Rounding::Up),
        (2, 2, Rounding::Up),
    ] {
        let ours: Operation<'_> = Box::new(move |t| max_pool2d(&t[0], kernel, stride, rounding));
        let composed: Operation<'_> = Box::new(move |t| {
            pool::composed(
                &t[0],
                &pool::pooling(t[0].shape(), kernel, stride, rounding)?,
            )
        });
        check("max_pool2d", ours, composed, std::slice::from_ref(&x));
    }
    for area in [false, true] {
        let ours: Operation<'_> = Box::new(move |t| {
            if area {
                resize_area(&t[0], 11, 20)
            } else {
                resize_bilinear(&t[0], 11, 20)
            }
        });
        let composed: Operation<'_> =
            Box::new(move |t| resize::composed_for_tests(&t[0], 11, 20, area));
        check("resize", ours, composed, std::slice::from_ref(&x));
    }
    check(
        "softplus",
        Box::new(|t| softplus(&t[0])),
        Box::new(|t| activation::softplus_composed(&t[0])),
        std::slice::from_ref(&x),
    );
    check(
        "tanh",
        Box::new(|t| tanh(&t[0])),
        Box::new(|t| t[0].tanh()),
        std::slice::from_ref(&x),
    );
    let inputs = [
        numbers(&[70, 300], 1),
        numbers(&[300, 900], 2),
        numbers(&[900], 3),
    ];
    let ours: Operation<'_> = Box::new(|t| linear(&t[0], &t[1], Some(&t[2])));
    check(
        "linear",
        ours,
        Box::new(|t| linear::composed(&t[0], &t[1], Some(&t[2]))),
        &inputs,
    );
}

/// Both kinds, both signs, over all and over selected elements.
fn parts() -> Vec<Part> {
    let part = |kind, negative| Part {
        kind,
        negative,
        threshold: 0.3,
    };
    let presence = Kind::Presence { steepness: 3.0 };
    let [all, selected] = [false, true].map(|over_selected| Kind::Magnitude { over_selected });
    vec![
        part(presence, false),
        part(presence, true),
        part(all, true),
        part(selected, false),
    ]
}

#[test]
fn comparisons() {
    // Images of less than one task, of several, and one without a selected element.
    for shape in [[3, 5, 4, 3], [2, 7, 80, 61], [1, 1, 1, 1]] {
        let target = numbers(&shape, 1);
        let faint = (&target * 0.1).expect("a target");
        for target in [target, faint] {
            for parts in [parts(), parts()[..1].to_vec(), parts()[3..].to_vec()] {
                let (of_ours, of_composed) = (target.clone(), target.clone());
                let more = parts.clone();
                check(
                    "compare",
                    Box::new(move |t| super::compare(&of_ours, &t[0], &parts)),
                    Box::new(move |t| compare::composed(&of_composed, &t[0], &more)),
                    &[numbers(&shape, 2)],
                );
            }
        }
    }
    assert!(super::compare(&numbers(&[2, 3], 1), &numbers(&[3, 2], 1), &parts()).is_err());
}

#[test]
fn groups_and_repeats() {
    let x = numbers(&[5, 12, 9, 7], 1);
    let line = [
        (numbers(&[12], 2) + 1.5).expect("scales"),
        numbers(&[12], 3),
    ];
    for act in [Activation::Identity, Activation::Relu, Activation::Elu] {
        for groups in [1, 3, 12] {
            let [scale, shift] = line.clone();
            check(
                "group_norm_act",
                Box::new(move |t| group_norm_act(&t[0], groups, &t[1], &t[2], 1e-5, act)),
                Box::new(move |t| group_norm::composed(&t[0], groups, &t[1], &t[2], 1e-5, act)),
                &[x.clone(), scale, shift],
            );
        }
    }
    for factor in [2, 3] {
        check(
            "repeat_pixels",
            Box::new(move |t| repeat_pixels(&t[0], factor)),
            Box::new(move |t| repeat::Repeat { factor }.composed(&t[0])),
            std::slice::from_ref(&x),
        );
    }
}

#[test]
fn rectified_forms() {
    let x = numbers(&[2, 9, 13, 11], 4);
    check(
        "add_relu",
        Box::new(|t| add_relu(&t[0], &t[1])),
        Box::new(|t| (&t[0] + &t[1])?.relu()),
        &[x.clone(), numbers(&[2, 9, 13, 11], 5)],
    );
    // The sums before the rectifier are the same numbers, so that both decide alike.
    for (stride, padding, side) in [(1, 1, 3), (2, 1, 4), (1, 0, 1), (2, 1, 3)] {
        check(
            &format!("conv2d_relu, {side}×{side} by {stride}"),
            Box::new(move |t| conv2d_relu(&t[0], &t[1], Some(&t[2]), stride, padding)),
            Box::new(move |t| conv2d(&t[0], &t[1], Some(&t[2]), stride, padding)?.relu()),
            &[
                numbers(&[3, 16, 12, 12], 1),
                numbers(&[40, 16, side, side], 2),
                numbers(&[40], 3),
            ],
        );
    }
    check(
        "relu",
        Box::new(|t| relu(&t[0])),
        Box::new(|t| t[0].relu()),
        std::slice::from_ref(&x),
    );
    let params = ResponseNorm {
        n: 5,
        k: 1.0,
        alpha: 0.3,
        beta: 0.75,
    };
    for beta in [0.75, 0.6] {
        let a = ResponseNorm {
            beta,
            ..params.clone()
        };
        let b = a.clone();
        check(
            "relu_response_norm",
            Box::new(move |t| relu_response_norm(&t[0], &a)),
            Box::new(move |t| response_norm::composed(&t[0].relu()?, &b)),
            std::slice::from_ref(&x),
        );
    }
}

#[test]
fn frozen_tensors_cost_no_gradient() {
    let (x, kernel) = (
        var(&numbers(&[2, 3, 6, 6], 1)),
        var(&numbers(&[4, 3, 3, 3], 2)),
    );
    let y = conv2d(&x, &kernel.detach(), None, 1, 1).expect("maps");
    let grads = y
        .sum_all()
        .and_then(|sum| sum.backward())
        .expect("gradients");
    assert!(grads.get(&x).is_some() && grads.get(&kernel).is_none());
    let y = conv2d(&x.detach(), &kernel, None, 1, 1).expect("maps");
    let grads = y
        .sum_all()
        .and_then(|sum| sum.backward())
        .expect("gradients");
    assert!(grads.get(&x).is_none() && grads.get(&kernel).is_some());
    assert!(
        !conv2d(&x.detach(), &kernel.detach(), None, 1, 1)
            .expect("maps")
            .track_op()
    );
}

#[test]
fn shapes_that_do_not_fit_are_errors() {
    let x = numbers(&[2, 3, 6, 5], 1);
    assert!(conv2d(&x, &numbers(&[4, 2, 3, 3], 2), None, 1, 0).is_err());
    assert!(conv2d(&x, &numbers(&[4, 3, 7, 7], 2), None, 1, 0).is_err());
    assert!(
        conv2d(
            &x,
            &numbers(&[4, 3, 3, 3], 2),
            Some(&numbers(&[3], 3)),
            1,
            0
        )
        .is_err()
    );
    assert!(conv2d(&x, &numbers(&[4, 3, 3, 3], 2), None, 0, 0).is_err());
    assert!(conv_transpose2d(&x, &numbers(&[4, 3, 3, 3], 2), None, 1, 0).is_err());
    assert!(conv_transpose2d(&x, &numbers(&[3, 4, 3, 3], 2), None, 1, 9).is_err());
    assert!(
        batch_norm_act(
            &x,
            &numbers(&[2], 2),
            &numbers(&[3], 3),
            1e-5,
            Activation::Relu
        )
        .is_err()
    );
    let (scale, shift) = (numbers(&[3], 2), numbers(&[3], 3));
    assert!(group_norm_act(&x, 2, &scale, &shift, 1e-5, Activation::Relu).is_err());
    assert!(group_norm_act(&x, 0, &scale, &shift, 1e-5, Activation::Relu).is_err());
    assert!(repeat_pixels(&x, 0).is_err());
    assert!(add_relu(&x, &numbers(&[2, 3, 5, 6], 1)).is_err());
    assert!(max_pool2d(&x, 7, 2, Rounding::Down).is_err());
    assert!(resize_area(&x, 0, 3).is_err());
    assert!(linear(&numbers(&[2, 4], 1), &numbers(&[3, 2], 2), None).is_err());
    assert!(
        cross_entropy(
            &numbers(&[2, 4], 1),
            &Tensor::new(&[0u32, 4], &device()).expect("labels")
        )
        .is_err()
    );
}
