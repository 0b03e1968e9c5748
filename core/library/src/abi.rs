//! `lab_plugin.h` in Rust, field by field; what things mean stands in the header.

pub mod method;

use std::ffi::c_void;

/// `LAB_ABI_MAJOR`.
pub const ABI_MAJOR: u32 = 1;
/// `LAB_ABI_MINOR`.
pub const ABI_MINOR: u32 = 6;
/// `LAB_MAGIC`.
pub const MAGIC: u32 = 0x5042_414C;
/// The one symbol of a plugin library.
pub const ENTRY: &str = "lab_plugin_entry";

/// Numbers that a call returns.
pub mod status {
    /// `LAB_OK`
    pub const OK: i32 = 0;
    /// `LAB_ERR`
    pub const ERR: i32 = 1;
    /// `LAB_PANIC`
    pub const PANIC: i32 = 2;
    /// `LAB_ERR_CONFIG`
    pub const ERR_CONFIG: i32 = 3;
    /// `LAB_UNSUPPORTED`
    pub const UNSUPPORTED: i32 = 4;
    /// `LAB_CANCELLED`
    pub const CANCELLED: i32 = 5;
    /// `LAB_ERR_SHAPE`
    pub const ERR_SHAPE: i32 = 6;
}

/// What a plugin can do.
pub mod caps {
    /// `LAB_HAS_VJP`
    pub const VJP: u32 = 1;
    /// `LAB_KEEPS_TAPE`
    pub const TAPE: u32 = 2;
    /// `LAB_SERIALISE_CALLS`
    pub const SERIALISE: u32 = 4;
    /// `LAB_HAS_TRAIN`
    pub const TRAIN: u32 = 8;
    /// `LAB_HAS_STATE`
    pub const STATE: u32 = 16;
    /// `LAB_HAS_QUALITY`
    pub const QUALITY: u32 = 32;
    /// `LAB_HAS_SHARE`
    pub const SHARE: u32 = 64;
    /// `LAB_HAS_CLASSIFY`
    pub const CLASSIFY: u32 = 128;
    /// `LAB_HAS_ENCODE`
    pub const ENCODE: u32 = 256;
    /// `LAB_HAS_MAP_DRAWS`
    pub const MAP_DRAWS: u32 = 512;
}

/// `LAB_WANT_GRAD`
pub const WANT_GRAD: u16 = 1;
/// `LAB_TERMS`
pub const TERMS: u32 = 0;
/// `LAB_IMAGES`
pub const IMAGES: u32 = 1;

/// `lab_str`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Str {
    /// Address of the first byte.
    pub ptr: *const u8,
    /// Number of bytes.
    pub len: usize,
}

impl Str {
    /// A text that lives at least as long as whoever reads it needs.
    pub const fn new(text: &str) -> Self {
        Self {
            ptr: text.as_ptr(),
            len: text.len(),
        }
    }

    /// The text; `None` if it is not UTF-8.
    ///
    /// # Safety
    /// The bytes must be readable for `'a`.
    pub unsafe fn read<'a>(self) -> Option<&'a str> {
        if self.len == 0 {
            return Some("");
        }
        if self.ptr.is_null() || self.len > isize::MAX as usize {
            return None;
        }
        // SAFETY: not null, and readable as the caller promises.
        let bytes = unsafe { std::slice::from_raw_parts(self.ptr, self.len) };
        std::str::from_utf8(bytes).ok()
    }
}

/// `lab_in`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct In {
    /// Address of the first element.
    pub data: *const c_void,
    /// Address of the sizes of the axes.
    pub shape: *const u64,
    /// Number of axes.
    pub ndim: u32,
    /// Type of the elements.
    pub dtype: u16,
    /// [`WANT_GRAD`] or 0.
    pub flags: u16,
}

/// `lab_sink`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Sink {
    /// Handed back as it is.
    pub ctx: *mut c_void,
    /// Memory for an output.
    pub alloc: Option<unsafe extern "C" fn(*mut c_void, u32, u16, *const u64, u32) -> *mut c_void>,
    /// Takes a text.
    pub text: Option<unsafe extern "C" fn(*mut c_void, u32, Str) -> i32>,
}

