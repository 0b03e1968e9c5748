//! Both forms against PyTorch's numbers and against the direct form, relative to the largest number.

use candle_core::Device;

use super::form::Form;
use super::lanes::Along;
use super::{Halving, M, Winograd, five, three, two};
use crate::convolution::Convolution;
use crate::geometry::Geometry;
use lab_nn::rng;
use lab_nn::weights::{self, Weights};

/// Most that numbers may differ, by stride.
const TOLERANCES: [f64; 2] = [2e-5, 1e-4];

/// The matrix of a transform along one axis.
fn matrix<A: Along<N, OUT>, const N: usize, const OUT: usize>() -> [[f64; N]; OUT] {
    let columns: [[f32; OUT]; N] = std::array::from_fn(|column| {
        A::apply(std::array::from_fn(|i| f32::from(u8::from(i == column))))
    });
    std::array::from_fn(|row| columns.map(|column| f64::from(column[row])))
}

/// Holds the transforms against what the points of a form say of them.
fn transforms_follow<F: Form<R, T>, const R: usize, const T: usize>(points: &[f64]) {
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} and {b}");
    let input = matrix::<F::Input, T, T>();
    let kernel = matrix::<F::Kernel, R, T>();
    let output = matrix::<F::Output, T, M>();
    assert_eq!(points.len(), T - 1);
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
    let spread = matrix::<F::OutputTransposed, M, T>();
    let back = matrix::<F::KernelTransposed, T, R>();
    for j in 0..T {
        for (i, row) in output.iter().enumerate() {
            close(spread[j][i], row[j]);
        }
        for (row, tap) in back.iter().zip(kernel[j]) {
            close(row[j], tap);
        }
    }
}

#[test]
fn transforms_are_those_of_their_points() {
    let (near, far) = (f64::from(three::NEAR), f64::from(three::FAR));
    transforms_follow::<three::Three, 3, 6>(&[0.0, near, -near, far, -far]);
    transforms_follow::<two::Two, 2, 5>(&[0.0, 1.0, -1.0, 2.0]);
    let (near, far) = (f64::from(five::NEAR), f64::from(five::FAR));
    transforms_follow::<five::Five, 5, 8>(&[0.0, near, -near, 1.0, -1.0, far, -far]);
}

fn numbers(n: usize, name: &str) -> Vec<f32> {
    let mut stream = rng::stream(1, name);
    rng::normal(&mut stream, 1.0, &[n], &Device::Cpu)
        .and_then(|tensor| Ok(tensor.to_vec1()?))
        .expect("numbers")
}

fn close(what: &str, stride: usize, ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let largest = theirs.iter().fold(0f32, |largest, x| largest.max(x.abs()));
    let error = ours
        .iter()
        .zip(theirs)
        .fold(0f32, |error, (a, b)| error.max((a - b).abs()));
    let most = TOLERANCES[stride - 1] * f64::from(largest);
    assert!(
        f64::from(error) <= most,
        "{what}: off by {error:.2e} of {largest:.2e}"
    );
}

fn geometry<F: Form<R, T>, const R: usize, const T: usize>(
    channels: usize,
    n_down: usize,
    n_across: usize,
) -> Geometry {
    let stride = F::STRIDE;
    let size = [stride * n_down, stride * n_across];
    Geometry::of(channels, size, stride * R, stride, F::BORDER)
}

fn equals_the_direct_form<F: Form<R, T>, const R: usize, const T: usize>() {
    for (batch, channels, maps, n_down, n_across) in [
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
        let s = F::STRIDE;
        let shape = format!("{batch} × {channels} → {maps}, {n_down} × {n_across}, stride {s}");
        let geometry = geometry::<F, R, T>(channels, n_down, n_across);
        let direct = Convolution {
            geometry,
            batch,
            maps,
        };
        let ours = Winograd::<F, R, T>::new(&geometry, batch, maps).expect("a shape that fits");
        let images = numbers(batch * geometry.image(), "images");
        let kernel = numbers(maps * geometry.n_taps(), "kernel");
        let of_maps = numbers(batch * maps * geometry.n_windows(), "maps");
        let bias = numbers(channels.max(maps), "bias");
        let bias = |n: usize| Some(&bias[..n]);
        close(
            &format!("down, {shape}"),
            s,
            &ours.down(&images, &kernel, bias(maps), false),
            &direct.correlate(&images, &kernel, bias(maps)),
        );
        let mut rectified = direct.correlate(&images, &kernel, bias(maps));
        crate::elementwise::rectify(&mut rectified);
        close(
            &format!("rectified, {shape}"),
            s,
            &ours.down(&images, &kernel, bias(maps), true),
            &rectified,
        );
        close(
            &format!("up, {shape}"),
            s,
            &ours.up(&of_maps, &kernel, bias(channels)),
            &direct.scatter(&of_maps, &kernel, bias(channels)),
        );
        close(
            &format!("kernel gradient, {shape}"),
            s,
            &ours.kernel_gradient(&images, &of_maps),
            &direct.kernel_gradient(&images, &of_maps),
        );
    }
}

