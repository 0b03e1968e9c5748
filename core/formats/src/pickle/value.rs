//! What a pickle can hold here: plain values and arrays of numbers.

use std::ops::Range;

use super::text::Form;
use crate::elements::Dtype;

/// The place of a value among the values of a pickle.
///
/// Lists and dictionaries hold places, not values, so that one that holds itself is as finite as any other.
pub type Id = u32;

/// One value of a pickle.
#[derive(Debug, Clone)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number of up to 64 bits.
    Int(i64),
    /// A number.
    Float(f64),
    /// Text, left in the file.
    Text(Stretch),
    /// Bytes, left in the file.
    Bytes(Stretch),
    /// A list.
    List(Vec<Id>),
    /// A tuple.
    Tuple(Vec<Id>),
    /// A dictionary, in the order of the file.
    Dict(Vec<(Id, Id)>),
    /// A NumPy array.
    Array(Box<Numbers>),
    /// The type of an array's elements; `None` if they are no real numbers.
    Dtype(Option<Dtype>),
    /// A storage of PyTorch's, whose numbers lie outside the pickle.
    Storage(Box<Storage>),
    /// A tensor of PyTorch's.
    Tensor(Box<View>),
    /// A name that stands for one of the few things that are understood.
    Global(Global),
}

/// Bytes of the file, and how to read them.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// The bytes of the stretch in the file.
    pub range: Range<usize>,
    /// How they are written.
    pub form: Form,
}

/// A NumPy array as its parts.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// Type of the elements; `None` if they are no real numbers.
    pub dtype: Option<Dtype>,
    /// Whether the first index runs fastest.
    pub fortran: bool,
    /// The bytes; `None` before they are known.
    pub data: Option<Id>,
}

/// Which names and values beside NumPy's are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// No names but NumPy's.
    Plain,
    /// PyTorch's tensors.
    Torch,
}

/// Numbers of PyTorch's that lie outside the pickle.
#[derive(Debug, Clone)]
pub struct Storage {
    /// Under which key they lie there.
    pub key: Stretch,
    /// Type of the numbers.
    pub dtype: Dtype,
    /// Number of elements.
    pub n: usize,
}

/// A tensor as a view of a storage.
#[derive(Debug, Clone)]
pub struct View {
    /// Where its numbers are.
    pub storage: Storage,
    /// Which of them is the first.
    pub offset: usize,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// Numbers from one entry of each axis to the next.
    pub strides: Vec<usize>,
}

impl Value {
    /// How much of another value a call may have copied into this one.
    pub(super) fn n_parts(&self) -> usize {
        match self {
            Self::Array(numbers) => numbers.shape.len(),
            Self::Tensor(view) => 2 * view.shape.len(),
            Self::Tuple(items) => items.len(),
            Self::Dict(entries) => entries.len(),
            _ => 0,
        }
    }
}

/// Everything that a pickle may name. Each is a word for data, and none is ever called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Global {
    /// `_reconstruct`: an array whose parts follow.
    Reconstruct,
    /// `ndarray`.
    Ndarray,
    /// `dtype`.
    Dtype,
    /// `scalar`: one number with a type.
    Scalar,
    /// `_frombuffer`: an array from bytes, as protocol 5 writes it.
    FromBuffer,
    /// `_codecs.encode`: bytes written as text, as protocols below 3 write them.
    Encode,
    /// `bytes` or `bytearray`.
    Bytes,
    /// `OrderedDict`, in PyTorch's files only, as are those that follow.
    Ordered,
    /// `Size`: a tuple.
    Size,
    /// `_rebuild_tensor` or `_rebuild_tensor_v2`: a tensor.
    Tensor,
    /// `_rebuild_parameter`: a tensor that was trained.
    Parameter,
    /// The type of a storage's numbers.
    Storage(Dtype),
}
