//! The host, seen from inside a library: events, checkpoints, cancellation, streams and the corpus.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::LibraryError;
use crate::abi::{ErrBuf, Host, Image, Str, status};
use crate::arrays::{Array, on_cpu, slice};
use crate::sink::{Message, Outputs};
use lab_core::context::{Checkpoints, Context};
use lab_core::dims::ImageShape;
use lab_core::events::{Curve, Event, EventSink};
use lab_core::recording::{ImageSource, Labels, Split, Stimuli};
use lab_core::{Error, Result};

/// The host's functions, while they may be called.
pub(super) struct Link {
    host: *const Host,
    alive: AtomicBool,
}

// SAFETY: the interface allows the host's functions to be called from any thread.
unsafe impl Send for Link {}
// SAFETY: as above.
unsafe impl Sync for Link {}

impl Link {
    /// Wraps the host's table.
    ///
    /// # Safety
    /// The table must stay valid until [`Link::end`], or as long as the link lives.
    pub(super) unsafe fn new(host: *const Host) -> Result<Arc<Self>> {
        // SAFETY: null or valid, as the caller promises.
        let size = unsafe { host.as_ref() }.map_or(0, |host| host.struct_size as usize);
        if size < size_of::<Host>() {
            return Err(failed("lab_host", "it is NULL or too short".into()));
        }
        Ok(Arc::new(Self {
            host,
            alive: AtomicBool::new(true),
        }))
    }

    /// The host's functions are not to be called any more.
    pub(super) fn end(&self) {
        self.alive.store(false, Ordering::Release);
    }

    pub(super) fn host(&self) -> Result<&Host> {
        if self.alive.load(Ordering::Acquire) {
            // SAFETY: valid while the link is alive.
            return Ok(unsafe { &*self.host });
        }
        Err(failed(
            "lab_host",
            "it was asked after the call that it was lent to".into(),
        ))
    }

    /// Calls a function that gives a status.
    pub(super) fn ask(
        &self,
        what: &'static str,
        call: impl FnOnce(&Host, *mut ErrBuf) -> Option<i32>,
    ) -> Result<()> {
        let mut message = Message::new();
        match call(self.host()?, message.buffer()) {
            Some(status::OK) => Ok(()),
            Some(status::CANCELLED) => Err(Error::Cancelled),
            Some(status::ERR_SHAPE) => {
                let text = message.text();
                let mut lines = text.lines();
                let mut line = || lines.next().unwrap_or("?").to_owned();
                Err(Error::Shape {
                    what: line(),
                    expected: line(),
                    got: line(),
                })
            }
            Some(_) => Err(failed(what, message.text())),
            None => Err(failed(what, "the function is NULL".into())),
        }
    }

    /// Calls a function that gives nothing; there is nobody to tell if it cannot be called.
    fn tell(&self, call: impl FnOnce(&Host) -> Option<()>) {
        if let Ok(host) = self.host() {
            let _ = call(host);
        }
    }

    /// The context of the stage, as the plugin knows it.
    pub(super) fn context(self: &Arc<Self>) -> Result<Context> {
        let host = self.host()?;
        // SAFETY: the host's path is readable while the table is valid.
        let path = unsafe { host.path.read() }.unwrap_or_default();
        let link = self.clone();
        let ctx = Context::new(host.seed)
            .with_events(self.clone())
            .with_checkpoints(self.clone())
            .with_cancellation_by(move || link.is_cancelled());
        Ok(if path.is_empty() {
            ctx
        } else {
            ctx.child(path)
        })
    }

    fn is_cancelled(&self) -> bool {
        self.host()
            .ok()
            .and_then(|host| Some((host.cancelled?, host.ctx)))
            // SAFETY: the context is the table's.
            .is_some_and(|(cancelled, ctx)| unsafe { cancelled(ctx) } != 0)
    }

    /// Draws the curves of a member.
    pub(super) fn draw(&self, member: usize, curves: &[Curve]) {
        for curve in curves {
            for &(x, y) in &curve.points {
                self.tell(|host| {
                    let (name, label) = (Str::new(&curve.name), Str::new(&curve.x_label));
                    // SAFETY: the texts are readable for the call.
                    unsafe { host.curve?(host.ctx, member as u32, name, label, x, y) };
                    Some(())
                });
            }
        }
    }

