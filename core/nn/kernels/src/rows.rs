//! Short rows of numbers: a call of the system's copy takes longer than such a row.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

/// Rows of `n` numbers, those of each side `pitch` apart.
pub(crate) struct Rows<S> {
    pub(crate) numbers: S,
    pub(crate) pitch: usize,
}

/// Calls `work` with each number of `to` and its counterpart, row by row, for as many rows as both sides have.
#[inline(always)]
pub(crate) fn each_row(
    n: usize,
    to: Rows<&mut [f32]>,
    from: Rows<&[f32]>,
    work: impl Fn(&mut f32, f32) + Copy,
) {
    match n {
        4 => each_row_of::<4>(to, from, work),
        8 => each_row_of::<8>(to, from, work),
        16 => each_row_of::<16>(to, from, work),
        _ => {
            let rows = to.numbers.chunks_mut(to.pitch);
            for (to, from) in rows.zip(from.numbers.chunks(from.pitch)) {
                each(&mut to[..n], &from[..n], work);
            }
        }
    }
}

/// The same for rows whose length the compiler knows.
#[inline(always)]
fn each_row_of<const N: usize>(
    to: Rows<&mut [f32]>,
    from: Rows<&[f32]>,
    work: impl Fn(&mut f32, f32) + Copy,
) {
    let rows = to.numbers.chunks_mut(to.pitch);
    for (to, from) in rows.zip(from.numbers.chunks(from.pitch)) {
        if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk::<N>()) {
            each(to, from, work);
        }
    }
}

/// Calls `work` with each number of one row and its counterpart.
#[inline(always)]
pub(crate) fn each(to: &mut [f32], from: &[f32], work: impl Fn(&mut f32, f32) + Copy) {
    for (to, &from) in to.iter_mut().zip(from) {
        work(to, from);
    }
}
