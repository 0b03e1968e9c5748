//! `NIfTI` volumes, versions 1 and 2, plain or gzipped.
//!
//! ```text
//! file  = header[348 or 540] extensions data from vox_offset on, first index (x) fastest
//! value = scl_slope · stored + scl_inter         unless the slope is 0
//! ```
//! Source: the headers `nifti1.h` (2003) and `nifti2.h` (2014) of the `NIfTI` Data Format Working Group.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use lab_core::{Error, Result};

use super::elements::{Dtype, Kind};
use super::{file_error, limits, regular};

/// Deflate makes at most 1032 bytes of one.
const MAX_RATIO: u64 = 1032;
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Length of the longer of the two headers.
const LONGEST: usize = 540;

/// A file of volumes, not read yet.
#[derive(Debug)]
pub struct Nifti {
    path: PathBuf,
    packed: bool,
    /// Length of each axis, x first; the fourth counts volumes.
    pub shape: Vec<usize>,
    /// How values are stored.
    pub dtype: Dtype,
    /// What stored values are multiplied with, and what is added then.
    pub scaling: (f64, f64),
    offset: u64,
}

impl Nifti {
    /// Reads the header, and checks that the file can hold what it claims.
    ///
    /// # Errors
    /// Fails if the file is missing, no `NIfTI` file, or too short.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = regular::open(path)?;
        let length = file.metadata().map_err(Error::io("reading", path))?.len();
        let mut start = [0; 2];
        let n = file.read(&mut start).map_err(Error::io("reading", path))?;
        file.rewind().map_err(Error::io("reading", path))?;
        let packed = n == 2 && start == GZIP;
        let mut header = Vec::new();
        let read = if packed {
            let mut reader = MultiGzDecoder::new(file).take(LONGEST as u64);
            reader.read_to_end(&mut header)
        } else {
            file.take(LONGEST as u64).read_to_end(&mut header)
        };
        let fail = |got| {
            let (expected, remedy) = ("a NIfTI file", "copy it again, or convert it");
            file_error(path, "", expected, got, remedy)
        };
        read.map_err(|error| fail(error.to_string()))?;
        let header = parse(&header).map_err(fail)?;
        let nifti = Self {
            path: path.to_owned(),
            packed,
            shape: header.shape,
            dtype: header.dtype,
            scaling: header.scaling,
            offset: header.offset,
        };
        let claimed = (nifti.n_bytes() as u64).saturating_add(nifti.offset);
        let plausible = if packed {
            length.saturating_mul(MAX_RATIO)
        } else {
            length
        };
        if claimed > plausible {
            let (shape, dtype) = (&nifti.shape, nifti.dtype);
            let got = format!("{length} bytes for {shape:?} of {dtype}");
            return Err(fail(got));
        }
        Ok(nifti)
    }

    /// Length of the first three axes: x, y, z.
    pub fn volume_shape(&self) -> [usize; 3] {
        [0, 1, 2].map(|axis| self.shape.get(axis).copied().unwrap_or(1))
    }

    /// How many volumes there are.
    pub fn n_volumes(&self) -> usize {
        self.shape.iter().skip(3).product()
    }

    fn n_bytes(&self) -> usize {
        // `parse` has checked this product.
        self.shape.iter().product::<usize>() * self.dtype.size
    }

    /// Some volumes, scaled: `[n_volumes, z, y, x]`, row-major, so that x runs fastest.
    ///
    /// # Errors
    /// Fails if there are fewer volumes or the file is damaged.
    pub fn volumes(&self, range: Range<usize>) -> Result<Vec<f32>> {
        let fail = |expected: String, got: String| {
            file_error(
                &self.path,
                "",
                expected,
                got,
                "copy the file again, or read less of it",
            )
        };
        let n_volumes = self.n_volumes();
        if range.start > range.end || range.end > n_volumes {
            let expected = format!("volumes {} to {}", range.start, range.end);
            return Err(fail(expected, format!("{n_volumes} volumes")));
        }
        let n_each = self.volume_shape().iter().product::<usize>() * self.dtype.size;
        let (skipped, wanted) = (range.start * n_each, range.len() * n_each);
        let skipped = self.offset + skipped as u64;
        let mut file = regular::open(&self.path)?;
        let length = file
            .metadata()
            .map_err(Error::io("reading", &self.path))?
            .len();
        // Bytes as they are stored stand beside the values until all are converted.
        let width = self.dtype.size + size_of::<f32>();
        let n_values = (wanted / self.dtype.size) as u64;
        limits::check(&self.path, "", n_values, width, length)?;
        let mut bytes = Vec::new();
        let read = if self.packed {
            let mut reader = MultiGzDecoder::new(std::io::BufReader::new(file));
            let passed = std::io::copy(&mut reader.by_ref().take(skipped), &mut std::io::sink());
            passed.and_then(|_| reader.take(wanted as u64).read_to_end(&mut bytes))
        } else {
            let sought = file.seek(SeekFrom::Start(skipped));
            sought.and_then(|_| file.take(wanted as u64).read_to_end(&mut bytes))
        };
        let expected = || format!("{wanted} bytes of volumes {range:?}");
        read.map_err(|error| fail(expected(), error.to_string()))?;
        if bytes.len() != wanted {
            return Err(fail(expected(), format!("{} bytes", bytes.len())));
        }
        Ok(match self.scaling {
            (1.0, 0.0) => self.dtype.f32s(&bytes),
            (slope, intercept) => {
                let values = self.dtype.f64s(&bytes).into_iter();
                values
                    .map(|value| (slope * value + intercept) as f32)
                    .collect()
            }
        })
    }
}

