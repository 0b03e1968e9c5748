//! A file of named arrays, whatever container it is: MATLAB 5 or 7.3, or HDF5. Its content says which, not its name.

use std::io::Read;
use std::path::Path;

use lab_core::{Error, Result};

use super::array::{Array, Fastest, Number};
use super::hdf5::Hdf5File;
use super::mat5::MatFile;
use super::{file_error, regular};

/// First bytes of every HDF5 file, behind a user block if it has one.
const HDF5: &[u8; 8] = b"\x89HDF\r\n\x1a\n";
/// User blocks that are looked behind: MATLAB's is the smallest.
const USER_BLOCKS: [usize; 4] = [0, 512, 1024, 2048];

/// What a file's content says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// HDF5, MATLAB 7.3 among them.
    Hdf5,
    /// One array of NumPy's.
    Npy,
    /// An archive: NumPy's, PyTorch's or another.
    Zip,
    /// Something packed by gzip.
    Gzip,
    /// A volume.
    Nifti,
    /// A pickle of protocol 2 or later.
    Pickle,
    /// A picture.
    Png,
    /// A picture.
    Jpeg,
    /// A picture.
    Gif,
    /// A picture.
    Bmp,
    /// A picture.
    Tiff,
    /// A picture.
    WebP,
    /// A table of columns.
    Parquet,
    /// Tensors in the safetensors form: a header in JSON, then their bytes.
    Safetensors,
    /// A volume of `FreeSurfer`'s.
    Mgh,
    /// Text: a table, an experiment or anything else.
    Text,
    /// MATLAB 5, or nothing that is known.
    Other,
}

impl Kind {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hdf5 => "HDF5",
            Self::Npy => "NumPy array",
            Self::Zip => "archive (zip)",
            Self::Gzip => "something packed by gzip",
            Self::Nifti => "NIfTI",
            Self::Pickle => "Python pickle",
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::WebP => "WebP",
            Self::Parquet => "Parquet table",
            Self::Safetensors => "safetensors",
            Self::Mgh => "FreeSurfer volume (MGH)",
            Self::Text => "text",
            Self::Other => "MATLAB 5, or nothing that is known",
        }
    }
}

/// Bytes at the beginning of a file that are looked at.
const LOOKED_AT: u64 = 2056;

/// Looks at the first bytes of a file.
///
/// # Errors
/// Fails if the file cannot be read, or is no regular file.
pub fn sniff(path: &Path) -> Result<Kind> {
    let mut start = Vec::new();
    regular::open(path)?
        .take(LOOKED_AT)
        .read_to_end(&mut start)
        .map_err(Error::io("reading", path))?;
    Ok(kind_of(&start))
}

/// What a file is that begins with these bytes.
pub(super) fn kind_of(start: &[u8]) -> Kind {
    let is_hdf5 = |&at: &usize| start.get(at..at + 8) == Some(HDF5);
    match start {
        _ if USER_BLOCKS.iter().any(is_hdf5) => Kind::Hdf5,
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Kind::Npy,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Kind::Zip,
        [0x1f, 0x8b, ..] => Kind::Gzip,
        [0x89, b'P', b'N', b'G', ..] => Kind::Png,
        [0xff, 0xd8, 0xff, ..] => Kind::Jpeg,
        [b'G', b'I', b'F', b'8', ..] => Kind::Gif,
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Kind::Tiff,
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Kind::WebP,
        // The length of a bitmap's own header follows its size and place.
        [b'B', b'M', ..] if matches!(start.get(14..18), Some([12..=124, 0, 0, 0])) => Kind::Bmp,
        [b'P', b'A', b'R', b'1', ..] => Kind::Parquet,
        [_, _, _, _, _, 0, 0, 0, b'{', ..] => Kind::Safetensors,
        [0x80, 2..=5, ..] => Kind::Pickle,
        _ if matches!(start.get(344..348), Some(b"n+1\0" | b"ni1\0")) => Kind::Nifti,
        _ if matches!(start.get(4..8), Some(b"n+2\0" | b"ni2\0")) => Kind::Nifti,
        // Version 1, then lengths below 2^24, whose first byte is 0.
        [0, 0, 0, 1, 0, _, _, _, 0, ..] if start.len() >= 284 => Kind::Mgh,
        _ if is_text(start) => Kind::Text,
        _ => Kind::Other,
    }
}

