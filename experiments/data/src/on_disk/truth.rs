//! What was put into simulated responses.
//!
//! | file | holds |
//! |---|---|
//! | `images.csv` | for each row of the signal, its set and its image: the place in the set's arrays from 1, or the picture |
//! | `S1_signal.npy` | responses without noise `[n_images, n_voxels]` in standard deviations; rows as in `images.csv`: training images, then test images, each in the order of the files |
//! | `S1_voxels.csv` | region, receptive field (shares of the image), signal-to-noise ratio, noise ceiling |

use std::fmt::Write;
use std::fs;
use std::path::Path;

use candle_core::Tensor;
use lab_core::recording::Recording;
use lab_core::{Error, Result};
use ndarray::Array2;
use ndarray_npy::WriteNpyExt;

use lab_formats::file_error;
use lab_formats::writers::write_file;
use lab_simulated::Truth;

/// The order of the images in the files, which need not be that of the stimuli.
pub(super) struct Rows<'a> {
    /// Indices into the stimuli: training images, and test images.
    pub(super) orders: &'a [Vec<usize>; 2],
    /// Names an image by its index, and by its place in its set from 0.
    pub(super) name: &'a dyn Fn(usize, usize) -> String,
}

impl Rows<'_> {
    fn indices(&self) -> Vec<u32> {
        self.orders
            .iter()
            .flatten()
            .map(|&idx| idx as u32)
            .collect()
    }

    fn table(&self) -> String {
        let mut table = String::from("row,set,image\n");
        let sets = ["training", "test"].into_iter().zip(self.orders);
        let images = sets.flat_map(|(set, order)| {
            let places = order.iter().enumerate();
            places.map(move |(place, &idx)| (set, idx, place))
        });
        for (row, (set, idx, place)) in images.enumerate() {
            // Writing into a string does not fail.
            let _ = writeln!(table, "{row},{set},{}", (self.name)(idx, place));
        }
        table
    }
}

/// Writes the truth behind each subject.
///
/// # Errors
/// Fails if a file cannot be written.
pub(super) fn write(
    folder: &Path,
    recording: &Recording,
    truths: &[Truth],
    rows: &Rows<'_>,
) -> Result<()> {
    fs::create_dir_all(folder).map_err(Error::io("making", folder))?;
    write_file(&folder.join("images.csv"), rows.table().as_bytes())?;
    for (subject, truth) in recording.subjects.iter().zip(truths) {
        let order = Tensor::new(rows.indices(), truth.signal.device())?;
        let signal = truth.signal.index_select(&order, 0)?;
        let path = folder.join(format!("{}_signal.npy", subject.id));
        write_npy(&path, signal.dims2()?, signal.flatten_all()?.to_vec1()?)?;
        let mut table = String::from("voxel,roi,x,y,rf,snr,noise_ceiling\n");
        let ceilings = subject.voxels.noise_ceiling.clone().unwrap_or_default();
        for (idx, voxel) in truth.voxels.iter().enumerate() {
            let names = &subject.voxels.roi_names;
            let of = subject.voxels.roi[idx].iter();
            let of: Vec<&str> = of.map(|&roi| names[usize::from(roi)].as_str()).collect();
            let roi = of.join(" ");
            let ceiling = ceilings.get(idx).copied().unwrap_or(f32::NAN);
            let [x, y] = [voxel.x, voxel.y];
            // Writing into a string does not fail.
            let _ = writeln!(
                table,
                "{idx},{roi},{x},{y},{},{},{ceiling}",
                voxel.rf, voxel.snr
            );
        }
        write_file(
            &folder.join(format!("{}_voxels.csv", subject.id)),
            table.as_bytes(),
        )?;
    }
    Ok(())
}

/// Writes a matrix as NumPy does.
///
/// # Errors
/// Fails if the file cannot be written.
pub(crate) fn write_npy(path: &Path, shape: (usize, usize), values: Vec<f32>) -> Result<()> {
    let failed = |got: String| {
        let remedy = "make room on the disk";
        file_error(path, "", "a file that can be written", got, remedy)
    };
    let array = Array2::from_shape_vec(shape, values).map_err(|error| failed(error.to_string()))?;
    let mut bytes = Vec::new();
    array
        .write_npy(&mut bytes)
        .map_err(|error| failed(error.to_string()))?;
    write_file(path, &bytes)
}
