//! The names that a pickle may use, as words for data.

use super::value::{Dialect, Global};
use crate::elements::{Dtype, Kind};

impl Global {
    /// The meaning of a name; `None` for every name that is not data.
    pub(super) fn of(module: &[u8], name: &[u8], dialect: Dialect) -> Option<Self> {
        match (module, name) {
            _ if dialect == Dialect::Torch && torch(module, name).is_some() => torch(module, name),
            (b"numpy.core.multiarray" | b"numpy._core.multiarray", b"_reconstruct") => {
                Some(Self::Reconstruct)
            }
            (b"numpy.core.multiarray" | b"numpy._core.multiarray", b"scalar") => Some(Self::Scalar),
            (b"numpy.core.numeric" | b"numpy._core.numeric", b"_frombuffer") => {
                Some(Self::FromBuffer)
            }
            (b"numpy", b"ndarray") => Some(Self::Ndarray),
            (b"numpy", b"dtype") => Some(Self::Dtype),
            (b"_codecs", b"encode") => Some(Self::Encode),
            (b"__builtin__" | b"builtins", b"bytes" | b"bytearray") => Some(Self::Bytes),
            _ => None,
        }
    }
}

/// The meaning of a name in PyTorch's files; `None` for every name that is not data.
fn torch(module: &[u8], name: &[u8]) -> Option<Global> {
    match (module, name) {
        (b"collections", b"OrderedDict") => Some(Global::Ordered),
        (b"torch", b"Size") => Some(Global::Size),
        (b"torch._utils", b"_rebuild_tensor" | b"_rebuild_tensor_v2") => Some(Global::Tensor),
        (b"torch._utils", b"_rebuild_parameter") => Some(Global::Parameter),
        (b"torch", name) => storage_type(name).map(Global::Storage),
        _ => None,
    }
}

fn storage_type(name: &[u8]) -> Option<Dtype> {
    let (kind, size) = match name {
        b"DoubleStorage" => (Kind::Float, 8),
        b"FloatStorage" => (Kind::Float, 4),
        b"HalfStorage" => (Kind::Float, 2),
        b"BFloat16Storage" => (Kind::Brain, 2),
        b"LongStorage" => (Kind::Int, 8),
        b"IntStorage" => (Kind::Int, 4),
        b"ShortStorage" => (Kind::Int, 2),
        b"CharStorage" => (Kind::Int, 1),
        b"ByteStorage" => (Kind::Uint, 1),
        b"BoolStorage" => (Kind::Bool, 1),
        _ => return None,
    };
    Some(Dtype {
        kind,
        size,
        big_endian: false,
    })
}
