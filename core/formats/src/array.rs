//! Numbers with axes, whichever of them runs fastest in the file.
//!
//! MATLAB puts its first axis fastest, NumPy its last; an HDF5 file of MATLAB's lists the axes backwards. Here a shape is
//! always the one that the program which wrote the file would show, and no number is moved until rows are asked for.

/// A type that numbers are read into.
pub trait Number: Copy + Default + Send + Sync + 'static {
    /// The nearest number of this type.
    fn of(value: f64) -> Self;

    /// From little-endian bytes of its own width; 0 if there are not as many.
    fn of_bytes(bytes: &[u8]) -> Self;
}

impl Number for f32 {
    fn of(value: f64) -> Self {
        value as Self
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        bytes
            .first_chunk()
            .map_or(0.0, |bytes| Self::from_le_bytes(*bytes))
    }
}

impl Number for f64 {
    fn of(value: f64) -> Self {
        value
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        bytes
            .first_chunk()
            .map_or(0.0, |bytes| Self::from_le_bytes(*bytes))
    }
}

/// Which axis neighbours in memory differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fastest {
    /// MATLAB and Fortran.
    First,
    /// NumPy and C.
    Last,
}

/// An array as it lies in its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Array<T> {
    /// As the program that wrote it shows it.
    pub shape: Vec<usize>,
    /// Which axis neighbours in memory differ in.
    pub fastest: Fastest,
    /// The elements, in the order of the file.
    pub values: Vec<T>,
}

impl<T: Copy> Array<T> {
    /// The array with `axes` in a new order, and its last axis fastest. Takes no copy where the numbers lie so already.
    pub fn permuted(self, axes: &[usize]) -> (Vec<usize>, Vec<T>) {
        let shape: Vec<usize> = axes.iter().map(|&axis| self.shape[axis]).collect();
        let strides = self.strides();
        let strides: Vec<usize> = axes.iter().map(|&axis| strides[axis]).collect();
        let mut expected = 1;
        let in_place = (0..shape.len()).rev().all(|axis| {
            let lies = shape[axis] <= 1 || strides[axis] == expected;
            expected *= shape[axis];
            lies
        });
        if in_place {
            return (shape, self.values);
        }
        let mut values = Vec::with_capacity(self.values.len());
        let mut index = vec![0; shape.len()];
        let mut at = 0;
        for _ in 0..self.values.len() {
            values.push(self.values[at]);
            for axis in (0..shape.len()).rev() {
                index[axis] += 1;
                at += strides[axis];
                if index[axis] < shape[axis] {
                    break;
                }
                at -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        (shape, values)
    }

    /// What lies at one place of the first axis, the last axis fastest.
    pub fn entry(&self, at: usize) -> Vec<T> {
        let strides = self.strides();
        let (shape, strides_within) = (&self.shape[1..], &strides[1..]);
        let n = shape.iter().product();
        let mut index = vec![0; shape.len()];
        let mut place = at * strides[0];
        let mut values = Vec::with_capacity(n);
        for _ in 0..n {
            values.push(self.values[place]);
            for axis in (0..shape.len()).rev() {
                index[axis] += 1;
                place += strides_within[axis];
                if index[axis] < shape[axis] {
                    break;
                }
                place -= strides_within[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        values
    }

    /// Shape and values, the last axis fastest.
    pub fn row_major(self) -> (Vec<usize>, Vec<T>) {
        let axes: Vec<usize> = (0..self.shape.len()).collect();
        self.permuted(&axes)
    }

    /// Numbers of a vector, whichever way it lies.
    pub fn vector(self) -> Option<Vec<T>> {
        let wide = self.shape.iter().filter(|&&n| n > 1).count();
        (wide <= 1).then_some(self.values)
    }

    fn strides(&self) -> Vec<usize> {
        let n_axes = self.shape.len();
        let mut strides = vec![1; n_axes];
        match self.fastest {
            Fastest::First => {
                for axis in 1..n_axes {
                    strides[axis] = strides[axis - 1] * self.shape[axis - 1];
                }
            }
            Fastest::Last => {
                for axis in (0..n_axes.saturating_sub(1)).rev() {
                    strides[axis] = strides[axis + 1] * self.shape[axis + 1];
                }
            }
        }
        strides
    }
}

#[cfg(test)]
mod tests {
    use super::{Array, Fastest};

    #[test]
    fn the_first_axis_fastest_turns_round() {
        // [2, 3] with the first axis fastest: (0,0) (1,0) (0,1) (1,1) (0,2) (1,2).
        let array = Array {
            shape: vec![2, 3],
            fastest: Fastest::First,
            values: vec![0.0f32, 3.0, 1.0, 4.0, 2.0, 5.0],
        };
        let (shape, values) = array.clone().row_major();
        assert_eq!(
            (shape, values),
            (vec![2, 3], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
        );
        let (shape, values) = array.clone().permuted(&[1, 0]);
        assert_eq!((shape, &values), (vec![3, 2], &array.values));
    }

    #[test]
    fn three_axes_in_any_order() {
        let shape = [2, 3, 4];
        let value = |i: usize, j: usize, k: usize| (i * 100 + j * 10 + k) as f64;
        let mut values = Vec::new();
        for i in 0..2 {
            for j in 0..3 {
                for k in 0..4 {
                    values.push(value(i, j, k));
                }
            }
        }
        let array = Array {
            shape: shape.to_vec(),
            fastest: Fastest::Last,
            values,
        };
        let (turned, values) = array.permuted(&[2, 0, 1]);
        assert_eq!(turned, [4, 2, 3]);
        for (k, chunk) in values.chunks(6).enumerate() {
            for i in 0..2 {
                for j in 0..3 {
                    assert!((chunk[i * 3 + j] - value(i, j, k)).abs() < f64::EPSILON);
                }
            }
        }
    }

    #[test]
    fn entries_are_those_of_the_row_major_array() {
        for fastest in [Fastest::First, Fastest::Last] {
            let array = Array {
                shape: vec![2, 3, 4],
                fastest,
                values: (0..24).map(f64::from).collect(),
            };
            let (_, all) = array.clone().row_major();
            assert_eq!([array.entry(0), array.entry(1)].concat(), all);
        }
    }

    #[test]
    fn a_row_or_a_column_is_a_vector_and_a_matrix_is_not() {
        let array = |shape: Vec<usize>| Array {
            values: vec![0.0f32; shape.iter().product()],
            shape,
            fastest: Fastest::First,
        };
        assert_eq!(array(vec![1, 5]).vector().map(|v| v.len()), Some(5));
        assert_eq!(array(vec![5, 1]).vector().map(|v| v.len()), Some(5));
        assert!(array(vec![2, 5]).vector().is_none());
    }
}
