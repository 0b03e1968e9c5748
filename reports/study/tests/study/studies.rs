//! Studies with drawn pictures.

use std::path::Path;

use lab_core::rng::stream;
use lab_study::settings::Settings;
use lab_study::source::{Pictures, Source};
use lab_study::{Study, build};
use rand::Rng;

/// Originals of soft blobs, and reconstructions that are noisy copies of them.
pub(crate) fn source(label: &str, n_images: usize, seed: u64) -> Source {
    let (height, width) = (24, 24);
    let mut rng = stream(seed, "originals");
    let mut originals = Vec::new();
    for _ in 0..n_images {
        let (y0, x0, size): (f64, f64, f64) = (
            rng.random_range(4.0..20.0),
            rng.random_range(4.0..20.0),
            rng.random_range(8.0..60.0),
        );
        let stripes: f64 = rng.random_range(0.2..1.5);
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y as f64, x as f64))) {
            let blob = (-((y - y0).powi(2) + (x - x0).powi(2)) / size).exp();
            originals.push((128.0 + 100.0 * blob * (x * stripes).cos() - 40.0 * (y / 24.0)) as u8);
        }
    }
    let mut noise = stream(seed, &format!("noise of {label}"));
    let reconstructions = originals
        .iter()
        .map(|&value| (f64::from(value) + noise.random_range(-40.0..40.0)).clamp(0.0, 255.0) as u8)
        .collect();
    let pictures = |values| Pictures {
        n_channels: 1,
        height,
        width,
        values,
    };
    Source {
        label: label.into(),
        set: "vim-1".into(),
        subject: String::new(),
        run: format!("runs/{label}"),
        hash: "0123456789ab".into(),
        images: (0..n_images)
            .map(|image| format!("image-{image}.png"))
            .collect(),
        originals: pictures(originals),
        reconstructions: pictures(reconstructions),
        toy: None,
        simulated: None,
        spares: None,
    }
}

/// Builds a study of one source into `folder`.
pub(crate) fn study(folder: &Path, n_images: usize, settings: &Settings, seed: u64) -> Study {
    build(&[source("dcgan", n_images, seed)], settings, seed, folder).unwrap();
    Study::open(folder).unwrap()
}
