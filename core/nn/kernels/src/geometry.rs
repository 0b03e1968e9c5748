//! Where the windows of a convolution lie on its image.

/// Windows of `kernel × kernel` pixels, `stride` apart, on an image `[channels, height, width]` with a border of `padding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

impl Geometry {
    /// All windows that an image `[height, width]` has room for, ⌊(n + 2·padding − kernel)/stride⌋ + 1 along an axis of n pixels.
    ///
    /// # Panics
    /// If a window is larger than the image with its border.
    pub fn of(
        channels: usize,
        [height, width]: [usize; 2],
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Self {
        let n_windows = |n: usize| (n + 2 * padding - kernel) / stride + 1;
        Self {
            channels,
            height,
            width,
            kernel,
            stride,
            padding,
            n_down: n_windows(height),
            n_across: n_windows(width),
        }
    }

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
}
