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
//! Numbers of any width are read as single precision. Weights that PyTorch saved with a spectral or weight norm beside them
//! are put together as it does before it uses them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_core::Result;
use safetensors::tensor::SafeTensors;

use crate::container::{Kind, sniff};
use crate::elements::Dtype;
use crate::hdf5::Hdf5File;
use crate::in_file::{Array, n_bytes};
use crate::mmap::Mapped;
use crate::natural::natural;
use crate::npz::Npz;
use crate::tensor_norms::{self, Norm};
use crate::torch::{Checkpoint, is_torch_archive};
use crate::{file_error, npy, torch};

/// Longest header of safetensors: a hundred bytes for each of 160 000 tensors.
const MAX_HEADER: u64 = 1 << 24;

/// A tensor, not read yet.
#[derive(Debug)]
pub struct Entry {
    /// Name of the tensor.
    pub name: String,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// What its numbers are, such as `float32`.
    pub kind: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Torch(torch::Tensor),
    Npz,
    Hdf5,
    Array(Array),
    /// A weight whose norm was saved beside it: its parts, in the order of [`Norm::parts`], and the usual axis of outputs.
    Folded(Norm, Vec<Entry>, Option<usize>),
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
            entries: folded(entries),
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

    /// Names of weights that were saved in parts, with a spectral or weight norm beside them, and are put together here.
    pub fn folded(&self) -> impl Iterator<Item = &str> {
        let folded = |entry: &&Entry| matches!(entry.place, Place::Folded(..));
        self.entries
            .iter()
            .filter(folded)
            .map(|entry| entry.name.as_str())
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

    /// What kind of file it is.
    pub fn container(&self) -> &'static str {
        match self.source {
            Source::Torch(_) => "PyTorch file",
            Source::Npz(_) => "NumPy archive",
            Source::Hdf5(_) => "HDF5",
            Source::Arrays => "safetensors",
        }
    }

    /// The numbers of one of its tensors, the last axis fastest.
    ///
    /// # Errors
    /// Fails if they are damaged, or one of them is not finite.
    pub fn values(&self, entry: &Entry) -> Result<Vec<f32>> {
        let values = self.numbers(entry)?;
        match values.iter().find(|value| !value.is_finite()) {
            None => Ok(values),
            Some(value) => {
                let expected = "finite numbers in single precision";
                let remedy = "use weights of a training that did not diverge";
                let got = value.to_string();
                Err(file_error(&self.path, &entry.name, expected, got, remedy))
            }
        }
    }

    /// The numbers of one of its tensors, finite or not, the last axis fastest.
    ///
    /// # Errors
    /// Fails if they are damaged.
    pub fn numbers(&self, entry: &Entry) -> Result<Vec<f32>> {
        let name = &entry.name;
        let fail = |expected: String, got: String, remedy: &str| {
            Err(file_error(&self.path, name, expected, got, remedy))
        };
        let values = match (&entry.place, &self.source) {
            (Place::Torch(tensor), Source::Torch(checkpoint)) => checkpoint.values(tensor),
            (Place::Npz, Source::Npz(npz)) => npz.array(name)?.f32().1,
            (Place::Hdf5, Source::Hdf5(file)) => file.array::<f32>(name)?.row_major().1,
            (Place::Array(array), _) => array.f32().1,
            (Place::Folded(norm, parts, usual), _) => match self.unfolded(*norm, parts, *usual)? {
                Ok(values) => values,
                Err(got) => {
                    let remedy = "remove the norm in PyTorch before the weights are saved";
                    return fail("a weight and its norm".into(), got, remedy);
                }
            },
            _ => Vec::new(),
        };
        let expected = entry.shape.iter().product::<usize>();
        if values.len() != expected {
            let got = values.len().to_string();
            return fail(format!("{expected} numbers"), got, "copy the file again");
        }
        Ok(values)
    }

