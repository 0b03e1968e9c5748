//! Writes `BData` as bdpy does: an HDF5 file with `dataset` and `metadata/{key, description, value}`.

use std::path::Path;

use lab_core::{Error, Result};
use rust_hdf5::{DatatypeMessage, H5File, H5Group, Hdf5Error};

use super::mat73::failed;

/// A key and what it says of each column; NaN where it does not apply.
pub struct Key {
    /// Name of the metadata row.
    pub name: String,
    /// What it means, as bdpy says it.
    pub description: String,
    /// `[n_columns]`.
    pub values: Vec<f64>,
}

/// Writes a table `[n_samples, n_columns]`, sample by sample.
///
/// # Errors
/// Fails if the file cannot be written.
pub fn write(path: &Path, n_columns: usize, table: &[f64], keys: &[Key]) -> Result<()> {
    let partial = path.with_extension("partial");
    let written = || -> Result<(), Hdf5Error> {
        let file = H5File::create(&partial)?;
        let shape = [table.len() / n_columns, n_columns];
        let dataset = file.new_dataset::<f64>().shape(shape).create("dataset")?;
        dataset.write_raw(table)?;
        let metadata = file.create_group("metadata")?;
        let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
        let descriptions: Vec<&str> = keys.iter().map(|key| key.description.as_str()).collect();
        strings(&metadata, "key", &names)?;
        strings(&metadata, "description", &descriptions)?;
        let values: Vec<f64> = keys.iter().flat_map(|key| key.values.clone()).collect();
        let value = metadata
            .new_dataset::<f64>()
            .shape([keys.len(), n_columns])
            .create("value")?;
        value.write_raw(&values)?;
        let header = file.create_group("header")?;
        header.write_vlen_strings("ctime", &["simulated by lab"])?;
        file.create_group("vmap")?;
        file.close()
    };
    written().map_err(|error| failed(path, &error))?;
    std::fs::rename(&partial, path).map_err(Error::io("writing", path))
}

/// Strings of one length, filled up with zeros.
fn strings(group: &H5Group, name: &str, texts: &[&str]) -> Result<(), Hdf5Error> {
    let width = texts
        .iter()
        .map(|text| text.len())
        .max()
        .unwrap_or(0)
        .max(1);
    let mut bytes = Vec::with_capacity(width * texts.len());
    for text in texts {
        let end = bytes.len() + width;
        bytes.extend(text.as_bytes());
        bytes.resize(end, 0);
    }
    let datatype = DatatypeMessage::FixedString {
        size: width as u32,
        padding: 1,
        charset: 0,
    };
    let dataset = group
        .new_dataset::<u8>()
        .datatype(datatype)
        .shape([texts.len()])
        .create(name)?;
    dataset.write_raw_bytes(&bytes)
}
