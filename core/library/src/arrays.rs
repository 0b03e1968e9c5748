//! Arrays that cross the interface: host memory with a shape, to and from tensors.

use std::ffi::c_void;

use candle_core::{DType, Device, Tensor};

use super::abi;
use lab_core::{Error, Result};

/// Types of elements, as the interface numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    F32,
    U8,
    I64,
    F64,
}

impl Element {
    pub(super) fn from_number(number: u16) -> Option<Self> {
        [Self::F32, Self::U8, Self::I64, Self::F64]
            .into_iter()
            .find(|element| element.number() == number)
    }

    pub(super) const fn number(self) -> u16 {
        match self {
            Self::F32 => 0,
            Self::U8 => 1,
            Self::I64 => 2,
            Self::F64 => 3,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::U8 => "u8",
            Self::I64 => "i64",
            Self::F64 => "f64",
        }
    }
}

/// Numbers of one type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    F32(Vec<f32>),
    U8(Vec<u8>),
    I64(Vec<i64>),
    F64(Vec<f64>),
}

/// Numbers and their shape, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Array {
    pub(super) shape: Vec<u64>,
    pub(super) values: Values,
}

impl Array {
    pub(super) fn f32(shape: &[usize], values: Vec<f32>) -> Self {
        Self {
            shape: sizes(shape),
            values: Values::F32(values),
        }
    }

    pub(super) fn f64(shape: &[usize], values: Vec<f64>) -> Self {
        Self {
            shape: sizes(shape),
            values: Values::F64(values),
        }
    }

    pub(super) fn bytes(bytes: &[u8]) -> Self {
        Self {
            shape: vec![bytes.len() as u64],
            values: Values::U8(bytes.to_vec()),
        }
    }

    pub(super) fn integers(shape: &[usize], values: Vec<i64>) -> Self {
        Self {
            shape: sizes(shape),
            values: Values::I64(values),
        }
    }

    /// Indices as an array of integers.
    pub(super) fn indices(indices: &[usize]) -> Self {
        Self::integers(
            &[indices.len()],
            indices.iter().map(|&idx| idx as i64).collect(),
        )
    }

    /// The numbers of a tensor of any type and device, as f32.
    pub(super) fn of_tensor(tensor: &Tensor) -> Result<Self> {
        let host = on_cpu(tensor)?;
        Ok(Self::f32(tensor.dims(), host.flatten_all()?.to_vec1()?))
    }

    /// The numbers of a tensor of any type and device, as f64.
    pub(super) fn of_tensor_f64(tensor: &Tensor) -> Result<Self> {
        let host = tensor.detach().to_device(&Device::Cpu)?;
        let host = host.to_dtype(DType::F64)?.flatten_all()?;
        Ok(Self::f64(tensor.dims(), host.to_vec1()?))
    }

    /// Zeros; `None` if there is no room for them.
    pub(super) fn zeros(element: Element, shape: &[u64]) -> Option<Self> {
        let n = shape
            .iter()
            .try_fold(1_u64, |n, &size| n.checked_mul(size))?;
        let n = usize::try_from(n).ok()?;
        let values = match element {
            Element::F32 => Values::F32(room(n)?),
            Element::U8 => Values::U8(room(n)?),
            Element::I64 => Values::I64(room(n)?),
            Element::F64 => Values::F64(room(n)?),
        };
        Some(Self {
            shape: shape.to_vec(),
            values,
        })
    }

    pub(super) fn element(&self) -> Element {
        match self.values {
            Values::F32(_) => Element::F32,
            Values::U8(_) => Element::U8,
            Values::I64(_) => Element::I64,
            Values::F64(_) => Element::F64,
        }
    }

    pub(super) fn dims(&self) -> Vec<usize> {
        self.shape.iter().map(|&size| size as usize).collect()
    }

    /// First element, for the other side to read.
    pub(super) fn as_ptr(&self) -> *const c_void {
        match &self.values {
            Values::F32(values) => values.as_ptr().cast(),
            Values::U8(values) => values.as_ptr().cast(),
            Values::I64(values) => values.as_ptr().cast(),
            Values::F64(values) => values.as_ptr().cast(),
        }
    }

    /// First element, for the other side to write.
    pub(super) fn as_mut_ptr(&mut self) -> *mut c_void {
        match &mut self.values {
            Values::F32(values) => values.as_mut_ptr().cast(),
            Values::U8(values) => values.as_mut_ptr().cast(),
            Values::I64(values) => values.as_mut_ptr().cast(),
            Values::F64(values) => values.as_mut_ptr().cast(),
        }
    }

