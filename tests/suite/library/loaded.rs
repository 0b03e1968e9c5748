//! A loaded plugin and the same code built in, in one process: the same bits.

use std::sync::Arc;

use candle_core::{Device, Tensor, Var};
use lab_core::config::{NoParams, PluginRef};
use lab_core::context::Context;
use lab_core::objective::{Objective, WeightedTerm};
use lab_core::recording::Stimuli;
use lab_core::testing::toy_features;
use lab_core::traits::{
    Dataset, Decoder, FeatureNet, FittedGenerator, Generator, LossTerm, TrainingSet,
};

use super::{library, toys};

fn build<T: ?Sized + lab_core::config::Capable>(text: &str) -> Box<T> {
    lab_library::load(library()).unwrap();
    PluginRef::<T>::of(text).build(&Context::new(1)).unwrap()
}

fn bits(tensor: &Tensor) -> Vec<u32> {
    let values: Vec<f32> = tensor.flatten_all().unwrap().to_vec1().unwrap();
    values.into_iter().map(f32::to_bits).collect()
}

fn ctx() -> Context {
    Context::new(5).child("generator")
}

fn corpus() -> Stimuli {
    let dots = build::<dyn Dataset>("dots(size: 16)");
    dots.load(&Context::new(2)).unwrap().stimuli
}

/// The generator in the library, and built in.
fn both(corpus: &Stimuli) -> [Box<dyn FittedGenerator>; 2] {
    let loaded = build::<dyn Generator>("waves(size: 16)");
    let params = toys::WavesParams {
        size: 16,
        ..toys::WavesParams::default()
    };
    let built_in = toys::Waves::build(params, &ctx()).unwrap();
    [
        loaded.prepare(&ctx(), Some(corpus)).unwrap(),
        built_in.prepare(&ctx(), Some(corpus)).unwrap(),
    ]
}

/// Two passes through the generator, a prior on what went in, and another term on it.
fn branched(generator: &dyn FittedGenerator, z: &Var) -> [Tensor; 2] {
    let compute = || -> lab_core::Result<[Tensor; 2]> {
        let s = (z.as_tensor() * 1.5)?;
        let image = generator.generate(&s)?;
        let again = generator.generate(z.as_tensor())?;
        let data = ((&image - 0.25)?.sqr()?.mean_all()? + (image * again)?.mean_all()?)?;
        let prior = (s.sqr()?.sum_all()? * 0.1)?;
        let loss = ((data + prior)? + (s.exp()?.sum_all()? * 0.05)?)?;
        let gradient = loss.backward()?.remove(z.as_tensor());
        Ok([loss, gradient.unwrap()])
    };
    compute().unwrap()
}

#[test]
fn gradients_of_a_branched_loss_are_the_same_bits_at_any_count_of_tensors() {
    let corpus = corpus();
    let [loaded, built_in] = both(&corpus);
    assert_eq!(
        bits(&loaded.weights()["mean"]),
        bits(&built_in.weights()["mean"])
    );
    // Each side counts its tensors; whatever the counts are, no tensor of one is taken for one of the other.
    for burnt in 0..40 {
        for _ in 0..burnt {
            Tensor::zeros(1, candle_core::DType::F32, &Device::Cpu).unwrap();
        }
        let mut draws = ctx().rng(&format!("z{burnt}"));
        let space = built_in.latent_space();
        let z = space
            .sample(&mut draws, 1 + burnt % 5, &Device::Cpu)
            .unwrap();
        let z = Var::from_tensor(&z).unwrap();
        let [ours, theirs] = [&loaded, &built_in].map(|of| branched(of.as_ref(), &z));
        assert_eq!(bits(&ours[0]), bits(&theirs[0]), "loss, {burnt}");
        assert_eq!(bits(&ours[1]), bits(&theirs[1]), "gradient, {burnt}");
    }
}

#[test]
fn a_decoder_in_a_library_trains_through_the_hosts_objective_as_if_built_in() {
    let ctx = Context::new(5).child("decode");
    let corpus = corpus();
    let features = toy_features(&ctx, 8, 4).unwrap();
    let targets = corpus
        .tensor(&(0..8).collect::<Vec<_>>(), &Device::Cpu)
        .unwrap();
    let idx: Vec<usize> = (0..8).rev().collect();
    let net = toys::Sums::build(toys::SumsParams { size: 16 }, &ctx).unwrap();
    let mut fitted = Vec::new();
    for in_library in [true, false] {
        let [loaded, built_in] = both(&corpus);
        let term: Box<dyn LossTerm> = if in_library {
            build("apart()")
        } else {
            Box::new(toys::Apart::build(toys::ApartParams::default(), &ctx).unwrap())
        };
        let term = WeightedTerm {
            name: "apart".into(),
            weight: 3.0,
            term,
        };
        let generator = if in_library { loaded } else { built_in };
        let net = if in_library {
            build::<dyn FeatureNet>("sums(size: 16)").prepare(&ctx, None)
        } else {
            net.prepare(&ctx, None)
        };
        let objective = Objective::new(
            generator.into(),
            Some(net.unwrap().into()),
            Arc::new(vec![term]),
            targets.clone(),
        )
        .unwrap();
        let decoder: Box<dyn Decoder> = if in_library {
            build("lines()")
        } else {
            Box::new(toys::Lines::build(NoParams {}, &ctx).unwrap())
        };
        let train = TrainingSet {
            features: &features,
            target_idx: &idx,
            targets: &targets,
            picture_of: None,
            objective: &objective,
        };
        let members = decoder.fit(&ctx, &train, &[0, 3]).unwrap();
        let losses: Vec<f64> = members[1].curves()[0].points.iter().map(|p| p.1).collect();
        assert!(losses.last() < losses.first(), "{losses:?}");
        fitted.push((
            losses.iter().map(|loss| loss.to_bits()).collect::<Vec<_>>(),
            bits(&members[1].weights()["weight"]),
            bits(&members[1].decode(&features).unwrap()),
        ));
    }
    assert_eq!(fitted[0], fitted[1]);
}

#[test]
fn several_threads_may_use_one_plugin() {
    let corpus = corpus();
    let [loaded, built_in] = both(&corpus);
    let z = |n: usize| {
        let mut draws = ctx().rng(&format!("threads-{n}"));
        Var::from_tensor(
            &built_in
                .latent_space()
                .sample(&mut draws, n, &Device::Cpu)
                .unwrap(),
        )
        .unwrap()
    };
    let expected: Vec<_> = (1..9)
        .map(|n| bits(&branched(built_in.as_ref(), &z(n))[1]))
        .collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for (n, expected) in (1..9).zip(&expected) {
                    assert_eq!(bits(&branched(loaded.as_ref(), &z(n))[1]), *expected);
                }
            });
        }
    });
}
