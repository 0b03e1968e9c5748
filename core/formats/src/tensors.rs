//! Named tensors of a file of weights, whatever container it is. Its content says which, not its name.
//!
//! | container | names | order |
//! |---|---|---|
//! | safetensors | as they are | by name |
//! | PyTorch, new and old | the keys that lead to a tensor, with points between | that of the file |
//! | NumPy's npz, Chainer's among them | as they are | by name |
//! | HDF5, Chainer's among them | the path of a dataset | by name |
//! | NumPy's npy | the file's own name | |
//!
//! By name means as people count: `layer2` stands before `layer10`.
//! Numbers of any width are read as single precision.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_core::Result;
use safetensors::tensor::{Dtype as Stored, SafeTensors};

use crate::container::{Kind, sniff};
use crate::elements::{Dtype, Kind as Element};
use crate::hdf5::Hdf5File;
use crate::in_file::{Array, n_bytes};
use crate::mmap::Mapped;
use crate::npz::Npz;
use crate::torch::{Checkpoint, is_torch_archive};
use crate::{file_error, npy, torch};

/// A tensor, not read yet.
#[derive(Debug)]
pub struct Entry {
    /// Name of the tensor.
    pub name: String,
    /// Length of each axis.
    pub shape: Vec<usize>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Torch(torch::Tensor),
    Npz,
    Hdf5,
    Array(Array),
}

enum Source {
    Torch(Checkpoint),
    Npz(Npz),
    Hdf5(Hdf5File),
    Arrays,
}

/// A file of tensors, opened.
pub struct Tensors {
    path: PathBuf,
    source: Source,
    entries: Vec<Entry>,
}

impl Tensors {
    /// Opens a file and lists its tensors.
    ///
    /// # Errors
    /// Fails if the file is missing, damaged, or none of the containers.
    pub fn open(path: &Path) -> Result<Self> {
        let (source, mut entries) = match sniff(path)? {
            Kind::Hdf5 => of_hdf5(path)?,
            Kind::Npy => of_npy(path)?,
            Kind::Zip => {
                let file = Mapped::open(path)?;
                if is_torch_archive(file.bytes()) {
                    of_torch(file)?
                } else {
                    of_npz(file)?
                }
            }
            _ => {
                let file = Mapped::open(path)?;
                if torch::is_legacy(file.bytes()) {
                    of_torch(file)?
                } else {
                    of_safetensors(&file)?
                }
            }
        };
        if !matches!(source, Source::Torch(_)) {
            entries.sort_by(|a, b| natural(&a.name, &b.name));
        }
        Ok(Self {
            path: path.to_owned(),
            source,
            entries,
        })
    }

    /// The file that the tensors come from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its tensors, in the order that the table above tells.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether the order of its tensors is that in which they were saved.
    pub fn is_ordered(&self) -> bool {
        matches!(self.source, Source::Torch(_))
    }

    /// The tensor of this name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// Whether there is a tensor of each of these names.
    pub fn has_all<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> bool {
        names.into_iter().all(|name| self.entry(name).is_some())
    }

    /// The numbers of one of its tensors, the last axis fastest.
    ///
    /// # Errors
    /// Fails if they are damaged, or one of them is not finite.
    pub fn values(&self, entry: &Entry) -> Result<Vec<f32>> {
        let name = &entry.name;
        let values = match (&entry.place, &self.source) {
            (Place::Torch(tensor), Source::Torch(checkpoint)) => checkpoint.values(tensor),
            (Place::Npz, Source::Npz(npz)) => npz.array(name)?.f32().1,
            (Place::Hdf5, Source::Hdf5(file)) => file.array::<f32>(name)?.row_major().1,
            (Place::Array(array), _) => array.f32().1,
            _ => Vec::new(),
        };
        let expected = entry.shape.iter().product::<usize>();
        if values.len() != expected {
            let got = values.len().to_string();
            let remedy = "copy the file again";
            return Err(file_error(
                &self.path,
                name,
                format!("{expected} numbers"),
                got,
                remedy,
            ));
        }
        match values.iter().find(|value| !value.is_finite()) {
            None => Ok(values),
            Some(value) => Err(file_error(
                &self.path,
                name,
                "finite numbers in single precision",
                value.to_string(),
                "use weights of a training that did not diverge",
            )),
        }
    }
}

type Opened = Result<(Source, Vec<Entry>)>;

fn of_torch(file: Arc<Mapped>) -> Opened {
    let checkpoint = Checkpoint::of(file)?;
    let entry = |tensor: &torch::Tensor| Entry {
        name: tensor.name.clone(),
        shape: tensor.shape.clone(),
        place: Place::Torch(tensor.clone()),
    };
    let entries = checkpoint.tensors().iter().map(entry).collect();
    Ok((Source::Torch(checkpoint), entries))
}

/// Members that hold no numbers, such as the `None`s of a Chainer snapshot, are left aside.
fn of_npz(file: Arc<Mapped>) -> Opened {
    let npz = Npz::of(file)?;
    let numeric = npz.members().iter().filter_map(|member| {
        let header = member.header.as_ref().ok()?;
        Some(Entry {
            name: member.name.clone(),
            shape: header.shape.clone(),
            place: Place::Npz,
        })
    });
    let entries = numeric.collect();
    Ok((Source::Npz(npz), entries))
}

