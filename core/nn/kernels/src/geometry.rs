//! Where the windows of a convolution lie on its image.

/// Windows of `kernel × kernel` pixels, `stride` apart, on an image `[channels, height, width]` with a border of `padding`.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// Channels of an image.
    pub channels: usize,
    /// Rows of an image, in pixels.
    pub height: usize,
    /// Columns of an image, in pixels.
    pub width: usize,
    /// Side of a window, in pixels.
    pub kernel: usize,
    /// Distance of two windows, in pixels.
    pub stride: usize,
    /// Width of the border of zeros, in pixels.
    pub padding: usize,
    /// Windows from top to bottom.
    pub n_down: usize,
    /// Windows from left to right.
    pub n_across: usize,
}

/// The windows whose pixel in kernel column `kx` lies inside the image, on the columns of one phase.
///
/// Phase p holds the image columns p, p + stride, …; window `ox` reads phase column `ox + shift`, for `first ≤ ox < end`.
#[derive(Clone, Copy)]
pub struct Span {
    /// Index of the phase.
    pub phase: usize,
    /// Phase column of window 0.
    pub shift: isize,
    /// First window that lies inside the image.
    pub first: usize,
    /// One past the last such window.
    pub end: usize,
}

impl Span {
    /// The phase columns of the windows inside.
    pub fn source(&self) -> std::ops::Range<usize> {
        if self.first == self.end {
            0..0
        } else {
            self.first.wrapping_add_signed(self.shift)..self.end.wrapping_add_signed(self.shift)
        }
    }
}

impl Geometry {
    /// Windows of an image.
    pub fn n_windows(&self) -> usize {
        self.n_down * self.n_across
    }

    /// Pixels of a channel.
    pub fn plane(&self) -> usize {
        self.height * self.width
    }

    /// Pixels of an image.
    pub fn image(&self) -> usize {
        self.channels * self.plane()
    }

    /// Numbers in a window of one channel.
    pub fn window(&self) -> usize {
        self.kernel * self.kernel
    }

    /// Numbers in a window of all channels.
    pub fn n_taps(&self) -> usize {
        self.channels * self.window()
    }

    /// Columns of a phase, the widest.
    pub fn phase_width(&self) -> usize {
        self.width.div_ceil(self.stride)
    }

    /// Numbers in all phases of a channel.
    pub fn phases(&self) -> usize {
        self.stride * self.height * self.phase_width()
    }

    /// The span of kernel column `kx`.
    pub fn span(&self, kx: usize) -> Span {
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

    /// The spans of all kernel columns: finding one takes several divisions, and a plane asks for each in every kernel row.
    pub fn spans(&self) -> Vec<Span> {
        (0..self.kernel).map(|kx| self.span(kx)).collect()
    }

    /// The image row that window row `oy` reads at kernel row `ky`, if it is inside.
    pub fn row(&self, oy: usize, ky: usize) -> Option<usize> {
        (oy * self.stride + ky)
            .checked_sub(self.padding)
            .filter(|&y| y < self.height)
    }
}
