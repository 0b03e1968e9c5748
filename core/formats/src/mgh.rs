//! Volumes of `FreeSurfer`: `.mgh`, and `.mgz`, which is the same packed by gzip.
//!
//! ```text
//! file = version[4] x[4] y[4] z[4] frames[4] type[4] … 284 bytes, then the values, x fastest; all numbers big-endian
//! ```
//! Source: `FreeSurfer`, *`MghFormat`*, version 1.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use lab_core::{Error, Result};

use crate::elements::{Dtype, Kind};
use crate::{file_error, limits, regular};

/// Bytes before the values.
const HEADER: usize = 284;

/// A file of volumes, not read yet.
#[derive(Debug)]
pub struct Mgh {
    path: PathBuf,
    packed: bool,
    /// Length of each axis, x first; the fourth counts frames.
    pub shape: Vec<usize>,
    /// How values are stored.
    pub dtype: Dtype,
    n_stored: u64,
}

impl Mgh {
    /// Reads the header.
    ///
    /// # Errors
    /// Fails if the file is missing, no volume of `FreeSurfer`'s, or shorter than it claims.
    pub fn open(path: &Path) -> Result<Self> {
        let n_stored = regular::facts(path)?.len();
        let mut first = [0; 2];
        // A file of one byte is no volume, which its header tells.
        let n = regular::open(path)?
            .read(&mut first)
            .map_err(Error::io("reading", path))?;
        let packed = n == 2 && first == [0x1f, 0x8b];
        let mut header = Vec::new();
        let read = bytes(path, packed)?
            .take(HEADER as u64)
            .read_to_end(&mut header);
        let fail = |got: String| {
            let remedy = "copy it again, or convert it with mri_convert";
            file_error(path, "", "a volume of FreeSurfer's (MGH)", got, remedy)
        };
        read.map_err(|error| fail(error.to_string()))?;
        let (shape, dtype) = parse(&header).map_err(fail)?;
        let needed = shape.iter().product::<usize>() as u64 * dtype.size as u64 + HEADER as u64;
        if !packed && needed > n_stored {
            return Err(fail(format!("{n_stored} bytes for {shape:?} of {dtype}")));
        }
        Ok(Self {
            path: path.to_owned(),
            packed,
            shape,
            dtype,
            n_stored,
        })
    }

    /// The first frame: `[z, y, x]`, row-major, so that x runs fastest.
    ///
    /// # Errors
    /// Fails if the file is cut, or claims more than the limit.
    pub fn first_frame(&self) -> Result<Vec<f32>> {
        let n: usize = self.shape.iter().take(3).product();
        let wanted = n * self.dtype.size;
        let width = self.dtype.size + size_of::<f32>();
        limits::check(&self.path, "", n as u64, width, self.n_stored)?;
        let fail = |got: String| {
            let expected = format!("{wanted} bytes of the first frame");
            file_error(&self.path, "", expected, got, "copy the file again")
        };
        let mut reader = bytes(&self.path, self.packed)?;
        let mut values = Vec::new();
        std::io::copy(
            &mut reader.by_ref().take(HEADER as u64),
            &mut std::io::sink(),
        )
        .and_then(|_| reader.take(wanted as u64).read_to_end(&mut values))
        .map_err(|error| fail(error.to_string()))?;
        if values.len() != wanted {
            return Err(fail(format!("{} bytes", values.len())));
        }
        Ok(self.dtype.f32s(&values))
    }
}

fn bytes(path: &Path, packed: bool) -> Result<Box<dyn Read>> {
    let file = std::io::BufReader::new(regular::open(path)?);
    Ok(if packed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    })
}

/// Shape and type of a header.
fn parse(header: &[u8]) -> Result<(Vec<usize>, Dtype), String> {
    let word = |at: usize| -> Option<i32> {
        let word = header.get(4 * at..4 * at + 4)?;
        word.first_chunk().copied().map(i32::from_be_bytes)
    };
    if header.len() < HEADER || word(0) != Some(1) {
        return Err("a file that does not begin like one".into());
    }
    let axes: Vec<i32> = (1..=4).filter_map(word).collect();
    let length = |&n: &i32| usize::try_from(n).ok().filter(|&n| n > 0);
    let shape: Option<Vec<usize>> = axes.iter().map(length).collect();
    let fits = |shape: &Vec<usize>| {
        let n = shape
            .iter()
            .try_fold(8usize, |n, &side| n.checked_mul(side));
        n.is_some_and(|n| n < isize::MAX as usize)
    };
    let shape = shape
        .filter(fits)
        .ok_or_else(|| format!("the dimensions {axes:?}"))?;
    let (kind, size) = match word(5) {
        Some(0) => (Kind::Uint, 1),
        Some(1) => (Kind::Int, 4),
        Some(3) => (Kind::Float, 4),
        Some(4) => (Kind::Int, 2),
        Some(10) => (Kind::Uint, 2),
        other => return Err(format!("values of type {other:?}")),
    };
    let dtype = Dtype {
        kind,
        size,
        big_endian: size > 1,
    };
    Ok((shape, dtype))
}