    /// The images to learn from, if there are any.
    pub(super) fn corpus(self: &Arc<Self>) -> Result<Option<Stimuli>> {
        // SAFETY: null or valid while the table is.
        let Some(corpus) = (unsafe { self.host()?.corpus.as_ref() }) else {
            return Ok(None);
        };
        let (n_images, n_classes) = (corpus.n_images as usize, corpus.n_classes as usize);
        // SAFETY: the arrays hold one entry an image or a class.
        let (split, class_names) = unsafe {
            (
                slice(corpus.split, n_images),
                slice(corpus.class_names, n_classes),
            )
        };
        let labels = (!corpus.label.is_null()).then(|| Labels {
            names: class_names
                .iter()
                // SAFETY: the names are readable while the table is valid.
                .map(|&name| unsafe { name.read() }.unwrap_or_default().to_owned())
                .collect(),
            // SAFETY: one class an image.
            of: unsafe { slice(corpus.label, n_images) }
                .iter()
                .map(|&class| class as u32)
                .collect(),
        });
        let set = |&set: &u8| if set == 0 { Split::Train } else { Split::Test };
        let degrees = corpus.field_of_view_deg;
        Ok(Some(Stimuli {
            images: Arc::new(HostImages {
                link: self.clone(),
                n_images,
                shape: shape(corpus.image),
            }),
            split: split.iter().map(set).collect(),
            names: None,
            labels,
            field_of_view_deg: degrees.is_finite().then_some(degrees),
            picture_of: None,
        }))
    }
}

pub(super) fn shape(image: Image) -> ImageShape {
    ImageShape {
        channels: image.channels as usize,
        height: image.height as usize,
        width: image.width as usize,
    }
}

pub(super) fn failed(call: &'static str, message: String) -> Error {
    LibraryError::Failed {
        plugin: "the host".into(),
        call,
        message,
    }
    .into()
}

impl EventSink for Link {
    fn event(&self, _path: &str, event: &Event<'_>) {
        self.tell(|host| {
            // SAFETY: texts and images are readable for the calls.
            match event {
                Event::Progress {
                    done,
                    total,
                    unit,
                    state,
                } => unsafe {
                    host.progress?(host.ctx, *done, *total, Str::new(unit), Str::new(state));
                },
                Event::Warning(text) => unsafe { host.say?(host.ctx, 1, Str::new(text)) },
                Event::Note(text) => unsafe { host.say?(host.ctx, 0, Str::new(text)) },
                Event::Images { name, images } => {
                    let (n, channels, height, width) = images.dims4().ok()?;
                    let pixels: Vec<f32> =
                        on_cpu(images).ok()?.flatten_all().ok()?.to_vec1().ok()?;
                    let image = Image {
                        channels: channels as u32,
                        height: height as u32,
                        width: width as u32,
                        reserved: 0,
                    };
                    unsafe {
                        host.sheet?(host.ctx, Str::new(name), pixels.as_ptr(), n as u64, image);
                    }
                }
                // Events that this version of the interface has no function for.
                _ => {}
            }
            Some(())
        });
    }
}

impl Checkpoints for Link {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let outputs = Outputs::bytes();
        let sink = outputs.sink();
        self.ask("load_checkpoint", |host, err| {
            // SAFETY: name, sink and buffer are valid for the call.
            Some(unsafe { host.load_checkpoint?(host.ctx, Str::new(name), &raw const sink, err) })
        })?;
        Ok(outputs.take(0).map(Array::into_bytes))
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.ask("save_checkpoint", |host, err| {
            let (name, n) = (Str::new(name), bytes.len() as u64);
            // SAFETY: name, bytes and buffer are valid for the call.
            Some(unsafe { host.save_checkpoint?(host.ctx, name, bytes.as_ptr(), n, err) })
        })
    }
}

/// The corpus' pixels.
struct HostImages {
    link: Arc<Link>,
    n_images: usize,
    shape: ImageShape,
}

impl ImageSource for HostImages {
    fn n_images(&self) -> usize {
        self.n_images
    }

    fn shape(&self) -> ImageShape {
        self.shape
    }

    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        let indices: Vec<u64> = image_idx.iter().map(|&idx| idx as u64).collect();
        let mut pixels = vec![0.0; indices.len() * self.shape.n_pixels()];
        self.link.ask("images", |host, err| {
            let (idx, n, out) = (indices.as_ptr(), indices.len() as u64, pixels.as_mut_ptr());
            // SAFETY: indices, room for the pixels and buffer are valid for the call.
            Some(unsafe { host.images?(host.ctx, idx, n, out, err) })
        })?;
        Ok(pixels)
    }
}
