//! Four rows of four numbers as columns.
#![expect(
    unsafe_code,
    reason = "vectors are read from and written to arrays by address"
)]
/// Number `i` of row `j` becomes number `j` of row `i`.
///
/// The compiler takes numbers one by one where eight shuffles of vectors do; these are part of every x86-64.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn transpose(from: [&[f32; 4]; 4], to: &mut [[f32; 4]; 4]) {
    use std::arch::x86_64::{
        _mm_loadu_ps, _mm_movehl_ps, _mm_movelh_ps, _mm_storeu_ps, _mm_unpackhi_ps, _mm_unpacklo_ps,
    };
    // SAFETY: each address is that of four numbers that may be read, or written by nobody else.
    unsafe {
        let [a, b, c, d] = from;
        let (a, b) = (_mm_loadu_ps(a.as_ptr()), _mm_loadu_ps(b.as_ptr()));
        let (c, d) = (_mm_loadu_ps(c.as_ptr()), _mm_loadu_ps(d.as_ptr()));
        let (low_ab, high_ab) = (_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
        let (low_cd, high_cd) = (_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
        let [p, q, r, s] = to;
        _mm_storeu_ps(p.as_mut_ptr(), _mm_movelh_ps(low_ab, low_cd));
        _mm_storeu_ps(q.as_mut_ptr(), _mm_movehl_ps(low_cd, low_ab));
        _mm_storeu_ps(r.as_mut_ptr(), _mm_movelh_ps(high_ab, high_cd));
        _mm_storeu_ps(s.as_mut_ptr(), _mm_movehl_ps(high_cd, high_ab));
    }
}

/// Number `i` of row `j` becomes number `j` of row `i`.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn transpose(from: [&[f32; 4]; 4], to: &mut [[f32; 4]; 4]) {
    for (i, to) in to.iter_mut().enumerate() {
        *to = from.map(|row| row[i]);
    }
}

#[cfg(test)]
mod tests {
    use super::transpose;

    #[test]
    fn rows_become_columns() {
        let number = |row: usize, column: usize| (4 * row + column) as f32;
        let from: [[f32; 4]; 4] =
            std::array::from_fn(|row| std::array::from_fn(|column| number(row, column)));
        let mut to = [[0f32; 4]; 4];
        transpose(from.each_ref(), &mut to);
        let expected: [[f32; 4]; 4] =
            std::array::from_fn(|row| std::array::from_fn(|column| number(column, row)));
        assert_eq!(to, expected);
    }
}
