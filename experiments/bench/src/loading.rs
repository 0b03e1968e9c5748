//! Loading: containers of responses against h5py, SciPy and NumPy, and packing a folder of pictures against Pillow.

use std::path::PathBuf;
use std::sync::Arc;

use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::traits::Dataset;
use lab_core::{Error, Result};
use lab_data::samples::{read_variable, write_samples};
use lab_datasets::{PackOptions, pack};

use super::pace::Pace;
use super::work::Work;

/// Names the folder with the files, for both sides.
pub(super) const FILES: &str = "LAB_BENCH_FILES";
/// Samples, voxels and pictures, at full and at quick size.
const FULL: (usize, usize, usize) = (1750, 13_000, 600);
const QUICK: (usize, usize, usize) = (300, 2_000, 60);
/// Side of packed pictures.
const SIDE: usize = 64;

pub(super) fn works(quick: bool) -> Vec<Work> {
    let (n_samples, n_voxels, n_pictures) = size(quick);
    let matrix = format!("{n_samples} samples × {n_voxels} voxels, single precision");
    vec![
        Work::new(
            "load-mat73",
            format!("{matrix}, MATLAB 7.3, deflated chunks; in a child process"),
        ),
        Work::new("load-mat5", format!("{matrix}, MATLAB 5, compressed")),
        Work::new("load-npy", format!("{matrix}, NumPy")),
        Work::new(
            "pack-jpeg",
            format!("{n_pictures} JPEG of 640 × 640 to grey {SIDE} × {SIDE}"),
        ),
    ]
}

pub(super) fn is_known(name: &str) -> bool {
    works(true).iter().any(|work| work.name == name)
}

/// Writes the files of the works into a folder that lasts as long as the answer, and names it to both sides.
pub(super) fn prepare(chosen: &[Work], quick: bool) -> Result<Option<Files>> {
    if !chosen.iter().any(|work| is_known(&work.name)) {
        return Ok(None);
    }
    let folder = std::env::temp_dir().join(format!("lab-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(Error::io("creating", &folder))?;
    let files = Files { folder };
    let (n_samples, n_voxels, n_pictures) = size(quick);
    write_samples(&files.folder, n_samples, n_voxels, n_pictures)?;
    Ok(Some(files))
}

/// A folder of files to read, removed at the end.
pub(super) struct Files {
    pub(super) folder: PathBuf,
}

impl Drop for Files {
    fn drop(&mut self) {
        // What is left in a temporary folder is the system's to remove.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(super) fn run(name: &str, pace: &Arc<Pace>) -> Result<()> {
    let folder = PathBuf::from(std::env::var_os(FILES).unwrap_or_default());
    let file = match name {
        "load-mat73" => "v73.mat",
        "load-mat5" => "v5.mat",
        "load-npy" => "array.npy",
        _ => return pack_pictures(&folder, pace),
    };
    while pace.lap() {
        read_variable(&folder.join(file), "data")?;
    }
    Ok(())
}

fn pack_pictures(folder: &std::path::Path, pace: &Arc<Pace>) -> Result<()> {
    let ctx = Context::new(1);
    let pictures = folder.join("pictures").display().to_string();
    let text = format!("folder(path: {pictures:?}, size: {SIDE}, fit: Coco)");
    let out = folder.join("packed.npy");
    while pace.lap() {
        let dataset = PluginRef::<dyn Dataset>::of(&text).build(&ctx)?;
        let options = PackOptions {
            source: text.clone(),
            ..PackOptions::default()
        };
        pack(&ctx, dataset.as_ref(), &out, &options)?;
        for ending in ["npy", "ron", "labels.npy"] {
            let path = out.with_extension(ending);
            if path.exists() {
                std::fs::remove_file(&path).map_err(Error::io("removing", &path))?;
            }
        }
    }
    Ok(())
}

fn size(quick: bool) -> (usize, usize, usize) {
    if quick { QUICK } else { FULL }
}
