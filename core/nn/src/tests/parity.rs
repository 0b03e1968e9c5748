//! Values and gradients against PyTorch's, within 1e-5 of the largest.

use super::*;

const TOLERANCE: f64 = 1e-5;

fn check(name: &str, operation: Operation<'_>, names: &[&str]) {
    let fixtures = fixtures();
    let get = |key: &str| {
        weights::get(&fixtures, &format!("{name}.{key}"))
            .expect("in the fixtures")
            .clone()
    };
    let inputs: Vec<Tensor> = names.iter().map(|key| get(key)).collect();
    let (y, gradients) = value_and_gradients(&operation, &inputs, Some(&get("g")));
    let compare = |what: &str, ours: &Tensor, theirs: &Tensor| {
        let error = distance(ours, theirs);
        assert!(error <= TOLERANCE, "{name}: {what} is off by {error:.2e}");
    };
    compare("y", &y, &get("y"));
    for (key, gradient) in names.iter().zip(&gradients) {
        compare(
            &format!("the gradient to {key}"),
            gradient,
            &get(&format!("d.{key}")),
        );
    }
    // The same from inputs that are not contiguous: every second number of a tensor twice as long in its last axis.
    let strided = |x: &Tensor| -> Result<Tensor> {
        let doubled = Tensor::stack(&[x, &x.neg()?], x.rank())?;
        doubled.narrow(x.rank(), 0, 1)?.squeeze(x.rank())
    };
    let strided: Operation<'_> =
        Box::new(move |inputs| operation(&inputs.iter().map(strided).collect::<Result<Vec<_>>>()?));
    let (y, gradients) = value_and_gradients(&strided, &inputs, Some(&get("g")));
    compare("y of strided inputs", &y, &get("y"));
    for (key, gradient) in names.iter().zip(&gradients) {
        compare(
            &format!("the gradient to strided {key}"),
            gradient,
            &get(&format!("d.{key}")),
        );
    }
}

#[test]
fn convolutions() {
    for (name, stride, padding) in [
        ("conv_unequal", 2, 1),
        ("conv_5x5", 1, 2),
        ("conv_one_channel", 1, 1),
        ("conv_batch_1", 2, 1),
        ("conv_stride_3", 3, 0),
        ("conv_1x1", 1, 0),
        ("conv_groups", 2, 1),
        ("conv_same", 1, 1),
        ("conv_same_uneven", 1, 1),
        ("conv_five", 1, 2),
        ("conv_small", 2, 1),
        ("conv_five_uneven", 1, 2),
    ] {
        check(
            name,
            Box::new(move |t| conv2d(&t[0], &t[1], Some(&t[2]), stride, padding)),
            &["x", "kernel", "bias"],
        );
    }
    for (name, padding) in [
        ("deconv_4x4", 1),
        ("deconv_odd", 1),
        ("deconv_to_one", 1),
        ("deconv_unpadded", 0),
        ("deconv_groups", 1),
        ("deconv_small", 1),
    ] {
        check(
            name,
            Box::new(move |t| conv_transpose2d(&t[0], &t[1], Some(&t[2]), 2, padding)),
            &["x", "kernel", "bias"],
        );
    }
}

#[test]
fn normalisations() {
    for (act_name, act) in [
        ("identity", Activation::Identity),
        ("relu", Activation::Relu),
        ("elu", Activation::Elu),
    ] {
        for shape in ["4d", "short", "2d", "one"] {
            let names = ["x", "scale", "shift"];
            let name = format!("norm_{shape}_{act_name}");
            check(
                &name,
                Box::new(move |t| Ok(batch_norm_act(&t[0], &t[1], &t[2], 1e-5, act)?.0)),
                &names,
            );
            check(
                &format!("affine_{shape}_{act_name}"),
                Box::new(move |t| channel_affine_act(&t[0], &t[1], &t[2], act)),
                &names,
            );
            let fixtures = fixtures();
            let get = |key: &str| {
                weights::get(&fixtures, &format!("{name}.{key}")).expect("in the fixtures")
            };
            let (_, statistics) = batch_norm_act(get("x"), get("scale"), get("shift"), 1e-5, act)
                .expect("a normalised batch");
            for (ours, theirs) in [
                (statistics.mean, get("mean")),
                (statistics.variance, get("variance")),
            ] {
                let ours =
                    Tensor::from_vec(ours, theirs.shape(), &device()).expect("one a channel");
                assert!(distance(&ours, theirs) <= TOLERANCE);
            }
            assert_eq!(
                statistics.n * get("mean").elem_count(),
                get("x").elem_count()
            );
        }
    }
}

