//! F(4, 3) against PyTorch's numbers and against the direct form, within 2e-5 of the largest.

use candle_core::Device;

use super::super::winograd::lanes::Along;
use super::{T, Winograd3, form};
use crate::convolution::Convolution;
use crate::geometry::Geometry;
use lab_nn::rng;
use lab_nn::weights::{self, Weights};

const TOLERANCE: f64 = 2e-5;

/// The matrix of a transform along one axis.
fn matrix<A: Along<N, OUT>, const N: usize, const OUT: usize>(_: A) -> [[f64; N]; OUT] {
    let columns: [[f32; OUT]; N] = std::array::from_fn(|column| {
        A::apply(std::array::from_fn(|i| f32::from(u8::from(i == column))))
    });
    std::array::from_fn(|row| columns.map(|column| f64::from(column[row])))
}

#[test]
fn transforms_are_those_of_their_points() {
    let points = [
        0.0,
        f64::from(form::NEAR),
        -f64::from(form::NEAR),
        f64::from(form::FAR),
        -f64::from(form::FAR),
    ];
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} and {b}");
    let (input, kernel, output) = (
        matrix(form::Input),
        matrix(form::Kernel),
        matrix(form::Output),
    );
    for (j, &point) in points.iter().enumerate() {
        let others = || points.iter().enumerate().filter(|&(l, _)| l != j);
        let scale: f64 = others().map(|(_, other)| point - other).product();
        for (k, tap) in kernel[j].iter().enumerate() {
            close(*tap, point.powi(k as i32) / scale);
        }
        for (i, row) in output.iter().enumerate() {
            close(row[j], point.powi(i as i32));
        }
        // The polynomial of row j is zero at the other points.
        for (_, other) in others() {
            let value: f64 = (0..T).map(|k| input[j][k] * other.powi(k as i32)).sum();
            close(value, 0.0);
        }
        close(input[j][T - 2], 1.0);
        let value: f64 = (0..T).map(|k| input[T - 1][k] * point.powi(k as i32)).sum();
        close(value, 0.0);
    }
    close(input[T - 1][T - 1], 1.0);
    let (spread, back) = (
        matrix(form::OutputTransposed),
        matrix(form::KernelTransposed),
    );
    for j in 0..T {
        for (i, row) in output.iter().enumerate() {
            close(spread[j][i], row[j]);
        }
        for (row, tap) in back.iter().zip(kernel[j]) {
            close(row[j], tap);
        }
    }
}

fn numbers(n: usize, name: &str) -> Vec<f32> {
    let mut stream = rng::stream(1, name);
    rng::normal(&mut stream, 1.0, &[n], &Device::Cpu)
        .and_then(|tensor| Ok(tensor.to_vec1()?))
        .expect("numbers")
}

fn close(what: &str, ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let largest = theirs.iter().fold(0f32, |largest, x| largest.max(x.abs()));
    let error = ours
        .iter()
        .zip(theirs)
        .fold(0f32, |error, (a, b)| error.max((a - b).abs()));
    let most = TOLERANCE * f64::from(largest);
    assert!(
        f64::from(error) <= most,
        "{what}: off by {error:.2e} of {largest:.2e}"
    );
}

fn geometry(channels: usize, height: usize, width: usize) -> Geometry {
    Geometry {
        channels,
        height,
        width,
        kernel: 3,
        stride: 1,
        padding: 1,
        n_down: height,
        n_across: width,
    }
}

#[test]
fn equals_the_direct_form() {
    for (batch, channels, maps, height, width) in [
        (1, 1, 1, 1, 1),
        (2, 3, 2, 4, 4),
        (3, 2, 5, 5, 3),
        (9, 33, 17, 8, 8),
        (21, 8, 6, 2, 7),
        (5, 16, 24, 13, 18),
        (64, 48, 40, 4, 4),
        // Several blocks of gradients to kernels.
        (130, 64, 64, 8, 8),
    ] {
        let shape = format!("{batch} × {channels} → {maps}, {height} × {width}");
        let geometry = geometry(channels, height, width);
        let direct = Convolution {
            geometry,
            batch,
            maps,
        };
        let ours = Winograd3::new(&geometry, batch, maps).expect("a shape that fits");
        let images = numbers(batch * geometry.image(), "images");
        let kernel = numbers(maps * geometry.n_taps(), "kernel");
        let of_maps = numbers(batch * maps * geometry.n_windows(), "maps");
        let bias = numbers(channels.max(maps), "bias");
        let bias = |n: usize| Some(&bias[..n]);
        close(
            &format!("down, {shape}"),
            &ours.down(&images, &kernel, bias(maps), false),
            &direct.correlate(&images, &kernel, bias(maps)),
        );
        let mut rectified = direct.correlate(&images, &kernel, bias(maps));
        crate::elementwise::rectify(&mut rectified);
        close(
            &format!("rectified, {shape}"),
            &ours.down(&images, &kernel, bias(maps), true),
            &rectified,
        );
        close(
            &format!("up, {shape}"),
            &ours.up(&of_maps, &kernel, bias(channels)),
            &direct.scatter(&of_maps, &kernel, bias(channels)),
        );
        close(
            &format!("kernel gradient, {shape}"),
            &ours.kernel_gradient(&images, &of_maps),
            &direct.kernel_gradient(&images, &of_maps),
        );
    }
}

/// `tests/reference/nn/make_fixtures.py`
#[test]
fn equals_pytorch() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../tests/reference/nn/fixtures.safetensors"
    );
    let bytes = std::fs::read(path).expect("the fixtures are part of the repository");
    let fixtures: Weights = weights::from_bytes(&bytes, &Device::Cpu).expect("whole fixtures");
    for name in ["conv_one_channel", "conv_same", "conv_same_uneven"] {
        let get = |key: &str| {
            let tensor = &fixtures[&format!("{name}.{key}")];
            let values = tensor.flatten_all().and_then(|flat| flat.to_vec1::<f32>());
            (tensor.dims().to_vec(), values.expect("numbers"))
        };
        let ((shape, x), (kernel_shape, kernel), (_, g)) = (get("x"), get("kernel"), get("g"));
        let (_, bias) = get("bias");
        let geometry = geometry(shape[1], shape[2], shape[3]);
        let ours = Winograd3::new(&geometry, shape[0], kernel_shape[0]).expect("it fits");
        close(
            name,
            &ours.down(&x, &kernel, Some(&bias), false),
            &get("y").1,
        );
        let to_x = ours.up(&g, &kernel, None);
        close(&format!("{name}, to x"), &to_x, &get("d.x").1);
        let to_kernel = ours.kernel_gradient(&x, &g);
        let expected = get("d.kernel").1;
        close(&format!("{name}, to kernel"), &to_kernel, &expected);
    }
}

#[test]
fn the_same_bytes_from_any_pool() {
    let geometry = geometry(40, 8, 12);
    let winograd = Winograd3::new(&geometry, 37, 56).expect("a shape that fits");
    let images = numbers(37 * geometry.image(), "images");
    let kernel = numbers(56 * geometry.n_taps(), "kernel");
    let maps = numbers(37 * 56 * geometry.n_windows(), "maps");
    let all = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .expect("a pool");
        pool.install(|| {
            (
                winograd.down(&images, &kernel, None, true),
                winograd.up(&maps, &kernel, None),
                winograd.kernel_gradient(&images, &maps),
            )
        })
    };
    let one = all(1);
    for n_threads in [2, 3, 8] {
        assert!(one == all(n_threads), "{n_threads} threads");
    }
}
