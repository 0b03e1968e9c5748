//! Where the windows of a convolution lie on its image.

/// Windows of `kernel × kernel` pixels, `stride` apart, on an image `[channels, height, width]` with a border of `padding`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Geometry {
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) padding: usize,
    /// Windows from top to bottom.
    pub(crate) n_down: usize,
    /// Windows from left to right.
    pub(crate) n_across: usize,
}

/// The windows whose pixel in kernel column `kx` lies inside the image, on the columns of one phase.
///
/// Phase p holds the image columns p, p + stride, …; window `ox` reads phase column `ox + shift`, for `first ≤ ox < end`.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) phase: usize,
    pub(crate) shift: isize,
    pub(crate) first: usize,
    pub(crate) end: usize,
}

impl Span {
    /// The phase columns of the windows inside.
    pub(crate) fn source(&self) -> std::ops::Range<usize> {
        if self.first == self.end {
            0..0
        } else {
            self.first.wrapping_add_signed(self.shift)..self.end.wrapping_add_signed(self.shift)
        }
    }
}

impl Geometry {
    /// Windows of an image.
    pub(crate) fn n_windows(&self) -> usize {
        self.n_down * self.n_across
    }

    /// Pixels of a channel.
    pub(crate) fn plane(&self) -> usize {
        self.height * self.width
    }

    /// Pixels of an image.
    pub(crate) fn image(&self) -> usize {
        self.channels * self.plane()
    }

    /// Numbers in a window of one channel.
    pub(crate) fn window(&self) -> usize {
        self.kernel * self.kernel
    }

    /// Numbers in a window of all channels.
    pub(crate) fn n_taps(&self) -> usize {
        self.channels * self.window()
    }

    /// Columns of a phase, the widest.
    pub(crate) fn phase_width(&self) -> usize {
        self.width.div_ceil(self.stride)
    }

    /// Numbers in all phases of a channel.
    pub(crate) fn phases(&self) -> usize {
        self.stride * self.height * self.phase_width()
    }

    /// The span of kernel column `kx`.
    pub(crate) fn span(&self, kx: usize) -> Span {
        let offset = kx as isize - self.padding as isize;
        let phase = offset.rem_euclid(self.stride as isize) as usize;
        let shift = offset.div_euclid(self.stride as isize);
        let columns = self.width.saturating_sub(phase).div_ceil(self.stride) as isize;
        let end = (columns - shift).clamp(0, self.n_across as isize) as usize;
        Span {
            phase,
            shift,
            first: ((-shift).max(0) as usize).min(end),
            end,
        }
    }

    /// The image row that window row `oy` reads at kernel row `ky`, if it is inside.
    pub(crate) fn row(&self, oy: usize, ky: usize) -> Option<usize> {
        (oy * self.stride + ky)
            .checked_sub(self.padding)
            .filter(|&y| y < self.height)
    }
}