/// `lab_err`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ErrBuf {
    /// Memory of the caller.
    pub buf: *mut u8,
    /// Bytes that fit into the buffer.
    pub cap: u32,
    /// Bytes that were written into the buffer.
    pub len: u32,
    /// Line of a mistake in the config text, from 1; 0 if unknown.
    pub line: u32,
    /// Column there, in characters.
    pub col: u32,
}

/// `lab_image`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Image {
    /// Channels of an image; 1 for grey.
    pub channels: u32,
    /// Rows of an image, in pixels.
    pub height: u32,
    /// Columns of an image, in pixels.
    pub width: u32,
    /// 0.
    pub reserved: u32,
}

/// `lab_latents`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Latents {
    /// Numbers of one latent.
    pub n_latents: u32,
    /// 0 uniform cube, 1 normal.
    pub prior: u32,
    /// 0 none, 1 unit sphere.
    pub constraint: u32,
    /// 0.
    pub reserved: u32,
}

/// `lab_corpus`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Corpus {
    /// Number of images.
    pub n_images: u64,
    /// Shape of each image.
    pub image: Image,
    /// 0 training, 1 test.
    pub split: *const u8,
    /// Classes, or null.
    pub label: *const i64,
    /// Number of classes.
    pub n_classes: u64,
    /// Names of the classes.
    pub class_names: *const Str,
    /// Degrees; NaN if unknown.
    pub field_of_view_deg: f64,
}

/// `lab_objective`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Objective {
    /// Space of the latents.
    pub latents: Latents,
    /// Shape of an image.
    pub image: Image,
    /// Number of targets.
    pub n_targets: u64,
    /// Number of terms.
    pub n_terms: u64,
    /// Names of the terms.
    pub term_names: *const Str,
    /// Weights of the terms.
    pub term_weights: *const f64,
}

/// `lab_host`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Host {
    /// Size of this struct.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// Handed back as it is.
    pub ctx: *mut c_void,
    /// The run's seed.
    pub seed: u64,
    /// The stage's path.
    pub path: Str,
    /// Images to learn from, or null.
    pub corpus: *const Corpus,
    /// The objective, or null.
    pub objective: *const Objective,
    /// The key of a random stream.
    pub stream: Option<unsafe extern "C" fn(*mut c_void, Str, *mut u8, *mut ErrBuf) -> i32>,
    /// Whether the user asked to stop.
    pub cancelled: Option<unsafe extern "C" fn(*mut c_void) -> i32>,
    /// How far the work is.
    pub progress: Option<unsafe extern "C" fn(*mut c_void, u64, u64, Str, Str)>,
    /// A note or a warning.
    pub say: Option<unsafe extern "C" fn(*mut c_void, u32, Str)>,
    /// A point of a learning curve.
    pub curve: Option<unsafe extern "C" fn(*mut c_void, u32, Str, Str, f64, f64)>,
    /// A sheet of images.
    pub sheet: Option<unsafe extern "C" fn(*mut c_void, Str, *const f32, u64, Image)>,
    /// Keeps the bytes of a checkpoint under a name.
    pub save_checkpoint:
        Option<unsafe extern "C" fn(*mut c_void, Str, *const u8, u64, *mut ErrBuf) -> i32>,
    /// Gives the bytes of the newest checkpoint of a name back.
    pub load_checkpoint:
        Option<unsafe extern "C" fn(*mut c_void, Str, *const Sink, *mut ErrBuf) -> i32>,
    /// Pixels of the corpus.
    pub images:
        Option<unsafe extern "C" fn(*mut c_void, *const u64, u64, *mut f32, *mut ErrBuf) -> i32>,
    /// The loss and its gradient.
    pub loss: Option<
        unsafe extern "C" fn(
            *mut c_void,
            *const f32,
            *const u64,
            u64,
            *mut f32,
            *mut f32,
            *mut ErrBuf,
        ) -> i32,
    >,
    /// Values of the loss terms, or generated images, for latents.
    pub evaluate: Option<
        unsafe extern "C" fn(
            *mut c_void,
            u32,
            *const f32,
            *const u64,
            u64,
            *mut f32,
            *mut *mut c_void,
            *mut ErrBuf,
        ) -> i32,
    >,
    /// The gradient of what `evaluate` gave, with respect to the latents.
    pub evaluate_vjp: Option<
        unsafe extern "C" fn(*mut c_void, *mut c_void, *const f32, *mut f32, *mut ErrBuf) -> i32,
    >,
    /// Drops a tape of the host.
    pub drop_tape: Option<unsafe extern "C" fn(*mut c_void, *mut c_void)>,
}