#[test]
fn three_taps_equal_the_direct_form() {
    equals_the_direct_form::<three::Three, 3, 6>();
}

#[test]
fn five_taps_equal_the_direct_form() {
    equals_the_direct_form::<five::Five, 5, 8>();
}

#[test]
fn four_taps_equal_the_direct_form() {
    equals_the_direct_form::<two::Two, 2, 5>();
}

/// One case of `tests/reference/nn/make_fixtures.py`.
struct Fixture {
    x: Vec<f32>,
    x_shape: Vec<usize>,
    kernel: Vec<f32>,
    kernel_shape: Vec<usize>,
    bias: Vec<f32>,
    y: Vec<f32>,
    gradient: Vec<f32>,
    to_x: Vec<f32>,
    to_kernel: Vec<f32>,
}

impl Fixture {
    fn of(fixtures: &Weights, name: &str) -> Self {
        let get = |key: &str| {
            let tensor = &fixtures[&format!("{name}.{key}")];
            let values = tensor.flatten_all().and_then(|flat| flat.to_vec1::<f32>());
            (tensor.dims().to_vec(), values.expect("numbers"))
        };
        let ((x_shape, x), (kernel_shape, kernel)) = (get("x"), get("kernel"));
        Self {
            x,
            x_shape,
            kernel,
            kernel_shape,
            bias: get("bias").1,
            y: get("y").1,
            gradient: get("g").1,
            to_x: get("d.x").1,
            to_kernel: get("d.kernel").1,
        }
    }
}

fn same_equals_pytorch<F: Form<R, T>, const R: usize, const T: usize>(f: &Fixture, name: &str) {
    let geometry = geometry::<F, R, T>(f.x_shape[1], f.x_shape[2], f.x_shape[3]);
    let ours = Winograd::<F, R, T>::new(&geometry, f.x_shape[0], f.kernel_shape[0]);
    let ours = ours.expect("it fits");
    let down = ours.down(&f.x, &f.kernel, Some(&f.bias), false);
    close(name, 1, &down, &f.y);
    let to_x = ours.up(&f.gradient, &f.kernel, None);
    close(&format!("{name}, to x"), 1, &to_x, &f.to_x);
    let to_kernel = ours.kernel_gradient(&f.x, &f.gradient);
    close(&format!("{name}, to kernel"), 1, &to_kernel, &f.to_kernel);
}

#[test]
fn equals_pytorch() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../tests/reference/nn/fixtures.safetensors"
    );
    let bytes = std::fs::read(path).expect("the fixtures are part of the repository");
    let fixtures: Weights = weights::from_bytes(&bytes, &Device::Cpu).expect("whole fixtures");
    for name in ["conv_one_channel", "conv_same", "conv_same_uneven"] {
        same_equals_pytorch::<three::Three, 3, 6>(&Fixture::of(&fixtures, name), name);
    }
    for name in ["conv_5x5", "conv_five", "conv_five_uneven"] {
        same_equals_pytorch::<five::Five, 5, 8>(&Fixture::of(&fixtures, name), name);
    }
    let mut n_compared = 0;
    for name in ["deconv_4x4", "deconv_odd", "deconv_to_one", "deconv_groups"] {
        let f = Fixture::of(&fixtures, name);
        if f.kernel_shape[2] != 4 {
            continue;
        }
        let geometry = geometry::<two::Two, 2, 5>(f.kernel_shape[1], f.x_shape[2], f.x_shape[3]);
        let ours = Halving::new(&geometry, f.x_shape[0], f.x_shape[1]).expect("it fits");
        close(name, 2, &ours.up(&f.x, &f.kernel, Some(&f.bias)), &f.y);
        let to_x = ours.down(&f.gradient, &f.kernel, None, false);
        close(&format!("{name}, to x"), 2, &to_x, &f.to_x);
        let to_kernel = ours.kernel_gradient(&f.gradient, &f.x);
        close(&format!("{name}, to kernel"), 2, &to_kernel, &f.to_kernel);
        n_compared += 1;
    }
    assert!(n_compared >= 3, "{n_compared} fixtures were compared");
}

fn the_same_bytes<F: Form<R, T>, const R: usize, const T: usize>() {
    let geometry = geometry::<F, R, T>(40, 8, 12);
    let winograd = Winograd::<F, R, T>::new(&geometry, 37, 56).expect("a shape that fits");
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

#[test]
fn the_same_bytes_from_any_pool() {
    the_same_bytes::<three::Three, 3, 6>();
    the_same_bytes::<two::Two, 2, 5>();
    the_same_bytes::<five::Five, 5, 8>();
}
