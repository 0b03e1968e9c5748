//! Responses of vim-1 as the Neuromatch course gives them: one NumPy archive.

use std::path::Path;

use lab_core::Result;

use super::rows::Rows;
use super::stored;
use lab_formats::file_error;
use lab_formats::npz::Npz;

/// Appends the rows of one set: an image a row.
///
/// # Errors
/// Fails if the archive is damaged or does not fit the images.
pub(super) fn append(
    path: &Path,
    variable: &str,
    n_images: usize,
    out: &mut Vec<f32>,
) -> Result<Rows> {
    let array = stored::array(path, variable)?;
    let &[n_rows, n_voxels] = array.shape.as_slice() else {
        let (expected, got) = ("[n_images, n_voxels]", format!("{:?}", array.shape));
        let remedy = "take the course's archive";
        return Err(file_error(path, variable, expected, got, remedy));
    };
    if n_rows != n_images {
        let expected = format!("[{n_images}, n_voxels], a row for each image");
        let remedy = if n_voxels == n_images {
            "transpose it: images are rows"
        } else {
            "take images and responses from one archive"
        };
        let got = format!("{:?}", array.shape);
        return Err(file_error(path, variable, expected, got, remedy));
    }
    out.extend(array.row_major().1);
    Ok(Rows {
        n_voxels,
        order: (0..n_images).map(|image| (image, 0)).collect(),
    })
}

/// The region of each voxel, and the names of the regions, both as the archive has them.
///
/// # Errors
/// Fails if the archive is damaged or a voxel has no region.
pub(super) fn regions(path: &Path, n_voxels: usize) -> Result<(Vec<u16>, Vec<String>)> {
    let archive = Npz::open(path)?;
    let names = archive.words("roi_names")?;
    let (_, places) = archive.array("roi")?.i64()?;
    let fail = |expected: String, got: String| {
        let remedy = "take the course's archive";
        file_error(path, "roi", expected, got, remedy)
    };
    if places.len() != n_voxels {
        let expected = format!("a region for each of {n_voxels} voxels");
        return Err(fail(expected, places.len().to_string()));
    }
    let place = |&place: &i64| {
        let known = usize::try_from(place).is_ok_and(|place| place < names.len());
        let region = u16::try_from(place).ok().filter(|_| known);
        region.ok_or_else(|| {
            let expected = format!("places from 0 to {} in roi_names", names.len() - 1);
            fail(expected, place.to_string())
        })
    };
    let roi = places.iter().map(place).collect::<Result<_>>()?;
    Ok((roi, names))
}