    /// A view for a call; it lives no longer than the array.
    pub(super) fn view(&self, flags: u16) -> abi::In {
        abi::In {
            data: self.as_ptr(),
            shape: self.shape.as_ptr(),
            ndim: self.shape.len() as u32,
            dtype: self.element().number(),
            flags,
        }
    }

    /// The array behind a view that the other side gave, copied.
    ///
    /// # Safety
    /// The view must be one of [`abi::In`] as the interface demands: readable, and as long as its shape says.
    pub(super) unsafe fn copied(view: &abi::In) -> Result<Self> {
        let wrong = |got: String| Error::Data {
            what: "an input across the plugin interface".into(),
            expected: "a known type and a shape that fits into memory".into(),
            got,
            remedy: "this is a mistake of whoever calls".into(),
        };
        let element = Element::from_number(view.dtype)
            .ok_or_else(|| wrong(format!("type {}", view.dtype)))?;
        // SAFETY: `shape` holds `ndim` sizes.
        let shape = unsafe { slice(view.shape, view.ndim as usize) };
        let mut array = Self::zeros(element, shape).ok_or_else(|| wrong(format!("{shape:?}")))?;
        if !view.data.is_null() {
            // SAFETY: `data` holds as many elements of this type as the shape says.
            unsafe { array.fill(view.data) };
        }
        Ok(array)
    }

    /// Copies elements from the other side's memory; as many as the shape says.
    ///
    /// # Safety
    /// `data` must be readable for the elements of this array.
    unsafe fn fill(&mut self, data: *const c_void) {
        match &mut self.values {
            // SAFETY: as the caller promises, here and below.
            Values::F32(values) => unsafe { copy(data, values) },
            Values::U8(values) => unsafe { copy(data, values) },
            Values::I64(values) => unsafe { copy(data, values) },
            Values::F64(values) => unsafe { copy(data, values) },
        }
    }

    /// The tensor, on a device.
    pub(super) fn tensor(self, device: &Device) -> Result<Tensor> {
        let dims = self.dims();
        Ok(match self.values {
            Values::F32(values) => Tensor::from_vec(values, dims, device)?,
            Values::U8(values) => Tensor::from_vec(values, dims, device)?,
            Values::I64(values) => Tensor::from_vec(values, dims, device)?,
            Values::F64(values) => Tensor::from_vec(values, dims, device)?,
        })
    }

    /// Numbers of an f32 array; empty of any other.
    pub(super) fn into_f32(self) -> Vec<f32> {
        match self.values {
            Values::F32(values) => values,
            _ => Vec::new(),
        }
    }

    /// Numbers of an f64 array; empty of any other.
    pub(super) fn into_f64(self) -> Vec<f64> {
        match self.values {
            Values::F64(values) => values,
            _ => Vec::new(),
        }
    }

    /// Numbers of an i64 array; empty of any other.
    pub(super) fn into_i64(self) -> Vec<i64> {
        match self.values {
            Values::I64(values) => values,
            _ => Vec::new(),
        }
    }

    /// Bytes of a u8 array; empty of any other.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        match self.values {
            Values::U8(values) => values,
            _ => Vec::new(),
        }
    }
}

/// The same numbers as f32 on the CPU, row-major, cut off from the graph.
pub(super) fn on_cpu(tensor: &Tensor) -> Result<Tensor> {
    let host = tensor.detach().to_device(&Device::Cpu)?;
    Ok(host.to_dtype(DType::F32)?.contiguous()?)
}

/// A slice of the other side; nothing is read where there is nothing.
///
/// # Safety
/// `n` elements must be readable at `data` for `'a`.
pub(super) unsafe fn slice<'a, T>(data: *const T, n: usize) -> &'a [T] {
    if n == 0 || data.is_null() {
        return &[];
    }
    // SAFETY: as the caller promises.
    unsafe { std::slice::from_raw_parts(data, n) }
}

/// Copies as many elements as there are.
///
/// # Safety
/// They must be readable at `data`.
unsafe fn copy<T: Copy>(data: *const c_void, to: &mut [T]) {
    // SAFETY: as the caller promises; memory of this side does not overlap that of the other.
    unsafe { std::ptr::copy_nonoverlapping(data.cast::<T>(), to.as_mut_ptr(), to.len()) }
}

fn room<T: Clone + Default>(n: usize) -> Option<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(n).ok()?;
    values.resize(n, T::default());
    Some(values)
}

fn sizes(shape: &[usize]) -> Vec<u64> {
    shape.iter().map(|&size| size as u64).collect()
}
