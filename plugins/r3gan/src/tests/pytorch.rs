//! Blocks, both networks and the game against PyTorch (`tests/reference/r3gan/make.py`).

use candle_core::{Tensor, Var};
use lab_core::Result;

use super::{GRADIENT, VALUE, distance, expect_gradients, fixture, networks, variables};
use crate::blocks::{self};
use crate::game::{self, discriminator_loss};
use crate::{Difference, Penalty};

#[test]
fn a_block_is_that_of_pytorch() -> Result<()> {
    let fixture = fixture();
    let tracked = variables(&fixture, "block").tracked();
    let x = Var::from_tensor(&fixture["block.x"])?;
    let y = blocks::block(&tracked, "b", x.as_tensor())?;
    assert!(distance(&y, &fixture["block.y"]) < VALUE);
    let loss = (&y * &fixture["block.weigh"])?.sum_all()?;
    assert_eq!(expect_gradients(&loss, &tracked, &fixture, "block"), 5);
    let by_x = distance(loss.backward()?.get(&x).unwrap(), &fixture["block.d.x"]);
    assert!(by_x < GRADIENT, "by x: {by_x:.1e}");
    Ok(())
}

#[test]
fn the_generator_is_that_of_pytorch() -> Result<()> {
    let fixture = fixture();
    let tracked = variables(&fixture, "g").tracked();
    let z = Var::from_tensor(&fixture["z"])?;
    let images = networks().0.forward(&tracked, z.as_tensor())?;
    assert!(distance(&images, &fixture["generator.images"]) < VALUE);
    let loss = (&images * &fixture["weigh"])?.sum_all()?;
    let n = expect_gradients(&loss, &tracked, &fixture, "generator");
    assert_eq!(n, tracked.len());
    let by_z = distance(loss.backward()?.get(&z).unwrap(), &fixture["generator.d.z"]);
    assert!(by_z < GRADIENT, "by z: {by_z:.1e}");
    Ok(())
}

#[test]
fn the_game_is_that_of_pytorch() -> Result<()> {
    let fixture = fixture();
    let discriminator = networks().1;
    let variables = variables(&fixture, "d");
    let tracked = variables.tracked();
    let (real, fake) = (&fixture["real"], &fixture["fake"]);
    let of_real = discriminator.forward(&tracked, real)?.logits;
    let of_fake = discriminator.forward(&tracked, fake)?.logits;
    assert!(distance(&of_real, &fixture["of_real"]) < VALUE);
    assert!(distance(&of_fake, &fixture["of_fake"]) < VALUE);

    let fake_var = Var::from_tensor(fake)?;
    let frozen = variables.frozen();
    let of_fake = discriminator.forward(&frozen, fake_var.as_tensor())?;
    let fooling = game::pairing(&of_real.detach(), &of_fake.logits)?;
    assert!(distance(&fooling.reshape(1)?, &fixture["fooling"]) < VALUE);
    let by_fake = distance(
        fooling.backward()?.get(&fake_var).unwrap(),
        &fixture["fooling.d.fake"],
    );
    assert!(by_fake < GRADIENT, "{by_fake:.1e}");
    let of_real = discriminator.forward(&frozen, real)?;
    let matching = game::matching(&of_real.features, &of_fake.features)?;
    assert!(distance(&matching.reshape(1)?, &fixture["matching"]) < VALUE);
    let by_fake = distance(
        matching.backward()?.get(&fake_var).unwrap(),
        &fixture["matching.d.fake"],
    );
    assert!(by_fake < GRADIENT, "matching: {by_fake:.1e}");

    let judge = |images: &Tensor| Ok(discriminator.forward(&tracked, images)?.logits);
    let bare = discriminator_loss(real, fake, None, &judge)?.total(9.0)?;
    assert!(distance(&bare.reshape(1)?, &fixture["pairing"]) < VALUE);
    for (difference, name) in [
        (Difference::OneSided, "one_sided"),
        (Difference::Central, "central"),
    ] {
        let penalty = Penalty {
            difference,
            ..Penalty::default()
        };
        let noise = Some((&penalty, &fixture["noise"]));
        let loss = discriminator_loss(real, fake, noise, &judge)?;
        let [on_real, on_fake] = loss.penalties.as_ref().unwrap();
        let total = loss.total(2.0)?;
        // A difference of logits over 0.05 has lost about a digit and a half.
        for (value, part) in [(on_real, "real"), (on_fake, "fake"), (&total, "total")] {
            let apart = distance(
                &value.reshape(1)?,
                &fixture[&format!("difference.{name}.{part}")],
            );
            assert!(apart < 30.0 * VALUE, "{name}, {part}: {apart:.1e}");
        }
        let n = expect_gradients(&total, &tracked, &fixture, &format!("difference.{name}"));
        assert_eq!(
            n,
            tracked.len() - 1,
            "all but the last bias, whose gradient is 0"
        );
    }
    Ok(())
}
