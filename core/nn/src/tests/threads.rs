//! The same bytes from pools of one, two, three and eight threads.

use super::*;

fn bytes(n_threads: usize, operation: &Operation<'_>, inputs: &[Tensor]) -> Vec<Vec<f32>> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build()
        .expect("a pool");
    pool.install(|| {
        let (y, gradients) = value_and_gradients(operation, inputs, None);
        let values = |tensor: &Tensor| {
            tensor
                .flatten_all()
                .and_then(|t| t.to_vec1())
                .expect("numbers")
        };
        std::iter::once(&y).chain(&gradients).map(values).collect()
    })
}

fn check(name: &str, operation: Operation<'_>, inputs: &[Tensor]) {
    let one = bytes(1, &operation, inputs);
    for n_threads in [2, 3, 8] {
        let several = bytes(n_threads, &operation, inputs);
        let same = one
            .iter()
            .flatten()
            .map(|x| x.to_bits())
            .eq(several.iter().flatten().map(|x| x.to_bits()));
        assert!(
            same,
            "{name}: {n_threads} threads give other bytes than one"
        );
    }
}

#[test]
fn convolutions() {
    for (batch, c_in, c_out, side) in [(3, 48, 96, 26), (17, 16, 32, 16), (40, 1, 8, 24)] {
        let (x, bias) = (numbers(&[batch, c_in, side, side], 1), numbers(&[c_out], 3));
        check(
            "conv2d",
            Box::new(|t| conv2d(&t[0], &t[1], Some(&t[2]), 2, 1)),
            &[x.clone(), numbers(&[c_out, c_in, 4, 4], 2), bias.clone()],
        );
        let kernel = numbers(&[c_in, c_out, 4, 4], 2);
        check(
            "conv_transpose2d",
            Box::new(|t| conv_transpose2d(&t[0], &t[1], Some(&t[2]), 2, 1)),
            &[x.clone(), kernel, bias.clone()],
        );
        check(
            "conv2d_relu",
            Box::new(|t| conv2d_relu(&t[0], &t[1], Some(&t[2]), 1, 1)),
            &[x.clone(), numbers(&[c_out, c_in, 3, 3], 2), bias.clone()],
        );
        check(
            "conv2d of one pixel",
            Box::new(|t| conv2d(&t[0], &t[1], Some(&t[2]), 1, 0)),
            &[x, numbers(&[c_out, c_in, 1, 1], 2), bias],
        );
    }
}

#[test]
fn the_rest() {
    let (x, scale, shift) = (
        numbers(&[9, 24, 18, 17], 1),
        numbers(&[24], 2),
        numbers(&[24], 3),
    );
    let inputs = [x.clone(), scale, shift];
    check(
        "batch_norm_act",
        Box::new(|t| Ok(batch_norm_act(&t[0], &t[1], &t[2], 1e-5, Activation::Elu)?.0)),
        &inputs,
    );
    check(
        "group_norm_act",
        Box::new(|t| group_norm_act(&t[0], 4, &t[1], &t[2], 1e-5, Activation::Elu)),
        &inputs,
    );
    check(
        "add_relu",
        Box::new(|t| add_relu(&t[0], &t[0].sqr()?)),
        std::slice::from_ref(&x),
    );
    check(
        "repeat_pixels",
        Box::new(|t| repeat_pixels(&t[0], 2)),
        std::slice::from_ref(&x),
    );
    check(
        "channel_affine_act",
        Box::new(|t| channel_affine_act(&t[0], &t[1], &t[2], Activation::Relu)),
        &inputs,
    );
    check(
        "max_pool2d",
        Box::new(|t| max_pool2d(&t[0], 3, 2, Rounding::Up)),
        std::slice::from_ref(&x),
    );
    check(
        "local_response_norm",
        Box::new(|t| local_response_norm(&t[0], &ResponseNorm::default())),
        std::slice::from_ref(&x),
    );
    check(
        "relu_response_norm",
        Box::new(|t| relu_response_norm(&t[0], &ResponseNorm::default())),
        std::slice::from_ref(&x),
    );
    let parts = [false, true].map(|negative| Part {
        kind: Kind::Presence { steepness: 3.0 },
        negative,
        threshold: 0.2,
    });
    let target = numbers(x.dims(), 9);
    check(
        "compare",
        Box::new(move |t| super::compare(&target, &t[0], &parts)),
        std::slice::from_ref(&x),
    );
    check(
        "resize_bilinear",
        Box::new(|t| resize_bilinear(&t[0], 11, 12)),
        std::slice::from_ref(&x),
    );
    check(
        "softplus",
        Box::new(|t| softplus(&t[0])),
        std::slice::from_ref(&x),
    );
    check("tanh", Box::new(|t| tanh(&t[0])), std::slice::from_ref(&x));
    let inputs = [
        numbers(&[130, 300], 1),
        numbers(&[300, 900], 2),
        numbers(&[900], 3),
    ];
    check(
        "linear",
        Box::new(|t| linear(&t[0], &t[1], Some(&t[2]))),
        &inputs,
    );
}
