//! Files whose reading is measured, and one way to read any of them.

use std::fs;
use std::path::Path;

use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::Split;
use lab_core::rng;
use lab_core::traits::Dataset;
use lab_core::{Error, Result};
use rand::Rng;

use crate::on_disk::{write_jpeg, write_npy};
use lab_formats::container::{Container, Kind, sniff};
use lab_formats::writers::mat5::{self, Numbers, Variable};
use lab_formats::writers::mat73::Mat73;
use lab_formats::writers::write_file;
use lab_formats::{npy, pictures};

/// A numeric variable of a MATLAB, HDF5 or NumPy file: its shape, and its values as they lie there, MATLAB's with the first
/// axis fastest and others with the last; a NumPy array has no name.
///
/// # Errors
/// Fails if the file cannot be read or holds no numbers of that name.
pub fn read_variable(path: &Path, name: &str) -> Result<(Vec<usize>, Vec<f32>)> {
    if sniff(path)? == Kind::Npy {
        return npy::read(path);
    }
    let mut values = Vec::new();
    let (shape, _) = Container::open(path)?.append(name, &mut values)?;
    Ok((shape, values))
}

/// Writes `v73.mat` (deflated chunks), `v5.mat` (compressed), `array.npy`, each with one matrix `data` of responses
/// rounded as if measured, and `pictures/` with JPEG files of 640 × 640.
///
/// # Errors
/// Fails if a file cannot be written.
pub fn write_samples(
    folder: &Path,
    n_samples: usize,
    n_voxels: usize,
    n_pictures: usize,
) -> Result<()> {
    const SIDE: usize = 640;
    let mut draws = rng::stream(1, "samples");
    let values: Vec<f32> = (0..n_samples * n_voxels)
        .map(|_| (draws.random::<f32>() * 4096.0).round() / 512.0 - 4.0)
        .collect();
    // Voxels run fastest: MATLAB shows [n_voxels, n_samples].
    let shape = [n_voxels, n_samples];
    let file = Mat73::create(&folder.join("v73.mat"))?;
    file.array("data", &shape, &values, "single")?;
    file.finish()?;
    let variable = Variable {
        name: "data",
        shape: shape.to_vec(),
        numbers: Numbers::Singles(&values),
    };
    write_file(&folder.join("v5.mat"), &mat5::file(&[variable]))?;
    write_npy(&folder.join("array.npy"), (n_samples, n_voxels), values)?;
    let text = format!("scenes(n_train: {n_pictures}, n_test: 0)");
    let ctx = Context::new(1);
    let scenes = PluginRef::<dyn Dataset>::of(&text)
        .build(&ctx)?
        .load(&ctx)?;
    let pictures_folder = folder.join("pictures");
    fs::create_dir_all(&pictures_folder).map_err(Error::io("making", &pictures_folder))?;
    let drawn = scenes.stimuli.shape().height;
    for idx in scenes.stimuli.indices(Split::Train) {
        let pixels = scenes.stimuli.images.read(&[idx])?;
        let large = pictures::resized(&pixels, drawn, drawn, SIDE)?;
        write_jpeg(&pictures_folder.join(format!("{idx:05}.jpg")), &large, SIDE)?;
    }
    Ok(())
}