    /// A weight from its parts; what was found if they do not fit.
    fn unfolded(
        &self,
        norm: Norm,
        parts: &[Entry],
        usual: Option<usize>,
    ) -> Result<Result<Vec<f32>, String>> {
        let numbers: Vec<Vec<f32>> = parts
            .iter()
            .map(|part| self.values(part))
            .collect::<Result<_>>()?;
        let shape = |at: usize| parts.get(at).map_or(&[][..], |part| &part.shape);
        Ok(match (norm, &numbers[..]) {
            (Norm::Spectral { .. }, [orig, u, v @ ..]) => {
                let v = v.first().map(Vec::as_slice);
                tensor_norms::spectral(orig, shape(0), u, v, usual)
            }
            (Norm::Weight { .. }, [g, v]) => tensor_norms::weight((g, shape(0)), (v, shape(1))),
            _ => Err(format!("{} parts", parts.len())),
        })
    }
}

/// The tensors with every weight whose norm was saved beside it put together, in the place of its main part.
fn folded(entries: Vec<Entry>) -> Vec<Entry> {
    let folds = tensor_norms::folds(entries.iter().map(|entry| entry.name.as_str()));
    let certain: Vec<usize> = folds
        .iter()
        .filter_map(|fold| match fold.norm {
            Norm::Spectral { orig, u, .. } => {
                let n_u = entries[u].shape.iter().product();
                tensor_norms::certain_axis(&entries[orig].shape, n_u)
            }
            Norm::Weight { .. } => None,
        })
        .collect();
    let usual = certain.first().copied();
    let usual = usual.filter(|axis| certain.iter().all(|other| other == axis));
    let mut entries: Vec<Option<Entry>> = entries.into_iter().map(Some).collect();
    for fold in folds {
        let main = fold.norm.main();
        let places = fold.norm.parts();
        let parts: Vec<Entry> = places.iter().filter_map(|&at| entries[at].take()).collect();
        let shape = places.iter().position(|&at| at == main);
        let shape = shape
            .and_then(|at| parts.get(at))
            .map(|part| part.shape.clone());
        let norm = match fold.norm {
            Norm::Spectral { .. } => "spectral norm",
            Norm::Weight { .. } => "weight norm",
        };
        entries[main] = Some(Entry {
            name: fold.name,
            kind: format!("float32, {norm}"),
            shape: shape.unwrap_or_default(),
            place: Place::Folded(fold.norm, parts, usual),
        });
    }
    entries.into_iter().flatten().collect()
}

type Opened = Result<(Source, Vec<Entry>)>;

fn of_torch(file: Arc<Mapped>) -> Opened {
    let checkpoint = Checkpoint::of(file)?;
    let entry = |tensor: &torch::Tensor| Entry {
        name: tensor.name.clone(),
        shape: tensor.shape.clone(),
        kind: tensor.dtype.to_string(),
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
            kind: header.dtype.to_string(),
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
                kind: facts.kind.clone(),
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
        kind: array.dtype.to_string(),
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
    let claimed = file.bytes().first_chunk().copied().map(u64::from_le_bytes);
    if let Some(n) = claimed.filter(|&n| n > MAX_HEADER) {
        let got = format!("a header of {n} bytes");
        return Err(file_error(
            path,
            "",
            "a header of safetensors",
            got,
            "copy the file again",
        ));
    }
    let (n_header, metadata) = SafeTensors::read_metadata(file.bytes())
        .map_err(|error| file_error(path, "", expected, error.to_string(), remedy))?;
    let mut entries = Vec::new();
    for name in metadata.offset_keys() {
        let Some(info) = metadata.info(&name) else {
            continue;
        };
        let fail = |got: String| file_error(path, &name, "numbers of up to 64 bits", got, remedy);
        let dtype =
            Dtype::of_safetensors(info.dtype).ok_or_else(|| fail(format!("{:?}", info.dtype)))?;
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
            kind: dtype.to_string(),
            name,
            place: Place::Array(array),
        });
    }
    Ok((Source::Arrays, entries))
}
