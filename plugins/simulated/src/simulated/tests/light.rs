//! Light and dark: against numpy, and what energies do not tell.

use candle_core::Device;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::recording::Stimuli;

use super::super::luminance::{field, luminance};
use super::super::signal;
use super::super::voxel::{self, SimulatedVoxel};
use super::{Tuned, close, fixture};

#[test]
fn light_and_its_share_are_those_of_numpy() {
    let fixture = fixture();
    let shape = ImageShape::grey(16);
    let fields = fixture
        .voxels
        .iter()
        .map(|tuned| field(&tuned.voxel(), 1.0, shape));
    let fields: Vec<Vec<f64>> = fields.collect();
    let light: Vec<f64> = fixture
        .images
        .iter()
        .flat_map(|image| {
            let seen = |field: &Vec<f64>| -> f64 {
                field
                    .iter()
                    .zip(image)
                    .map(|(w, &x)| w * f64::from(x))
                    .sum()
            };
            fields.iter().map(seen).collect::<Vec<f64>>()
        })
        .collect();
    close(&light, &fixture.light.concat(), 1e-12);

    // The first three columns of contrast stand in for what voxels pool.
    let train: Vec<usize> = (0..fixture.n_train).collect();
    let mut pooled: Vec<f64> = fixture
        .contrast
        .iter()
        .flat_map(|row| row[..3].to_vec())
        .collect();
    signal::standardise(&mut pooled, 3, &train);
    let mixed = signal::mixed(pooled, light, 0.3, 3, &train);
    close(&mixed, &fixture.mixed.concat(), 1e-9);
}

/// A negative picture has the same energies and the opposite light.
#[test]
fn only_light_knows_a_picture_from_its_negative() -> Result<()> {
    let fixture = fixture();
    let ctx = Context::new(1);
    let train: Vec<usize> = (0..fixture.n_train).collect();
    let voxels: Vec<SimulatedVoxel> = fixture.voxels.iter().map(Tuned::voxel).collect();
    let seen = |sign: f32| -> Result<(Vec<f64>, Vec<f64>)> {
        let pixels = fixture
            .images
            .concat()
            .into_iter()
            .map(|pixel| sign * pixel);
        let stimuli = Stimuli::from_pixels(ImageShape::grey(16), pixels.collect())?;
        let contrast = signal::contrast(&stimuli, &train, &fixture.frequencies, &Device::Cpu)?;
        let pooled = signal::pooled(&contrast, &voxels, &train, &ctx)?;
        Ok((pooled, luminance(&stimuli, &voxels, &ctx)?))
    };
    let ((energies, light), (of_negative, dark)) = (seen(1.0)?, seen(-1.0)?);
    close(&energies, &of_negative, 1e-9);
    close(
        &light,
        &dark.iter().map(|value| -value).collect::<Vec<f64>>(),
        1e-12,
    );
    // Up to the voxel's sign it is what numpy sees.
    let magnitudes = |values: &[f64]| values.iter().map(|value| value.abs()).collect::<Vec<f64>>();
    close(
        &magnitudes(&light),
        &magnitudes(&fixture.light.concat()),
        1e-9,
    );
    Ok(())
}

#[test]
fn half_of_the_voxels_answer_to_darkness() -> Result<()> {
    let ctx = Context::new(1);
    let voxels = voxel::draw(400, 1.0, &ctx);
    let white = Stimuli::from_pixels(ImageShape::grey(16), vec![1.0; 256])?;
    let light = luminance(&white, &voxels, &ctx)?;
    let n_dark = light.iter().filter(|value| **value < 0.0).count();
    assert!((160..=240).contains(&n_dark), "{n_dark} of 400");
    assert!(light.iter().all(|value| (value.abs() - 1.0).abs() < 1e-9));
    Ok(())
}
