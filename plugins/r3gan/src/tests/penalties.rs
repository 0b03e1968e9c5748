//! Penalties by finite differences against the gradient of a gradient, as PyTorch takes it.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::nn::{self};
use lab_core::rng;
use lab_core::weights::Weights;

use super::{fixture, networks, variables};
use crate::game::discriminator_loss;
use crate::{Difference, Penalty};

/// Mean penalties over many draws of noise, and the gradients of their sum.
fn mean_penalties(
    fixture: &Weights,
    penalty: &Penalty,
    tracked: &Weights,
    judge: &dyn Fn(&Tensor) -> Result<Tensor>,
) -> Result<([f64; 2], Weights)> {
    const DRAWS: usize = 256;
    const ROUNDS: usize = 8;
    let tile = |images: &Tensor| images.repeat((DRAWS, 1, 1, 1));
    let (real, fake) = (tile(&fixture["real"])?, tile(&fixture["fake"])?);
    let mut stream = rng::stream(7, "differences");
    let mut values = [0.0; 2];
    let mut by_weight = Weights::new();
    for _ in 0..ROUNDS {
        let shape = [2 * real.dim(0)?, 1, 16, 16];
        let noise = rng::normal(&mut stream, penalty.step, &shape, &Device::Cpu)?;
        let loss = discriminator_loss(&real, &fake, Some((penalty, &noise)), judge)?;
        let [on_real, on_fake] = loss.penalties.unwrap();
        for (sum, value) in values.iter_mut().zip([&on_real, &on_fake]) {
            *sum += f64::from(value.to_scalar::<f32>()?) / ROUNDS as f64;
        }
        let gradients = (on_real + on_fake)?.backward()?;
        for (name, var) in tracked {
            let part = gradients
                .get(var)
                .unwrap()
                .affine(1.0 / ROUNDS as f64, 0.0)?;
            let sum = match by_weight.remove(name) {
                None => part,
                Some(sum) => (sum + part)?,
            };
            by_weight.insert(name.clone(), sum);
        }
    }
    Ok((values, by_weight))
}

fn expect_exact(values: [f64; 2], fixture: &Weights, prefix: &str) {
    for (value, part) in values.into_iter().zip(["real", "fake"]) {
        let exact = fixture[&format!("{prefix}.{part}")]
            .to_vec1::<f32>()
            .unwrap()[0];
        let apart = value / f64::from(exact) - 1.0;
        assert!(apart.abs() < 0.05, "{prefix}.{part}: {apart:.4}");
    }
}

/// For small σ a difference is g·ε, with variance 2‖g‖⁴ of its square: the mean of n draws for each of 4 images is within
/// √(2/4n) of ‖g‖², 1.6 % for n = 2048 (one standard error; up to twice that if one image has all the gradient). The
/// tolerance is 5 %. Gradients are means of as many draws, whose errors point in all directions: 20 %; a wrong
/// factor would show as 50 % or more.
#[test]
fn differences_expect_the_exact_penalties_and_their_gradients() -> Result<()> {
    let fixture = fixture();
    let tracked = variables(&fixture, "smooth").tracked();
    let judge = |images: &Tensor| -> Result<Tensor> {
        let mut h = images.clone();
        for layer in ["first", "second"] {
            h = nn::conv2d(&h, &tracked[&format!("{layer}.kernel")], None, 2, 1)?.tanh()?;
        }
        Ok(nn::linear(
            &h.flatten_from(1)?,
            &tracked["linear.weight"],
            None,
        )?)
    };
    for difference in [Difference::OneSided, Difference::Central] {
        let penalty = Penalty {
            step: 0.01,
            difference,
            ..Penalty::default()
        };
        let (values, gradients) = mean_penalties(&fixture, &penalty, &tracked, &judge)?;
        expect_exact(values, &fixture, "exact.smooth");
        assert_eq!(gradients.len(), 3);
        for (name, gradient) in gradients {
            let exact = &fixture[&format!("exact.smooth.d.{name}")];
            let square = |t: &Tensor| t.sqr().unwrap().sum_all().unwrap().to_scalar::<f32>();
            let apart = (square(&(gradient - exact)?)? / square(exact)?).sqrt();
            assert!(apart < 0.2, "{difference:?} by {name}: {apart:.3}");
        }
    }
    Ok(())
}

/// The discriminator has kinks. Its penalties agree with the exact ones all the same; gradients do not, because a gradient
/// of a gradient knows nothing of units that change sides, which the differences see within σ.
#[test]
fn differences_of_the_discriminator_expect_the_exact_penalties() -> Result<()> {
    let fixture = fixture();
    let discriminator = networks().1;
    let tracked = variables(&fixture, "d").tracked();
    let judge = |images: &Tensor| Ok(discriminator.forward(&tracked, images)?.logits);
    let penalty = Penalty {
        step: 1e-3,
        ..Penalty::default()
    };
    let (values, _) = mean_penalties(&fixture, &penalty, &tracked, &judge)?;
    expect_exact(values, &fixture, "exact.kinked");
    Ok(())
}

#[test]
fn the_penalty_falls_along_a_cosine_and_may_skip_steps() {
    let penalty = Penalty {
        weight: 2.0,
        last_weight: 0.2,
        every: 4,
        ..Penalty::default()
    };
    assert_eq!(penalty.weight_at(0, 1000), Some(8.0));
    assert_eq!(penalty.weight_at(3, 1000), None);
    let middle = penalty.weight_at(500, 1000).unwrap();
    assert!((middle - 4.4).abs() < 1e-12, "{middle}");
    let last = penalty.weight_at(1000, 1000).unwrap();
    assert!((last - 0.8).abs() < 1e-12, "{last}");
    let none = Penalty {
        weight: 0.0,
        last_weight: 0.0,
        ..penalty
    };
    assert_eq!(none.weight_at(0, 1000), None);
}