/// Datasets that hold no numbers are left aside.
fn of_hdf5(path: &Path) -> Opened {
    let file = Hdf5File::open(path)?;
    let names: Vec<String> = file.names().into_iter().map(str::to_owned).collect();
    let mut entries = Vec::new();
    for name in names {
        let facts = file.facts(&name)?;
        let numeric = ["float", "int", "uint", "double", "single"];
        if numeric.iter().any(|kind| facts.kind.starts_with(kind)) {
            entries.push(Entry {
                shape: facts.shape.clone(),
                name,
                place: Place::Hdf5,
            });
        }
    }
    Ok((Source::Hdf5(file), entries))
}

fn of_npy(path: &Path) -> Opened {
    let array = npy::open(path)?;
    let name = path.file_stem().unwrap_or_default();
    let entry = Entry {
        name: name.to_string_lossy().into_owned(),
        shape: array.shape.clone(),
        place: Place::Array(array),
    };
    Ok((Source::Arrays, vec![entry]))
}

fn of_safetensors(file: &Arc<Mapped>) -> Opened {
    let path = file.path();
    let (expected, remedy) = (
        "weights as safetensors, a PyTorch file, .npz, .npy or HDF5",
        "save them in one of these forms",
    );
    let n_bytes_of_file = file.bytes().len();
    let looks = file.bytes().get(8) == Some(&b'{');
    if !looks {
        let got = format!("{n_bytes_of_file} bytes that are none of them");
        return Err(file_error(path, "", expected, got, remedy));
    }
    let (n_header, metadata) = SafeTensors::read_metadata(file.bytes())
        .map_err(|error| file_error(path, "", expected, error.to_string(), remedy))?;
    let mut entries = Vec::new();
    for name in metadata.offset_keys() {
        let Some(info) = metadata.info(&name) else {
            continue;
        };
        let fail = |got: String| file_error(path, &name, "numbers of up to 64 bits", got, remedy);
        let dtype = element(info.dtype).ok_or_else(|| fail(format!("{:?}", info.dtype)))?;
        let (start, end) = info.data_offsets;
        let bytes = 8 + n_header + start..8 + n_header + end;
        if n_bytes(&info.shape, dtype) != Some(bytes.len()) || bytes.end > n_bytes_of_file {
            return Err(fail(format!(
                "{} bytes for {:?} of {dtype}",
                bytes.len(),
                info.shape
            )));
        }
        let array = Array {
            file: file.clone(),
            bytes,
            shape: info.shape.clone(),
            dtype,
            fortran: false,
            variable: name.clone(),
        };
        entries.push(Entry {
            shape: info.shape.clone(),
            name,
            place: Place::Array(array),
        });
    }
    Ok((Source::Arrays, entries))
}

fn element(stored: Stored) -> Option<Dtype> {
    let (kind, size) = match stored {
        Stored::F64 => (Element::Float, 8),
        Stored::F32 => (Element::Float, 4),
        Stored::F16 => (Element::Float, 2),
        Stored::BF16 => (Element::Brain, 2),
        Stored::I64 => (Element::Int, 8),
        Stored::I32 => (Element::Int, 4),
        Stored::I16 => (Element::Int, 2),
        Stored::I8 => (Element::Int, 1),
        Stored::U64 => (Element::Uint, 8),
        Stored::U32 => (Element::Uint, 4),
        Stored::U16 => (Element::Uint, 2),
        Stored::U8 => (Element::Uint, 1),
        Stored::BOOL => (Element::Bool, 1),
        _ => return None,
    };
    Some(Dtype {
        kind,
        size,
        big_endian: false,
    })
}

/// The order in which people count: runs of digits compare as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let n_digits = |text: &[u8]| text.iter().take_while(|c| c.is_ascii_digit()).count();
        let (n, m) = (n_digits(a), n_digits(b));
        let order = if n > 0 && m > 0 {
            let plain =
                |digits: &[u8]| digits.iter().skip_while(|c| **c == b'0').copied().collect();
            let (x, y): (Vec<u8>, Vec<u8>) = (plain(&a[..n]), plain(&b[..m]));
            (a, b) = (&a[n..], &b[m..]);
            x.len().cmp(&y.len()).then(x.cmp(&y)).then(n.cmp(&m))
        } else {
            match (a.split_first(), b.split_first()) {
                (None, None) => return Ordering::Equal,
                (Some((x, left)), Some((y, right))) => {
                    (a, b) = (left, right);
                    x.cmp(y)
                }
                (x, y) => return x.is_some().cmp(&y.is_some()),
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn names_are_sorted_as_people_count() {
        let mut names = [
            "link_10/W",
            "link_2/b",
            "link_2/W",
            "link_0/W",
            "link_02/W",
            "a",
        ];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            [
                "a",
                "link_0/W",
                "link_2/W",
                "link_2/b",
                "link_02/W",
                "link_10/W"
            ]
        );
    }
}
