//! Tests: parity with PyTorch, central differences, the composed forms, and the same bytes from any pool.

mod composed;
mod differences;
mod optimisers;
mod parity;
mod threads;

use candle_core::{DType, Device, Result, Tensor, Var};

use super::*;
use crate::weights::{self, Weights};

/// Where tensors live: on the first card with `LAB_DEVICE=cuda`, whose forms are then held against the same numbers.
fn device() -> Device {
    match std::env::var("LAB_DEVICE").as_deref() {
        Ok("cuda") => Device::new_cuda(0).expect("a card, and a build for it"),
        _ => Device::Cpu,
    }
}

/// What `tests/reference/nn/make_fixtures.py` wrote.
fn fixtures() -> Weights {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/nn/fixtures.safetensors"
    );
    let bytes = std::fs::read(path).expect("the fixtures are part of the repository");
    weights::from_bytes(&bytes, &device()).expect("the fixtures are whole")
}

/// ‖a − b‖∞ / ‖b‖∞
fn distance(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.dims(), b.dims());
    let values = |tensor: &Tensor| {
        tensor
            .flatten_all()
            .and_then(|t| t.to_dtype(DType::F64)?.to_vec1::<f64>())
            .expect("numbers")
    };
    let (a, b) = (values(a), values(b));
    assert!(a.iter().all(|a| a.is_finite()), "a number is not finite");
    let largest = b.iter().fold(0.0, |largest: f64, b| largest.max(b.abs()));
    let error = a
        .iter()
        .zip(&b)
        .fold(0.0, |error: f64, (a, b)| error.max((a - b).abs()));
    if largest > 0.0 {
        error / largest
    } else {
        error
    }
}

/// Numbers between −1 and 1 that look random and never change.
fn numbers(shape: &[usize], seed: u64) -> Tensor {
    let n: usize = shape.iter().product();
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let values: Vec<f32> = (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            ((state >> 40) as f32) / 8_388_608.0 - 1.0
        })
        .collect();
    Tensor::from_vec(values, shape, &device()).expect("a tensor of that shape")
}

fn var(tensor: &Tensor) -> Var {
    Var::from_tensor(tensor).expect("a variable")
}

/// An operation of several tensors.
type Operation<'a> = Box<dyn Fn(&[Tensor]) -> Result<Tensor> + Sync + 'a>;

/// The value at `inputs` and the gradients of Σ y·g to each.
fn value_and_gradients(
    operation: &Operation<'_>,
    inputs: &[Tensor],
    g: Option<&Tensor>,
) -> (Tensor, Vec<Tensor>) {
    let vars: Vec<Var> = inputs.iter().map(var).collect();
    let tensors: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
    let y = operation(&tensors).expect("the operation works");
    let g = g.cloned().unwrap_or_else(|| numbers(y.dims(), 99));
    let grads = y
        .mul(&g)
        .and_then(|product| product.sum_all()?.backward())
        .expect("the gradient works");
    let gradients = vars
        .iter()
        .map(|var| grads.get(var).expect("a gradient for each input").clone())
        .collect();
    (y.detach(), gradients)
}