#[derive(Debug)]
struct Header {
    shape: Vec<usize>,
    dtype: Dtype,
    scaling: (f64, f64),
    offset: u64,
}

/// Reads a header from the first bytes of a file.
fn parse(bytes: &[u8]) -> Result<Header, String> {
    let first: Option<[u8; 4]> = bytes.first_chunk().copied();
    let (version, big_endian) = match first {
        Some([0x5c, 1, 0, 0]) => (1, false),
        Some([0, 0, 1, 0x5c]) => (1, true),
        Some([0x1c, 2, 0, 0]) => (2, false),
        Some([0, 0, 2, 0x1c]) => (2, true),
        _ => return Err("a file that does not begin like one".into()),
    };
    let (length, magic_at) = if version == 1 { (348, 344) } else { (540, 4) };
    let fields = Fields {
        bytes: bytes
            .get(..length)
            .ok_or("a file that ends in its header")?,
        big_endian,
    };
    match &fields.bytes[magic_at..magic_at + 3] {
        b"n+1" if version == 1 => {}
        b"n+2" if version == 2 => {}
        b"ni1" | b"ni2" => return Err("a header whose volumes lie in another file".into()),
        _ => return Err("a header without NIfTI's mark (Analyze?)".into()),
    }
    let (dims, code): ([i64; 8], i64) = if version == 1 {
        let dims = std::array::from_fn(|axis| fields.short(40 + 2 * axis));
        (dims, fields.short(70))
    } else {
        let dims = std::array::from_fn(|axis| fields.long(16 + 8 * axis));
        (dims, fields.short(12))
    };
    let (offset, slope, intercept) = if version == 1 {
        (fields.single(108), fields.single(112), fields.single(116))
    } else {
        (
            fields.long(168) as f64,
            fields.double(176),
            fields.double(184),
        )
    };
    let dtype = element(code, big_endian).ok_or_else(|| format!("data of type {code}"))?;
    let shape = shape(&dims, dtype.size)?;
    if offset.is_nan() || offset < length as f64 || offset > 1e15 {
        return Err(format!("volumes from byte {offset} on"));
    }
    let scaling = if slope == 0.0 || !slope.is_finite() || !intercept.is_finite() {
        (1.0, 0.0)
    } else {
        (slope, intercept)
    };
    Ok(Header {
        shape,
        dtype,
        scaling,
        offset: offset as u64,
    })
}

fn shape(dims: &[i64; 8], size: usize) -> Result<Vec<usize>, String> {
    let absurd = || format!("the dimensions {dims:?}");
    let n_axes = usize::try_from(dims[0])
        .ok()
        .filter(|n| (1..=7).contains(n));
    let axes = &dims[1..=n_axes.ok_or_else(absurd)?];
    let length = |&n: &i64| usize::try_from(n).ok().filter(|&n| n > 0);
    let shape: Option<Vec<usize>> = axes.iter().map(length).collect();
    let shape = shape.ok_or_else(absurd)?;
    let n_bytes = shape.iter().try_fold(size, |n, &axis| n.checked_mul(axis));
    n_bytes
        .filter(|&n| n < isize::MAX as usize)
        .ok_or_else(absurd)?;
    Ok(shape)
}