/// `lab_plugin`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PluginTable {
    /// Size of this struct.
    pub struct_size: u32,
    /// What it can do.
    pub caps: u32,
    /// Kind of plugin, such as `generator`.
    pub kind: Str,
    /// Name of the plugin in experiments.
    pub name: Str,
    /// Version of the plugin.
    pub version: Str,
    /// What the plugin does, in one sentence.
    pub summary: Str,
    /// The equation of the plugin, as text.
    pub equation: Str,
    /// Where the method comes from.
    pub source: Str,
    /// What it was compared with.
    pub parity: Str,
    /// Makes an instance from the text of its parameters.
    pub create: Option<unsafe extern "C" fn(Str, u64, *mut *mut c_void, *mut ErrBuf) -> i32>,
    /// Ends an instance and frees its memory.
    pub destroy: Option<unsafe extern "C" fn(*mut c_void)>,
    /// Writes the parameters with every default filled in.
    pub resolve: Option<unsafe extern "C" fn(Str, u32, *const Sink, *mut ErrBuf) -> i32>,
    /// Writes the facts of an instance, such as the shape of its images.
    pub describe: Option<unsafe extern "C" fn(*mut c_void, *const Sink, *mut ErrBuf) -> i32>,
    /// Methods that change nothing.
    pub forward: Option<
        unsafe extern "C" fn(
            *mut c_void,
            u32,
            *const In,
            u32,
            *const Sink,
            *mut *mut c_void,
            *mut ErrBuf,
        ) -> i32,
    >,
    /// Gradients of a call, from the tape that the call gave.
    pub vjp: Option<
        unsafe extern "C" fn(
            *mut c_void,
            u32,
            *const In,
            u32,
            *mut c_void,
            *const In,
            u32,
            *const Sink,
            *mut ErrBuf,
        ) -> i32,
    >,
    /// Frees a tape.
    pub drop_tape: Option<unsafe extern "C" fn(*mut c_void, *mut c_void)>,
    /// Methods that change the instance.
    pub run: Option<
        unsafe extern "C" fn(
            *mut c_void,
            u32,
            *const In,
            u32,
            *const Host,
            *const Sink,
            *mut ErrBuf,
        ) -> i32,
    >,
    /// Writes what every parameter means and may be; since 1.2.
    pub explain: Option<unsafe extern "C" fn(*const Sink, *mut ErrBuf) -> i32>,
}

// SAFETY: the table and all that it points to is static and never written.
unsafe impl Send for PluginTable {}
// SAFETY: as above.
unsafe impl Sync for PluginTable {}

/// `lab_manifest`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Manifest {
    /// [`MAGIC`].
    pub magic: u32,
    /// [`ABI_MAJOR`] of the library.
    pub abi_major: u32,
    /// [`ABI_MINOR`] of the library.
    pub abi_minor: u32,
    /// Size of this struct.
    pub struct_size: u32,
    /// Name and version of the crate that built the library.
    pub built_by: Str,
    /// Number of plugins.
    pub n: u64,
    /// Tables of the plugins of the library.
    pub plugins: *const *const PluginTable,
}

// SAFETY: the manifest and all that it points to is static and never written.
unsafe impl Send for Manifest {}
// SAFETY: as above.
unsafe impl Sync for Manifest {}