#[test]
fn groups() {
    for (act_name, act) in [
        ("identity", Activation::Identity),
        ("relu", Activation::Relu),
        ("elu", Activation::Elu),
    ] {
        for (shape, n) in [("4d", 2), ("one", 4), ("2d", 3)] {
            check(
                &format!("groups_{shape}_{act_name}"),
                Box::new(move |t| group_norm_act(&t[0], n, &t[1], &t[2], 1e-5, act)),
                &["x", "scale", "shift"],
            );
        }
    }
}

#[test]
fn repeats() {
    for factor in [2, 3] {
        check(
            &format!("repeat_{factor}"),
            Box::new(move |t| repeat_pixels(&t[0], factor)),
            &["x"],
        );
    }
}

#[test]
fn rectified() {
    check(
        "conv_rectified",
        Box::new(|t| conv2d_relu(&t[0], &t[1], Some(&t[2]), 1, 1)),
        &["x", "kernel", "bias"],
    );
    check(
        "conv_halved_rectified",
        Box::new(|t| conv2d_relu(&t[0], &t[1], Some(&t[2]), 2, 1)),
        &["x", "kernel", "bias"],
    );
    check(
        "add_relu",
        Box::new(|t| add_relu(&t[0], &t[1])),
        &["a", "b"],
    );
}

#[test]
fn pools() {
    for (name, kernel, stride, rounding) in [
        ("pool_3_2_down", 3, 2, Rounding::Down),
        ("pool_3_2_up", 3, 2, Rounding::Up),
        ("pool_2_2_up", 2, 2, Rounding::Up),
        ("pool_2_3_up", 2, 3, Rounding::Up),
    ] {
        check(
            name,
            Box::new(move |t| max_pool2d(&t[0], kernel, stride, rounding)),
            &["x"],
        );
    }
}

#[test]
fn response_norms() {
    check(
        "response_paper",
        Box::new(|t| local_response_norm(&t[0], &ResponseNorm::default())),
        &["x"],
    );
    let strong = ResponseNorm {
        n: 3,
        k: 1.0,
        alpha: 0.5,
        beta: 0.6,
    };
    check(
        "response_strong",
        Box::new(move |t| local_response_norm(&t[0], &strong)),
        &["x"],
    );
}

#[test]
fn resizes() {
    for (name, height, width) in [
        ("down", 8, 6),
        ("up", 13, 7),
        ("point", 1, 4),
        ("thin", 2, 2),
    ] {
        check(
            &format!("bilinear_{name}"),
            Box::new(move |t| resize_bilinear(&t[0], height, width)),
            &["x"],
        );
        check(
            &format!("area_{name}"),
            Box::new(move |t| resize_area(&t[0], height, width)),
            &["x"],
        );
    }
}

#[test]
fn rows_and_numbers() {
    check("softplus", Box::new(|t| softplus(&t[0])), &["x"]);
    check("sigmoid", Box::new(|t| sigmoid(&t[0])), &["x"]);
    check("tanh", Box::new(|t| tanh(&t[0])), &["x"]);
    check(
        "linear",
        Box::new(|t| linear(&t[0], &t[1], Some(&t[2]))),
        &["x", "weight", "bias"],
    );
    check("unit_norm", Box::new(|t| unit_norm(&t[0])), &["x"]);
    let labels = weights::get(&fixtures(), "cross_entropy.labels")
        .expect("in the fixtures")
        .clone();
    check(
        "cross_entropy",
        Box::new(move |t| cross_entropy(&t[0], &labels)),
        &["x"],
    );
}

#[test]
fn each_number_of_the_soft_functions_is_right() {
    let x: Vec<f32> = (-8000..8000).map(|i| i as f32 * 0.01).collect();
    let tensor = Tensor::from_slice(&x, x.len(), &device()).expect("a row");
    let softplus: Vec<f32> = softplus(&tensor)
        .and_then(|y| y.to_vec1())
        .expect("numbers");
    let sigmoid: Vec<f32> = sigmoid(&tensor).and_then(|y| y.to_vec1()).expect("numbers");
    let tanh: Vec<f32> = tanh(&tensor).and_then(|y| y.to_vec1()).expect("numbers");
    let ours = softplus.into_iter().zip(sigmoid).zip(tanh);
    for (x, ((softplus, sigmoid), tanh)) in x.iter().map(|&x| f64::from(x)).zip(ours) {
        let exact = [
            x.max(0.0) + (-x.abs()).exp().ln_1p(),
            1.0 / (1.0 + (-x).exp()),
            x.tanh(),
        ];
        let ours = [softplus, sigmoid, tanh].map(f64::from);
        for (ours, exact) in ours.into_iter().zip(exact) {
            assert!(
                (ours - exact).abs() <= 1e-6 * exact.abs(),
                "at {x}: {ours} for {exact}"
            );
        }
    }
}