fn element(code: i64, big_endian: bool) -> Option<Dtype> {
    let (kind, size) = match code {
        2 => (Kind::Uint, 1),
        4 => (Kind::Int, 2),
        8 => (Kind::Int, 4),
        16 => (Kind::Float, 4),
        64 => (Kind::Float, 8),
        256 => (Kind::Int, 1),
        512 => (Kind::Uint, 2),
        768 => (Kind::Uint, 4),
        1024 => (Kind::Int, 8),
        1280 => (Kind::Uint, 8),
        _ => return None,
    };
    Some(Dtype {
        kind,
        size,
        big_endian: big_endian && size > 1,
    })
}

/// Numbers at fixed places of a header, whose length has been checked.
struct Fields<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Fields<'_> {
    fn word<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut word = [0; N];
        word.copy_from_slice(&self.bytes[at..at + N]);
        if self.big_endian {
            word.reverse();
        }
        word
    }

    fn short(&self, at: usize) -> i64 {
        i16::from_le_bytes(self.word(at)).into()
    }

    fn long(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.word(at))
    }

    fn single(&self, at: usize) -> f64 {
        f32::from_le_bytes(self.word(at)).into()
    }

    fn double(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.word(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutations::survive;
    use crate::tests::{expected, fixture};

    /// What nibabel's `get_fdata` holds at `[x, y, z, volume]`, where the array is `i` over its row-major index.
    fn x_fastest(shape: [usize; 4], scale: impl Fn(f32) -> f32) -> Vec<f32> {
        let [nx, ny, nz, n] = shape;
        let values = expected(nx * ny * nz * n, 1.0, false);
        let mut out = Vec::new();
        for v in 0..n {
            for z in 0..nz {
                for y in 0..ny {
                    out.extend((0..nx).map(|x| scale(values[((x * ny + y) * nz + z) * n + v])));
                }
            }
        }
        out
    }

    #[test]
    fn volumes_equal_what_nibabel_wrote() {
        for (name, slope, intercept) in [
            ("volumes.nii", 0.5, -3.0),
            ("volumes.nii.gz", 0.5, -3.0),
            ("volumes_big.nii", 1.0, 0.0),
        ] {
            let nifti = Nifti::open(&fixture(name)).unwrap();
            let shape = (nifti.volume_shape(), nifti.n_volumes());
            assert_eq!(shape, ([4, 3, 2], 5), "{name}");
            let all = nifti.volumes(0..5).unwrap();
            let whole = x_fastest([4, 3, 2, 5], |value| slope * value.trunc() + intercept);
            assert_eq!(all, whole, "{name}");
            assert_eq!(nifti.volumes(2..4).unwrap(), all[48..96], "{name}");
            let error = nifti.volumes(4..6).unwrap_err().to_string();
            assert!(
                error.contains(name) && error.contains("5 volumes"),
                "{error}"
            );
        }
        let second = Nifti::open(&fixture("volumes2.nii")).unwrap();
        assert_eq!(second.shape, [4, 3, 2]);
        let all = second.volumes(0..1).unwrap();
        assert_eq!(all, x_fastest([4, 3, 2, 1], |value| value));
    }

    #[test]
    fn other_files_are_refused_by_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bad.nii");
        let good = std::fs::read(fixture("volumes.nii")).unwrap();
        let with = |at: usize, bytes: &[u8]| {
            let mut copy = good.clone();
            copy[at..at + bytes.len()].copy_from_slice(bytes);
            copy
        };
        for (bytes, part) in [
            (vec![], "begin"),
            (good[..300].to_vec(), "ends in its header"),
            (good[..400].to_vec(), "400 bytes"),
            (with(344, b"ni1"), "another file"),
            (with(344, b"\0\0\0"), "Analyze"),
            (with(42, &[0, 0x80]), "dimensions"),
            (with(42, &[0xff, 0x7f, 0xff, 0x7f, 0xff, 0x7f]), "592 bytes"),
            (with(70, &[32, 0]), "type 32"),
            (with(108, &f32::NAN.to_le_bytes()), "NaN"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let error = Nifti::open(&path).unwrap_err().to_string();
            assert!(
                error.contains("bad.nii") && error.contains(part),
                "{part}: {error}"
            );
        }
    }

    #[test]
    fn damaged_files_are_refused_or_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.nii");
        for (seed, name) in ["volumes.nii", "volumes.nii.gz", "volumes2.nii"]
            .iter()
            .enumerate()
        {
            let bytes = std::fs::read(fixture(name)).unwrap();
            let outcome = survive(&bytes, seed as u64, |copy| {
                std::fs::write(&path, copy).unwrap();
                let nifti = Nifti::open(&path)?;
                nifti.volumes(0..nifti.n_volumes())
            });
            assert!(outcome.0 > 0 && outcome.1 > 0, "{outcome:?}");
        }
    }
}
