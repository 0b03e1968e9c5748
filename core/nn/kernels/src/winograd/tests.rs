//! F(4, 2) against PyTorch's numbers and against the direct form, within 1e-4 of the largest.

use candle_core::Device;

use super::form;
use super::lanes::Along;
use super::{T, Winograd};
use crate::convolution::Convolution;
use crate::geometry::Geometry;
use lab_nn::rng;
use lab_nn::weights::{self, Weights};

const TOLERANCE: f64 = 1e-4;

/// The matrix of a transform along one axis.
fn matrix<A: Along<N, OUT>, const N: usize, const OUT: usize>(_: A) -> [[f64; N]; OUT] {
    let columns: [[f32; OUT]; N] = std::array::from_fn(|column| {
        A::apply(std::array::from_fn(|i| f32::from(u8::from(i == column))))
    });
    std::array::from_fn(|row| columns.map(|column| f64::from(column[row])))
}

#[test]
fn transforms_are_those_of_their_points() {
    let points = [0.0f64, 1.0, -1.0, 2.0];
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
    let relative = f64::from(error) / f64::from(largest);
    assert!(relative <= TOLERANCE, "{what}: off by {relative:.2e}");
}

fn geometry(channels: usize, n_down: usize, n_across: usize) -> Geometry {
    Geometry {
        channels,
        height: 2 * n_down,
        width: 2 * n_across,
        kernel: 4,
        stride: 2,
        padding: 1,
        n_down,
        n_across,
    }
}

#[test]
fn equals_the_direct_form() {
    for (batch, channels, maps, n_down, n_across) in [
        (1, 1, 1, 1, 1),
        (1, 3, 2, 4, 4),
        (3, 2, 5, 5, 3),
        (9, 33, 17, 8, 8),
        (21, 8, 6, 2, 7),
        (64, 48, 40, 4, 4),
    ] {
        let shape = format!("{batch} × {channels} → {maps}, {n_down} × {n_across}");
        let geometry = geometry(channels, n_down, n_across);
        let direct = Convolution {
            geometry,
            batch,
            maps,
        };
        let ours = Winograd::new(&geometry, batch, maps).expect("a shape that fits");
        let images = numbers(batch * geometry.image(), "images");
        let kernel = numbers(maps * geometry.n_taps(), "kernel");
        let of_maps = numbers(batch * maps * geometry.n_windows(), "maps");
        let bias = numbers(channels.max(maps), "bias");
        let bias = |n: usize| Some(&bias[..n]);
        close(
            &format!("down, {shape}"),
            &ours.down(&images, &kernel, bias(maps)),
            &direct.correlate(&images, &kernel, bias(maps)),
        );
        close(
            &format!("up, {shape}"),
            &ours.up(&of_maps, &kernel, bias(channels)),
            &direct.scatter(&of_maps, &kernel, bias(channels)),
        );
        let gradient = direct.kernel_gradient(&images, &of_maps);
        close(
            &format!("kernel gradient, {shape}"),
            &ours.kernel_gradient(&images, &of_maps),
            &gradient,
        );
        let (down, again) = ours.down_and_gradient(&images, &kernel, &of_maps);
        close(&format!("both, {shape}"), &again, &gradient);
        assert_eq!(down, ours.down(&images, &kernel, None));
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
    let mut n_compared = 0;
    for name in ["deconv_4x4", "deconv_odd", "deconv_to_one", "deconv_groups"] {
        let get = |key: &str| {
            let tensor = &fixtures[&format!("{name}.{key}")];
            let values = tensor.flatten_all().and_then(|flat| flat.to_vec1::<f32>());
            (tensor.dims().to_vec(), values.expect("numbers"))
        };
        let ((x_shape, x), (kernel_shape, kernel), (_, g)) = (get("x"), get("kernel"), get("g"));
        let (_, bias) = get("bias");
        let geometry = geometry(kernel_shape[1], x_shape[2], x_shape[3]);
        if kernel_shape[2] != 4 {
            continue;
        }
        let ours = Winograd::new(&geometry, x_shape[0], x_shape[1]).expect("a shape that fits");
        close(name, &ours.up(&x, &kernel, Some(&bias)), &get("y").1);
        let (to_x, to_kernel) = ours.down_and_gradient(&g, &kernel, &x);
        close(&format!("{name}, to x"), &to_x, &get("d.x").1);
        close(
            &format!("{name}, to kernel"),
            &to_kernel,
            &get("d.kernel").1,
        );
        n_compared += 1;
    }
    assert!(n_compared >= 3, "{n_compared} fixtures were compared");
}

#[test]
fn the_same_bytes_from_any_pool() {
    let geometry = geometry(24, 8, 8);
    let winograd = Winograd::new(&geometry, 19, 40).expect("a shape that fits");
    let images = numbers(19 * geometry.image(), "images");
    let kernel = numbers(40 * geometry.n_taps(), "kernel");
    let maps = numbers(19 * 40 * geometry.n_windows(), "maps");
    let all = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .expect("a pool");
        pool.install(|| {
            (
                winograd.down_and_gradient(&images, &kernel, &maps),
                winograd.up(&maps, &kernel, None),
            )
        })
    };
    let one = all(1);
    for n_threads in [2, 3, 8] {
        assert!(one == all(n_threads), "{n_threads} threads");
    }
}
