//! Optimisers against PyTorch's, and their state.

use candle_core::backprop::GradStore;

use super::*;
use crate::optim::{Adam, AdamParams, Parameter, Sgd, SgdParams};

const ADAM: AdamParams = AdamParams {
    learning_rate: 0.05,
    beta1: 0.5,
    beta2: 0.999,
    eps: 1e-8,
    clip_norm: Some(2.0),
};
const SGD: SgdParams = SgdParams {
    learning_rate: 0.05,
    momentum: 0.4,
    clip_norm: Some(2.0),
};

/// The parameters "b" and "a" (in this order: an optimiser sorts them) at their start.
fn parameters(fixtures: &Weights) -> Vec<Parameter> {
    let parameter = |name: &str, weight_decay: f64| Parameter {
        name: name.into(),
        var: var(&fixtures[&format!("optim.{name}")]),
        weight_decay,
    };
    vec![parameter("b", 0.0), parameter("a", 0.1)]
}

/// The gradients of step `i`, as those of a sum of products.
fn gradients(fixtures: &Weights, parameters: &[Parameter], i: usize) -> GradStore {
    let terms = parameters.iter().map(|p| {
        p.var
            .mul(&fixtures[&format!("optim.g{i}.{}", p.name)])?
            .sum_all()
    });
    let terms: Vec<Tensor> = terms.collect::<Result<_>>().expect("products");
    (&terms[0] + &terms[1])
        .and_then(|loss| loss.backward())
        .expect("gradients")
}

fn check(
    name: &str,
    mut step: impl FnMut(&GradStore) -> f64,
    fixtures: &Weights,
    parameters: &[Parameter],
) {
    for i in 0..5 {
        let norm = step(&gradients(fixtures, parameters, i));
        let expected = f64::from(
            fixtures[&format!("{name}.norm{i}")]
                .to_vec1::<f32>()
                .expect("a norm")[0],
        );
        assert!((norm - expected).abs() <= 1e-5 * expected);
        for p in parameters {
            let error = distance(&p.var, &fixtures[&format!("{name}.w{i}.{}", p.name)]);
            assert!(
                error <= 1e-5,
                "{name}, step {i}, {}: off by {error:.2e}",
                p.name
            );
        }
    }
}

#[test]
fn adam_with_clipping_and_decay() {
    let fixtures = fixtures();
    let parameters = parameters(&fixtures);
    let mut adam = Adam::new(parameters.clone(), ADAM).expect("an optimiser");
    check(
        "adam",
        |grads| adam.step(grads).expect("a step"),
        &fixtures,
        &parameters,
    );
}

#[test]
fn gradient_descent_with_clipping_and_decay() {
    let fixtures = fixtures();
    let parameters = parameters(&fixtures);
    let mut sgd = Sgd::new(parameters.clone(), SGD).expect("an optimiser");
    check(
        "sgd",
        |grads| sgd.step(grads).expect("a step"),
        &fixtures,
        &parameters,
    );
}

#[test]
fn a_restored_optimiser_goes_on_alike() {
    let fixtures = fixtures();
    let (whole, halves) = (parameters(&fixtures), parameters(&fixtures));
    let mut adam = Adam::new(whole.clone(), ADAM).expect("an optimiser");
    let mut first = Adam::new(halves.clone(), ADAM).expect("an optimiser");
    for i in 0..2 {
        adam.step(&gradients(&fixtures, &whole, i)).expect("a step");
        first
            .step(&gradients(&fixtures, &halves, i))
            .expect("a step");
    }
    let stored = weights::to_bytes(&first.state()).expect("bytes");
    let state = weights::from_bytes(&stored, &device()).expect("a state");
    assert_eq!(
        state.keys().collect::<Vec<_>>(),
        ["adam.m.a", "adam.m.b", "adam.t", "adam.v.a", "adam.v.b"]
    );
    let mut second = Adam::new(halves.clone(), ADAM).expect("an optimiser");
    second.restore(&state).expect("a restored optimiser");
    for i in 2..5 {
        adam.step(&gradients(&fixtures, &whole, i)).expect("a step");
        second
            .step(&gradients(&fixtures, &halves, i))
            .expect("a step");
    }
    for (one, other) in whole.iter().zip(&halves) {
        let bytes = |p: &Parameter| {
            p.var
                .flatten_all()
                .and_then(|t| t.to_vec1::<f32>())
                .expect("numbers")
        };
        assert_eq!(bytes(one), bytes(other));
    }
    let mut damaged = state;
    damaged.insert("adam.v.a".into(), numbers(&[2], 1));
    assert!(second.restore(&damaged).is_err());
    damaged.remove("adam.v.a");
    assert!(second.restore(&damaged).is_err());
}

#[test]
fn parameters_without_a_gradient_stay_and_names_are_unique() {
    let fixtures = fixtures();
    let parameters = parameters(&fixtures);
    let mut adam = Adam::new(parameters.clone(), ADAM).expect("an optimiser");
    let grads = parameters[0]
        .var
        .sum_all()
        .and_then(|sum| sum.backward())
        .expect("gradients");
    adam.step(&grads).expect("a step");
    assert!(distance(&parameters[1].var, &fixtures["optim.a"]) <= 0.0);
    let twice = vec![parameters[0].clone(), parameters[0].clone()];
    assert!(Adam::new(twice, ADAM).is_err());
}

/// One step of an optimiser.
type Step = Box<dyn FnMut(&GradStore) -> crate::Result<f64>>;

/// Gradients that are no numbers change nothing, and a step that leaves what 32-bit numbers hold is refused.
#[test]
fn numbers_that_are_not_finite_are_refused() {
    let parameter = || Parameter {
        name: "w".into(),
        var: Var::new(&[1f32, 2.0], &device()).expect("a variable"),
        weight_decay: 0.0,
    };
    let along = |parameter: &Parameter, factor: f64| {
        let loss = (parameter.var.as_tensor() * factor).and_then(|loss| loss.sum_all());
        loss.and_then(|loss| loss.backward()).expect("gradients")
    };
    let optimisers = |learning_rate: f64, parameter: &Parameter| -> [Step; 2] {
        let parameters = || vec![parameter.clone()];
        let adam = AdamParams {
            learning_rate,
            ..ADAM
        };
        let sgd = SgdParams {
            learning_rate,
            ..SGD
        };
        let mut adam = Adam::new(parameters(), adam).expect("an optimiser");
        let mut sgd = Sgd::new(parameters(), sgd).expect("an optimiser");
        [
            Box::new(move |grads| adam.step(grads)),
            Box::new(move |grads| sgd.step(grads)),
        ]
    };
    for which in 0..2 {
        for factor in [f64::NAN, f64::INFINITY] {
            let parameter = parameter();
            let grads = along(&parameter, factor);
            let error = optimisers(0.1, &parameter)[which](&grads).unwrap_err();
            assert!(error.to_string().starts_with("gradients: expected finite"));
            let kept = parameter.var.to_vec1::<f32>().expect("numbers");
            assert_eq!(kept, [1.0, 2.0]);
        }
        let parameter = parameter();
        let grads = along(&parameter, 1.0);
        let error = optimisers(1e39, &parameter)[which](&grads).unwrap_err();
        assert!(
            error.to_string().contains("weights 'w'")
                && error.to_string().contains("learning rate"),
            "{error}"
        );
    }
}
