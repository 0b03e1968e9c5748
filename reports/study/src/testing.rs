//! Pictures and studies for tests.

use rand::Rng;

use crate::folder::{Study, build};
use crate::settings::Settings;
use crate::source::{Pictures, Source};

/// Drawn originals, and reconstructions that are noisy copies of them.
pub(crate) fn source(label: &str, set: &str, n_images: usize) -> Source {
    let (height, width) = (12, 12);
    let mut rng = lab_core::rng::stream(1, &format!("test/{set}"));
    let originals: Vec<u8> = (0..n_images * height * width)
        .map(|_| rng.random())
        .collect();
    let mut noise = lab_core::rng::stream(2, &format!("test/{label}"));
    let reconstructions = originals
        .iter()
        .map(|value| value / 2 + noise.random_range(0..128))
        .collect();
    let pictures = |values| Pictures {
        n_channels: 1,
        height,
        width,
        values,
    };
    Source {
        label: label.into(),
        set: set.into(),
        subject: String::new(),
        run: format!("runs/{label}"),
        hash: "0".repeat(12),
        images: (0..n_images)
            .map(|image| format!("image-{image}"))
            .collect(),
        originals: pictures(originals),
        reconstructions: pictures(reconstructions),
        toy: None,
        simulated: None,
        spares: None,
    }
}

/// A study in a folder of its own.
pub(crate) fn study(n_images: usize, settings: &Settings) -> (tempfile::TempDir, Study) {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("study");
    build(&[source("dcgan", "vim-1", n_images)], settings, 5, &folder).unwrap();
    let study = Study::open(&folder).unwrap();
    (temp, study)
}
