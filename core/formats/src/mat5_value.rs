//! What a variable of a MATLAB 5 file is: its head and its value.

use super::array::Array;

/// What was expected and what was found instead.
pub type Mismatch = (String, String);

/// What stands before the values of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Name of the variable.
    pub name: String,
    /// Length of each axis, as MATLAB shows it.
    pub shape: Vec<usize>,
    pub(super) class: u8,
    pub(super) is_complex: bool,
    pub(super) is_logical: bool,
    /// The class of an object that only MATLAB knows, such as `string` or `table`.
    pub(super) object: String,
}

/// Classes in the flags of a variable.
const SPARSE: u8 = 5;
pub(super) const OPAQUE: u8 = 17;

impl Head {
    /// MATLAB's name of the class.
    pub fn class(&self) -> &'static str {
        match self.class {
            SPARSE => "sparse",
            16 => "function",
            OPAQUE => "object",
            _ if self.is_complex => "complex",
            _ if self.is_logical => "logical",
            1 => "cell",
            2 => "struct",
            3 => "object",
            4 => "char",
            6 => "double",
            7 => "single",
            8 => "int8",
            9 => "uint8",
            10 => "int16",
            11 => "uint16",
            12 => "int32",
            13 => "uint32",
            14 => "int64",
            15 => "uint64",
            _ => "unknown",
        }
    }

    /// The class, and what it holds where that says more.
    pub fn kind(&self) -> String {
        match self.class {
            SPARSE if self.is_logical => "sparse logical".into(),
            SPARSE if self.is_complex => "sparse complex".into(),
            OPAQUE if !self.object.is_empty() => format!("object of class {}", self.object),
            _ => self.class().to_owned(),
        }
    }

    pub(super) fn n_values(&self) -> Result<usize, Mismatch> {
        let n = self
            .shape
            .iter()
            .try_fold(1usize, |n, &dim| n.checked_mul(dim));
        n.ok_or_else(|| {
            (
                "dimensions that fit into memory".into(),
                format!("{:?}", self.shape),
            )
        })
    }
}

/// The value of a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<T> {
    /// Real numbers of any class.
    Numbers(Array<T>),
    /// Text, one string a row.
    Text(Vec<String>),
    /// Cells, first axis fastest.
    Cells(Vec<Value<T>>),
    /// Fields of a structure.
    Structure(Vec<(String, Value<T>)>),
    /// Objects, sparse, complex and structure arrays, which are not read.
    Other,
}

impl<T> Value<T> {
    /// What it is, for errors.
    pub fn what(&self) -> &'static str {
        match self {
            Self::Numbers(_) => "numbers",
            Self::Text(_) => "text",
            Self::Cells(_) => "cells",
            Self::Structure(_) => "a structure",
            Self::Other => "an object, or a sparse or complex array",
        }
    }

    /// The field of a structure.
    pub fn field(&self, name: &str) -> Option<&Self> {
        let Self::Structure(fields) = self else {
            return None;
        };
        fields
            .iter()
            .find_map(|(field, value)| (field == name).then_some(value))
    }

    /// Text or cells of text, one string each; cells that hold none are empty.
    pub fn strings(&self) -> Option<Vec<String>> {
        match self {
            Self::Text(rows) => Some(rows.clone()),
            Self::Cells(cells) => {
                let text = |cell: &Self| match cell {
                    Self::Text(rows) => rows.concat(),
                    _ => String::new(),
                };
                Some(cells.iter().map(text).collect())
            }
            _ => None,
        }
    }
}
