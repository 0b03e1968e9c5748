//! Numeric types of HDF5 files.

use rust_hdf5::{DatatypeMessage, H5Dataset, H5Type, Hdf5Error};

use crate::array::Number;

/// A numeric type of a file.
#[derive(Clone, Copy)]
pub(super) enum Stored {
    F32,
    F64,
    Signed(u32),
    Unsigned(u32),
}

impl Stored {
    /// The type, if it is one of these.
    pub(super) fn of(datatype: &DatatypeMessage) -> Option<Self> {
        match *datatype {
            DatatypeMessage::FloatingPoint { size: 4, .. } => Some(Self::F32),
            DatatypeMessage::FloatingPoint { size: 8, .. } => Some(Self::F64),
            DatatypeMessage::FixedPoint {
                size: size @ (1 | 2 | 4 | 8),
                signed,
                ..
            } => Some(if signed {
                Self::Signed(size)
            } else {
                Self::Unsigned(size)
            }),
            _ => None,
        }
    }

    /// Appends a block of a dataset.
    pub(super) fn read<T: Number>(
        self,
        dataset: &H5Dataset,
        starts: &[usize],
        counts: &[usize],
        out: &mut Vec<T>,
    ) -> Result<(), Hdf5Error> {
        fn slice<S: H5Type>(
            dataset: &H5Dataset,
            starts: &[usize],
            counts: &[usize],
        ) -> Result<Vec<S>, Hdf5Error> {
            if starts.is_empty() {
                return dataset.read_raw::<S>();
            }
            dataset.read_slice::<S>(starts, counts)
        }
        macro_rules! convert {
            ($stored:ty) => {
                out.extend(
                    slice::<$stored>(dataset, starts, counts)?
                        .into_iter()
                        .map(|value| T::of(value as f64)),
                )
            };
        }
        match self {
            Self::F32 => convert!(f32),
            Self::F64 => convert!(f64),
            Self::Signed(1) => convert!(i8),
            Self::Signed(2) => convert!(i16),
            Self::Signed(4) => convert!(i32),
            Self::Signed(_) => convert!(i64),
            Self::Unsigned(1) => convert!(u8),
            Self::Unsigned(2) => convert!(u16),
            Self::Unsigned(4) => convert!(u32),
            Self::Unsigned(_) => convert!(u64),
        }
        Ok(())
    }
}

/// What values of a type are called.
pub(super) fn kind_name(datatype: &DatatypeMessage) -> String {
    match datatype {
        DatatypeMessage::FloatingPoint { size, .. } => format!("float{}", 8 * size),
        DatatypeMessage::FixedPoint { size, signed, .. } => {
            format!("{}int{}", if *signed { "" } else { "u" }, 8 * size)
        }
        DatatypeMessage::FixedString { size, .. } => format!("text of {size} bytes"),
        DatatypeMessage::VarLenString { .. } => "text".into(),
        DatatypeMessage::Reference { .. } => "references".into(),
        _ => "another type".into(),
    }
}