/// Whether these bytes begin a text in UTF-8; MATLAB's header is text too, and has a mark.
fn is_text(start: &[u8]) -> bool {
    let valid = match std::str::from_utf8(start) {
        Ok(text) => text,
        // The last letter may be cut in two.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let has_mark =
        matches!(start.get(126..128), Some(b"IM" | b"MI")) && valid.starts_with("MATLAB");
    let is_letter = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    !valid.is_empty() && !has_mark && valid.chars().all(is_letter)
}

/// A file of named arrays.
pub enum Container {
    /// MATLAB 5.
    Mat5(MatFile),
    /// HDF5, MATLAB 7.3 among it.
    Hdf5(Hdf5File),
}

/// What is known of a variable without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Name of the variable.
    pub name: String,
    /// As the program that wrote it shows it.
    pub shape: Vec<usize>,
    /// What its values are.
    pub kind: String,
}

impl Container {
    /// Opens a file; what holds named arrays and cannot be read is an error that says so.
    ///
    /// # Errors
    /// Fails if the file is missing, or is none of the containers.
    pub fn open(path: &Path) -> Result<Self> {
        match sniff(path)? {
            Kind::Hdf5 => Ok(Self::Hdf5(Hdf5File::open(path)?)),
            Kind::Other | Kind::Text => Ok(Self::Mat5(MatFile::open(path)?)),
            kind => Err(file_error(
                path,
                "",
                "a MATLAB or HDF5 file",
                kind.name(),
                "name the right file",
            )),
        }
    }

    /// Every variable of the file but those that [`Self::unreadable`] names.
    ///
    /// # Errors
    /// Fails if the file is damaged.
    pub fn variables(&self) -> Result<Vec<Variable>> {
        match self {
            Self::Mat5(file) => Ok(file
                .heads()
                .map(|head| Variable {
                    name: head.name.clone(),
                    shape: head.shape.clone(),
                    kind: head.kind(),
                })
                .collect()),
            Self::Hdf5(file) => {
                let variable = |name: &str| {
                    let facts = file.facts(name).ok()?;
                    Some(Variable {
                        name: name.to_owned(),
                        shape: facts.shape.clone(),
                        kind: facts.kind.clone(),
                    })
                };
                Ok(file.names().into_iter().filter_map(variable).collect())
            }
        }
    }

    /// What the file holds and what cannot be read or is not looked at, one sentence each: it is no reason to refuse the rest.
    pub fn unreadable(&self) -> Vec<String> {
        match self {
            Self::Mat5(file) => file.unreadable().to_vec(),
            Self::Hdf5(file) => file.unreadable(),
        }
    }

    /// The shape of a variable, without reading it.
    ///
    /// # Errors
    /// Fails with the list of variables if there is none of that name.
    pub fn shape(&self, name: &str) -> Result<Vec<usize>> {
        self.any_of(&[name])?;
        let variables = self.variables()?;
        let found = variables.into_iter().find(|variable| variable.name == name);
        Ok(found.map(|variable| variable.shape).unwrap_or_default())
    }

    /// The first of these names that a variable has.
    ///
    /// # Errors
    /// Fails with the list of variables if there is none.
    pub fn any_of<'a>(&self, names: &[&'a str]) -> Result<&'a str> {
        match self {
            Self::Mat5(file) => file.any_of(names),
            Self::Hdf5(file) => file.any_of(names),
        }
    }

    /// Whether there is a variable of that name.
    pub fn has(&self, name: &str) -> bool {
        self.any_of(&[name]).is_ok()
    }

    /// A variable's numbers.
    ///
    /// # Errors
    /// Fails if there is none of that name, or it holds no numbers.
    pub fn array<T: Number>(&self, name: &str) -> Result<Array<T>> {
        match self {
            Self::Mat5(file) => file.array(name),
            Self::Hdf5(file) => file.array(name),
        }
    }

    /// Appends a variable's numbers as they lie in the file: its shape, and which axis runs fastest.
    ///
    /// # Errors
    /// As [`Self::array`].
    pub fn append<T: Number>(&self, name: &str, out: &mut Vec<T>) -> Result<(Vec<usize>, Fastest)> {
        Ok(match self {
            Self::Mat5(file) => (file.append(name, out)?, Fastest::First),
            Self::Hdf5(file) if file.is_matlab() => (file.append(name, out)?, Fastest::First),
            Self::Hdf5(file) => (file.append(name, out)?, Fastest::Last),
        })
    }

    /// A variable's text, one string a row or cell.
    ///
    /// # Errors
    /// Fails if there is none of that name, or it holds no text.
    pub fn strings(&self, path: &Path, name: &str) -> Result<Vec<String>> {
        match self {
            Self::Mat5(file) => {
                let value = file.value::<f64>(name)?;
                value.strings().ok_or_else(|| {
                    let remedy = "name another variable or file";
                    file_error(path, name, "text", value.what(), remedy)
                })
            }
            Self::Hdf5(file) => file.strings(name),
        }
    }
}
